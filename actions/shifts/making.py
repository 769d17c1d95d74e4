"""A duty is made, changed, ended; its shifts of the next weeks are made from it, each day once."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused
from actions.inserting import insert_once
from actions.outcome import Event, Outcome, Reply
from actions.people.model import OrgUnit
from actions.routing.rules import Rules
from actions.shifts.commands import CancelShift, DutyDetails, EndDuty, MakeShifts, SaveDuty
from actions.shifts.finding import PLANNERS, access_staff, list_signups, lock_duty, lock_shift
from actions.shifts.model import Duty, RoutePoint, Shift, ShiftSignup, ShiftState
from actions.shifts.plan import Plan, plan_words, read_plan
from actions.shifts.planning import REMIND_BEFORE, WEEKS_AHEAD, plan_next
from actions.shifts.tell import changed, tell_each, tell_groups

LONGEST_TITLE, LONGEST_PLACE, LONGEST_ABOUT, LONGEST_POINT, MOST_POINTS = 40, 60, 1000, 40, 30
LONGEST_REASON = 200
NIGHTLY = time(3)  # in the community: a day's further shifts are made


async def save_duty(session: AsyncSession, command: SaveDuty, now: datetime, rules: Rules) -> Outcome:
    """Its coming shifts are made at once, or follow the new form; who signed up is told of another time or place."""
    details = command.details
    await access_staff(session, command.staff_id, command.community_id, PLANNERS)
    plan = read_plan(details.rule)
    _check(details)
    duty = await _hold(session, command, now)
    duty.title, duty.place, duty.about, duty.kind = details.title, details.place, details.about, details.kind
    duty.org_unit_id = await _area(session, command.community_id, details.org_unit_id)
    duty.rule, duty.staff_id = plan_words(plan), command.staff_id
    session.add(duty)
    await session.flush()
    await _save_points(session, duty, details.points)
    replies = await _follow(session, duty, plan, now, rules)
    await _make(session, duty, plan, now, rules)
    return Outcome(tuple(replies), (_changed(duty),), duty.id)


async def _hold(session: AsyncSession, command: SaveDuty, now: datetime) -> Duty:
    if command.duty_id is None:
        return Duty(community_id=command.community_id, made_at=now, active=True)
    duty = await lock_duty(session, command.duty_id)
    await access_staff(session, command.staff_id, duty.community_id, PLANNERS)
    if duty.community_id != command.community_id or not duty.active:
        raise MoveRefused("ended", phrase="shift.duty_over")
    return duty


def _check(details: DutyDetails) -> None:
    if not 2 <= len(details.title) <= LONGEST_TITLE:
        raise InvalidInput("title", phrase="shift.bad.title", most=LONGEST_TITLE)
    if not 1 <= len(details.place) <= LONGEST_PLACE:
        raise InvalidInput("place", phrase="shift.bad.place", most=LONGEST_PLACE)
    if len(details.about) > LONGEST_ABOUT:
        raise InvalidInput("about", phrase="shift.bad.about", most=LONGEST_ABOUT)
    points = details.points
    if len(points) > MOST_POINTS or len(set(points)) < len(points) or any(len(one) > LONGEST_POINT for one in points):
        raise InvalidInput("points", phrase="shift.bad.points", most=MOST_POINTS, longest=LONGEST_POINT)


async def _area(session: AsyncSession, community_id: int, unit_id: int | None) -> int:
    unit = await session.get(OrgUnit, unit_id or community_id)
    if unit is None or unit.community_id != community_id:
        raise InvalidInput("no such area", phrase="shift.bad.area")
    return unit.id


async def _save_points(session: AsyncSession, duty: Duty, names: Sequence[str]) -> None:
    """A point that stays keeps its card; one taken off the route keeps its visits."""
    known = {p.name: p for p in await session.scalars(select(RoutePoint).where(RoutePoint.duty_id == duty.id))}
    used = set(await session.scalars(select(RoutePoint.code).where(RoutePoint.community_id == duty.community_id)))
    for name, point in known.items():
        point.active = name in names
    for number, name in enumerate(names, 1):
        point = known.get(name) or RoutePoint(
            community_id=duty.community_id, duty_id=duty.id, name=name, code=_fresh_code(used), active=True
        )
        point.number = number
        session.add(point)
    await session.flush()


def _fresh_code(used: set[str]) -> str:
    """Five digits that no other point of the community has: those of an activity's door have four."""
    while (code := f"{secrets.randbelow(90000) + 10000}") in used:
        pass
    used.add(code)
    return code


async def make_shifts(session: AsyncSession, command: MakeShifts, now: datetime, rules: Rules) -> Outcome:
    """What the next weeks still lack. What lies behind, because nobody was here, is not made."""
    duty = await lock_duty(session, command.duty_id)
    if not duty.active or duty.next_at is None or duty.next_at > now:
        return Outcome()
    made = await _make(session, duty, read_plan(duty.rule), now, rules)
    return Outcome((), (_changed(duty),) if made else (), made)


async def _make(session: AsyncSession, duty: Duty, plan: Plan, now: datetime, rules: Rules) -> int:
    """How many were new. A day that has one, even a cancelled one, gets no second."""
    calendar, made = rules.calendar, 0
    today = calendar.local_day(now)
    for day in plan.days(today, WEEKS_AHEAD, calendar):
        starts_at, ends_at = plan.times_on(day, calendar)
        if starts_at <= now:
            continue
        values = {
            "community_id": duty.community_id,
            "duty_id": duty.id,
            "on_day": day,
            "title": duty.title,
            "place": duty.place,
            "kind": duty.kind,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "patrol": plan.patrol,
            "leads": plan.leads,
            "patrol_taken": 0,
            "leads_taken": 0,
            "org_unit_id": duty.org_unit_id,
            "state": str(ShiftState.OPEN),
            "reason": "",
            "sequence": 0,
            "group_asked": False,
            "staff_told": False,
            "reminded": False,
            "late_asked": False,
            "out_asked": False,
            "next_at": now,
        }
        made += await insert_once(session, Shift, values, ("duty_id", "on_day")) is not None
    tomorrow = datetime.combine(today + timedelta(days=1), NIGHTLY, calendar.zone)
    duty.next_at = tomorrow
    await session.flush()
    return made


async def _follow(session: AsyncSession, duty: Duty, plan: Plan, now: datetime, rules: Rules) -> list[Reply]:
    """The shifts that have not begun take on the new form; those of days that are none any more are cancelled."""
    query = select(Shift.id).where(Shift.duty_id == duty.id, Shift.state == ShiftState.OPEN, Shift.starts_at > now)
    replies: list[Reply] = []
    for shift_id in (await session.scalars(query.order_by(Shift.id))).all():
        shift = await lock_shift(session, shift_id)
        if plan.falls_on(shift.on_day, rules.calendar) and plan.times_on(shift.on_day, rules.calendar)[0] > now:
            replies += await _reshape(session, shift, duty, plan, now, rules)
        elif shift.group_asked or await _had_signups(session, shift):
            replies += await _cancel(session, shift, rules.words["shift_plan_changed"], now, rules)
        else:
            await session.delete(shift)
    await session.flush()
    return replies


async def _had_signups(session: AsyncSession, shift: Shift) -> bool:
    """Whether anybody ever signed up, also who left again: then it is not as if it had never been."""
    return await session.scalar(select(ShiftSignup.id).where(ShiftSignup.shift_id == shift.id).limit(1)) is not None


async def _reshape(
    session: AsyncSession, shift: Shift, duty: Duty, plan: Plan, now: datetime, rules: Rules
) -> list[Reply]:
    before = (shift.starts_at, shift.ends_at, shift.place)
    shift.starts_at, shift.ends_at = plan.times_on(shift.on_day, rules.calendar)
    shift.title, shift.place, shift.kind, shift.org_unit_id = duty.title, duty.place, duty.kind, duty.org_unit_id
    shift.patrol = max(plan.patrol, shift.patrol_taken)  # nobody who was told yes is told no
    shift.leads = max(plan.leads, shift.leads_taken)
    if shift.starts_at - REMIND_BEFORE > now:  # whoever was reminded of another hour is reminded of this one
        shift.reminded = False
    plan_next(shift)
    if before == (shift.starts_at, shift.ends_at, shift.place):
        return []
    shift.sequence += 1
    await session.flush()
    coming = await list_signups(session, shift.id)
    return tell_each(shift, coming, rules, "shift.changed", f"changed:{shift.sequence}", now)


async def end_duty(session: AsyncSession, command: EndDuty, now: datetime, rules: Rules) -> Outcome:
    """What had begun goes on to its end."""
    duty = await lock_duty(session, command.duty_id)
    await access_staff(session, command.staff_id, duty.community_id, PLANNERS)
    if not duty.active:
        raise MoveRefused("ended", phrase="shift.duty_over")
    text = _reason(command.text)
    duty.active, duty.next_at = False, None
    query = select(Shift.id).where(Shift.duty_id == duty.id, Shift.state == ShiftState.OPEN, Shift.starts_at > now)
    replies: list[Reply] = []
    for shift_id in (await session.scalars(query)).all():
        replies += await _cancel(session, await lock_shift(session, shift_id), text, now, rules)
    await session.flush()
    return Outcome(tuple(replies), (_changed(duty),), duty.id)


async def cancel_shift(session: AsyncSession, command: CancelShift, now: datetime, rules: Rules) -> Outcome:
    """Told to who signed up; to the groups only if they were asked for people."""
    shift = await lock_shift(session, command.shift_id)
    await access_staff(session, command.staff_id, shift.community_id)
    if shift.state != ShiftState.OPEN or shift.starts_at <= now:
        raise MoveRefused("begun or over", phrase="shift.fixed", shift=shift.title)
    replies = await _cancel(session, shift, _reason(command.text), now, rules)
    return Outcome(tuple(replies), (changed(shift),), shift.id)


async def _cancel(session: AsyncSession, shift: Shift, reason: str, now: datetime, rules: Rules) -> list[Reply]:
    coming = await list_signups(session, shift.id)
    shift.state, shift.reason, shift.next_at = ShiftState.CANCELLED, reason, None
    shift.sequence += 1
    await session.flush()
    replies = tell_each(shift, coming, rules, "shift.cancelled", f"cancelled:{shift.sequence}", now)
    if shift.group_asked:
        replies.append(tell_groups(shift, rules, "shift.cancelled_group", f"cancelled:{shift.sequence}", now))
    return replies


def _reason(text: str) -> str:
    text = text.strip()
    if not 1 <= len(text) <= LONGEST_REASON:
        raise InvalidInput("no reason", phrase="shift.say_why", most=LONGEST_REASON)
    return text


def _changed(duty: Duty) -> Event:
    return Event("DutyChanged", duty.community_id, {"duty_id": duty.id})
