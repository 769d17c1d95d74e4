"""Everybody gets a notice once, whenever the process is killed; of two who decide at once one has decided."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from actions.errors import ActionError
from actions.notices.commands import AnswerNotice, DecideNotice, Draft, RecallNotice, StartCareRound, SubmitNotice
from actions.notices.model import Broadcast, CarePerson, CareRound, Delivery, Notice, NoticeAnswer
from actions.people.model import OrgUnit, Resident
from actions.tickets.model import Ticket
from bot import performer
from bot.bootstrap import build_engine, build_jobs, open_parts
from bot.scheduling.timetable import NOTICES
from bot.storage.tables import Chat, ChatMessage, OutboxRow
from tests.support.postgres import own_postgres
from tests.support.world import START, World, make_settings, open_world

MANY = 120  # more than go into two transactions


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture(params=["sqlite", "postgresql"])
async def url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    if request.param == "sqlite":
        yield ""
        return
    async with own_postgres() as found:
        yield found


async def crowd(world: World) -> int:
    """Many who live in one building; the building."""
    async with world.parts.db.write() as session:
        building = (await session.scalars(select(OrgUnit).where(OrgUnit.name == "8栋"))).one()
        session.add_all(
            Resident(community_id=world.community_id, nickname=f"住户{n}", building_id=building.id, created_at=START)
            for n in range(MANY)
        )
        return building.id


async def approved(world: World, draft: Draft) -> int:
    submitted = await world.parts.performer.run(SubmitNotice(world.community_id, world.staff["钱主任"], draft))
    notice_id: int = submitted.value
    async with world.parts.db.read() as session:
        waits = (await session.get_one(Notice, notice_id)).state == "waiting"
    if waits:
        await world.parts.performer.run(DecideNotice(notice_id, world.staff["管理员"], True))
    return notice_id


def kill_at(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, call: int) -> None:
    """The ``call``-th time it is called is the end."""
    real, calls = getattr(owner, name), iter(range(1, 1000))

    async def dies(*args: Any, **more: Any) -> Any:
        if next(calls) == call:
            raise Killed
        return await real(*args, **more)

    monkeypatch.setattr(owner, name, dies)


@pytest.mark.parametrize(("where", "call"), [("enqueue", 3), ("tell", 2), ("tell", 3)])
async def test_a_kill_in_the_middle_leaves_nobody_out_and_nobody_twice(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch, where: str, call: int
) -> None:
    async with open_world(tmp_path, url) as world:
        notice_id = await approved(world, Draft("停水", "请备水", (await crowd(world),), private=True))
        await world.settle()
        with monkeypatch.context() as patch:
            kill_at(patch, performer if where == "enqueue" else world.parts.performer, where, call)
            with pytest.raises(Killed):
                await world.jobs.run(NOTICES)
    async with open_parts(make_settings(tmp_path, url), world.clock) as parts:  # it starts again
        world.parts, world.jobs, world.engine = parts, build_jobs(parts), build_engine(parts, name="again")
        async with parts.db.read() as session:
            assert (await session.get_one(Notice, notice_id)).state == "sending"
        await world.jobs.run(NOTICES)
        await world.jobs.run(NOTICES)
        await world.settle()
        async with parts.db.read() as session:
            said = select(Chat.resident_id).join(ChatMessage, ChatMessage.chat_id == Chat.id)
            got = Counter(await session.scalars(said.where(ChatMessage.text.startswith("【通知】停水"))))
            assert (await session.get_one(Notice, notice_id)).state == "sent"
        assert len(got) == MANY
        assert set(got.values()) == {1}


async def settled_once(*commands: Any, world: World) -> list[str]:
    """What became of each when all are asked at the same moment."""
    done = await asyncio.gather(*(world.parts.performer.run(one) for one in commands), return_exceptions=True)
    return sorted(one.code if isinstance(one, ActionError) else "done" for one in done)


async def test_of_two_at_once_one_has_done_it(tmp_path: Path, url: str) -> None:
    async with open_world(tmp_path, url) as world:
        run, staff, here = world.parts.performer.run, world.staff, world.community_id
        draft = Draft("停电", "请留意", (here,))
        notice_id = (await run(SubmitNotice(here, staff["赵网格"], Draft("x", "y", (await grid(world),))))).value
        both = (("钱主任", True), ("管理员", False))
        decide = [DecideNotice(notice_id, staff[name], yes, "不妥") for name, yes in both]
        assert await settled_once(*decide, world=world) == ["done", "move_refused"]
        notice_id = await approved(world, draft)
        await asyncio.gather(*(world.jobs.run(NOTICES) for _ in range(3)))
        await world.settle()
        async with world.parts.db.read() as session:
            broadcast = (await session.scalars(select(Broadcast).where(Broadcast.notice_id == notice_id))).one()
            keys = (await session.scalars(select(Delivery.effect_key))).all()
            rows = (await session.scalars(select(OutboxRow.effect_key).where(OutboxRow.effect_key.in_(keys)))).all()
        assert sorted(rows) == sorted(keys)
        help_ = AnswerNotice(broadcast.id, world.residents["王阿姨"], "help")
        await asyncio.gather(*(run(help_) for _ in range(4)))
        async with world.parts.db.read() as session:
            assert await session.scalar(select(func.count()).select_from(NoticeAnswer)) == 1
            assert await session.scalar(select(func.count()).select_from(Ticket)) == 1
        recall = RecallNotice(notice_id, staff["钱主任"], "写错了")
        assert await settled_once(recall, recall, world=world) == ["done", "move_refused"]


async def grid(world: World) -> int:
    async with world.parts.db.read() as session:
        return (await session.scalars(select(OrgUnit.id).where(OrgUnit.name == "第1网格"))).one()


async def test_two_who_start_a_round_at_once_ask_once(tmp_path: Path, url: str) -> None:
    async with open_world(tmp_path, url) as world:
        async with world.parts.db.write() as session:
            who = {"resident_id": world.residents["王阿姨"], "staff_id": world.staff["钱主任"]}
            session.add(CarePerson(community_id=world.community_id, consented_at=START, **who))
        start = StartCareRound(world.community_id, world.staff["钱主任"])
        assert await settled_once(start, start, start, world=world) == ["done", "move_refused", "move_refused"]
        async with world.parts.db.read() as session:
            assert await session.scalar(select(func.count()).select_from(CareRound)) == 1


async def test_recalled_lines_are_gone_and_what_waits_is_not_said(tmp_path: Path, url: str) -> None:
    async with open_world(tmp_path, url) as world:
        notice_id = await approved(world, Draft("停气", "请关阀", (await grid(world),)))
        await world.tick()
        async with world.parts.db.write() as session:  # a group on a platform where nothing can be taken back
            line = (await session.scalars(select(ChatMessage).where(ChatMessage.text.contains("停气")))).one()
            key = (await session.scalars(select(Delivery.effect_key))).one()
            broadcast = (await session.scalars(select(Broadcast))).one()
            known = {"community_id": world.community_id, "broadcast_id": broadcast.id, "state": "queued"}
            session.add(Delivery(chat_id=world.groups["西区群"], effect_key="notice:far", **known))
            row = {"channel": "onebot", "effect_key": "notice:far", "body": {}, "state": "sent", "due_at": START}
            session.add(
                OutboxRow(community_id=world.community_id, chat_id=world.groups["西区群"], created_at=START, **row)
            )
        await world.parts.performer.run(RecallNotice(notice_id, world.staff["钱主任"], "时间改了"))
        await world.settle()
        async with world.parts.db.read() as session:
            again = await session.get_one(ChatMessage, line.id)
            said = (await session.scalars(select(ChatMessage).where(ChatMessage.text.contains("收回")))).all()
        assert again.text == ""
        assert again.recalled_at is not None
        assert [(one.chat_id, "时间改了" in one.text) for one in said] == [(world.groups["西区群"], True)]
        assert key.startswith("notice:")
