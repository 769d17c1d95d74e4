"""Shifts for the console's and the residents' pages. Who may read them is asked by the pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import Resident
from actions.shifts.model import (
    COMES,
    Duty,
    HazardFound,
    PointVisit,
    RoutePoint,
    Shift,
    ShiftSignup,
    ShiftState,
    SignupState,
    StandIn,
)
from actions.tickets.model import Ticket

MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Log:
    """A shift that is over, in figures. ``minutes``: given by all of them."""

    shift: Shift
    came: int
    absent: int
    minutes: int
    passed: int
    found: int


@dataclass(frozen=True, slots=True)
class PointRow:
    """A point of the route with its visit, if it was passed, and by whom."""

    point: RoutePoint
    visit: PointVisit | None
    name: str


@dataclass(frozen=True, slots=True)
class OwnShift:
    """A shift as a resident sees it, with their own place and who else goes."""

    shift: Shift
    own: ShiftSignup | None
    names: tuple[str, ...]


async def list_duties(session: AsyncSession, communities: Sequence[int]) -> Sequence[Duty]:
    """Those that come, then those that came."""
    query = select(Duty).where(Duty.community_id.in_(communities)).order_by(Duty.active.desc(), Duty.id.desc())
    return (await session.scalars(query.limit(MOST_ROWS))).all()


async def list_points(session: AsyncSession, duty_id: int) -> Sequence[RoutePoint]:
    """The route as it is now."""
    query = select(RoutePoint).where(RoutePoint.duty_id == duty_id, RoutePoint.active.is_(True))
    return (await session.scalars(query.order_by(RoutePoint.number))).all()


async def list_coming(session: AsyncSession, communities: Sequence[int], now: datetime, until: datetime) -> list[Shift]:
    """Shifts that are not over, the next first."""
    query = select(Shift).where(
        Shift.community_id.in_(communities), Shift.state == ShiftState.OPEN, Shift.starts_at < until
    )
    return list(await session.scalars(query.order_by(Shift.starts_at, Shift.id).limit(MOST_ROWS)))


async def list_unsure(session: AsyncSession, communities: Sequence[int]) -> list[tuple[ShiftSignup, Shift]]:
    """Who went and never checked out."""
    query = (
        select(ShiftSignup, Shift)
        .join(Shift, Shift.id == ShiftSignup.shift_id)
        .where(ShiftSignup.community_id.in_(communities), ShiftSignup.state == SignupState.UNSURE)
    )
    rows = await session.execute(query.order_by(ShiftSignup.id).limit(MOST_ROWS))
    return [(signup, shift) for signup, shift in rows]


async def list_logs(session: AsyncSession, communities: Sequence[int], start: datetime, end: datetime) -> list[Log]:
    """What ended in a stretch of time, the newest first."""
    query = select(Shift).where(
        Shift.community_id.in_(communities),
        Shift.state == ShiftState.ENDED,
        Shift.starts_at >= start,
        Shift.starts_at < end,
    )
    shifts = (await session.scalars(query.order_by(Shift.starts_at.desc()).limit(MOST_ROWS))).all()
    ids = [one.id for one in shifts]
    signups = (await session.scalars(select(ShiftSignup).where(ShiftSignup.shift_id.in_(ids)))).all() if ids else ()
    passed, found = await _counts(session, PointVisit, ids), await _counts(session, HazardFound, ids)
    return [_log(one, [s for s in signups if s.shift_id == one.id], passed, found) for one in shifts]


def _log(shift: Shift, signups: Sequence[ShiftSignup], passed: dict[int, int], found: dict[int, int]) -> Log:
    came = [one for one in signups if one.state in (SignupState.ATTENDED, SignupState.UNSURE)]
    absent = sum(one.state == SignupState.ABSENT for one in signups)
    minutes = sum(one.minutes or 0 for one in came)
    return Log(shift, len(came), absent, minutes, passed.get(shift.id, 0), found.get(shift.id, 0))


async def _counts(
    session: AsyncSession, table: type[PointVisit] | type[HazardFound], ids: Sequence[int]
) -> dict[int, int]:
    if not ids:
        return {}
    query = select(table.shift_id, func.count()).where(table.shift_id.in_(ids)).group_by(table.shift_id)
    return {shift_id: count for shift_id, count in await session.execute(query)}


async def list_crew(session: AsyncSession, shift_id: int) -> list[ShiftSignup]:
    """All places, those given up behind the others."""
    rows = await session.scalars(select(ShiftSignup).where(ShiftSignup.shift_id == shift_id).order_by(ShiftSignup.id))
    return sorted(rows, key=lambda one: (one.state == SignupState.CANCELLED, one.role != "lead", one.id))


async def list_route(session: AsyncSession, shift: Shift) -> list[PointRow]:
    """The route of a shift: what it has now and what was passed then."""
    query = (
        select(RoutePoint, PointVisit, Resident.nickname)
        .outerjoin(PointVisit, (PointVisit.point_id == RoutePoint.id) & (PointVisit.shift_id == shift.id))
        .outerjoin(Resident, Resident.id == PointVisit.resident_id)
        .where(RoutePoint.duty_id == shift.duty_id)
        .order_by(RoutePoint.number, RoutePoint.id)
    )
    rows = await session.execute(query)
    return [PointRow(point, visit, name or "") for point, visit, name in rows if point.active or visit is not None]


async def list_found(session: AsyncSession, shift_id: int) -> list[Ticket]:
    """The tickets that came of a shift, as they stand."""
    query = select(Ticket).join(HazardFound, HazardFound.ticket_id == Ticket.id).where(HazardFound.shift_id == shift_id)
    return list(await session.scalars(query.order_by(Ticket.id)))


async def list_offers(session: AsyncSession, shift_id: int) -> set[int]:
    """The places for which a stand-in is asked."""
    query = select(StandIn.signup_id).where(StandIn.shift_id == shift_id, StandIn.state == "open")
    return set(await session.scalars(query))


async def list_for_resident(
    session: AsyncSession, community_id: int, resident_id: int, until: datetime
) -> list[OwnShift]:
    """What one can come to, with how one stands in it."""
    shifts = await list_coming(session, [community_id], until, until)
    ids = [one.id for one in shifts]
    crew = select(ShiftSignup).where(ShiftSignup.shift_id.in_(ids), ShiftSignup.state.in_(COMES))
    rows = (await session.scalars(crew.order_by(ShiftSignup.id))).all() if ids else ()
    return [
        OwnShift(
            one,
            next((s for s in rows if s.shift_id == one.id and s.resident_id == resident_id), None),
            tuple(s.name for s in rows if s.shift_id == one.id),
        )
        for one in shifts
    ]
