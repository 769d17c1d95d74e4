"""Who goes instead: asked of the group, the first who takes it has it; or two who swap. Everybody is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import MoveRefused, NotFound
from actions.outcome import NOTHING_FITS, Button, Outcome, Reply
from actions.people.doors import hold_resident
from actions.people.model import Resident
from actions.routing.rules import Rules
from actions.shifts.commands import AnswerSwap, DoStandIn, OfferSwap, TakeOver, WhichShift
from actions.shifts.finding import choose, find_signup, get_resident, list_own, list_signups, lock_shift
from actions.shifts.model import COMES, OfferState, Shift, ShiftSignup, ShiftState, SignupState, StandIn
from actions.shifts.places import find_clash, give_place, give_up
from actions.shifts.tell import (
    changed,
    own_buttons,
    params_of,
    role_words,
    tell_each,
    tell_groups,
    tell_one,
    tell_staff,
)


async def ask_stand_in(
    session: AsyncSession, shift: Shift, signup: ShiftSignup, resident: Resident, now: datetime, rules: Rules
) -> Outcome:
    """The group is asked once; asked again while it is open, nothing is said twice."""
    known = await session.scalar(_open(signup.id).where(StandIn.for_signup_id.is_(None)))
    if known is not None:
        return Outcome((Reply("shift.asked_already", params_of(shift, rules)),), value=shift.id)
    offer = await _offer(session, signup, None, now)
    take = Button("button.shift.take", f"shift:take:{offer.id}")
    params = {"name": resident.nickname, "role": role_words(signup.role, rules)}
    asked = tell_groups(shift, rules, "shift.who_stands_in", f"offer:{offer.id}", now, (take,), **params)
    own = Reply("shift.asking", params_of(shift, rules))
    return Outcome((own, replace(asked, until=shift.starts_at)), (changed(shift),), shift.id)


def _open(signup_id: int) -> Select[tuple[StandIn]]:
    return select(StandIn).where(StandIn.signup_id == signup_id, StandIn.state == OfferState.OPEN)


async def _offer(session: AsyncSession, signup: ShiftSignup, other: int | None, now: datetime) -> StandIn:
    offer = StandIn(
        community_id=signup.community_id,
        shift_id=signup.shift_id,
        signup_id=signup.id,
        for_signup_id=other,
        state=OfferState.OPEN,
        asked_at=now,
    )
    session.add(offer)
    await session.flush()
    return offer


async def take_over(session: AsyncSession, command: TakeOver, now: datetime, rules: Rules) -> Outcome:
    """The first has it; who comes later hears that it is settled."""
    resident = await get_resident(session, command.resident_id, command.community_id)
    offer = await _find_offer(session, command, now)
    if offer is None:
        return Outcome(value=NOTHING_FITS)
    shift = await lock_shift(session, offer.shift_id)
    await session.refresh(offer)
    signup = await session.get_one(ShiftSignup, offer.signup_id, populate_existing=True)
    if offer.state != OfferState.OPEN or signup.state != SignupState.CONFIRMED or shift.state != ShiftState.OPEN:
        return Outcome((Reply("shift.settled_already", params_of(shift, rules)),))
    if shift.starts_at <= now:
        raise MoveRefused("begun", phrase="shift.has_begun", shift=shift.title)
    if signup.resident_id == resident.id:
        return Outcome((Reply("shift.asking", params_of(shift, rules)),))
    await _check_may(session, shift, resident, rules)
    offer.state, offer.taken_by = OfferState.TAKEN, resident.id
    await _pass_on(session, shift, signup, resident, now)
    return Outcome(await _tell_taken(session, shift, signup, resident, offer, now, rules), (changed(shift),), shift.id)


async def _find_offer(session: AsyncSession, command: TakeOver, now: datetime) -> StandIn | None:
    """The one that was named; else the latest that can still be taken."""
    query = select(StandIn).where(StandIn.community_id == command.community_id, StandIn.for_signup_id.is_(None))
    if command.offer_id is not None:
        found: StandIn | None = await session.scalar(query.where(StandIn.id == command.offer_id))
        return found
    ahead = (StandIn.state == OfferState.OPEN, Shift.state == ShiftState.OPEN, Shift.starts_at > now)
    latest = query.join(Shift, Shift.id == StandIn.shift_id).where(*ahead).order_by(StandIn.id.desc()).limit(1)
    found = await session.scalar(latest)
    return found


async def _check_may(session: AsyncSession, shift: Shift, resident: Resident, rules: Rules, but: int = 0) -> None:
    """Raise what says why they cannot go: they go already, or are elsewhere then."""
    known = await find_signup(session, shift.id, resident.id)
    if known is not None and known.state in COMES:
        raise MoveRefused("goes already", phrase="shift.on_the_list", name=resident.nickname)
    await hold_resident(session, resident.id)
    other = await find_clash(session, shift, resident.id, but)
    if other is not None:
        raise MoveRefused("elsewhere then", phrase="shift.clash", **params_of(other, rules))


async def _pass_on(
    session: AsyncSession, shift: Shift, signup: ShiftSignup, resident: Resident, now: datetime
) -> ShiftSignup:
    """The place changes hands; how many go stays the same."""
    role = signup.role
    await give_up(session, shift, signup)
    known = await find_signup(session, shift.id, resident.id)
    return await give_place(session, shift, known, resident, role, now)


async def _tell_taken(
    session: AsyncSession, shift: Shift, signup: ShiftSignup, resident: Resident, offer: StandIn, now: datetime,
    rules: Rules,
) -> tuple[Reply, ...]:  # fmt: skip
    params: dict[str, Any] = {"name": signup.name, "who": resident.nickname, "role": role_words(signup.role, rules)}
    key = f"taken:{offer.id}"
    others = [one for one in await list_signups(session, shift.id) if one.resident_id != resident.id]
    return (
        Reply("shift.taken", params_of(shift, rules) | params, buttons=own_buttons(shift)),
        tell_one(shift, signup.resident_id, rules, "shift.taken_own", key, now, **params),
        *tell_each(shift, others, rules, "shift.taken_others", key, now, **params),
        tell_staff(shift, rules, "shift.staff.taken", key, now, **params),
    )


async def offer_swap(session: AsyncSession, command: OfferSwap, now: datetime, rules: Rules) -> Outcome:
    """My shift for yours. The other is asked in private, with both shifts named."""
    resident = await get_resident(session, command.resident_id, command.community_id)
    other = await _find_named(session, command.community_id, command.name)
    if other is None or other.id == resident.id:
        raise NotFound("no such neighbour", phrase="shift.swap_whom", name=command.name[:32])
    mine = await _one_of(session, resident, command.mine, now, rules)
    theirs = await _one_of(session, other, command.theirs, now, rules)
    if mine is None or theirs is None or mine[0].id == theirs[0].id:
        raise NotFound("no such shifts", phrase="shift.swap_which", name=other.nickname)
    offer = await _offer(session, mine[1], theirs[1].id, now)
    buttons = tuple(Button(f"button.shift.{w}", f"shift:{w}:{offer.id}") for w in ("swap_yes", "swap_no"))
    params = {"name": resident.nickname, "mine": _named(theirs[0], rules), "theirs": _named(mine[0], rules)}
    asked = tell_one(theirs[0], other.id, rules, "shift.swap_asked", f"swap:{offer.id}", now, buttons, **params)
    own = Reply("shift.swap_asking", {"name": other.nickname})
    return Outcome((own, asked), (), offer.id)


def _named(shift: Shift, rules: Rules) -> str:
    params = params_of(shift, rules)
    return f"{params['when']} {params['shift']}"


async def _find_named(session: AsyncSession, community_id: int, name: str) -> Resident | None:
    query = select(Resident).where(Resident.community_id == community_id, Resident.nickname == name)
    found = (await session.scalars(query.limit(2))).all()
    return found[0] if len(found) == 1 else None


async def _one_of(
    session: AsyncSession, resident: Resident, which: WhichShift, now: datetime, rules: Rules
) -> tuple[Shift, ShiftSignup] | None:
    """The one shift of theirs that is meant and has not begun."""
    own = await list_own(session, resident.community_id, resident.id, now)
    coming = [one for one in own if one.starts_at > now]
    found = await choose(session, resident.community_id, which, coming, rules)
    if len(found) != 1:
        return None
    signup = await find_signup(session, found[0].id, resident.id)
    return (found[0], signup) if signup is not None and signup.state == SignupState.CONFIRMED else None


async def answer_swap(session: AsyncSession, command: AnswerSwap, now: datetime, rules: Rules) -> Outcome:
    """Only the one who was asked; both places change hands in one go, or neither."""
    offer = await session.get(StandIn, command.offer_id)
    theirs = await session.get(ShiftSignup, offer.for_signup_id) if offer and offer.for_signup_id else None
    if offer is None or theirs is None or theirs.resident_id != command.resident_id:
        raise NotFound(f"offer {command.offer_id}", phrase="shift.none_such")
    mine = await session.get_one(ShiftSignup, offer.signup_id)
    shifts = {one: await lock_shift(session, one) for one in sorted((mine.shift_id, theirs.shift_id))}
    for row in (offer, mine, theirs):
        await session.refresh(row)
    given, wanted = shifts[mine.shift_id], shifts[theirs.shift_id]
    if offer.state != OfferState.OPEN or not _stands(given, mine, now) or not _stands(wanted, theirs, now):
        return Outcome((Reply("shift.settled_already", params_of(wanted, rules)),))
    asker = await session.get_one(Resident, mine.resident_id)
    other = await session.get_one(Resident, theirs.resident_id)
    if not command.agrees:
        offer.state = OfferState.DECLINED
        await session.flush()
        no = tell_one(given, asker.id, rules, "shift.swap_declined", f"swap_no:{offer.id}", now, name=other.nickname)
        return Outcome((Reply("shift.swap_no"), no), (), offer.id)
    for one in sorted((asker.id, other.id)):
        await hold_resident(session, one)
    await _check_may(session, given, other, rules, wanted.id)
    await _check_may(session, wanted, asker, rules, given.id)
    offer.state, offer.taken_by = OfferState.TAKEN, other.id
    await session.flush()
    await _pass_on(session, given, mine, other, now)
    await _pass_on(session, wanted, theirs, asker, now)
    params = {
        "name": asker.nickname,
        "who": other.nickname,
        "one_shift": _named(given, rules),
        "other_shift": _named(wanted, rules),
    }
    replies = (
        Reply("shift.swapped", params_of(given, rules) | params, buttons=own_buttons(given)),
        tell_one(wanted, asker.id, rules, "shift.swapped", f"swapped:{offer.id}", now, own_buttons(wanted), **params),
        tell_staff(given, rules, "shift.staff.swapped", f"swapped:{offer.id}", now, **params),
    )
    return Outcome(replies, (changed(given), changed(wanted)), offer.id)


def _stands(shift: Shift, signup: ShiftSignup, now: datetime) -> bool:
    return shift.state == ShiftState.OPEN and signup.state == SignupState.CONFIRMED and shift.starts_at > now


async def due_stand_ins(session: AsyncSession, now: datetime, before: datetime, limit: int) -> Sequence[int]:
    """Offers that nobody has taken though the shift begins before that instant."""
    query = (
        select(StandIn.id)
        .join(Shift, Shift.id == StandIn.shift_id)
        .where(
            StandIn.state == OfferState.OPEN,
            StandIn.staff_told.is_(False),
            Shift.starts_at <= before,
            Shift.state == ShiftState.OPEN,
        )
    )
    return (await session.scalars(query.limit(limit))).all()


async def do_stand_in(session: AsyncSession, command: DoStandIn, now: datetime, rules: Rules) -> Outcome:
    """Staff hear it once, while somebody can still be found."""
    offer = await session.get(StandIn, command.offer_id)
    if offer is None:
        return Outcome()
    shift = await lock_shift(session, offer.shift_id)  # before the offer, as whoever takes it over does
    await session.refresh(offer, with_for_update=True)
    if offer.state != OfferState.OPEN or offer.staff_told:
        return Outcome()
    offer.staff_told = True
    if shift.starts_at <= now:
        offer.state = OfferState.WITHDRAWN
    signup = await session.get_one(ShiftSignup, offer.signup_id)
    await session.flush()
    if shift.starts_at <= now or offer.for_signup_id is not None:
        return Outcome()
    params = {"name": signup.name, "role": role_words(signup.role, rules)}
    return Outcome((tell_staff(shift, rules, "shift.staff.no_stand_in", f"alone:{offer.id}", now, **params),))
