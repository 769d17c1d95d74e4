"""The inbox: accepted once, acknowledged after the commit, one message of a conversation at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from actions.errors import NotFound
from bot.inbox import LEASE, MAX_TEXT, MOST_ATTEMPTS, claim, mark_failed, release
from bot.messages import Arrival
from bot.storage.tables import ChatMessage, InboxRow
from tests.support.world import World, open_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


def arrival(world: World, who: str, external_id: str, text: str = "你好") -> Arrival:
    return Arrival(world.groups["东区群"], world.residents[who], external_id, text)


async def count(world: World, table: type) -> int:
    async with world.parts.db.read() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def claimed(world: World, worker: str = "a", limit: int = 10) -> list[int]:
    async with world.parts.db.write() as session:
        return await claim(session, worker, world.clock.now(), limit)


async def test_a_message_is_stored_with_its_inbox_row(world: World) -> None:
    accepted = await world.parts.inbox.accept(arrival(world, "老李", "1"))
    assert accepted.fresh
    assert accepted.sent_at == world.clock.now()
    assert await count(world, InboxRow) == 1


async def test_the_same_message_twice_is_one_message(world: World) -> None:
    first = await world.parts.inbox.accept(arrival(world, "老李", "1"))
    again = await world.parts.inbox.accept(arrival(world, "老李", "1", "别的字"))
    assert (again.message_id, again.fresh) == (first.message_id, False)
    assert (await count(world, ChatMessage), await count(world, InboxRow)) == (1, 1)


async def test_the_same_message_twice_in_one_transaction_is_one_message(world: World) -> None:
    both = await asyncio.gather(*(world.parts.inbox.accept(arrival(world, "老李", "1")) for _ in range(20)))
    assert len({one.message_id for one in both}) == 1
    assert [one.fresh for one in both].count(True) == 1
    assert await count(world, InboxRow) == 1


async def test_a_crowd_is_stored_in_the_order_it_came(world: World) -> None:
    arrivals = [arrival(world, "老李", str(n), f"第{n}条") for n in range(150)]
    accepted = await asyncio.gather(*(world.parts.inbox.accept(one) for one in arrivals))
    assert [one.message_id for one in accepted] == sorted(one.message_id for one in accepted)
    async with world.parts.db.read() as session:
        texts = (await session.scalars(select(ChatMessage.text).order_by(ChatMessage.id))).all()
    assert list(texts) == [one.text for one in arrivals]


async def test_an_unknown_chat_fails_alone(world: World) -> None:
    good = [arrival(world, "老李", str(n)) for n in range(3)]
    bad = Arrival(987654, world.residents["老李"], "x", "喂")
    results = await asyncio.gather(
        *(world.parts.inbox.accept(one) for one in (*good, bad)), return_exceptions=True
    )
    assert isinstance(results[-1], NotFound)
    assert await count(world, ChatMessage) == 3


async def test_an_overlong_text_is_cut_and_nul_is_dropped(world: World) -> None:
    await world.parts.inbox.accept(arrival(world, "老李", "1", "\x00" + "长" * (MAX_TEXT + 500)))
    async with world.parts.db.read() as session:
        text = await session.scalar(select(ChatMessage.text))
    assert text == "长" * MAX_TEXT


async def test_one_message_of_a_conversation_is_claimed_at_a_time(world: World) -> None:
    for who, external_id in (("老李", "1"), ("老李", "2"), ("小陈", "1b"), ("老李", "3")):
        await world.parts.inbox.accept(arrival(world, who, external_id))
    first = await claimed(world)
    assert len(first) == 2
    assert await claimed(world, "b") == []
    await finish(world, first[0])
    assert await claimed(world, "b") == [2]


async def finish(world: World, inbox_id: int) -> None:
    async with world.parts.db.write() as session:
        await session.execute(update(InboxRow).where(InboxRow.id == inbox_id).values(state="done"))


async def test_the_claims_of_a_dead_worker_run_out(world: World) -> None:
    await world.parts.inbox.accept(arrival(world, "老李", "1"))
    assert await claimed(world, "dead") == [1]
    world.clock.advance(LEASE - timedelta(seconds=1))
    assert await claimed(world, "alive") == []
    world.clock.advance(timedelta(seconds=2))
    assert await claimed(world, "alive") == [1]


async def test_a_worker_of_the_same_name_takes_its_claims_back_at_once(world: World) -> None:
    await world.parts.inbox.accept(arrival(world, "老李", "1"))
    await claimed(world, "worker")
    async with world.parts.db.write() as session:
        assert await release(session, "worker") == 1
    assert await claimed(world, "worker") == [1]


async def test_what_fails_is_tried_later_and_given_up_in_the_end(world: World) -> None:
    await world.parts.inbox.accept(arrival(world, "老李", "1"))
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert await claimed(world) == [1]
        async with world.parts.db.write() as session:
            gone = await mark_failed(session, 1, attempt, "boom", world.clock.now())
        assert gone is (attempt == MOST_ATTEMPTS)
        assert await claimed(world) == []
        world.clock.advance(timedelta(minutes=10))
    async with world.parts.db.read() as session:
        row = await session.get(InboxRow, 1)
    assert row is not None
    assert (row.state, row.error, row.attempts) == ("failed", "boom", MOST_ATTEMPTS)
