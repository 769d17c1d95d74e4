"""Homes in a real browser: a resident enters a code on a phone, a grid worker confirms another at the desk."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from bot.channels.webchat.signing import COOKIE, make_token
from tests.integration.test_console_browser import DESK, PHONE, browsing
from tests.needs import chromium
from tests.support.browser import ARGS, PATIENCE_MS
from tests.support.homes import House, open_house

THUMB = 44  # px


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


@asynccontextmanager
async def at_home(house: House, who: str) -> AsyncIterator[Page]:
    """A resident's phone, signed in. Anything the browser complains of fails the test."""
    complaints: list[str] = []
    base = str(house.server.make_url("/")).rstrip("/")
    async with house.parts.db.write() as session:
        token = make_token(session, house.people.residents[who], house.clock.now())
    async with async_playwright() as player:
        browser = await player.chromium.launch(executable_path=chromium(), args=ARGS)
        context = await browser.new_context(viewport=PHONE, locale="zh-CN", base_url=base)
        context.set_default_timeout(PATIENCE_MS)
        await context.add_cookies([{"name": COOKIE, "value": token, "url": base}])
        page = await context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        await browser.close()
    assert complaints == []


async def picture(page: Page, name: str) -> None:
    """Kept for people to look at where LINAN_PICTURES names a folder."""
    if folder := os.environ.get("LINAN_PICTURES"):
        await page.screenshot(path=f"{folder}/{name}.png", full_page=True)


async def fits(page: Page, width: int) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_a_resident_enters_the_code_of_the_slip_on_a_phone(house: House) -> None:
    code = await house.code()
    async with at_home(house, "王阿姨") as page:
        await page.goto("/chat")
        await page.get_by_role("button", name="我", exact=True).click()
        await page.get_by_role("link", name="我的住处").click()
        await page.get_by_text("待核实").first.wait_for()
        await fits(page, PHONE["width"])
        await picture(page, "mine_claimed")
        for button in await page.locator("main .door__go:visible").all():
            box = await button.bounding_box()
            assert box is not None
            assert box["height"] >= THUMB
        await page.goto("/chat")
        await page.goto(f"/mine#{code}")  # as the slip's QR code leads there
        assert await page.get_by_label("入户邀请码").input_value() == code
        await page.get_by_role("button", name="用邀请码核实").click()
        await page.get_by_text("核实好了").wait_for()
        await page.get_by_text("已核实", exact=True).wait_for()
        await fits(page, PHONE["width"])
        await picture(page, "mine_verified")


async def test_a_grid_worker_confirms_at_the_desk_and_prints_codes(house: House) -> None:
    building = str((await house.building("3")).id)
    for who, room in (("小陈", "601"), ("新邻居", "601")):
        page_of = await house.resident(who)
        await page_of.post("/mine", data={"do": "claim", "building": building, "unit": "2", "room": room})
    async with browsing(house, "grid_worker", DESK) as page:
        await page.get_by_role("link", name="住户").locator("visible=true").first.click()
        await page.get_by_text("还有1人说住这里").first.wait_for()
        await page.get_by_text("不属实").first.click()
        await fits(page, DESK["width"])
        await picture(page, "homes_queue")
        await page.get_by_role("button", name="属实，确认").first.click()
        await page.get_by_text("已确认，已告诉本人").wait_for()
        await page.get_by_role("link", name="门牌与邀请码").click()
        await page.get_by_label("楼栋").select_option(building)
        await page.get_by_role("button", name="看这栋").click()
        await page.get_by_text("登记门牌").first.click()
        await page.get_by_label("单元（没有就不填）").fill("2")
        await page.get_by_label("房号，用空格隔开").fill("501-504")
        await page.get_by_role("button", name="登记", exact=True).click()
        await page.get_by_text("新增4个门牌").wait_for()
        await picture(page, "homes_doors")
        await page.get_by_role("button", name="生成并打印").click()
        await page.locator(".slip-code").first.wait_for()
        assert await page.locator(".slip").count() == 4
        await picture(page, "homes_slips")
        await page.goto("/console/tickets/new?q=3-2-601")
        await fits(page, DESK["width"])
        await picture(page, "homes_phone_form")
    async with browsing(house, "grid_worker", PHONE) as page:
        for path in ("/console/homes", f"/console/homes/codes?building={building}", "/console/tickets/new"):
            await page.goto(path)
            await fits(page, PHONE["width"])
        await page.goto("/console/homes")
        await picture(page, "homes_queue_phone")
        await page.goto(f"/console/residents/{house.people.residents['小陈']}")
        await fits(page, PHONE["width"])
        await picture(page, "homes_person_phone")
