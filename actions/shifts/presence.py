"""Being there: checking in and out, the points of the route, what staff put right. Hours follow, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotFound
from actions.inserting import insert_once
from actions.outcome import NOTHING_FITS, Event, Outcome, Reply
from actions.people.model import Resident
from actions.routing.rules import Rules
from actions.shifts.commands import CheckInShift, CheckOutShift, PassPoint, SettleSignup
from actions.shifts.finding import (
    access_signup,
    find_running,
    find_signup,
    get_of_community,
    get_resident,
    list_own,
    lock_shift,
)
from actions.shifts.model import (
    CHECK_IN_BEFORE,
    PatrolRole,
    PointVisit,
    RoutePoint,
    Shift,
    ShiftSignup,
    ShiftState,
    SignupState,
)
from actions.shifts.places import check_free, give_place
from actions.shifts.tell import changed, params_of, press, role_words, served, tell_one, when_words

LONGEST_NOTE, MOST_PICTURES = 200, 4
SETTLED = (SignupState.ATTENDED, SignupState.ABSENT, SignupState.UNSURE, SignupState.ON_DUTY, SignupState.CONFIRMED)


async def check_in_shift(session: AsyncSession, command: CheckInShift, now: datetime, rules: Rules) -> Outcome:
    """Whoever signed up says that they are there."""
    await get_resident(session, command.resident_id, command.community_id)
    own = await list_own(session, command.community_id, command.resident_id, now)
    if command.shift_id is not None:
        await get_of_community(session, command.shift_id, command.community_id)
        own = [one for one in own if one.id == command.shift_id]
    ready = [one for one in own if one.takes_check_ins(now)]
    if not ready:
        return _not_now(own, command, rules)
    shift = await lock_shift(session, ready[0].id)
    if not shift.takes_check_ins(now):  # cancelled in that moment
        return _not_now([shift], command, rules)
    signup = await find_signup(session, shift.id, command.resident_id)
    if signup is None or signup.state not in (SignupState.CONFIRMED, SignupState.ON_DUTY):
        return Outcome(value=NOTHING_FITS)
    return await _arrive(session, shift, signup, "word", now, rules)


def _not_now(shifts: Sequence[Shift], command: CheckInShift, rules: Rules) -> Outcome:
    if not shifts or not command.addressed:
        return Outcome(value=NOTHING_FITS)
    minutes = int(CHECK_IN_BEFORE.total_seconds()) // 60
    raise MoveRefused("not now", phrase="shift.check_in_when", minutes=minutes, **params_of(shifts[0], rules))


async def _arrive(
    session: AsyncSession, shift: Shift, signup: ShiftSignup, proof: str, now: datetime, rules: Rules
) -> Outcome:
    if signup.state == SignupState.ON_DUTY:
        return Outcome((_on_duty(shift, signup, "shift.on_duty_already", rules),), value=shift.id)
    signup.state, signup.checked_in_at, signup.proof = SignupState.ON_DUTY, now, proof
    await session.flush()
    return Outcome((_on_duty(shift, signup, "shift.checked_in", rules),), (changed(shift),), shift.id)


def _on_duty(shift: Shift, signup: ShiftSignup, phrase: str, rules: Rules) -> Reply:
    params = params_of(shift, rules) | {"role": role_words(signup.role, rules)}
    return Reply(phrase, params, buttons=(press("out", shift.id),))


async def check_out_shift(session: AsyncSession, command: CheckOutShift, now: datetime, rules: Rules) -> Outcome:
    """The time between, within what was planned, is theirs."""
    await get_resident(session, command.resident_id, command.community_id)
    running = await find_running(session, command.community_id, command.resident_id, command.shift_id)
    if running is None:
        if command.shift_id is None and not command.addressed:
            return Outcome(value=NOTHING_FITS)
        return Outcome((Reply("shift.not_on_duty"),))
    shift = await lock_shift(session, running[0].id)
    signup = running[1]
    await session.refresh(signup)
    if signup.state != SignupState.ON_DUTY:
        return Outcome((Reply("shift.not_on_duty"),))
    signup.state, signup.checked_out_at = SignupState.ATTENDED, now
    signup.minutes = minutes_given(shift, signup.checked_in_at or now, now)
    await session.flush()
    phrase = "shift.checked_out" if signup.minutes else "shift.checked_out_at_once"
    done = Reply(phrase, params_of(shift, rules) | {"amount": amount_words(signup.minutes, rules)})
    return Outcome((done,), (changed(shift), *served(shift, signup, rules), _left(signup)), shift.id)


def _left(signup: ShiftSignup) -> Event:
    data = {"shift_id": signup.shift_id, "signup_id": signup.id, "resident_id": signup.resident_id}
    return Event("ShiftLeft", signup.community_id, data)


def minutes_given(shift: Shift, came: datetime, went: datetime) -> int:
    """Whole minutes between, within the planned times: whoever comes early or stays late is thanked, not paid."""
    span = min(went, shift.ends_at) - max(came, shift.starts_at)
    return max(0, int(span / timedelta(minutes=1)))


def amount_words(minutes: int, rules: Rules) -> str:
    """ "1小时30分钟"."""
    hours, rest = divmod(minutes, 60)
    said = rules.words["shift_hours"].format_map({"n": hours}) if hours else ""
    return said + (rules.words["shift_minutes"].format_map({"n": rest}) if rest or not hours else "")


async def pass_point(session: AsyncSession, command: PassPoint, now: datetime, rules: Rules) -> Outcome:
    """The first who says so has it noted; a code on the way also checks in who is not there yet."""
    resident = await get_resident(session, command.resident_id, command.community_id)
    if len(command.note) > LONGEST_NOTE or len(command.pictures) > MOST_PICTURES:
        raise InvalidInput("too much", phrase="shift.note_shorter", most=LONGEST_NOTE, pictures=MOST_PICTURES)
    point = await _find_point(session, command)
    if point is None and command.tentative:
        return Outcome(value=NOTHING_FITS)
    if point is None:
        raise NotFound("no such point", phrase="shift.wrong_code", code=command.code[:8])
    shift, arrived = await _shift_at(session, point, resident, bool(command.code), now, rules)
    values = {
        "community_id": shift.community_id,
        "shift_id": shift.id,
        "point_id": point.id,
        "resident_id": resident.id,
        "at": now,
        "by_code": bool(command.code),
        "note": command.note,
        "pictures": list(command.pictures),
    }
    new = await insert_once(session, PointVisit, values, ("shift_id", "point_id"))
    if new is None:
        await _add_note(session, shift, point, command)
    passed, of = await count_points(session, shift)
    phrase = "shift.passed" if new is not None else "shift.passed_already"
    params = {"point": point.name, "passed": passed, "of": of}
    note = Reply(phrase, params_of(shift, rules) | params, buttons=() if arrived.replies else (press("out", shift.id),))
    return Outcome((*arrived.replies, note), (changed(shift),), shift.id)


async def _find_point(session: AsyncSession, command: PassPoint) -> RoutePoint | None:
    query = select(RoutePoint).where(RoutePoint.community_id == command.community_id, RoutePoint.active.is_(True))
    wanted = RoutePoint.code == command.code if command.code else RoutePoint.id == (command.point_id or 0)
    point: RoutePoint | None = await session.scalar(query.where(wanted))
    return point


async def _shift_at(
    session: AsyncSession, point: RoutePoint, resident: Resident, by_code: bool, now: datetime, rules: Rules
) -> tuple[Shift, Outcome]:
    """The shift of that route which the resident is on, or comes to now. Raises MoveRefused."""
    query = (
        select(Shift.id)
        .where(Shift.duty_id == point.duty_id, Shift.state == ShiftState.OPEN)
        .where(Shift.starts_at <= now + CHECK_IN_BEFORE, Shift.ends_at > now - CHECK_IN_BEFORE)
    )
    for shift_id in (await session.scalars(query.order_by(Shift.starts_at))).all():
        shift = await lock_shift(session, shift_id)
        signup = await find_signup(session, shift.id, resident.id)
        if signup is not None and signup.state == SignupState.ON_DUTY:
            return shift, Outcome()
        if not by_code or not shift.takes_check_ins(now):
            continue
        if signup is None or signup.state == SignupState.CANCELLED:
            role = PatrolRole.PATROL if shift.free(PatrolRole.PATROL) else PatrolRole.LEAD
            await check_free(session, shift, resident, role, rules)
            signup = await give_place(session, shift, signup, resident, role, now)
        if signup.state == SignupState.CONFIRMED:
            return shift, await _arrive(session, shift, signup, "code", now, rules)
    raise MoveRefused("no shift now", phrase="shift.no_shift_here", point=point.name)


async def _add_note(session: AsyncSession, shift: Shift, point: RoutePoint, command: PassPoint) -> None:
    """A second look adds to the first, and takes nothing away."""
    query = select(PointVisit).where(PointVisit.shift_id == shift.id, PointVisit.point_id == point.id)
    visit = (await session.scalars(query)).one()
    new = [one for one in command.pictures if one not in visit.pictures]
    visit.pictures = [*visit.pictures, *new][:MOST_PICTURES]
    if command.note and command.note not in visit.note:
        visit.note = f"{visit.note} {command.note}".strip()[:LONGEST_NOTE]
    await session.flush()


async def count_points(session: AsyncSession, shift: Shift) -> tuple[int, int]:
    """How many points of the route were passed, and how many it has."""
    passed = (await session.scalars(select(PointVisit.point_id).where(PointVisit.shift_id == shift.id))).all()
    on_route = (RoutePoint.duty_id == shift.duty_id, RoutePoint.active.is_(True))
    points = (await session.scalars(select(RoutePoint.id).where(*on_route))).all()
    return len(passed), len({*points, *passed})


async def settle_signup(session: AsyncSession, command: SettleSignup, now: datetime, rules: Rules) -> Outcome:
    """What was not checked out, or never checked in. Hours that are in the book are put right there, not here."""
    shift, signup = await access_signup(session, command.signup_id, command.staff_id)
    longest = int((shift.ends_at - shift.starts_at) / timedelta(minutes=1))
    if not 0 <= command.minutes <= longest:
        raise InvalidInput("too long", phrase="shift.too_long", amount=amount_words(longest, rules))
    if signup.state not in SETTLED or shift.state == ShiftState.CANCELLED or now < shift.ends_at:
        raise MoveRefused("not over", phrase="shift.settle_later", shift=shift.title)
    if signup.minutes:
        raise MoveRefused("in the book", phrase="shift.in_the_book", name=signup.name)
    signup.minutes, signup.recorded_by = command.minutes, command.staff_id
    signup.state = SignupState.ATTENDED if command.minutes else SignupState.ABSENT
    signup.proof = signup.proof or ("staff" if command.minutes else "")
    await session.flush()
    phrase = "shift.settled" if command.minutes else "shift.settled_absent"
    told = tell_one(
        shift, signup.resident_id, rules, phrase, f"settled:{command.minutes}", now,
        amount=amount_words(command.minutes, rules), when=when_words(shift, rules),
    )  # fmt: skip
    return Outcome((told,), (changed(shift), *served(shift, signup, rules), _left(signup)), shift.id)
