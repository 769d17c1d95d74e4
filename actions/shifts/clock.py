"""What falls due: the next weeks' shifts, people lacking, reminders, who is not there, closing with a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.outcome import Outcome, Reply
from actions.routing.rules import Rules
from actions.shifts.commands import DoShift, DoStandIn, MakeShifts
from actions.shifts.finding import list_signups, lock_shift
from actions.shifts.model import ASK_OUT_AFTER, COMES, Duty, HazardFound, Shift, ShiftState, SignupState
from actions.shifts.planning import ASK_GROUP_BEFORE, LATE_AFTER, REMIND_BEFORE, TELL_STAFF_BEFORE, plan_next
from actions.shifts.presence import count_points
from actions.shifts.standing_in import due_stand_ins
from actions.shifts.tell import changed, join_buttons, own_buttons, press, tell_each, tell_groups, tell_staff


async def due_shifts(session: AsyncSession, now: datetime, limit: int) -> list[Any]:
    """Orders for all that the clock has to look at now."""
    duties = select(Duty.id).where(Duty.active.is_(True), Duty.next_at <= now).limit(limit)
    shifts = select(Shift.id).where(Shift.next_at <= now).order_by(Shift.next_at).limit(limit)
    offers = await due_stand_ins(session, now, now + TELL_STAFF_BEFORE, limit)
    return [
        *(MakeShifts(one) for one in (await session.scalars(duties)).all()),
        *(DoShift(one) for one in (await session.scalars(shifts)).all()),
        *(DoStandIn(one) for one in offers),
    ]


async def do_shift(session: AsyncSession, command: DoShift, now: datetime, rules: Rules) -> Outcome:
    """Doing it twice does nothing; after an outage only what still helps is said."""
    shift = await lock_shift(session, command.shift_id)
    if shift.next_at is None or shift.next_at > now or shift.state != ShiftState.OPEN:
        return Outcome()
    if now >= shift.over_at:
        return await _close(session, shift, now, rules)
    replies = [
        *_ask_for_people(shift, now, rules),
        *await _remind(session, shift, now, rules),
        *await _ask_who_is_there(session, shift, now, rules),
    ]
    plan_next(shift)
    await session.flush()
    return Outcome(tuple(replies), (), shift.id)


def _ask_for_people(shift: Shift, now: datetime, rules: Rules) -> list[Reply]:
    """The group once, a day ahead; staff if that did not help, while somebody can still be found."""
    replies: list[Reply] = []
    ask = not shift.group_asked and now >= shift.starts_at - ASK_GROUP_BEFORE
    tell = not shift.staff_told and now >= shift.starts_at - TELL_STAFF_BEFORE
    shift.group_asked, shift.staff_told = shift.group_asked or ask, shift.staff_told or tell
    if now >= shift.starts_at or shift.short <= 0:
        return replies
    if ask:
        asked = tell_groups(shift, rules, "shift.who_comes", "who", now, join_buttons(shift))
        replies.append(replace(asked, until=shift.starts_at))
    if tell:
        nobody = shift.patrol_taken + shift.leads_taken == 0
        phrase = "shift.staff.nobody" if nobody else "shift.staff.short"
        replies.append(tell_staff(shift, rules, phrase, "short", now))
    return replies


async def _remind(session: AsyncSession, shift: Shift, now: datetime, rules: Rules) -> list[Reply]:
    if shift.reminded or now < shift.starts_at - REMIND_BEFORE:
        return []
    shift.reminded = True
    if now >= shift.starts_at:
        return []
    buttons = (press("in", shift.id), *own_buttons(shift))
    coming = await list_signups(session, shift.id, (SignupState.CONFIRMED,))
    return tell_each(shift, coming, rules, "shift.remind", f"remind:{shift.sequence}", now, buttons)


async def _ask_who_is_there(session: AsyncSession, shift: Shift, now: datetime, rules: Rules) -> list[Reply]:
    """Who did not check in a few minutes after the start, who did not check out after the end: each once."""
    replies: list[Reply] = []
    if not shift.late_asked and now >= shift.starts_at + LATE_AFTER:
        shift.late_asked = True
        if now < shift.ends_at:
            missing = await list_signups(session, shift.id, (SignupState.CONFIRMED,))
            replies += tell_each(shift, missing, rules, "shift.are_you_there", "late", now, (press("in", shift.id),))
    if not shift.out_asked and now >= shift.ends_at + ASK_OUT_AFTER:
        shift.out_asked = True
        still = await list_signups(session, shift.id, (SignupState.ON_DUTY,))
        replies += tell_each(shift, still, rules, "shift.are_you_done", "out", now, (press("out", shift.id),))
    return replies


async def _close(session: AsyncSession, shift: Shift, now: datetime, rules: Rules) -> Outcome:
    """Who never checked in was absent; who never checked out is for staff to confirm. Staff get the short report."""
    shift.state = ShiftState.ENDED
    unsure = []
    for signup in await list_signups(session, shift.id, COMES):
        if signup.state == SignupState.ON_DUTY:
            signup.state = SignupState.UNSURE
            unsure.append(signup.name)
        else:
            signup.state = SignupState.ABSENT
    plan_next(shift)
    await session.flush()
    replies = [*await _report(session, shift, unsure, now, rules)]
    return Outcome(tuple(replies), (changed(shift),), shift.id)


async def _report(
    session: AsyncSession, shift: Shift, unsure: Sequence[str], now: datetime, rules: Rules
) -> list[Reply]:
    came = await list_signups(session, shift.id, (SignupState.ATTENDED, SignupState.UNSURE))
    absent = await list_signups(session, shift.id, (SignupState.ABSENT,))
    if not came and not absent:
        return []
    joint = rules.words["name_joint"]
    passed, of = await count_points(session, shift)
    found = await session.scalar(select(func.count()).where(HazardFound.shift_id == shift.id))
    params: dict[str, Any] = {
        "present": joint.join(one.name for one in came) or rules.words["nobody"],
        "absent": joint.join(one.name for one in absent) or rules.words["nobody"],
        "passed": passed,
        "of": of,
        "hazards": int(found or 0),
    }
    replies = [tell_staff(shift, rules, "shift.staff.report", "report", now, **params)]
    if unsure:
        replies.append(tell_staff(shift, rules, "shift.staff.unsure", "unsure", now, names=joint.join(unsure)))
    return replies
