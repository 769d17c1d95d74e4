"""What bridges and networks do wrong: nothing is lost, nothing answered twice, nobody gets in who may not."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, WSServerHandshakeError, web
from aiohttp.test_utils import TestServer
from PIL import Image
from sqlalchemy import func, select

from actions.tickets.model import Ticket
from bot.messages import ChatKind, OutgoingMessage
from bot.outbox import Outgoing, enqueue
from bot.storage.channels import set_state
from bot.storage.tables import Chat, InboxRow
from tests.peers.town import Town, open_town

BURST = 400


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(tmp_path, call_timeout_s=0.3) as opened:
        yield opened


async def put(town: Town, text: str = "通知一声", **more: Any) -> None:
    """Something to be said in the group."""
    async with town.world.parts.db.write() as session:
        chat = await session.get_one(Chat, more.pop("chat_id", town.chat_id))
        message = OutgoingMessage(chat.id, text, **more)
        await enqueue(session, [Outgoing(message, chat, more.get("answers_id"))], town.world.clock.now())


async def settled(town: Town, state: str) -> None:
    """Wait until the last row of the outbox is in that state, however long it is put off."""

    async def look() -> bool:
        town.world.clock.advance(timedelta(seconds=2))
        return (await town.outbox())[-1].state == state

    await town.until(look)


async def test_what_comes_three_times_and_in_any_order_is_one_message_and_one_ticket(town: Town) -> None:
    async with town.bridge() as bridge:
        first = bridge.event("3栋2单元的电梯又停了，麻烦派人修一下")
        others = [bridge.event(f"今天天气真好{n}", user=300 + n, name=f"邻居{n}") for n in range(5)]
        for event in (*others[3:], first, *others[:3], first, *others, first):
            await bridge.post(event)
        await town.heard(6, bridge)
        await town.world.settle()
        await bridge.until(bridge.sent)
        await bridge.say("一句收尾")
        await town.heard(7, bridge)
        await town.world.settle()
        assert len(bridge.sent()) == 1
        assert await town.counted("repeated") == 7
    async with town.world.parts.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Ticket)) == 1


async def test_more_at_once_than_is_taken_in_are_all_kept_each_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.keeping.MOST_WAITING", BURST // 10)  # the bridge has to wait again and again
    async with open_town(tmp_path) as town, town.bridge() as bridge:
        for n in range(BURST):
            await bridge.say(f"第{n}句闲话", user=200 + n % 40, name=f"邻居{n % 40}", message_id=n % 3)
        lines = await town.heard(BURST, bridge)
    assert len({line.text for line in lines}) == len(lines) == BURST
    for person in {line.resident_id for line in lines}:  # each person's in the order they were said
        said = [int(line.text[1:-3]) for line in lines if line.resident_id == person]
        assert said == sorted(said)


async def test_a_line_that_breaks_without_a_word_loses_nothing_and_the_next_one_delivers(town: Town) -> None:
    async with town.bridge() as first:
        await first.say("3栋2单元的电梯又停了，麻烦派人修一下")
        await town.heard(1, first)
        first.vanish()
        await first.until(lambda: not town.service.lines.of(town.account_id))
        await town.world.settle()
        assert (await town.outbox())[-1].state == "todo"
    async with town.bridge() as second:
        assert "电梯" in (await second.until(second.sent))[0]["text"]
        await settled(town, "sent")
        assert len(second.sent()) == 1
    assert "closed" in await town.faults()


async def test_the_newest_line_counts_where_the_old_one_is_dead_without_knowing(town: Town) -> None:
    async with town.bridge() as old, town.bridge() as new:
        await put(town)
        await new.until(new.sent)
        assert old.sent() == []
        await new.say("我也在")
        await town.heard(1, new)


async def test_a_bridge_that_stops_beating_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.onebot.links.QUIET_BEATS", 0)  # one second of silence instead of three beats
    async with open_town(tmp_path) as town, town.bridge() as bridge:
        await bridge.post({"post_type": "meta_event", "meta_event_type": "heartbeat", "self_id": 10001, "time": 1,
                           "interval": 1000, "status": {"online": True, "good": True}})  # fmt: skip
        assert bridge.socket is not None
        await bridge.until(lambda: bridge.socket.closed)  # type: ignore[union-attr]
        assert "silent" in await town.faults()


async def test_while_the_bots_account_is_signed_out_what_is_to_be_said_waits(town: Town) -> None:
    def beat(good: bool) -> dict[str, Any]:
        status = {"online": good, "good": good}
        return {"post_type": "meta_event", "meta_event_type": "heartbeat", "self_id": 10001, "time": 1,
                "interval": 60_000, "status": status}  # fmt: skip

    async with town.bridge() as bridge:
        await bridge.post(beat(False))
        await town.until_counted("faults")
        await put(town)
        await bridge.say("还听得到")
        await town.heard(1, bridge)
        assert bridge.sent() == []
        assert (await town.outbox())[-1].attempts == 0
        await bridge.post(beat(True))
        await bridge.until(bridge.sent)
    assert "signed_out" in await town.faults()


async def test_an_answer_that_comes_too_late_is_counted_and_the_message_not_repeated(town: Town) -> None:
    def reply(action: str, params: dict[str, Any]) -> dict[str, Any] | None:
        return None if action == "send_group_msg" else {}

    async with town.bridge(reply=reply) as bridge:
        await put(town)
        await bridge.until(bridge.sent)
        call = bridge.sent()[0]["params"]
        bridge.history.append({"message_id": 9, "sender": {"user_id": 10001}, "message": call["message"]})
        await settled(town, "sent")  # it stands in the group's history: it had arrived
        assert len(bridge.sent()) == 1
    assert "no_answer" in await town.faults()


async def test_without_a_history_it_is_repeated_once_and_then_left_to_a_person(town: Town) -> None:
    def reply(action: str, params: dict[str, Any]) -> dict[str, Any] | None:
        unknown = {"status": "failed", "retcode": 1404, "data": None}
        return None if action == "send_group_msg" else unknown if "history" in action else {}

    async with town.bridge(reply=reply) as bridge:
        await put(town)
        await settled(town, "failed")
        assert len(bridge.sent()) == 2
    assert (await town.outbox())[-1].error.startswith("DeliveryUnknown")


async def test_what_the_bridge_calls_wrong_is_not_tried_again(town: Town) -> None:
    retcode = 0

    def reply(action: str, params: dict[str, Any]) -> dict[str, Any] | None:
        wrong = {"status": "failed", "retcode": retcode, "data": None, "wording": "参数错误"}
        return wrong if action == "send_group_msg" else {}

    async with town.bridge(reply=reply) as bridge:
        for tried, retcode in enumerate((1400, 100, 1404), 1):
            await put(town)
            await settled(town, "failed")
            assert (len(bridge.sent()), len(await town.outbox())) == (tried, tried)
            error = (await town.outbox())[-1].error
            assert str(retcode) in error
            assert "参数错误" in error


async def test_a_private_answer_that_cannot_go_out_is_only_hinted_at_and_follows_when_it_can(town: Town) -> None:
    """What is confidential never falls back into the group."""
    closed = True

    def reply(action: str, params: dict[str, Any]) -> dict[str, Any] | None:
        refused = {"status": "failed", "retcode": 1200, "data": None, "wording": "不是好友"}
        return refused if closed and action == "send_private_msg" else {}

    secret = "您反映的棋牌室的事，民警今晚去看"
    async with town.bridge(reply=reply) as bridge:
        await bridge.say("早上好")
        line = (await town.heard(1, bridge))[0]
        async with town.world.parts.db.read() as session:
            private = await session.scalar(
                select(Chat.id).where(Chat.kind == ChatKind.PRIVATE, Chat.resident_id == line.resident_id)
            )
        await put(town, secret, chat_id=private)  # nobody asked for it in the group: not a word of it there
        await settled(town, "failed")
        async with town.world.parts.db.write() as session:
            chat = await session.get_one(Chat, private)
            message = OutgoingMessage(chat.id, secret)
            await enqueue(session, [Outgoing(message, chat, line.id)], town.world.clock.now())
        hint = await bridge.until(lambda: next((one for one in bridge.sent() if one["in"] == "group"), None))
        assert (hint["at"], "加我为好友" in hint["text"]) == ("222", True)
        assert not any("棋牌室" in one["text"] for one in bridge.sent() if one["in"] == "group")

        closed, before = False, len(bridge.sent())
        await bridge.post(
            {"post_type": "notice", "notice_type": "friend_add", "self_id": 10001, "user_id": 222, "time": 3}
        )
        told = await bridge.until(lambda: len(bridge.sent()) >= before + 2 and bridge.sent()[before:])
        assert [one["text"] for one in told] == [secret, secret]
        assert {one["params"]["group_id"] for one in told} == {555}


async def test_strangers_are_turned_away_and_counted(town: Town) -> None:
    for token, status in (("wrong-token-wrong-token", 403), ("", 401), (None, 401)):
        headers = {"X-Self-ID": "10001", **({"Authorization": f"Bearer {token}"} if token else {})}
        with pytest.raises(WSServerHandshakeError) as refused:
            await town.http.ws_connect(town.url(), headers=headers)
        assert refused.value.status == status
    assert await town.counted("token_wrong", 0) == 1
    assert await town.counted("token_missing", 0) == 2
    async with town.bridge() as bridge:
        await bridge.until(lambda: town.service.lines.of(town.account_id))
        with pytest.raises(WSServerHandshakeError) as refused:
            await town.bridge(self_id=20002).__aenter__()
        assert refused.value.status == 403
    assert "another_bot" in await town.faults()


async def test_a_megabyte_in_one_frame_ends_the_line_and_nothing_else(town: Town) -> None:
    async with town.bridge() as bridge:
        await bridge.post("x" * (1024 * 1024 + 100))
        assert bridge.socket is not None
        await bridge.until(lambda: bridge.socket.closed)  # type: ignore[union-attr]
    async with town.bridge() as bridge:
        for odd in (
            "",
            "null",
            "[]",
            '{"post_type":',
            '{"post_type":"message"}',
            "[" * 100_000,
            '{"echo":1,"retcode":0}',
        ):
            await bridge.post(odd)
        await bridge.say("还在")
        assert (await town.heard(1, bridge))[0].text == "还在"


async def test_the_bot_does_not_hear_itself_nor_another_of_ours(town: Town) -> None:
    async with town.bridge() as bridge:
        await bridge.say("3栋电梯坏了", user=10001)
        await bridge.say("3栋电梯坏了", post_type="message_sent", user=10001)
        await bridge.say("3栋电梯坏了", self_id=30003)
        await bridge.say("听得到吗")
        assert [line.text for line in await town.heard(1, bridge)] == ["听得到吗"]
        assert await town.counted("of_others") == 1


async def test_while_paused_nothing_is_heard_and_nothing_said(town: Town) -> None:
    async with town.bridge() as bridge:
        await bridge.until(lambda: town.service.lines.of(town.account_id))
        async with town.world.parts.db.write() as session:
            await set_state(session, town.account_id, paused_at=town.world.clock.now())
        await town.service.look()
        await bridge.say("3栋电梯坏了")
        await put(town)
        await town.until_counted("paused")
        assert await town.lines() == []
        assert bridge.sent() == []


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "PNG")
    return out.getvalue()


async def test_a_picture_is_fetched_and_kept_and_one_inside_our_network_is_not(town: Town) -> None:
    visits = 0

    async def show(_request: web.Request) -> web.Response:
        nonlocal visits
        visits += 1
        return web.Response(body=picture(), content_type="text/html")

    app = web.Application()
    app.router.add_get("/a", show)
    server = TestServer(app)
    await server.start_server()
    inside = {"type": "image", "data": {"file": "a", "url": str(server.make_url("/a"))}}
    async with town.bridge() as bridge:
        await bridge.say([inside, {"type": "text", "data": {"text": "漏水"}}])
        assert [(line.text, line.pictures) for line in await town.heard(1, bridge)] == [("漏水\n[图片]", [])]
        assert "picture_inside" in await town.faults()
        async with town.world.parts.db.write() as session:
            config = {"mode": "reverse", "url": "", "private_media": True, "accept_friends": True}
            await set_state(session, town.account_id, config=config)
        await town.service.look()
        said = await bridge.say([inside, inside, {"type": "text", "data": {"text": "漏水"}}])
        line = (await town.heard(2, bridge))[1]
        await bridge.post(said)
        await town.until_counted("repeated")
        assert visits == 2
    assert (line.text, len(line.pictures)) == ("漏水", 1)
    assert list((town.world.parts.settings.var / "pictures").glob(f"{line.pictures[0]}*"))
    await server.close()


async def test_no_frame_of_a_stranger_reaches_the_inbox(town: Town) -> None:
    async with ClientSession() as http:
        for headers in ({}, {"X-Self-ID": "10001"}, {"X-Self-ID": "10001", "X-Signature": "sha1=" + "0" * 40}):
            body = json.dumps({"post_type": "message", "message_type": "group", "group_id": 555, "user_id": 1})
            async with http.post(town.url("/onebot/v11/http"), data=body, headers=headers) as answer:
                assert answer.status in {401, 403}
    async with town.world.parts.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(InboxRow)) == 0
