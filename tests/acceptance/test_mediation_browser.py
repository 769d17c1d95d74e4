"""A mediation in a real browser: the mediator at a desk, the parties on their phones."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.acceptance.test_browser import Town
from tests.support.browser import Resident
from tests.support.console import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="module")
MEDIATOR = "staff3"


async def enter(who: Resident, name: str) -> None:
    """Go back to the list and into that chat."""
    if await who.page.locator("#room").is_visible():
        await who.page.locator("#back").click()
    await who.page.locator("a.chat", has=who.page.locator(f".chat__name:text-is('{name}')")).click()
    await expect(who.page.locator("#title")).to_contain_text(name)


async def write(page: Page, room: str, text: str) -> None:
    """Say something in a room of the case's page."""
    await page.get_by_label(f"对{room}说").fill(text)
    await page.get_by_role("button", name=f"发到{room}").click()
    await page.locator(".flash.alert-success").wait_for()


async def test_two_neighbours_are_brought_together_and_neither_reads_what_the_other_confides(town: Town) -> None:
    aunt, uncle = await town.resident("周阿婆"), await town.resident("楼上老孙", "3栋1单元")
    await aunt.say("@小邻 楼上半夜拖桌椅，吵得睡不着，说了几次都不听")
    asked = await aunt.hears("噪声扰邻")
    await asked.get_by_role("button", name="请调解员帮忙说和").click()
    await enter(aunt, "小邻")
    await aunt.hears("收到您的调解申请")

    desk = (await town.people.staff(MEDIATOR, PASSWORD)).page
    await desk.get_by_role("link", name="调解", exact=True).click()
    await desk.locator(".cases a", has_text="噪声扰邻").click()
    await desk.get_by_role("button", name="我来调解").click()
    await desk.locator(".flash.alert-success").wait_for()
    await enter(aunt, "调解室（单独）")
    await aunt.hears("对方看不到")
    await aunt.say("其实我怕他，不敢当面说")
    await expect(desk.locator(".room-0 .bubble", has_text="不敢当面说")).to_be_visible()  # without a reload
    await write(desk, "周阿婆", "不急，我先去听听他怎么说")
    await expect(aunt.said("我先去听听")).to_be_visible()

    await desk.get_by_label("在群里的：称呼或室号").fill("楼上老孙")
    await desk.get_by_role("button", name="找人").click()
    await desk.get_by_role("button", name="加上楼上老孙").click()
    await desk.get_by_role("button", name="征求楼上老孙的意见").click()
    await enter(uncle, "小邻")
    invited = await uncle.hears("您愿意吗")
    await invited.get_by_role("button", name="愿意", exact=True).click()
    await enter(uncle, "调解室（单独）")
    await uncle.hears("对方看不到")
    assert await uncle.said("不敢当面说").count() == 0
    await expect(desk.locator("#stand")).to_contain_text("调解中")

    await desk.get_by_role("button", name="开共同调解室").click()
    await desk.locator(".flash.alert-success").wait_for()
    await write(desk, "调解室（共同）", "请两位就事论事")
    for one in (aunt, uncle):
        await enter(one, "调解室（共同）")
        await expect(one.said("请两位就事论事")).to_be_visible()
    await uncle.say("我家铺地垫")
    await expect(aunt.said("我家铺地垫")).to_be_visible()
    await expect(desk.locator("#talk-0 .bubble", has_text="我家铺地垫")).to_be_visible()

    await sign_an_agreement(desk, aunt, uncle)
    seen = "select count(*) from ticket"
    assert town.rows(seen) == [(1,)]  # nothing said in the rooms became a request


async def sign_an_agreement(desk: Page, aunt: Resident, uncle: Resident) -> None:
    """Drafted at the desk, confirmed on two phones, signed by the mediator; then it can be printed."""
    await desk.get_by_label("事情经过、争议").fill("夜里有响动")
    await desk.get_by_label("协议内容").fill("晚上十点后不拖桌椅")
    await desk.get_by_role("button", name="存成一稿").click()
    await desk.get_by_role("button", name="请各方签字").click()
    await desk.locator(".flash.alert-success").wait_for()
    for one in (aunt, uncle):
        await enter(one, "调解室（单独）")
        paper = await one.hears("调解协议第1稿")
        await paper.get_by_role("button", name="确认签字").click()
        await one.hears("您已确认第1稿")
    await desk.get_by_role("button", name="我签字").click()
    await uncle.hears("调解协议生效")
    await desk.get_by_role("link", name="看协议书、打印").click()
    await expect(desk.get_by_role("heading", name="人民调解协议书")).to_be_visible()
