"""Group robots: every kind of message, twenty a minute also after a restart, and what the platform says no to."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channel_accounts import AccountForm, change_account
from bot.channels.wecom.webhook_wire import Article, build_card, build_markdown, build_news
from bot.storage.tables_channels import ChannelAccount
from tests.peers.wecom_gateway import BROKEN, KEY
from tests.peers.wecom_town import CALLBACK_FORM, WecomTown, add_hook, open_wecom


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[WecomTown]:
    async with open_wecom(tmp_path, CALLBACK_FORM) as opened:
        await add_hook(opened, voice=False)
        yield opened


async def test_a_long_notice_goes_in_pieces_and_its_picture_after_it(town: WecomTown) -> None:
    raw = b"\xff\xd8picture"

    async def read(ids: Any) -> tuple[str, ...]:
        return (base64.b64encode(raw).decode(),)

    object.__setattr__(town.service._parts, "read_pictures", read)
    text = "".join(f"第{n}条：请大家把楼道里的杂物收好。" for n in range(60))
    await town.put(text, town.hook_chat_id, pictures=("one",))
    await town.settled("sent")
    bodies = town.gateway.bodies
    pieces = [body["text"]["content"] for body in bodies if body["msgtype"] == "text"]
    assert "".join(pieces) == text
    assert all(len(piece.encode()) <= 2048 and piece.endswith("。") for piece in pieces)
    assert bodies[-1]["image"]["md5"] == hashlib.md5(raw).hexdigest()


async def test_news_markdown_cards_and_files_are_taken(town: WecomTown) -> None:
    hook, webhook = town.service.accounts.hooks[town.hook_id], town.service.webhook
    card = build_card("周六清洁日", "还有5个名额", "带上手套", {"时间": "周六上午九点"}, "https://linan.example/")
    for body in (build_markdown("**停水** <@wangayi>"), build_news([Article("停水", "https://linan.example/1")]), card):
        await webhook.post(hook, body)
    await webhook.post(hook, await webhook.upload(hook, "通知.pdf", b"%PDF-1.7 notice"))
    kinds = [body["msgtype"] for body in town.gateway.bodies]
    assert kinds == ["markdown", "news", "template_card", "file"]
    assert town.gateway.uploads == [b"%PDF-1.7 notice"]


async def test_no_more_than_twenty_a_minute_go_out_also_over_a_restart(town: WecomTown) -> None:
    for n in range(50):
        await town.put(f"通知{n}", town.hook_chat_id)
    await town.gateway.until(lambda: len(town.gateway.bodies) == 18)  # two are kept for what is urgent
    await town.service.close()
    await town.service.start()
    await town.service.look()
    await town.put("着火了，请撤离", town.hook_chat_id, urgent=True)
    await town.gateway.until(lambda: len(town.gateway.bodies) == 19)
    await town.settled("sent", step=timedelta(seconds=7))
    said = [body["text"]["content"] for body in town.gateway.bodies]
    assert said[18] == "着火了，请撤离"
    assert [*said[:18], *said[19:]] == [f"通知{n}" for n in range(50)]
    assert town.gateway.broken["too many"] == 0


async def test_a_storm_of_45009_is_waited_out_and_an_answer_that_never_came_is_not_pressed(town: WecomTown) -> None:
    codes = iter([45009, 45009, -1])
    town.gateway.fault = lambda body: next(codes, 0)
    await town.put(chat_id=town.hook_chat_id)
    await town.settled("sent", step=timedelta(seconds=20))
    assert len(town.gateway.bodies) == 1
    town.gateway.fault = lambda body: None
    await town.put("没有回音", town.hook_chat_id)
    rows = await town.settled("sent", "failed", step=timedelta(seconds=20))
    assert (rows[-1].state, rows[-1].error.split(":")[0]) == ("failed", "DeliveryUnknown")
    pages = iter([BROKEN])
    town.gateway.fault = lambda body: next(pages, 0)
    await town.put("答的是网页", town.hook_chat_id)  # that is no refusal
    assert (await town.settled("sent", "failed", step=timedelta(seconds=20)))[-1].state == "sent"
    faults = await town.faults()
    assert set(faults) == {"too_many", "no_answer"}
    assert all(KEY not in row.error for row in rows)


async def test_a_robot_that_was_removed_is_left_alone_until_it_has_another_address(town: WecomTown) -> None:
    town.gateway.fault = lambda body: 93000
    await town.put("一", town.hook_chat_id)
    rows = await town.settled("failed")
    assert rows[0].error.startswith("93000")
    assert await town.state(town.hook_id) == "refused"
    assert "hook_gone" in await town.faults()
    await town.service.look()
    await town.put("二", town.hook_chat_id)
    found = await town.service.test(town.hook_id)
    assert [one.phrase for one in found] == ["console.channel_test.hook_gone"]
    assert (await town.outbox())[-1].attempts == 0

    town.gateway.fault = lambda body: 0
    async with town.world.parts.db.write() as session:
        account = await session.get_one(ChannelAccount, town.hook_id)
        form = AccountForm("喇叭", "webhook", secrets={"webhook_key": f"https://x/send?key={KEY}"})
        await change_account(session, town.service._parts.box, account, form)
        account.state = "waiting"
    await town.service.look()
    await town.gateway.until(lambda: len(town.gateway.bodies) == 1)
    found = await town.service.test(town.hook_id)
    assert [(one.phrase, one.good) for one in found] == [
        ("console.channel_test.hook_said", True), ("console.channel_test.hook_placed", True),
    ]  # fmt: skip
