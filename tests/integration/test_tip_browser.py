"""Tips in a real browser, on a phone: a case is opened and asked about; the anonymous form and coming back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actions.tips.commands import LeaveTip
from tests.integration.test_console_browser import DESK, PHONE, browsing
from tests.support.console import Office, open_office

SECRET = "五零一那个穿灰夹克的半夜撬电瓶"
THUMB = 36  # px


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield opened


async def test_the_police_read_and_ask_on_a_phone(office: Office) -> None:
    left = LeaveTip(office.people.community_id, "safety_tip/theft", SECRET, {"building": "3"})
    ref = (await office.parts.performer.run(left)).value.ref
    async with browsing(office, "police", PHONE) as page:
        await page.goto("/console/")
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        await page.goto("/console/account")
        await page.get_by_role("link", name="线索").locator("visible=true").first.click()
        await page.get_by_role("link", name=ref).click()
        assert await page.get_by_text(SECRET).count() == 0
        await page.get_by_label("为什么打开").select_option("handle")
        await page.get_by_role("button", name="打开内容").click()
        await page.get_by_text(SECRET).wait_for()
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        for button in await page.locator("main .btn:visible").all():
            box = await button.bounding_box()
            assert box is not None
            assert box["height"] >= THUMB, await button.inner_text()
        await page.get_by_text("问反映人一句").first.click()
        await page.get_by_label("要问的话").fill("他几点来？")
        await page.get_by_role("button", name="问反映人一句").click()
        await page.get_by_text("已办，记在这条线索里").wait_for()
        assert await page.get_by_text(SECRET).count() == 0


async def test_the_form_for_the_police_is_printed(office: Office) -> None:
    left = LeaveTip(office.people.community_id, "safety_tip/theft", SECRET)
    tip_id = (await office.parts.performer.run(left)).value.tip_id
    async with browsing(office, "committee", DESK) as page:
        await page.goto(f"/console/tips/{tip_id}")
        await page.get_by_label("为什么打开").select_option("handle")
        await page.get_by_role("button", name="打开内容").press("Enter")
        await page.get_by_role("button", name="移交表（打印）").press("Enter")
        await page.get_by_role("heading", name="线索移交表").wait_for()
        assert SECRET in await page.locator("article.report").inner_text()
        assert re.search("钱主任.*出移交表", await page.locator("article.report").inner_text())
