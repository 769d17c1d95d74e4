"""A bridge that dials us: what is said in its groups is kept once, and what is answered comes back through it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from actions.people.model import Resident
from actions.tickets.commands import Actor, AnswerTicket, Move, MoveTicket
from actions.tickets.model import Ticket
from bot.messages import ChatKind
from bot.storage.tables import Chat
from tests.peers.town import Town, open_town
from tests.support.postgres import own_postgres


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(tmp_path) as opened:
        yield opened


def at(user: int) -> dict[str, Any]:
    return {"type": "at", "data": {"qq": str(user)}}


def words(said: str) -> dict[str, Any]:
    return {"type": "text", "data": {"text": said}}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_fault_told_in_the_group_is_answered_worked_on_and_rated_there(tmp_path: Path, kind: str) -> None:
    async with own_postgres() if kind == "postgresql" else nullcontext("") as url, open_town(tmp_path, url) as town:
        await play(town, in_words=kind == "postgresql")


async def play(town: Town, *, in_words: bool) -> None:
    world = town.world
    async with town.bridge() as bridge:
        told = await bridge.say("3栋2单元的电梯又停了，按了没反应，麻烦派人修一下")
        await town.heard(1, bridge)
        await world.settle()
        first = (await bridge.until(bridge.sent))[0]
        assert (first["in"], first["at"], first["quotes"]) == ("group", "222", str(told["message_id"]))
        assert first["params"]["group_id"] == 555
        assert "电梯" in first["text"]
        async with world.parts.db.read() as session:
            ticket = (await session.scalars(select(Ticket))).one()
            resident = await session.get_one(Resident, ticket.reporter_id)
        assert (resident.nickname, resident.building_id, ticket.building) == ("王阿姨", None, "3")

        steward = Actor("staff", world.staff["李师傅"], "李师傅")
        await world.parts.performer.run(MoveTicket(ticket.id, Move.TAKE, steward))
        await world.parts.performer.run(AnswerTicket(ticket.id, steward, "配件到了，下午四点前修好。"))
        answer = await bridge.until(lambda: next((one for one in bridge.sent() if "下午四点" in one["text"]), None))
        assert (answer["in"], answer["at"]) == ("group", "222")
        await world.parts.performer.run(MoveTicket(ticket.id, Move.HANDLE, steward, text="修好了"))
        await world.parts.performer.run(
            MoveTicket(ticket.id, Move.CHECK, Actor("staff", world.staff["赵网格"], "赵网格"))
        )
        await world.parts.performer.run(
            MoveTicket(ticket.id, Move.CLOSE, Actor("staff", world.staff["赵网格"], "赵网格"))
        )
        asked = await bridge.until(lambda: next((one for one in bridge.sent() if "5 很满意" in one["text"]), None))
        assert asked["at"] == "222"
        await town.written(asked["text"].partition("\n")[0])

        number = {"type": "reply", "data": {"id": str(bridge.history[-1]["message_id"])}}
        await bridge.say([number, words("非常满意")] if in_words else "5")
        await town.heard(2, bridge)
        await world.settle()
    async with world.parts.db.read() as session:
        rated = await session.get_one(Ticket, ticket.id)
    assert (rated.rating, rated.status) == (5, "rated")


async def test_a_group_of_nobody_is_noted_and_the_bot_is_silent_there(town: Town) -> None:
    async with town.bridge() as bridge:
        await bridge.say("@小邻 3栋电梯坏了", group=777)
        await bridge.say("3栋电梯坏了")
        lines = await town.heard(1, bridge)
        assert [line.chat_id for line in lines] == [town.chat_id]
        assert await town.counted("unmapped") == 1
    async with town.world.parts.db.read() as session:
        names = {
            row.external_id: row.name for row in (await session.execute(text("SELECT * FROM channel_group"))).all()
        }
    assert names["777"] == ""
    assert names["666"] == "拼单群"


async def test_quoting_the_bots_line_is_a_reply_to_it_and_a_mention_of_a_neighbour_is_not_for_the_bot(
    town: Town,
) -> None:
    world = town.world
    async with town.bridge() as bridge:
        await bridge.say("3栋2单元的电梯又停了，麻烦派人修一下")
        await town.heard(1, bridge)
        await world.settle()
        await bridge.until(bridge.sent)
        await bridge.until(lambda: bridge.history)
        number = str(bridge.history[-1]["message_id"])
        line = await town.written("电梯")
        await bridge.say(
            [{"type": "reply", "data": {"id": number}}, at(10001), words(" 我家也是")], user=333, name="老李"
        )
        await bridge.say([at(222), words("我家的电梯也坏了你快修")], user=333, name="老李")
        await bridge.say([at(444), words("我家的电梯也坏了你快修")], user=333, name="老李")
        quoted, mention, stranger = (await town.heard(4, bridge))[1:]
    assert (quoted.reply_to_id, quoted.mentions_bot, quoted.text) == (line.id, True, "我家也是")
    assert mention.mentions == [(await town.lines())[0].resident_id]
    assert stranger.mentions == [0]


async def test_what_is_said_in_private_is_answered_in_private_and_a_recalled_line_is_taken_back(town: Town) -> None:
    async with town.bridge() as bridge:
        told = await bridge.say("我的工单", group=None)
        line = (await town.heard(1, bridge))[0]
        await town.world.settle()
        answer = (await bridge.until(bridge.sent))[0]
        assert (answer["in"], answer["params"]["user_id"]) == ("private", 222)
        await bridge.post({"post_type": "notice", "notice_type": "friend_recall", "self_id": 10001, "user_id": 222,
                           "message_id": told["message_id"], "time": 2})  # fmt: skip
        await town.until_recalled()
    async with town.world.parts.db.read() as session:
        chat = await session.get_one(Chat, line.chat_id)
    assert (chat.kind, chat.channel) == (ChatKind.PRIVATE, f"onebot:{town.account_id}")
    assert (await town.lines())[0].recalled_at is not None


async def test_api_and_events_may_come_over_two_lines(town: Town) -> None:
    api = {"X-Self-ID": "10001", "X-Client-Role": "API"}
    event = {"X-Self-ID": "10001", "X-Client-Role": "Event"}
    async with (
        town.bridge(path="/onebot/v11/", headers=api) as calls,
        town.bridge(path="/onebot/v11/ws/event", headers=event) as events,
    ):
        await events.say("我的工单", group=None)
        await town.heard(1, events)
        await town.world.settle()
        assert (await calls.until(calls.sent))[0]["in"] == "private"
        assert events.calls == []
