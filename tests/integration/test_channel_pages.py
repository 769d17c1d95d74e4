"""The pages of the channels: connect by pasting secrets, see what is wrong, give groups to communities."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.channels.onebot.accounts import read_account
from bot.messages import OutgoingMessage
from bot.outbox import Outgoing, enqueue
from bot.secret_box import SecretBox
from bot.storage.channels import add_counts, add_fault, hear_group
from bot.storage.chats import find_groups
from bot.storage.tables import Chat, OutboxRow
from bot.storage.tables_channels import ChannelAccount, ChannelGroup
from tests.support.console import Office, open_office
from tests.support.world import START

FORM = {"name": "东区机器人", "mode": "reverse", "number": "", "url": "", "accept_friends": "yes"}
TOKEN = "guihua-token-2026"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield opened


async def account(office: Office) -> ChannelAccount:
    return (await office.rows(select(ChannelAccount).order_by(ChannelAccount.id.desc())))[0]


async def test_an_account_is_connected_tested_paused_given_a_new_token_and_given_up(office: Office) -> None:
    admin, here = await office.browser("admin"), str(office.people.community_id)
    assert "还没有接外部的群" in await admin.page("/console/channels")
    answer = await admin.post("/console/channels", {**FORM, "community": here, "token": TOKEN})
    page = await admin.page(answer.headers["Location"])
    one = await account(office)
    assert "接好了" in page
    assert "还没连上过" in page
    assert TOKEN not in page
    assert TOKEN.encode() not in one.sealed

    change = {**FORM, "name": "东区", "token": ""}
    await admin.post(f"/console/channels/{one.id}", change)
    assert read_of(office, await account(office)) == ("东区", TOKEN)
    await admin.post(f"/console/channels/{one.id}", {**change, "token": f"{TOKEN}-new"})
    assert read_of(office, await account(office)) == ("东区", f"{TOKEN}-new")

    await admin.post(f"/console/channels/{one.id}/state", {"do": "pause"})
    assert "已停" in await admin.page(f"/console/channels/{one.id}")
    await admin.post(f"/console/channels/{one.id}/state", {"do": "resume"})
    assert (await account(office)).paused_at is None
    await admin.post(f"/console/channels/{one.id}/state", {"do": "retire"})
    gone = await account(office)
    assert (gone.sealed, gone.retired_at is not None) == (b"", True)
    await admin.page(f"/console/channels/{one.id}", 404)
    assert [what for what in await office.audit() if what.startswith("channel")] == [
        "channel_added", "channel_changed", "channel_secrets_changed", "channel_paused", "channel_resumed",
        "channel_retired",
    ]  # fmt: skip


def read_of(office: Office, row: ChannelAccount) -> tuple[str, str]:
    found = read_account(row, SecretBox(office.parts.settings))
    assert found is not None
    return found.name, found.token


async def test_a_token_left_empty_is_made_and_shown_once(office: Office) -> None:
    admin = await office.browser("admin")
    answer = await admin.post("/console/channels", {**FORM, "community": office.people.community_id, "token": ""})
    first = await admin.page(answer.headers["Location"])
    shown = re.search(r"口令是 (\S+) ，", first)
    assert shown is not None
    assert shown[1] == read_of(office, await account(office))[1]
    assert shown[1] not in await admin.page(answer.headers["Location"])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"token": "short"}, "至少16个字符"),
        ({"token": "有中文的口令也要十六个字才够长吧"}, "至少16个字符"),
        ({"name": ""}, "请起个名字"),
        ({"mode": "forward", "url": "http://x"}, "ws:// / wss://"),
        ({"mode": "forward", "url": "ws://user:pw@x"}, "不要带用户名"),
        ({"mode": "http", "url": "http://x", "secret": TOKEN}, "机器人自己的号码"),
        ({"mode": "http", "url": "http://x", "number": "1", "secret": ""}, "至少16个字符"),
        ({"mode": "pigeon"}, "表单不完整"),
    ],
)
async def test_what_cannot_work_is_said_and_what_was_typed_stays_but_no_secret(
    office: Office, changes: dict[str, str], said: str
) -> None:
    admin = await office.browser("admin")
    form = {**FORM, "name": "东区机器人", "community": office.people.community_id, "token": "", **changes}
    answer = await admin.post("/console/channels", form)
    text = await answer.text()
    assert answer.status == 422
    assert said in text
    assert all(secret not in text for secret in (TOKEN, "有中文的口令"))
    assert await office.rows(select(ChannelAccount)) == []


async def test_a_group_is_given_to_a_part_of_the_community_and_taken_back(office: Office) -> None:
    admin, here = await office.browser("admin"), office.people.community_id
    await admin.post("/console/channels", {**FORM, "community": here, "token": TOKEN})
    one = await account(office)
    async with office.parts.db.write() as session:
        await hear_group(session, one.id, here, "555", "桂花苑东区群", START)
        await add_counts(session, one.id, here, {"heard": 3, "faults": 1}, START)
        await add_counts(session, 0, 0, {"token_wrong": 2}, START)
        await add_fault(session, one.id, here, "silent", "", START)
    group = (await office.rows(select(ChannelGroup)))[0]
    assert "没归社区，机器人不听也不说" in await admin.page(f"/console/channels/{one.id}")
    page = await admin.page(f"/console/channels/{one.id}")
    assert "心跳停了" in page
    assert "口令不对" in await admin.page("/console/channels")
    grid = re.search(rf'value="({here}:\d+)"[^>]*>桂花社区 第1网格', page)
    assert grid is not None
    await admin.post(f"/console/channels/{one.id}/groups/{group.id}", {"place": grid[1]})
    chat = (await office.rows(select(Chat).where(Chat.channel == f"onebot:{one.id}")))[0]
    assert (chat.name, chat.community_id, len(chat.org_unit_ids)) == ("桂花苑东区群", here, 4)
    assert f'value="{grid[1]}" selected' in await admin.page(f"/console/channels/{one.id}")
    await admin.post(f"/console/channels/{one.id}/groups/{group.id}", {"place": ""})
    assert (await office.rows(select(ChannelGroup.chat_id))) == [None]
    await admin.post(f"/console/channels/{one.id}/groups/{group.id}", {"place": f"{here}:"})
    assert len(await office.rows(select(Chat).where(Chat.channel == f"onebot:{one.id}"))) == 1


async def test_two_accounts_have_two_tokens_and_what_waited_for_one_given_up_is_not_said(office: Office) -> None:
    admin, here = await office.browser("admin"), office.people.community_id
    form = {**FORM, "community": here, "token": TOKEN}
    await admin.post("/console/channels", form)
    answer = await admin.post("/console/channels", {**form, "name": "西区机器人"})
    assert answer.status == 422
    assert "“东区机器人”已经在用这个口令" in await answer.text()
    one = await account(office)
    async with office.parts.db.write() as session:
        await hear_group(session, one.id, here, "555", "桂花苑东区群", START)
    group = (await office.rows(select(ChannelGroup)))[0]
    await admin.post(f"/console/channels/{one.id}/groups/{group.id}", {"place": f"{here}:"})
    async with office.parts.db.write() as session:
        chat = (await session.scalars(select(Chat).where(Chat.channel == f"onebot:{one.id}"))).one()
        await enqueue(session, [Outgoing(OutgoingMessage(chat.id, "停水通知"), chat)], START)
        assert chat.id in await find_groups(session, here, here, None)
    await admin.post(f"/console/channels/{one.id}/state", {"do": "retire"})
    assert await office.rows(select(OutboxRow.state)) == ["cancelled"]
    async with office.parts.db.read() as session:
        assert chat.id not in await find_groups(session, here, here, None)


async def test_a_group_is_heard_by_one_account_only(office: Office) -> None:
    admin, here = await office.browser("admin"), office.people.community_id
    for name in ("甲", "乙"):
        await admin.post(
            "/console/channels", {**FORM, "name": name, "community": here, "token": f"{TOKEN}-{name == '甲'}"}
        )
        one = await account(office)
        async with office.parts.db.write() as session:
            await hear_group(session, one.id, here, "555", "桂花苑东区群", START)
        group = (await office.rows(select(ChannelGroup).order_by(ChannelGroup.id.desc())))[0]
        answer = await admin.post(f"/console/channels/{one.id}/groups/{group.id}", {"place": f"{here}:"})
    assert answer.status == 422
    assert "账号“甲”已经在听这个群" in await answer.text()
