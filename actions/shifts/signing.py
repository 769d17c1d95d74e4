"""Signing up for a shift and leaving it: no place is given twice, nobody is in two patrols at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import MoveRefused
from actions.outcome import NOTHING_FITS, Button, Event, Outcome, Reply
from actions.people.model import Resident
from actions.routing.rules import Rules
from actions.shifts.commands import AddToShift, JoinShift, LeaveShift, NoteClash, RemoveFromShift
from actions.shifts.finding import (
    access_signup,
    access_staff,
    choose,
    find_signup,
    get_resident,
    list_coming,
    list_own,
    lock_shift,
)
from actions.shifts.model import COMES, PatrolRole, Shift, ShiftSignup, ShiftState, SignupState
from actions.shifts.places import check_free, check_open, give_place, give_up
from actions.shifts.standing_in import ask_stand_in
from actions.shifts.tell import changed, own_buttons, params_of, press, role_words, shift_line, tell_one, tell_staff

MOST_OFFERED = 5


async def join_shift(session: AsyncSession, command: JoinShift, now: datetime, rules: Rules) -> Outcome:
    """A place in the role that was named; where several shifts fit, which one is asked."""
    resident = await get_resident(session, command.resident_id, command.community_id)
    role = PatrolRole.LEAD if command.role == PatrolRole.LEAD else PatrolRole.PATROL
    coming = [] if command.which.shift_id else await list_coming(session, command.community_id, now)
    found = await choose(session, command.community_id, command.which, coming, rules)
    if not found:
        return nothing_fits(coming, command.addressed, rules)
    if len(found) > 1:
        free = [one for one in found if one.free(role) > 0 and await _may_come(session, one, resident)]
        if not free:
            return nothing_fits((), command.addressed, rules)
        if command.which.days and len(free) == 1:
            found = free
        else:
            return ask_which(free, "lead" if role == PatrolRole.LEAD else "join", rules)
    shift = await lock_shift(session, found[0].id)
    return await _join(session, shift, resident, role, now, rules)


async def _may_come(session: AsyncSession, shift: Shift, resident: Resident) -> bool:
    known = await find_signup(session, shift.id, resident.id)
    return known is None or known.state not in COMES


async def _join(
    session: AsyncSession, shift: Shift, resident: Resident, role: PatrolRole, now: datetime, rules: Rules
) -> Outcome:
    check_open(shift, now)
    known = await find_signup(session, shift.id, resident.id)
    if known is not None and known.state in COMES:
        if known.role == role:
            return Outcome((_here(shift, "shift.already", known.role, rules),), value=shift.id)
        return await _other_role(session, shift, known, role, rules)
    if known is not None and known.state != SignupState.CANCELLED:
        raise MoveRefused("was there", phrase="shift.fixed", shift=shift.title)
    await check_free(session, shift, resident, role, rules)
    signup = await give_place(session, shift, known, resident, role, now)
    joined = Event("ShiftJoined", shift.community_id, {"shift_id": shift.id, "resident_id": resident.id})
    return Outcome((_here(shift, "shift.joined", signup.role, rules),), (changed(shift), joined), shift.id)


def _here(shift: Shift, phrase: str, role: str, rules: Rules) -> Reply:
    params = params_of(shift, rules) | {"role": role_words(role, rules)}
    return Reply(phrase, params, buttons=own_buttons(shift))


async def _other_role(
    session: AsyncSession, shift: Shift, signup: ShiftSignup, role: PatrolRole, rules: Rules
) -> Outcome:
    if shift.free(role) < 1:
        raise MoveRefused("role is full", phrase="shift.role_full", role=role_words(role, rules), shift=shift.title)
    shift.take(signup.role, -1)
    shift.take(role, 1)
    signup.role = role
    await session.flush()
    return Outcome((_here(shift, "shift.joined", role, rules),), (changed(shift),), shift.id)


def nothing_fits(coming: Sequence[Shift], addressed: bool, rules: Rules) -> Outcome:
    """Silence, or, where an answer is owed and there is something to come to, what there is."""
    if not addressed or not coming:
        return Outcome(value=NOTHING_FITS)
    lines = "\n".join(shift_line(one, rules) for one in coming[:MOST_OFFERED])
    return Outcome((Reply("shift.none_then", {"list": lines}),))


def ask_which(found: Sequence[Shift], what: str, rules: Rules) -> Outcome:
    """A button for each that may be meant, the next ones first."""
    buttons = tuple(
        Button("button.shift.named", press(what, one.id).value, params_of(one, rules)) for one in found[:MOST_OFFERED]
    )
    return Outcome((Reply("shift.which", buttons=buttons),))


async def leave_shift(session: AsyncSession, command: LeaveShift, now: datetime, rules: Rules) -> Outcome:
    """The place is free again; or, where a stand-in is wanted, it stays theirs until somebody takes it over."""
    resident = await get_resident(session, command.resident_id, command.community_id)
    own = [one for one in await list_own(session, command.community_id, resident.id, now) if one.starts_at > now]
    found = await choose(session, command.community_id, command.which, own, rules)
    if not found:
        return Outcome(value=NOTHING_FITS)
    if len(found) > 1:
        return ask_which(found, "stand_in" if command.wants_stand_in else "leave", rules)
    shift = await lock_shift(session, found[0].id)
    signup = await find_signup(session, shift.id, resident.id)
    if signup is None or signup.state != SignupState.CONFIRMED:
        return Outcome((Reply("shift.not_in", params_of(shift, rules)),))
    if shift.state != ShiftState.OPEN or shift.starts_at <= now:
        raise MoveRefused("begun", phrase="shift.has_begun", shift=shift.title)
    if command.wants_stand_in:
        return await ask_stand_in(session, shift, signup, resident, now, rules)
    await give_up(session, shift, signup)
    left = Reply("shift.left", params_of(shift, rules))
    return Outcome((left, *_short_again(shift, now, rules)), (changed(shift),), shift.id)


def _short_again(shift: Shift, now: datetime, rules: Rules) -> tuple[Reply, ...]:
    """Staff thought that it was settled."""
    if not shift.staff_told:
        return ()
    return (tell_staff(shift, rules, "shift.staff.short", f"short:{shift.sequence}", now),)


async def add_to_shift(session: AsyncSession, command: AddToShift, now: datetime, rules: Rules) -> Outcome:
    """Somebody who phoned; they are told."""
    shift = await lock_shift(session, command.shift_id)
    await access_staff(session, command.staff_id, shift.community_id)
    resident = await get_resident(session, command.resident_id, shift.community_id)
    role = PatrolRole.LEAD if command.role == PatrolRole.LEAD else PatrolRole.PATROL
    check_open(shift, now)
    known = await find_signup(session, shift.id, resident.id)
    if known is not None and known.state != SignupState.CANCELLED:
        raise MoveRefused("known", phrase="shift.on_the_list", name=resident.nickname)
    await check_free(session, shift, resident, role, rules)
    signup = await give_place(session, shift, known, resident, role, now)
    signup.recorded_by, shift.sequence = command.staff_id, shift.sequence + 1
    await session.flush()
    told = tell_one(
        shift, resident.id, rules, "shift.joined", f"added:{shift.sequence}", now, own_buttons(shift),
        role=role_words(role, rules),
    )  # fmt: skip
    return Outcome((told,), (changed(shift),), signup.id)


async def remove_from_shift(session: AsyncSession, command: RemoveFromShift, now: datetime, rules: Rules) -> Outcome:
    """As if they had said it themselves; they are told."""
    shift, signup = await access_signup(session, command.signup_id, command.staff_id)
    if signup.state != SignupState.CONFIRMED or shift.state != ShiftState.OPEN:
        raise MoveRefused("gone or over", phrase="shift.fixed", shift=shift.title)
    await give_up(session, shift, signup)
    told = tell_one(shift, signup.resident_id, rules, "shift.removed", f"removed:{shift.sequence}", now)
    return Outcome((told,), (changed(shift),), shift.id)


async def note_clash(session: AsyncSession, command: NoteClash, now: datetime, rules: Rules) -> Outcome:
    """Told, not forbidden: an activity may be left early."""
    shift = await lock_shift(session, command.shift_id)
    return Outcome(
        (tell_one(shift, command.resident_id, rules, "shift.clash_activity", None, now, other=command.other),)
    )
