"""The channels in a real browser: an admin connects an account, tries it out and gives it a group, on a phone too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.channels.base import Finding
from bot.storage.channels import add_counts, add_fault, hear_group
from bot.storage.tables_channels import ChannelAccount, ChannelGroup
from tests.integration.test_console_browser import DESK, PHONE, browsing
from tests.support.browser import choose_in_bar
from tests.support.console import Office, open_office
from tests.support.world import START


class NobodyThere:
    """Nobody has connected yet."""

    async def test(self, account_id: int) -> list[Finding]:
        return [Finding("console.channel_test.never", False)]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path, tester=NobodyThere()) as opened:
        yield opened


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_an_admin_connects_an_account_and_gives_it_a_group(office: Office, size: dict[str, int]) -> None:
    here = office.people.community_id
    async with browsing(office, "admin", size) as page:
        if size == PHONE:
            await page.goto("/console/account")
            await page.get_by_role("link", name="渠道").locator("visible=true").click()
        else:
            await choose_in_bar(page, "管理", "渠道")
        await page.get_by_label("名字").fill("东区机器人")
        await page.get_by_role("button", name="接上").press("Enter")
        await page.get_by_text("只显示这一次").wait_for()
        account = (await office.rows(select(ChannelAccount)))[0]
        assert account.config["accept_friends"] is True  # as the form begins
        async with office.parts.db.write() as session:
            await hear_group(session, account.id, here, "733512", "桂花苑东区业主群", START)
            await hear_group(session, account.id, here, "733999", "周末拼单", START)
            await add_counts(session, account.id, here, {"heard": 1286, "said": 41, "repeated": 3, "faults": 1}, START)
            await add_counts(session, 0, 0, {"token_wrong": 2}, START)
            await add_fault(session, account.id, here, "silent", "", START)
        await page.goto(f"/console/channels/{account.id}")
        assert "只显示这一次" not in await page.content()
        await page.get_by_role("button", name="测试").press("Enter")
        await page.get_by_text("还没有连来过").wait_for()
        await page.get_by_label("“桂花苑东区业主群”归哪里").select_option(f"{here}:")
        await page.get_by_role("button", name="定下").first.press("Enter")
        await page.get_by_text("从现在起机器人会听这个群").wait_for()
        mapped = [
            group.chat_id is not None for group in await office.rows(select(ChannelGroup).order_by(ChannelGroup.id))
        ]
        assert mapped == [True, False]
        for path in ("/console/channels", f"/console/channels/{account.id}"):
            await page.goto(path)
            assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
