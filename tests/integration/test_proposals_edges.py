"""Proposals at their edges: the seconds after an end, two votes on one text, news told once and never lost."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from actions.errors import MoveRefused
from actions.polls.commands import StartPoll
from actions.polls.model import Poll
from actions.proposals import commands as p
from actions.proposals.clock import due_proposals
from actions.proposals.convention_model import ConventionVersion
from actions.proposals.finding import lock
from actions.proposals.model import Meeting, Proposal, Step, Support, Task
from actions.proposals.tell import take_step
from bot.storage.queries_index import count_month
from bot.storage.tables import OutboxRow
from tests.integration.test_proposals_counted import raised
from tests.support.postgres import own_postgres
from tests.support.world import World, open_world


async def get(world: World, number: int) -> Proposal:
    async with world.parts.db.read() as session:
        return await session.get_one(Proposal, number)


async def said(world: World, chat: int) -> str:
    async with world.parts.db.read() as session:
        rows = await session.scalars(select(OutboxRow).where(OutboxRow.chat_id == chat))
        return "\n".join(row.body["text"] for row in rows)


async def test_what_comes_after_an_end_is_late_before_the_clock_has_rung(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        do, here, laoli = world.parts.performer.run, world.community_id, world.residents["老李"]
        number = await raised(world)
        world.clock.advance(timedelta(minutes=11))
        other = await raised(world)
        for who in world.residents.values():
            await do(p.SupportProposal(here, who, p.Meant(other)))
        ends = (await get(world, other)).discuss_until, (await get(world, number)).gather_until
        late: tuple[Any, ...] = (
            p.AddArgument(here, laoli, other, "for", "早就该装了", "line:1"),
            p.SupportProposal(here, laoli, p.Meant(number)),
        )
        for end, command in zip(ends, late, strict=True):
            assert end is not None
            world.clock.move_to(end + timedelta(seconds=3))
            with pytest.raises(MoveRefused):
                await do(command)


async def test_of_one_text_one_wording_is_voted_on_at_a_time(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        do, here, now = world.parts.performer.run, world.community_id, world.clock.now()
        desk, head = world.staff["吴社工"], world.staff["钱主任"]
        first = (await do(p.WriteConvention(here, desk, ("不乱扔",), "楼道公约"))).value
        await do(p.OpenConvention(first, desk, now + timedelta(days=5)))
        async with world.parts.db.read() as session:
            text = (await session.get_one(ConventionVersion, first)).convention_id
        second = (await do(p.WriteConvention(here, desk, ("不占道",), convention_id=text))).value
        times = now + timedelta(hours=2), now + timedelta(days=3)
        await do(p.AdoptByVote(first, head, "resident", "majority", False, *times))
        with pytest.raises(MoveRefused) as refused:
            await do(p.OpenConvention(second, desk, now + timedelta(days=5)))
        assert refused.value.phrase == "convention.voting"


async def test_the_author_is_told_in_private_and_nothing_twice(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        do, laoli = world.parts.performer.run, world.residents["老李"]
        number = (await do(p.DraftProposal(world.community_id, laoli, "东门那家店老是占道，要管一管"))).value
        await do(p.SettleProposal(number, laoli, True))
        await world.say("老李", "小邻，我提的提案", at_bot=True)
        await world.settle()
        assert "占道" not in await said(world, world.groups["东区群"])  # no neighbour may know of it yet
        assert "等审核" in await said(world, world.private["老李"])
        await do(p.ReviewProposal(number, world.staff["吴社工"], True))
        world.clock.advance(timedelta(hours=12))
        async with world.parts.db.read() as session:
            due = await due_proposals(session, world.clock.now(), 100)
        for command in due:
            await do(command)
        news = (await said(world, world.private["老李"])).rpartition("有进展")[2]
        assert "审核通过" in news
        assert "已提交" not in news  # they were told when they handed it in


async def test_a_step_written_while_the_news_are_told_is_told_too(tmp_path: Path) -> None:
    async with own_postgres() as url, open_world(tmp_path, url) as world:
        do, here, laoli = world.parts.performer.run, world.community_id, world.residents["老李"]
        number = await raised(world)
        await do(p.SupportProposal(here, laoli, p.Meant(number)))
        rules = world.parts.consulting
        async with world.parts.db.write() as session:
            await take_step(session, await lock(session, Proposal, number), "summary", world.clock.now(), rules)
        world.clock.advance(timedelta(days=1))
        async with world.parts.db.write() as session:
            proposal = await lock(session, Proposal, number)
            telling = asyncio.create_task(do(p.TellNews(laoli)))
            await asyncio.wait({telling}, timeout=0.5)
            step = await take_step(session, proposal, "summary", world.clock.now(), rules)
        await telling
        async with world.parts.db.read() as session:
            mine = (await session.scalars(select(Support).where(Support.resident_id == laoli))).one()
            assert step.id == await session.scalar(select(Step.id).order_by(Step.id.desc()).limit(1))
        assert mine.told_step >= step.id or mine.tell_at is not None


async def test_what_is_due_by_the_last_of_a_month_is_counted_in_that_month(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        number, rules = await raised(world), world.parts.consulting
        async with world.parts.db.write() as session:
            proposal = await session.get_one(Proposal, number)
            proposal.answer_due_at = proposal.review_due_at = rules.end_of_day(date(2026, 11, 30))
        world.clock.advance(timedelta(days=20))
        async with world.parts.db.read() as session:
            counts = [
                await count_month(session, world.community_id, date(2026, month, 1), world.clock.now(), rules)
                for month in (11, 12)
            ]
        assert [(one.answers_due, one.steps_due) for one in counts] == [(1, 2), (0, 0)]


async def test_a_form_that_is_handed_in_twice_is_done_once(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        here, desk, head, now = world.community_id, world.staff["吴社工"], world.staff["钱主任"], world.clock.now()
        number = await raised(world)
        for who in world.residents.values():
            await world.parts.performer.run(p.SupportProposal(here, who, p.Meant(number)))
        meeting = p.MeetingDraft("council", now + timedelta(days=1), now + timedelta(days=1, hours=1), "活动室")
        task = p.TaskDraft("装充电桩", world.teams["property"], date(2026, 12, 31))
        forms: tuple[Any, ...] = (
            p.RaiseMatter(here, desk, "东门装充电桩", "商量在东门装几个充电桩。"),
            p.PlanMeeting(number, desk, meeting),
            p.PublishSummary(number, desk, {"for": ("早就该装了",)}),
            p.AnswerProposal(number, head, "accepted", "同意装", task),
            p.AddTask(number, head, p.TaskDraft("装棚", world.teams["property"], date(2026, 12, 31))),
            StartPoll(here, "几点开会", ("上午", "下午"), staff_id=desk),
        )
        for form in forms:
            if not isinstance(form, p.AnswerProposal):  # answered once, a second answer is refused
                await world.parts.performer.run(form)
            world.clock.advance(timedelta(seconds=2))
            await world.parts.performer.run(form)
        async with world.parts.db.read() as session:
            counts = [
                await session.scalar(select(func.count()).select_from(table))
                for table in (Proposal, Meeting, Task, Poll)
            ]
            told = await session.scalar(select(func.count()).where(Step.kind == "summary"))
            made = (await session.scalars(select(Task.id).order_by(Task.id.desc()))).first()
        assert (*counts, told) == (1, 1, 2, 1, 1)
        for _ in range(2):
            await world.parts.performer.run(p.ReportProgress(made or 0, head, 30, "打了地基"))
        async with world.parts.db.read() as session:
            assert await session.scalar(select(func.count()).where(Step.kind == "progress")) == 1
