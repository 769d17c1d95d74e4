"""What residents put forward: talked over, met about, being done, answered. Who is behind it is never read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.proposals.model import Meeting, MeetingState, Proposal, ProposalState, Task
from bot.community.section import Line, Place, Section, day_words

MOST = 20
RUNS = (ProposalState.GATHERING, ProposalState.DISCUSSING)
AHEAD = timedelta(days=31)


async def load_open(session: AsyncSession, place: Place) -> Sequence[Line]:
    """Those that take supporters or are talked over, the youngest first."""
    wanted = (Proposal.community_id == place.community_id, Proposal.state.in_(RUNS))
    found = await session.scalars(select(Proposal).where(*wanted).order_by(Proposal.id.desc()).limit(MOST))
    return [_open(one, place) for one in found]


def _open(one: Proposal, place: Place) -> Line:
    gathers = one.state == ProposalState.GATHERING
    text = place.say("community.proposal.support", {"count": one.supporters, "threshold": one.threshold})
    until = one.gather_until if gathers else one.discuss_until
    if until is not None:
        text += place.say("community.until", {"day": day_words(until)})
    return Line(one.title, text, href=_page(one), mark=place.say(f"community.mark.{one.state}"))


def _page(one: Proposal) -> str:
    return f"/proposals/{one.id}"


async def load_meetings(session: AsyncSession, place: Place) -> Sequence[Line]:
    """Councils, hearings and joint meetings of the next month, for the calendar, too."""
    query = (
        select(Meeting, Proposal)
        .join(Proposal, Proposal.id == Meeting.proposal_id)
        .where(Meeting.community_id == place.community_id, Meeting.state == MeetingState.PLANNED)
        .where(Meeting.ends_at >= place.now, Meeting.starts_at < place.now + AHEAD)
        .order_by(Meeting.starts_at)
        .limit(MOST)
    )
    mark, text = place.say("community.mark.meeting"), place.say("community.proposal.meeting")
    return [
        Line(one.title, text, meeting.starts_at, meeting.place, _page(one), mark)
        for meeting, one in (await session.execute(query)).tuples()
    ]


async def load_doing(session: AsyncSession, place: Place) -> Sequence[Line]:
    """What was decided and is being done, with how far it is."""
    query = (
        select(Task, Proposal)
        .join(Proposal, Proposal.id == Task.proposal_id)
        .where(Task.community_id == place.community_id, Task.done_at.is_(None), Proposal.state == ProposalState.DOING)
        .order_by(Task.due_on, Task.id)
        .limit(MOST)
    )
    return [
        Line(
            one.title,
            place.say("community.proposal.doing", {
                "task": task.title, "percent": task.percent, "day": f"{task.due_on.month}月{task.due_on.day}日",
            }),
            href=_page(one), mark=place.say("community.mark.doing"), share=task.percent,
        )
        for task, one in (await session.execute(query)).tuples()
    ]  # fmt: skip


async def load_decided(session: AsyncSession, place: Place) -> Sequence[Line]:
    """Those answered in the month."""
    wanted = (
        Proposal.community_id == place.community_id,
        Proposal.verdict != "",
        Proposal.answered_at >= place.start,
        Proposal.answered_at < place.end,
    )
    found = await session.scalars(select(Proposal).where(*wanted).order_by(Proposal.answered_at.desc()).limit(MOST))
    return [
        Line(one.title, one.answer, href=_page(one), mark=place.say(f"community.mark.{one.verdict}")) for one in found
    ]


OPEN = Section("proposals", "on", load_open)
MEETINGS = Section("meetings", "on", load_meetings)
DOING = Section("doing", "decided", load_doing)
DECIDED = Section("answered", "decided", load_decided)
