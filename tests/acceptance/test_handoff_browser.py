"""A hand-off in a real browser: a resident on a phone, staff at a desk, a neighbour whom it does not touch."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.acceptance.test_browser import Town
from tests.support.browser import PHONE
from tests.support.console import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="module")
WORKSTATION, COMMITTEE = "staff5", "staff2"


async def test_a_resident_is_given_to_a_person_and_handed_back(town: Town) -> None:
    aunt, neighbour = await town.resident("周阿婆"), await town.resident("小柯", "3栋1单元")
    desk = (await town.people.staff(WORKSTATION, PASSWORD)).page
    await desk.get_by_role("link", name="人工", exact=True).click()
    await expect(desk.get_by_text("现在没有人在等")).to_be_visible()

    await aunt.say("转人工")
    told = await aunt.hears("这段时间小邻不插话")
    await expect(told.get_by_role("button", name="不等了")).to_be_visible()
    await aunt.say("我眼睛花，社保卡的事打字说不清")
    row = desk.locator(".hand-row", has_text="周阿婆")
    await expect(row).to_contain_text("社保卡的事")  # without a reload
    await row.click()
    await desk.get_by_role("button", name="我来接").click()
    await desk.get_by_label("回周阿婆").fill("阿婆，我是工作站小吴，您慢慢说")
    await desk.get_by_role("button", name="发出").click()
    answer = aunt.said("我是工作站小吴")
    await expect(answer).to_be_visible()
    await expect(answer).to_contain_text("吴社工")
    await expect(answer).to_contain_text("工作人员")

    lines = await aunt.page.locator(".line--bot").count()
    await aunt.say("@小邻 卡掉在菜场了，你能做什么")
    await expect(desk.locator("#talk .bubble", has_text="卡掉在菜场了")).to_be_visible()  # without a reload
    await neighbour.say("@小邻 你能做什么")
    await neighbour.hears("我是小邻")
    assert await aunt.bot("我是小邻").count() == await neighbour.bot("我是小邻").count() == 1  # the neighbour's
    assert await aunt.page.locator(".line--bot").count() == lines + 1

    boss = (await town.people.staff(COMMITTEE, PASSWORD, PHONE)).page
    await boss.get_by_role("link", name="人工", exact=True).click()
    assert await boss.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    await boss.locator(".hand-row", has_text="吴社工在接").click()
    await expect(boss.get_by_text("卡掉在菜场了")).to_be_visible()
    assert await boss.get_by_role("button", name="发出").count() == 0
    assert await boss.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    await desk.get_by_text("登记工单", exact=True).click()
    await desk.get_by_label("事项").select_option(label="办事咨询")
    await desk.get_by_label("什么事、在哪里").fill("补办社保卡，明早九点来工作站")
    await desk.get_by_role("button", name="登记", exact=True).click()
    await aunt.hears("“办事咨询”已登记成工单")
    await desk.get_by_role("button", name="交还小邻").click()
    await aunt.hears("吴社工先聊到这里，小邻回来了")
    await aunt.say("@小邻 你能做什么")
    await expect(aunt.bot("我是小邻")).to_have_count(2)
    assert town.rows("select state, ended_how from handoff") == [("ended", "staff")]
    assert town.rows("select count(*) from ticket") == [(1,)]
