"""A WeCom app in a real browser: pasted, tried out, a group made, on a phone and at a desk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.channels.base import Finding
from bot.storage.channels import add_counts, add_fault, hear_group
from bot.storage.tables_channels import ChannelAccount
from tests.integration.test_channel_pages_wechat import APP_FORM, OFFICIAL_FORM
from tests.integration.test_console_browser import DESK, PHONE, browsing
from tests.support.console import Office, open_office
from tests.support.world import START


class Paper:
    """It lets us in; its callbacks have not come yet."""

    async def test(self, account_id: int) -> list[Finding]:
        url = f"https://linan.example/wecom/app/{account_id}"
        never = Finding("console.channel_test.never_called", False, {"url": url})
        return [Finding("console.channel_test.token", True), never]

    async def make_group(self, account_id: int, name: str, owner: str, members: Sequence[str]) -> Finding:
        known = owner == "LiShifu"
        params = {"name": name} if known else {"code": 81013, "words": ""}
        return Finding(f"console.channel_test.{'group_made' if known else 'errcode_81013'}", known, params)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path, tester=Paper(), group_maker=Paper()) as opened:
        yield opened


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_an_app_is_pasted_tried_out_and_makes_a_group(office: Office, size: dict[str, int]) -> None:
    here = office.people.community_id
    async with browsing(office, "admin", size) as page:
        await page.goto("/console/channels")
        await page.get_by_role("link", name="企业微信应用").press("Enter")
        for label, name in (("名字", "name"), ("企业ID", "number"), ("AgentId", "agent_id"),
                            ("应用Secret", "corp_secret"), ("Token", "callback_token"),
                            ("EncodingAESKey", "aes_key")):  # fmt: skip
            await page.get_by_label(label).fill(APP_FORM[name])
        await page.get_by_role("button", name="接上").press("Enter")
        await page.get_by_text("接好了").wait_for()
        (account,) = await office.rows(select(ChannelAccount))
        async with office.parts.db.write() as session:
            await hear_group(session, account.id, here, "wrkSFfCgAA1", "3栋通知群", START)
            await add_counts(session, account.id, here, {"heard": 286, "said": 41, "repeated": 3, "faults": 1}, START)
            await add_fault(session, account.id, here, "too_often", "45009", START)
        await page.goto(f"/console/channels/{account.id}")
        assert APP_FORM["corp_secret"] not in await page.content()
        await page.get_by_role("button", name="测试").press("Enter")
        await page.get_by_text("平台还没有连到过这里").wait_for()
        await page.get_by_label("群名").fill("4栋通知群")
        await page.get_by_label("群主的账号").fill("nobody")
        await page.get_by_label("其他人的账号").fill("WangAyi LaoLi")
        await page.get_by_role("button", name="建群").press("Enter")
        await page.get_by_text("这些人平台不认识").wait_for()
        assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        await page.get_by_label("群主的账号").fill("LiShifu")
        await page.get_by_role("button", name="建群").press("Enter")
        await page.get_by_text("建好了“4栋通知群”").wait_for()
        assert "channel_group_made" in await office.audit()
        await page.goto("/console/channels?new=official")
        await page.get_by_label("AppSecret").fill(OFFICIAL_FORM["app_secret"])
        assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]
