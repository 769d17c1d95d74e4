"""A proposal in a real browser: from a resident's words on a phone to a task that is half done; a convention's diff."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from bot.clock import SystemClock, local
from tests.acceptance.test_browser import LOGINS, Town
from tests.support.browser import PHONE
from tests.support.console import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="module")
PICTURES = os.environ.get("PROPOSAL_PICTURES", "")  # a folder to keep pictures of the pages in


async def keep(page: Page, name: str) -> None:
    """A picture for who wants to look; and nothing may stick out of the page at the side."""
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} is {wide} pixels too wide"


async def done(page: Page) -> None:
    await page.locator(".flash.alert-success").wait_for()


async def test_a_proposal_from_words_to_a_task(town: Town) -> None:
    aunt, uncle = await town.resident("周阿婆"), await town.resident("楼下老孙", "3栋1单元")
    page = aunt.page
    await page.goto("/proposals")
    await page.get_by_text("我想提一件事").click()
    await page.get_by_label("什么事、希望怎么办").fill("小区东门装几个电动车充电桩。现在大家拉飞线，不安全。")
    await page.get_by_role("button", name="写好了").click()
    await expect(page.get_by_label("您写的")).to_contain_text("小区东门装几个电动车充电桩")
    await keep(page, "list-phone")
    await page.get_by_role("button", name="提交").click()
    await expect(page.get_by_role("status")).to_contain_text("交给工作人员了")
    proposal = town.rows("select id from proposal")[0][0]
    town_of = town.people
    desk = (await town_of.staff(LOGINS["committee"], PASSWORD)).page
    await desk.goto("/console/proposals")
    await keep(desk, "list-desk")
    await desk.get_by_role("link", name="小区东门装几个电动车充电桩").click()
    await desk.get_by_role("button", name="同意，发到群里").click()
    await done(desk)
    card = await uncle.hears("征集附议")
    await expect(card.get_by_label("提案小区东门装几个电动车充电桩")).to_contain_text("满5人开始讨论")
    await keep(uncle.page, "card-phone")
    await card.get_by_role("button", name="支持").click()
    await uncle.hears("给您记上了附议")

    page = uncle.page
    await page.goto(f"/proposals/{proposal}")
    await page.get_by_label("反对").check()
    await page.get_by_label("想说什么").fill("离窗户太近，夏天有味道。")
    await page.get_by_role("button", name="说出来").click()
    await expect(page.locator("#said")).to_contain_text("离窗户太近")
    await aunt.page.goto(f"/proposals/{proposal}")
    await aunt.page.get_by_role("button", name="认同 0", exact=True).click()
    await expect(aunt.page.get_by_role("button", name="认同 1", exact=True)).to_be_visible()
    await aunt.page.get_by_label("赞成").check()
    await aunt.page.get_by_label("想说什么").fill("早就该装了，拉飞线太危险。")
    await aunt.page.get_by_role("button", name="说出来").click()

    await desk.goto(f"/console/proposals/{proposal}")
    await desk.get_by_role("button", name="公布汇总").click()
    await done(desk)
    await desk.get_by_text("定一个会").click()
    await desk.get_by_label("地点").fill("党群服务中心二楼")
    await desk.get_by_label("邀请谁").fill("桂花物业、桂花社区警务室")
    await desk.get_by_role("button", name="定下来并通知到群里").click()
    await done(desk)
    await desk.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    await keep(desk, "proposal-desk")
    await enough_behind(town, proposal)
    await desk.goto(f"/console/proposals/{proposal}")
    day = local(SystemClock().now()) + timedelta(days=20)
    answer = desk.locator("section", has=desk.locator("#h-answer"))
    await answer.get_by_label("答复和理由").fill("同意在东门车棚装8个，离窗户十米以外。")
    form = answer.locator("form").first
    await form.get_by_label("任务", exact=True).fill("装8个充电桩")
    await form.get_by_label("期限").fill(f"{day:%Y-%m-%d}")
    await form.get_by_label("节点").fill(f"选址 {day:%Y-%m-%d}\n接电 {day:%Y-%m-%d}")
    await form.get_by_role("button", name="正式答复").click()
    await done(desk)
    await desk.get_by_role("button", name="完成", exact=True).first.click()
    await done(desk)
    pocket = (await town_of.staff(LOGINS["steward"], PASSWORD, PHONE)).page
    await pocket.goto(desk.url)
    await keep(pocket, "proposal-pocket")
    await page.reload()
    await page.goto(f"/proposals/{proposal}")
    await expect(page.get_by_label("落实")).to_contain_text("50%")
    await keep(page, "proposal-phone")


async def enough_behind(town: Town, proposal: int) -> None:
    """Three more of the neighbours, each by the button of the page."""
    for name in ("小何", "阿珍", "老钱"):
        one = await town.resident(name)
        await one.page.goto(f"/proposals/{proposal}")
        await one.page.get_by_role("button", name="支持").click()
        await expect(one.page.get_by_text("您附议了。")).to_be_visible()


async def test_a_convention_with_what_differs(town: Town) -> None:
    desk = (await town.people.staff(LOGINS["committee"], PASSWORD)).page
    await desk.goto("/console/proposals/conventions")
    await desk.get_by_label("名称").fill("文明养犬公约")
    await desk.get_by_label("正文").fill("出门遛狗要牵绳。\n狗粪主人清理。\n晚上十点后不遛狗。")
    await desk.get_by_role("button", name="存为草稿").click()
    await done(desk)
    await desk.get_by_role("button", name="公开征求意见").click()
    await done(desk)
    aunt = await town.resident("养狗的林姐")
    page = aunt.page
    await page.goto("/proposals")
    await page.get_by_role("link", name="文明养犬公约").click()
    second = page.locator("#p1")
    await second.get_by_text("对这一段提意见").click()
    await second.get_by_label("您的意见").fill("物业能不能放几个拾便袋？")
    await second.get_by_role("button", name="提意见").click()
    await expect(page.locator("#p1")).to_contain_text("养狗的林姐：物业能不能放几个拾便袋？")
    await desk.reload()
    await desk.get_by_label("答复或不公开的原因").fill("已请物业在东门放拾便袋")
    await desk.get_by_role("button", name="答复").click()
    await done(desk)
    await desk.get_by_text("写新的一稿").click()
    new = ("出门遛狗要牵绳，牵绳不超过一米五。", "狗粪主人清理，东门有拾便袋。", "进电梯要抱起或贴墙。")
    await desk.get_by_role("textbox", name="正文").fill("\n".join(new))
    await desk.get_by_role("button", name="存为草稿").click()
    await done(desk)
    await keep(desk, "convention-desk")
    await desk.get_by_role("button", name="公开征求意见").click()
    await done(desk)
    await page.goto("/proposals")
    await page.get_by_role("link", name="文明养犬公约").click()
    await expect(page.locator("ins").filter(has_text="一米五")).to_be_visible()
    await expect(page.locator("del").filter(has_text="晚上十点后不遛狗")).to_be_visible()
    await keep(page, "convention-phone")
    await desk.goto("/console/proposals/index")
    await desk.get_by_role("textbox", name="做法").fill("逐段在线提意见")
    await desk.get_by_role("button", name="登记").click()
    await done(desk)
    await keep(desk, "index-desk")
    await page.goto("/consultation")
    await keep(page, "index-phone")
