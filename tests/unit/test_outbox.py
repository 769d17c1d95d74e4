"""The outbox: once on our own pages, within each chat's rate, tried again elsewhere, dead letters kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.errors import DeliveryError, DeliveryLater, DeliveryRefused
from bot.messages import OutgoingButton, OutgoingMessage
from bot.outbox import BACKOFF, LEASE, MOST_ATTEMPTS, Outbox, Outgoing, enqueue, message_of, resend
from bot.storage.tables import Chat, ChatMessage, OutboxRow
from tests.support.postgres import own_postgres
from tests.support.world import World, open_world


class Platform:
    """A foreign platform that answers as told: an error is raised, anything else is taken."""

    name = "elsewhere"

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.taken: list[tuple[int, OutgoingMessage]] = []

    async def send(self, message: OutgoingMessage, *, delivery_id: int, again: bool = False) -> str:
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        self.taken.append((delivery_id, message))
        return f"|{delivery_id}|"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


async def put(world: World, *messages: OutgoingMessage, channel: str = "web") -> None:
    async with world.parts.db.write() as session:
        await session.execute(update(Chat).values(channel=channel))
        chats = {chat.id: chat for chat in await session.scalars(select(Chat))}
        await enqueue(session, [Outgoing(m, chats[m.chat_id]) for m in messages], world.clock.now())


def make_outbox(world: World, platform: Platform | None = None, *, rate: int = 100) -> Outbox:
    channels = {platform.name: platform} if platform else {}
    return Outbox(world.parts.db, world.clock, world.parts.live, channels, group_rate=rate)


async def rows(world: World) -> list[OutboxRow]:
    async with world.parts.db.read() as session:
        return list(await session.scalars(select(OutboxRow).order_by(OutboxRow.id)))


async def lines(world: World) -> list[str]:
    async with world.parts.db.read() as session:
        return list(await session.scalars(select(ChatMessage.text).order_by(ChatMessage.id)))


def message(world: World, text: str, **more: object) -> OutgoingMessage:
    return OutgoingMessage(world.groups["东区群"], text, **more)  # type: ignore[arg-type]


async def test_a_message_becomes_one_line_of_its_chat(world: World) -> None:
    await put(world, message(world, "在", buttons=(OutgoingButton("好", "yes"),)))
    assert await make_outbox(world).deliver_due("w") == 1
    assert await make_outbox(world).deliver_due("w") == 0
    assert await lines(world) == ["在"]
    assert (await rows(world))[0].state == "sent"


async def test_what_was_written_before_a_crash_is_not_written_again(world: World) -> None:
    await put(world, message(world, "在"))
    await make_outbox(world).deliver_due("w")
    async with world.parts.db.write() as session:  # as if the mark had been lost
        await session.execute(update(OutboxRow).values(state="todo", sent_at=None))
    await make_outbox(world).deliver_due("w")
    assert await lines(world) == ["在"]


async def test_the_same_effect_is_enqueued_once(world: World) -> None:
    await put(world, message(world, "一", effect_key="k"))
    await put(world, message(world, "二", effect_key="k"), message(world, "三"))
    await make_outbox(world).deliver_due("w")
    assert await lines(world) == ["一", "三"]


async def test_nothing_is_sent_before_it_is_due(world: World) -> None:
    later = world.clock.now() + timedelta(hours=1)
    await put(world, message(world, "晚点说", due_at=later))
    assert await make_outbox(world).deliver_due("w") == 0
    world.clock.move_to(later)
    assert await make_outbox(world).deliver_due("w") == 1


async def test_a_chat_gets_no_more_than_its_rate_but_the_urgent_at_once(world: World) -> None:
    await put(world, *(message(world, f"第{n}条") for n in range(5)), message(world, "着火了", urgent=True))
    outbox = make_outbox(world, rate=2)
    await outbox.deliver_due("w")
    assert await lines(world) == ["第0条", "第1条", "着火了"]
    for _ in range(10):
        world.clock.advance(timedelta(seconds=31))
        await outbox.deliver_due("w")
    assert sorted(await lines(world)) == sorted(["着火了", *(f"第{n}条" for n in range(5))])


async def test_a_platform_that_fails_is_tried_again_with_growing_pauses(world: World) -> None:
    platform = Platform(DeliveryError("busy"), DeliveryError("busy"))
    await put(world, message(world, "喂"), channel=platform.name)
    outbox = make_outbox(world, platform)
    await outbox.deliver_due("w")
    assert await outbox.deliver_due("w") == 0
    for pause in BACKOFF[:2]:
        world.clock.advance(pause)
        await outbox.deliver_due("w")
    assert [text.text for _, text in platform.taken] == ["喂"]
    assert (await rows(world))[0].attempts == 3


async def test_what_a_platform_refuses_is_a_dead_letter_that_can_be_resent(world: World) -> None:
    platform = Platform(DeliveryRefused("kicked out"))
    await put(world, message(world, "喂"), channel=platform.name)
    outbox = make_outbox(world, platform)
    await outbox.deliver_due("w")
    row = (await rows(world))[0]
    assert (row.state, row.error) == ("failed", "kicked out")
    async with world.parts.db.write() as session:
        assert not await resend(session, row.id, world.community_id + 1, world.clock.now())
        assert await resend(session, row.id, world.community_id, world.clock.now())
    await outbox.deliver_due("w")
    assert len(platform.taken) == 1


async def test_a_platform_that_never_answers_is_given_up(world: World) -> None:
    platform = Platform(*(DeliveryError("busy") for _ in range(MOST_ATTEMPTS)))
    await put(world, message(world, "喂"), channel=platform.name)
    outbox = make_outbox(world, platform)
    for _ in range(MOST_ATTEMPTS):
        await outbox.deliver_due("w")
        world.clock.advance(timedelta(hours=1))
    assert (await rows(world))[0].state == "failed"


async def test_a_delivery_of_a_dead_worker_is_taken_over(world: World) -> None:
    platform = Platform()
    await put(world, message(world, "喂"), channel=platform.name)
    async with world.parts.db.write() as session:
        until = world.clock.now() + LEASE
        await session.execute(update(OutboxRow).values(state="doing", claimed_by="dead", claimed_until=until))
    outbox = make_outbox(world, platform)
    assert await outbox.deliver_due("alive") == 0
    world.clock.advance(LEASE + timedelta(seconds=1))
    assert await outbox.deliver_due("alive") == 1
    assert platform.taken[0][0] == (await rows(world))[0].id


async def test_a_row_gives_back_the_message_it_was_made_of(world: World) -> None:
    said = message(
        world,
        "看图",
        to_resident_id=world.residents["老李"],
        buttons=(OutgoingButton("好", "yes"),),
        card={"ref": "20261118-0001"},
        pictures=("a" * 40,),
        effect_key="k",
        extra={"ticket_id": 3},
    )
    await put(world, said)
    assert message_of((await rows(world))[0]) == said


@pytest.fixture(params=["sqlite", "postgres"])
async def either(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    if request.param == "sqlite":
        async with open_world(tmp_path) as opened:
            yield opened
    else:
        async with own_postgres() as url, open_world(tmp_path, url) as opened:
            yield opened


async def test_what_a_platform_takes_later_waits_without_a_try_in_its_order_also_over_a_restart(either: World) -> None:
    until = either.clock.now() + timedelta(minutes=3)
    tired = Platform(*(DeliveryLater(until, "45009") for _ in range(3)))
    await put(either, *(message(either, text) for text in "一二三"), channel=tired.name)
    outbox = make_outbox(either, tired)
    while await outbox.deliver_due("w"):
        pass
    waiting = await rows(either)
    assert [(row.state, row.attempts, row.due_at, row.claimed_by) for row in waiting] == [("todo", 0, until, None)] * 3
    either.clock.move_to(until - timedelta(seconds=1))
    assert await outbox.deliver_due("w") == 0

    rested = Platform()
    again = make_outbox(either, rested)  # of a process that knows nothing of the first
    assert await again.deliver_due("other") == 0
    either.clock.move_to(until)
    while await again.deliver_due("other"):
        pass
    assert [said.text for _, said in rested.taken] == ["一", "二", "三"]
    assert [(row.state, row.attempts) for row in await rows(either)] == [("sent", 1)] * 3
    assert tired.taken == []
    assert await lines(either) == ["一", "二", "三"]
