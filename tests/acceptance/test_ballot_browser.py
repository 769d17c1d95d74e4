"""A ballot in real browsers: written and opened at two desks, voted on by phone, while a desk looks on."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from bot.clock import SystemClock, local
from tests.acceptance.test_browser import Town
from tests.support.console import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="module")
PICTURES = os.environ.get("BALLOT_PICTURES", "")  # a folder to keep pictures of the pages in


async def keep(page: Page, name: str) -> None:
    """A picture for who wants to look; and nothing may stick out of the page at the side."""
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} is {wide} pixels too wide"


async def test_a_ballot_from_two_desks_to_a_phone_and_back(town: Town) -> None:
    aunt = await town.resident("周阿婆")
    town.prove_home("周阿婆")
    desk, other = (await town.staff("committee")).page, (await town.people.staff("staff8", PASSWORD)).page
    await desk.goto("/console/ballots/new")
    await desk.get_by_label("标题").fill("地面停车收费")
    await desk.get_by_label("表决的内容").fill("地面车位每月150元，收入用于小区绿化。")
    closes = local(SystemClock().now()) + timedelta(days=3)
    await desk.get_by_label("截止").fill(f"{closes:%Y-%m-%dT%H:%M}")
    await keep(desk, "new-desk")
    await desk.get_by_role("button", name="存草稿").click()
    await expect(desk.get_by_text("要由起草人以外的")).to_be_visible()
    await other.goto(desk.url)
    await other.get_by_role("button", name="核对无误，开启投票").click()
    await expect(desk.locator("#mark")).to_have_text("投票中")  # and nobody loads that page again
    await expect(desk.locator("#who")).to_contain_text("核对开启")
    await expect(desk.locator("#progress")).to_contain_text("参与 0／")

    page = aunt.page
    await page.goto("/ballots")
    await page.locator(".ballots__link", has_text="地面停车收费").click()
    await page.get_by_label("反对").check()
    await keep(page, "ballot-phone")
    await page.get_by_role("button", name="投出这一票").click()
    await expect(page.locator("#choice")).to_have_text("反对")
    await expect(desk.locator("#progress")).to_contain_text("参与 1／")
    await page.get_by_label("同意").check()
    await page.get_by_role("button", name="确定改投").click()
    await expect(page.locator("#choice")).to_have_text("同意")
    await keep(page, "voted-phone")
    await expect(desk.get_by_label("日志")).to_contain_text("改票")
    await keep(desk, "ballot-desk")
    at = desk.url
    for name in ("papers", "doors", "sheet"):
        await desk.goto(f"{at}/{name}")
        await keep(desk, f"{name}-desk")
    sealed = town.rows("SELECT choice, code, length(sealed) > 0 FROM ballot_vote")
    assert sealed == [(None, "", 1)]
