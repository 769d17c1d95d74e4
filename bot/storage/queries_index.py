"""What is counted for the consultation index of a month. Everything is counted as it stood at the month's end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import Level, OrgUnit, Resident
from actions.proposals.convention_model import (
    SHOWN,
    ConventionVersion,
    IndexMonth,
    Innovation,
    ParagraphComment,
)
from actions.proposals.index import MonthFacts
from actions.proposals.model import (
    COUNTED,
    Argument,
    Attendance,
    Meeting,
    MeetingState,
    Opinion,
    Proposal,
    Step,
    Support,
    Task,
)
from actions.proposals.rules import ProposalRules
from bot.clock import LOCAL_ZONE

_VOTES = ("vote_open",)


def month_to_publish(now: datetime, rules: ProposalRules) -> date | None:
    """The first day of last month, once the day of publication has come."""
    today = rules.today(now)
    if today.day < rules.index.publish_day:
        return None
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


async def unpublished(session: AsyncSession, month: date) -> Sequence[int]:
    """Communities with residents whose index of that month is not out, and which were there then."""
    out = select(IndexMonth.community_id).where(IndexMonth.month == month)
    lived_in = select(Resident.community_id).where(Resident.created_at < _instants(month)[1])
    query = select(OrgUnit.id).where(OrgUnit.level == Level.COMMUNITY, OrgUnit.id.in_(lived_in), OrgUnit.id.not_in(out))
    return (await session.scalars(query.order_by(OrgUnit.id))).all()


def next_month(month: date) -> date:
    """The first day of the month after."""
    return (month + timedelta(days=32)).replace(day=1)


def _instants(month: date, zone: tzinfo = LOCAL_ZONE) -> tuple[datetime, datetime]:
    return datetime.combine(month, time(), zone), datetime.combine(next_month(month), time(), zone)


async def count_month(
    session: AsyncSession, community_id: int, month: date, now: datetime, rules: ProposalRules
) -> MonthFacts:
    """The facts of a month, of one that is not over up to now."""
    start, end = _instants(month, rules.zone)
    end = min(end, now + timedelta(microseconds=1))
    here = _Here(session, community_id, start, end)
    answers_due, answered, answered_in_time = await here.answers()
    tasks_due, percents, done_in_time = await here.tasks(rules)
    reviews_due, reviewed_in_time = await here.reviews()
    return MonthFacts(
        matters=await here.matters(),
        residents=await here.count(select(Resident.id).where(Resident.created_at < end), Resident.community_id),
        participants=await here.participants(),
        forms=await here.forms(),
        answers_due=answers_due,
        answered=answered,
        tasks_due=tasks_due,
        percents=percents,
        steps_due=answers_due + tasks_due + reviews_due,
        in_time=answered_in_time + done_in_time + reviewed_in_time,
        innovations=await here.count(
            select(Innovation.id).where(Innovation.month == month, Innovation.confirmed_by.is_not(None)),
            Innovation.community_id,
        ),
    )


class _Here:
    """One community and one stretch of time, from ``start`` to before ``end``."""

    def __init__(self, session: AsyncSession, community_id: int, start: datetime, end: datetime) -> None:
        self._session, self._community_id = session, community_id
        self._start, self._end = start, end

    async def count(self, query: Select[Any], community: Any) -> int:
        mine = query.where(community == self._community_id).subquery()
        return await self._session.scalar(select(func.count()).select_from(mine)) or 0

    def _inside(self, at: Any) -> ColumnElement[bool]:
        return and_(at >= self._start, at < self._end)

    def _due(self, until: Any) -> ColumnElement[bool]:
        """Of an instant that ends a day: what is due by the last of a month is due in that month."""
        return and_(until > self._start, until <= self._end)

    async def matters(self) -> int:
        """Proposals that were public and not over, and conventions that were shown and undecided, in that time."""
        proposals = select(Proposal.id).where(
            Proposal.reviewed_at < self._end,
            Proposal.threshold > 0,  # it became public
            or_(Proposal.ended_at.is_(None), Proposal.ended_at >= self._start),
        )
        versions = select(ConventionVersion.convention_id.distinct()).where(
            ConventionVersion.state.in_(SHOWN),
            ConventionVersion.opened_at < self._end,
            or_(ConventionVersion.decided_at.is_(None), ConventionVersion.decided_at >= self._start),
        )
        return await self.count(proposals, Proposal.community_id) + await self.count(
            versions, ConventionVersion.community_id
        )

    async def participants(self) -> int:
        """Residents who supported, argued, weighed, commented or came; each once."""
        parts = [
            select(Support.resident_id).where(
                Support.community_id == self._community_id, Support.kind.in_(COUNTED), self._inside(Support.at)
            )
        ]
        for table in (Argument, Opinion, ParagraphComment):
            parts.append(
                select(table.resident_id).where(table.community_id == self._community_id, self._inside(table.at))
            )
        parts.append(
            select(Attendance.resident_id)
            .join(Meeting, Meeting.id == Attendance.meeting_id)
            .where(Attendance.community_id == self._community_id, self._inside(Meeting.starts_at))
        )
        return await self._session.scalar(select(func.count()).select_from(union(*parts).subquery())) or 0

    async def forms(self) -> int:
        """Council, hearing, joint meeting that were held; discussion; ballot; comments on a convention."""
        held = select(Meeting.form.distinct()).where(
            Meeting.state == MeetingState.HELD, self._inside(Meeting.starts_at)
        )
        used = await self.count(held, Meeting.community_id)
        for query, community in (
            (select(Argument.id).where(self._inside(Argument.at)), Argument.community_id),
            (select(ParagraphComment.id).where(self._inside(ParagraphComment.at)), ParagraphComment.community_id),
            (select(Step.id).where(Step.kind.in_(_VOTES), self._inside(Step.at)), Step.community_id),
        ):
            used += bool(await self.count(query.limit(1), community))
        return used

    async def answers(self) -> tuple[int, int, int]:
        """Answers that fell due, those of them that were given by the end, and in time."""
        due = select(Proposal.answer_due_at, Proposal.answered_at).where(
            Proposal.community_id == self._community_id, self._due(Proposal.answer_due_at)
        )
        rows = (await self._session.execute(due)).tuples().all()
        given = [(until, at) for until, at in rows if at is not None and at < self._end and until is not None]
        return len(rows), len(given), sum(at <= until for until, at in given)

    async def reviews(self) -> tuple[int, int]:
        """Reviews that fell due, and those that were done in time."""
        due = select(Proposal.review_due_at, Proposal.reviewed_at).where(
            Proposal.community_id == self._community_id,
            self._due(Proposal.review_due_at),
            Proposal.state != "withdrawn",
        )
        rows = (await self._session.execute(due)).tuples().all()
        return len(rows), sum(at is not None and until is not None and at <= until for until, at in rows)

    async def tasks(self, rules: ProposalRules) -> tuple[int, int, int]:
        """Tasks that fell due, how far they were together at the end, and how many were done in time."""
        due = select(Task).where(Task.community_id == self._community_id)
        found = [
            task
            for task in await self._session.scalars(due)
            if self._start < rules.end_of_day(task.due_on) <= self._end
        ]
        percents = [await self._percent_then(task) for task in found]
        in_time = [task for task in found if task.done_at is not None and task.done_at <= rules.end_of_day(task.due_on)]
        return len(found), sum(percents), len(in_time)

    async def _percent_then(self, task: Task) -> int:
        """What was last reported before the end."""
        if task.done_at is not None and task.done_at < self._end:
            return 100
        query = select(Step.data).where(
            Step.proposal_id == task.proposal_id, Step.kind.in_(("progress", "reached")), Step.at < self._end
        )
        said = [
            data["percent"]
            for data in await self._session.scalars(query.order_by(Step.id))
            if data.get("task_id") == task.id
        ]
        return int(said[-1]) if said else 0
