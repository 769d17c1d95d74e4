"""The responsibility list in a real browser: a line is looked through, kept and taken back, on a phone too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actions.routing.handlers import seed_lists
from tests.integration.test_console_browser import DESK, PHONE, browsing
from tests.support.console import Office, open_office

PEST = "service_request/pest"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        async with opened.parts.db.write() as session:
            await seed_lists(session, opened.parts.rules, opened.clock.now())
        yield opened


async def test_an_admin_hands_a_matter_of_one_building_to_another_desk_on_a_phone(office: Office) -> None:
    async with browsing(office, "admin", PHONE) as page:
        for path in ("duties", "duties/history", "duties/lines/0", "duties/lines/1"):
            await page.goto(f"/console/{path}")
            assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
            assert await page.locator("h1").count() == 1, path
        await page.goto("/console/account")
        await page.get_by_role("link", name="责任清单").locator("visible=true").click()
        await page.get_by_role("link", name="加一条").click()
        await page.get_by_text("报事报修", exact=True).click()
        await page.get_by_label("虫鼠防治").check()
        await page.get_by_label("在哪里").select_option("3栋")
        await page.locator("select[name=at_grid]").select_option("police")
        await page.get_by_role("button", name="先看会怎样").press("Enter")
        assert "虫鼠防治 · 3栋" in await page.locator("#looked").inner_text()
        await page.get_by_role("button", name="保存").press("Enter")
        await page.get_by_text("已保存，现在是第2版").wait_for()
        assert (await office.open("有老鼠", PEST)).team_id == office.people.teams["police"]


async def test_a_change_is_taken_back_with_the_keyboard(office: Office) -> None:
    async with browsing(office, "admin", DESK) as page:
        await page.goto("/console/duties/lines/1")
        await page.get_by_role("button", name="去掉这一条").press("Enter")
        await page.get_by_role("button", name="看过了，仍要去掉").press("Enter")
        await page.get_by_text("已保存，现在是第2版").wait_for()
        assert "没有人管" in await page.locator(".doubt-gap").inner_text()
        await page.get_by_role("link", name="改动记录").press("Enter")
        await page.get_by_role("button", name="撤销上面这次改动").press("Enter")
        await page.get_by_text("已恢复到第1版").wait_for()
        await page.get_by_role("link", name="清单", exact=True).press("Enter")
        await page.locator("#h-doubts").wait_for()
        assert await page.locator(".doubt-gap").count() == 0
