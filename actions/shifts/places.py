"""The places of a shift: who may have one, given and given up. Always with the shift held."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import MoveRefused
from actions.people.doors import hold_resident
from actions.people.model import Resident
from actions.routing.rules import Rules
from actions.shifts.model import COMES, OfferState, Shift, ShiftSignup, ShiftState, SignupState, StandIn
from actions.shifts.tell import params_of, role_words


def check_open(shift: Shift, now: datetime) -> None:
    """Raise what says why nobody can come."""
    if shift.state == ShiftState.CANCELLED:
        raise MoveRefused("cancelled", phrase="shift.is_cancelled", shift=shift.title)
    if not shift.takes_signups(now):
        raise MoveRefused("over", phrase="shift.is_over", shift=shift.title)


async def check_free(session: AsyncSession, shift: Shift, resident: Resident, role: str, rules: Rules) -> None:
    """Raise what says why this resident cannot come: no place, or somewhere else at that time."""
    if shift.free(role) < 1:
        phrase = "shift.role_full" if shift.short else "shift.full"
        raise MoveRefused("no place", phrase=phrase, **params_of(shift, rules), role=role_words(role, rules))
    await hold_resident(session, resident.id)  # they may say yes to another shift at the same moment
    other = await find_clash(session, shift, resident.id)
    if other is not None:
        raise MoveRefused("elsewhere then", phrase="shift.clash", **params_of(other, rules))


async def find_clash(session: AsyncSession, shift: Shift, resident_id: int, but: int | None = None) -> Shift | None:
    """Another shift of theirs at that time."""
    query = (
        select(Shift)
        .join(ShiftSignup, ShiftSignup.shift_id == Shift.id)
        .where(
            ShiftSignup.resident_id == resident_id,
            ShiftSignup.state.in_(COMES),
            Shift.state == ShiftState.OPEN,
            Shift.id.not_in((shift.id, but or 0)),
            Shift.starts_at < shift.ends_at,
            Shift.ends_at > shift.starts_at,
        )
    )
    found: Shift | None = await session.scalar(query.order_by(Shift.starts_at).limit(1))
    return found


async def give_place(
    session: AsyncSession, shift: Shift, known: ShiftSignup | None, resident: Resident, role: str, now: datetime
) -> ShiftSignup:
    """A new place, or one that had been given up. The shift must be held and have one."""
    signup = known or ShiftSignup(community_id=shift.community_id, shift_id=shift.id, resident_id=resident.id)
    signup.name, signup.role, signup.state, signup.signed_at = resident.nickname, role, SignupState.CONFIRMED, now
    signup.checked_in_at = signup.checked_out_at = signup.minutes = None
    signup.proof = ""
    session.add(signup)
    shift.take(role, 1)
    await session.flush()
    return signup


async def give_up(session: AsyncSession, shift: Shift, signup: ShiftSignup) -> None:
    """The place is free; nobody needs to stand in any more."""
    shift.take(signup.role, -1)
    signup.state = SignupState.CANCELLED
    shift.sequence += 1
    await withdraw_offers(session, signup.id)
    await session.flush()


async def withdraw_offers(session: AsyncSession, signup_id: int) -> None:
    """Nobody needs to stand in for that place, or swap for it, any more."""
    mine = (StandIn.signup_id == signup_id) | (StandIn.for_signup_id == signup_id)
    query = update(StandIn).where(mine, StandIn.state == OfferState.OPEN).values(state=str(OfferState.WITHDRAWN))
    await session.execute(query.execution_options(synchronize_session="fetch"))
