"""What falls due: reviews, supporters, the end of the talk, answers, tasks, meetings; and the news of the day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.outcome import Audience, Outcome, Reply
from actions.proposals.commands import DoProposal, TellNews
from actions.proposals.finding import lock
from actions.proposals.meetings import remind_of_meeting
from actions.proposals.model import Meeting, MeetingState, Proposal, ProposalState, Step, Support, Task
from actions.proposals.rules import ProposalTools
from actions.proposals.tasks import call_for_task
from actions.proposals.tell import changed, press, take_step, tell_groups, tell_staff, tickets_of

MOST_LINES = 12  # of one message of news
MOST_BUTTONS = 3


async def due_proposals(session: AsyncSession, now: datetime, limit: int) -> list[DoProposal | TellNews]:
    """What the clock has to do now."""
    due: list[DoProposal | TellNews] = []
    for what, query in (
        ("proposal", select(Proposal.id).where(Proposal.next_at <= now).order_by(Proposal.next_at)),
        ("task", select(Task.id).where(Task.next_at <= now).order_by(Task.next_at)),
        ("meeting", select(Meeting.id).where(Meeting.remind_at <= now).order_by(Meeting.remind_at)),
    ):
        due += [DoProposal(what, one) for one in await session.scalars(query.limit(limit))]
    hears = select(Support.resident_id).where(Support.tell_at <= now).distinct().limit(limit)
    return due + [TellNews(one) for one in await session.scalars(hears)]


async def do_proposal(session: AsyncSession, command: DoProposal, now: datetime, tools: ProposalTools) -> Outcome:
    """Doing it twice does nothing."""
    match command.what:
        case "task":
            task = await lock(session, Task, command.id)
            if task.next_at is None or task.next_at > now:
                return Outcome()
            return Outcome(await call_for_task(session, task, now, tools), value=task.id)
        case "meeting":
            return await _meeting(session, command.id, now, tools)
    proposal = await lock(session, Proposal, command.id)
    if proposal.next_at is None or proposal.next_at > now:
        return Outcome()
    replies = await _proposal(session, proposal, now, tools)
    await session.flush()
    freed = await tickets_of(session, proposal, over=True) if proposal.state == ProposalState.LAPSED else ()
    return Outcome(replies, (*freed, changed(proposal)), proposal.id)


async def _meeting(session: AsyncSession, meeting_id: int, now: datetime, tools: ProposalTools) -> Outcome:
    """Reminded of once, and not when it has begun meanwhile."""
    meeting = await lock(session, Meeting, meeting_id)
    if meeting.remind_at is None or meeting.remind_at > now:
        return Outcome()
    meeting.remind_at = None
    if meeting.state != MeetingState.PLANNED or meeting.starts_at <= now:
        return Outcome()
    return Outcome(await remind_of_meeting(session, meeting, now, tools), value=meeting.id)


async def _proposal(
    session: AsyncSession, proposal: Proposal, now: datetime, tools: ProposalTools
) -> tuple[Reply, ...]:
    rules = tools.rules
    match proposal.state:
        case ProposalState.GATHERING:
            proposal.state, proposal.ended_at, proposal.next_at = ProposalState.LAPSED, now, None
            await take_step(session, proposal, "lapsed", now, rules, n=proposal.supporters,
                            threshold=proposal.threshold)  # fmt: skip
            return (tell_groups(proposal, rules, "proposal.lapsed", "lapsed"),)
        case ProposalState.DISCUSSING:
            proposal.state, proposal.next_at = ProposalState.ANSWERING, proposal.answer_due_at
            due = rules.day_words(proposal.answer_due_at or now)
            await take_step(session, proposal, "talked", now, rules, due=due)
            return (tell_staff(proposal, rules, "proposal.staff.talked", "talked", due=due),)
        case ProposalState.WAITING:
            return await _call_for(session, proposal, "review", now, tools)
        case ProposalState.ANSWERING:
            return await _call_for(session, proposal, "answer", now, tools)
    proposal.next_at = None
    return ()


async def _call_for(
    session: AsyncSession, proposal: Proposal, what: str, now: datetime, tools: ProposalTools
) -> tuple[Reply, ...]:
    """督办: staff hear that it is late, again every few days; those behind it hear it once."""
    proposal.late += 1
    proposal.next_at = tools.rules.end_of(now, tools.rules.escalate_days - 1)
    written = select(func.count()).select_from(Step)
    kind = f"overdue_{what}"
    if not await session.scalar(written.where(Step.proposal_id == proposal.id, Step.kind == kind)):
        await take_step(session, proposal, kind, now, tools.rules)
    key = f"late:{what}:{proposal.late}"
    return (tell_staff(proposal, tools.rules, f"proposal.staff.{what}_late", key, late=proposal.late),)


async def tell_news(session: AsyncSession, command: TellNews, now: datetime, tools: ProposalTools) -> Outcome:
    """All that happened to what they are behind since they last heard, as one message."""
    query = select(Support).where(Support.resident_id == command.resident_id, Support.tell_at <= now)
    # held first: a step that is being written down just now is told with the others, or leaves a new time to tell it
    for proposal_id in sorted(await session.scalars(query.with_only_columns(Support.proposal_id))):
        await lock(session, Proposal, proposal_id)
    held = query.order_by(Support.id).with_for_update().execution_options(populate_existing=True)
    waiting = list(await session.scalars(held))
    lines: list[str] = []
    about: list[Proposal] = []
    last = 0
    for support in waiting:
        support.tell_at = None
        proposal = await session.get_one(Proposal, support.proposal_id)
        news = select(Step).where(Step.proposal_id == proposal.id, Step.id > support.told_step)
        steps = list(await session.scalars(news.order_by(Step.id)))
        if support.muted or not steps:
            continue
        support.told_step = steps[-1].id
        last = max(last, support.told_step)
        about.append(proposal)
        lines += [_line(proposal, step, tools) for step in steps]
    await session.flush()
    if not lines:
        return Outcome()
    return Outcome((_news(command.resident_id, about, lines, last, tools),), value=command.resident_id)


def _line(proposal: Proposal, step: Step, tools: ProposalTools) -> str:
    said = tools.rules.step_words(step.kind, step.data)
    return tools.rules.words["line"].format_map({"title": proposal.title, "text": said})


def _news(resident_id: int, about: list[Proposal], lines: list[str], last: int, tools: ProposalTools) -> Reply:
    public = [one for one in about if one.public]
    buttons = [press("look", one.id, number=one.number) for one in public[:MOST_BUTTONS]]
    buttons.append(press("mute", about[0].id if len(about) == 1 else 0))
    params: dict[str, Any] = {"list": "\n".join(lines[-MOST_LINES:])}
    if len(about) == 1 and about[0].public:
        params["proposal_id"] = about[0].id
    return Reply(
        "proposal.news", params, to=Audience.PRIVATE, resident_id=resident_id, community_id=about[0].community_id,
        buttons=tuple(buttons), immediate=False, effect_key=f"proposal:news:{resident_id}:{last}",
    )  # fmt: skip
