"""Council, hearing, joint meeting: planned with its matter, told, reminded of, written down; hours for who came."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused
from actions.inserting import insert_once
from actions.outcome import Event, Outcome, Reply
from actions.proposals.commands import CancelMeeting, MeetingDraft, PlanMeeting, RecordMeeting
from actions.proposals.finding import LONGEST_REASON, access_as, get_resident, lock
from actions.proposals.model import Attendance, Meeting, MeetingState, Proposal, Support
from actions.proposals.rules import ProposalTools
from actions.proposals.tell import changed, press, take_step, tell_groups, tell_one

LONGEST_PLACE, LONGEST_AGENDA, LONGEST_MINUTES, MOST_BODIES = 60, 1000, 4000, 12
LONGEST = timedelta(hours=12)
FARTHEST = timedelta(days=180)
MOST_HERE = 500
_MAY_MEET = frozenset({"gathering", "discussing", "answering", "voting", "doing"})


def _check(draft: MeetingDraft, now: datetime, tools: ProposalTools) -> None:
    form = tools.rules.forms.get(draft.form)
    if form is None:
        raise InvalidInput("no such form", phrase="proposal.bad.form")
    if draft.matter and draft.matter not in form.matters:
        raise InvalidInput("not of its matters", phrase="proposal.bad.matter", form=form.name)
    if not now < draft.starts_at < now + FARTHEST:
        raise InvalidInput("start", phrase="proposal.bad.start")
    if not timedelta() < draft.ends_at - draft.starts_at <= LONGEST:
        raise InvalidInput("end", phrase="proposal.bad.end")
    if not 1 <= len(draft.place.strip()) <= LONGEST_PLACE:
        raise InvalidInput("place", phrase="proposal.bad.place", most=LONGEST_PLACE)
    if len(draft.agenda) > LONGEST_AGENDA or len(draft.bodies) > MOST_BODIES:
        raise InvalidInput("agenda", phrase="proposal.bad.text", most=LONGEST_AGENDA)


async def plan_meeting(session: AsyncSession, command: PlanMeeting, now: datetime, tools: ProposalTools) -> Outcome:
    """The groups are told at once, and reminded; who is behind the proposal is invited in private."""
    proposal, staff = await access_as(session, command.proposal_id, command.staff_id)
    draft, rules = command.draft, tools.rules
    if proposal.state not in _MAY_MEET:
        raise MoveRefused("nothing to meet about", phrase="proposal.no_meeting_now", title=proposal.title)
    _check(draft, now, tools)
    if (known := await _find_planned(session, proposal, draft)) is not None:
        return Outcome(value=known)  # handed in twice
    meeting = Meeting(
        community_id=proposal.community_id, proposal_id=proposal.id, form=draft.form, matter=draft.matter,
        starts_at=draft.starts_at, ends_at=draft.ends_at, place=draft.place.strip(), bodies=list(draft.bodies),
        agenda=tools.scrub(draft.agenda.strip()), state=MeetingState.PLANNED, staff_id=staff.id, made_at=now,
    )  # fmt: skip
    before = draft.starts_at - timedelta(hours=rules.remind_hours)
    meeting.remind_at = before if before > now else None
    session.add(meeting)
    await session.flush()
    said = meeting_words(meeting, tools)
    await take_step(session, proposal, "meeting", now, rules, staff_id=staff.id, when=said["when"],
                    place=meeting.place, form=said["form"])  # fmt: skip
    group = tell_groups(proposal, rules, "proposal.meeting", f"meeting:{meeting.id}",
                        buttons=(press("show", proposal.id),), **said)  # fmt: skip
    return Outcome((group,), (changed(proposal),), meeting.id)


async def _find_planned(session: AsyncSession, proposal: Proposal, draft: MeetingDraft) -> int | None:
    """The same meeting, if it is planned already."""
    mine = (Meeting.proposal_id == proposal.id, Meeting.state == MeetingState.PLANNED, Meeting.form == draft.form)
    found: int | None = await session.scalar(
        select(Meeting.id).where(*mine, Meeting.starts_at == draft.starts_at).limit(1)
    )
    return found


def meeting_words(meeting: Meeting, tools: ProposalTools) -> dict[str, Any]:
    """What every text about a meeting may use."""
    rules = tools.rules
    form = rules.forms.get(meeting.form)
    return {
        "form": form.name if form is not None else meeting.form,
        "when": rules.instant_words(meeting.starts_at),
        "place": meeting.place,
        "bodies": rules.words["joint"].join(meeting.bodies),
    }


async def remind_of_meeting(
    session: AsyncSession, meeting: Meeting, now: datetime, tools: ProposalTools
) -> tuple[Reply, ...]:
    """The group, and in private who is behind it and wants to hear."""
    proposal = await session.get_one(Proposal, meeting.proposal_id)
    said, key = meeting_words(meeting, tools), f"remind:{meeting.id}"
    group = tell_groups(proposal, tools.rules, "proposal.meeting_soon", key, **said)
    wants = select(Support.resident_id).where(Support.proposal_id == proposal.id, Support.muted.is_(False))
    each = tuple(
        tell_one(proposal, one, tools.rules, "proposal.meeting_soon", key, immediate=False, **said)
        for one in await session.scalars(wants.order_by(Support.id))
    )
    return tuple(replace(one, until=meeting.starts_at) for one in (group, *each))


async def record_meeting(session: AsyncSession, command: RecordMeeting, now: datetime, tools: ProposalTools) -> Outcome:
    """Minutes and attendance, once it has begun; put right later, who was added gets their hours, nobody twice."""
    meeting = await lock(session, Meeting, command.meeting_id)
    proposal, staff = await access_as(session, meeting.proposal_id, command.staff_id)
    minutes = tools.scrub(command.minutes.strip())
    if meeting.state == MeetingState.CANCELLED or meeting.starts_at > now:
        raise MoveRefused("not held", phrase="proposal.not_held_yet")
    if not minutes or len(minutes) > LONGEST_MINUTES or len(command.came) > MOST_HERE:
        raise InvalidInput("minutes", phrase="proposal.bad.minutes", most=LONGEST_MINUTES)
    first = meeting.state == MeetingState.PLANNED
    meeting.minutes, meeting.state, meeting.remind_at = minutes, MeetingState.HELD, None
    meeting.held_at = meeting.held_at or now
    events = [await _note_presence(session, meeting, one, now, tools) for one in dict.fromkeys(command.came)]
    replies: tuple[Reply, ...] = ()
    if first:
        said = meeting_words(meeting, tools)
        await take_step(session, proposal, "minutes", now, tools.rules, staff_id=staff.id, form=said["form"],
                        n=len(set(command.came)))  # fmt: skip
        replies = (tell_groups(proposal, tools.rules, "proposal.minutes_out", f"minutes:{meeting.id}", **said),)
    return Outcome(replies, (*(event for event in events if event is not None), changed(proposal)), meeting.id)


async def _note_presence(
    session: AsyncSession, meeting: Meeting, resident_id: int, now: datetime, tools: ProposalTools
) -> Event | None:
    await get_resident(session, resident_id, meeting.community_id)
    values = {"community_id": meeting.community_id, "meeting_id": meeting.id, "resident_id": resident_id, "at": now}
    if await insert_once(session, Attendance, values, ("meeting_id", "resident_id")) is None:
        return None
    data = {
        "meeting_id": meeting.id,
        "resident_id": resident_id,
        "minutes": round((meeting.ends_at - meeting.starts_at).total_seconds() / 60),
        "done_on": tools.rules.today(meeting.starts_at),
    }
    return Event("DeliberationAttended", meeting.community_id, data)


async def cancel_meeting(session: AsyncSession, command: CancelMeeting, now: datetime, tools: ProposalTools) -> Outcome:
    """The groups hear that it does not take place, and why."""
    meeting = await lock(session, Meeting, command.meeting_id)
    proposal, staff = await access_as(session, meeting.proposal_id, command.staff_id)
    reason = command.reason.strip()[:LONGEST_REASON]
    if meeting.state != MeetingState.PLANNED:
        raise MoveRefused("over", phrase="proposal.meeting_over")
    if not reason:
        raise InvalidInput("no reason", phrase="proposal.say_why")
    meeting.state, meeting.remind_at = MeetingState.CANCELLED, None
    said = meeting_words(meeting, tools)
    await take_step(session, proposal, "called_off", now, tools.rules, staff_id=staff.id, when=said["when"],
                    form=said["form"], reason=reason)  # fmt: skip
    group = tell_groups(proposal, tools.rules, "proposal.meeting_off", f"off:{meeting.id}", reason=reason, **said)
    return Outcome((group,), (changed(proposal),), meeting.id)
