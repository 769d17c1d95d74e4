"""An activity in a real browser: staff paste its notice at a desk, residents sign up on their phones."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from bot.clock import SystemClock, local
from tests.acceptance.test_browser import LOGINS, Town
from tests.support.browser import PHONE, choose_in_bar
from tests.support.console import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="module")
PICTURES = os.environ.get("ACTIVITY_PICTURES", "")  # a folder to keep pictures of the pages in


async def keep(page: Page, name: str) -> None:
    """A picture for who wants to look; and nothing may stick out of the page at the side."""
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} is {wide} pixels too wide"


def read(path: Path) -> str:
    return path.read_text("utf-8")


async def test_an_activity_from_its_notice_to_the_places(town: Town) -> None:
    aunt, uncle = await town.resident("周阿婆"), await town.resident("楼上老孙", "3栋1单元")
    day = local(SystemClock().now()) + timedelta(days=3)
    notice = f"【活动通知】\n羽毛球友谊赛\n时间：{day.month}月{day.day}日下午2:00-4:00\n地点：文体中心二楼\n名额：1人"
    desk = (await town.people.staff(LOGINS["committee"], PASSWORD)).page
    await choose_in_bar(desk, "参与", "活动")
    await keep(desk, "list-desk")
    await desk.get_by_role("link", name="发起活动").click()
    await desk.get_by_label("有写好的通知").fill(notice)
    await desk.get_by_role("button", name="读出来").click()
    await expect(desk.get_by_label("活动名称")).to_have_value("羽毛球友谊赛")
    await expect(desk.get_by_label("开始", exact=True)).to_have_value(f"{day:%Y-%m-%d}T14:00")
    await keep(desk, "new-desk")
    await desk.get_by_role("button", name="发到群里").click()
    await desk.locator(".flash.alert-success").wait_for()

    card = await aunt.hears("【活动】羽毛球友谊赛")
    await expect(card.get_by_label("活动羽毛球友谊赛")).to_contain_text("文体中心二楼")
    await keep(aunt.page, "card-phone")
    await card.get_by_role("button", name="我报名").click()
    await aunt.hears("给您报上了《羽毛球友谊赛》")
    await uncle.say("我也报名羽毛球，一共2人")
    await uncle.hears("名额满了")

    page = uncle.page
    await page.goto("/activities")
    await keep(page, "calendar-phone")
    await page.locator(".act__item", has_text="羽毛球友谊赛").click()
    await expect(page.locator(".act__said")).to_contain_text("您在候补里")
    await keep(page, "activity-phone")
    await page.get_by_label("一共几人").fill("1")
    await page.get_by_role("button", name="改人数").click()
    await expect(page.get_by_role("status")).to_contain_text("一共1人")
    await aunt.page.goto("/activities")
    await aunt.page.locator(".act__item").click()
    await aunt.page.get_by_role("button", name="我去不了了").click()
    await expect(aunt.page.get_by_role("status")).to_contain_text("给您取消了")
    await page.reload()
    await page.goto(page.url)
    await expect(page.get_by_text("您已报上，1人")).to_be_visible()
    async with page.expect_download() as file:
        await page.get_by_role("link", name="存进手机日历").click()
    assert "BEGIN:VEVENT" in read(await (await file.value).path())

    # without a reload
    await expect(desk.locator("section", has=desk.locator("#h-in"))).to_contain_text("楼上老孙")
    await keep(desk, "activity-desk")
    pocket = (await town.people.staff(LOGINS["steward"], PASSWORD, PHONE)).page
    await pocket.goto(desk.url)
    await keep(pocket, "activity-pocket")
    await desk.get_by_role("link", name="签到码").click()
    await expect(desk.locator(".door-qr svg")).to_be_visible()
    await keep(desk, "door-desk")
