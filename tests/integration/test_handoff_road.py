"""A message that was on its way while the hand-off ended, and words in private where another hand-off has that chat."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs

from actions.errors import MoveRefused
from actions.handoffs.commands import HandBack, SpeakInHandoff
from actions.handoffs.model import Handoff
from bot.batches import Job
from bot.inbox import claim
from bot.scheduling.timetable import HANDOFFS
from bot.storage.jobs import load_claimed
from bot.storage.tables import ChatMessage, InboxRow
from tests.support.world import World, open_world


async def only(world: World, who: str) -> Handoff:
    async with world.parts.db.read() as session:
        query = select(Handoff).where(Handoff.resident_id == world.residents[who])
        return (await session.scalars(query.order_by(Handoff.id.desc()))).all()[0]


async def lines(world: World) -> list[str]:
    async with world.parts.db.read() as session:
        query = select(ChatMessage.text).where(
            ChatMessage.sender != "resident", ChatMessage.chat_id != world.staff_group
        )
        return list(await session.scalars(query.order_by(ChatMessage.id)))


async def claimed(world: World) -> list[Job]:
    """What a worker of that name would have in hand now."""
    now = world.clock.now()
    async with world.parts.db.write(repeatable=True) as session:
        loaded = await load_claimed(session, await claim(session, "test", now, 10))
    return [
        Job(r.inbox_id, "test", r.attempts, r.message, r.conversation, r.home, r.awaited, r.roll_call, r.handoff)
        for r in loaded
    ]


async def test_what_was_on_its_way_when_the_person_left_is_answered_by_the_bot(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await world.say("小陈", "转人工")
        await world.settle()
        handoff = await only(world, "小陈")
        await world.say("小陈", "@小邻 你能做什么", at_bot=True)
        jobs = await claimed(world)
        assert [job.handoff for job in jobs] == [handoff.id]
        await world.parts.performer.run(HandBack(handoff.id, world.staff["吴社工"]))
        await world.engine.pipeline.handle(jobs)  # it finds the thread free, and puts the message back
        await world.settle()
        assert not any("我是小邻" in text for text in await lines(world))
        world.clock.advance(timedelta(seconds=2))
        await world.settle()
        assert sum("我是小邻" in text for text in await lines(world)) == 1
        async with world.parts.db.read() as session:
            states = set(await session.scalars(select(InboxRow.state)))
        assert states == {"done"}


async def test_nobody_speaks_in_a_private_chat_that_another_hand_off_has(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await world.say("小陈", "转人工")
        await world.settle()
        in_group = await only(world, "小陈")
        await world.say("小陈", "转人工", chat="私聊")
        await world.settle()
        private = SpeakInHandoff(in_group.id, world.staff["吴社工"], "私下说一句", "a1", private=True)
        with pytest.raises(MoveRefused) as refused:
            await world.parts.performer.run(private)
        assert refused.value.phrase == "handoff.private_elsewhere"
        await world.settle()
        assert not any("私下说一句" in text for text in await lines(world))


async def test_one_that_the_clock_cannot_do_holds_up_no_other_and_its_words_stay_out_of_the_log(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        for who in ("小陈", "老李"):
            await world.say(who, "转人工")
        await world.settle()
        stuck, other = await only(world, "小陈"), await only(world, "老李")
        broken = f"CREATE TRIGGER broken BEFORE UPDATE ON handoff WHEN OLD.id = {stuck.id} BEGIN {{}} END"
        async with world.parts.db.write() as session:
            await session.execute(text(broken.format("SELECT RAISE(ABORT, '我眼睛花');")))
        world.clock.advance(timedelta(minutes=6))
        with capture_logs() as logs:
            assert await world.jobs.run(HANDOFFS) == (1, 1)
        assert [line["code"] for line in logs if line["log_level"] == "error"] == ["handoff_failed"]
        assert "我眼睛花" not in str(logs)
        assert (await only(world, "老李")).reminded > other.reminded
        assert (await only(world, "小陈")).reminded == stuck.reminded  # it is tried again at the next tick
