"""Alarms and the duty roster for the console's pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.emergencies.duty import find_on_duty
from actions.emergencies.model import (
    Alarm,
    AlarmPage,
    AlarmReport,
    AlarmState,
    DutyShift,
    RollCall,
    RollCallEntry,
    Word,
)
from actions.people.model import Level, OrgUnit, Resident, StaffMember
from bot.storage.queries import Area

MOST_ROWS = 40
MOST_SHIFTS = 400


@dataclass(frozen=True, slots=True)
class Call:
    """One page with the person as they are now."""

    page: AlarmPage
    person: StaffMember | None


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """An alarm with those who were called, the first in front."""

    alarm: Alarm
    unit: OrgUnit
    calls: Sequence[Call]
    gone: str  # the name of whoever went


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """A shift with who has it and where."""

    shift: DutyShift
    person: StaffMember
    unit: OrgUnit


async def list_alarms(session: AsyncSession, communities: Sequence[int], *, ended: bool = False) -> list[AlarmRow]:
    """The alarms that still go on, or those that ended last; the latest first."""
    query = select(Alarm, OrgUnit).join(OrgUnit, OrgUnit.id == Alarm.org_unit_id)
    query = query.where(Alarm.community_id.in_(communities))
    query = query.where(Alarm.state == AlarmState.ENDED if ended else Alarm.state != AlarmState.ENDED)
    rows = (await session.execute(query.order_by(Alarm.id.desc()).limit(MOST_ROWS))).tuples().all()
    return [await _row(session, alarm, unit) for alarm, unit in rows]


async def find_alarm(session: AsyncSession, alarm_id: int) -> AlarmRow | None:
    """One alarm, or None."""
    query = select(Alarm, OrgUnit).join(OrgUnit, OrgUnit.id == Alarm.org_unit_id).where(Alarm.id == alarm_id)
    found = (await session.execute(query)).tuples().one_or_none()
    return None if found is None else await _row(session, *found)


async def find_alarm_of(session: AsyncSession, ticket_id: int) -> AlarmRow | None:
    """The alarm that a ticket reports, or None."""
    reported = select(AlarmReport.alarm_id).where(AlarmReport.ticket_id == ticket_id)
    alarm_id = await session.scalar(reported)
    return await find_alarm(session, alarm_id) if alarm_id is not None else None


async def _row(session: AsyncSession, alarm: Alarm, unit: OrgUnit) -> AlarmRow:
    query = (
        select(AlarmPage, StaffMember)
        .outerjoin(StaffMember, StaffMember.id == AlarmPage.staff_id)
        .where(AlarmPage.alarm_id == alarm.id)
        .order_by(AlarmPage.number)
    )
    calls = [Call(page, person) for page, person in (await session.execute(query)).tuples()]
    gone = await session.get(StaffMember, alarm.acknowledged_by) if alarm.acknowledged_by else None
    return AlarmRow(alarm, unit, calls, gone.name if gone else "")


async def may_work_on(session: AsyncSession, area: Area, row: AlarmRow, now: datetime) -> bool:
    """Whether an alarm is theirs to see: in their area, they were called to it, or they are on duty there."""
    if area.community_id not in (None, row.alarm.community_id):
        return False
    if row.unit.path.startswith(area.path) or any(call.page.staff_id == area.staff_id for call in row.calls):
        return True
    return any(person.id == area.staff_id for person in await find_on_duty(session, row.unit, now))


async def list_shifts(
    session: AsyncSession, community_id: int, starts_at: datetime, ends_at: datetime
) -> Sequence[ShiftRow]:
    """The shifts that touch that time, in its order."""
    query = (
        select(DutyShift, StaffMember, OrgUnit)
        .join(StaffMember, StaffMember.id == DutyShift.staff_id)
        .join(OrgUnit, OrgUnit.id == DutyShift.org_unit_id)
        .where(DutyShift.community_id == community_id, DutyShift.ends_at > starts_at, DutyShift.starts_at < ends_at)
        .order_by(DutyShift.starts_at, DutyShift.turn, DutyShift.id)
        .limit(MOST_SHIFTS)
    )
    return [ShiftRow(*row) for row in (await session.execute(query)).tuples()]


async def find_shift(session: AsyncSession, shift_id: int) -> DutyShift | None:
    """One shift, or None."""
    return await session.get(DutyShift, shift_id)


async def list_people(session: AsyncSession, community_id: int) -> Sequence[StaffMember]:
    """Who may be put on duty in a community: its own people, then those of the street and the district above it."""
    community = await session.get(OrgUnit, community_id)
    above = [int(part) for part in community.path.split("/") if part] if community is not None else []
    covers = and_(StaffMember.community_id.is_(None), StaffMember.org_unit_id.in_(above))
    here = or_(StaffMember.community_id == community_id, covers)
    query = select(StaffMember).where(here, StaffMember.active.is_(True), StaffMember.role != "supervisor")
    return (await session.scalars(query.order_by(StaffMember.community_id.is_(None), StaffMember.id))).all()


async def list_seats(session: AsyncSession, community_id: int) -> Sequence[OrgUnit]:
    """What somebody can be on duty for: the community and its grids."""
    query = select(OrgUnit).where(
        OrgUnit.community_id == community_id, OrgUnit.level.in_((Level.COMMUNITY, Level.GRID))
    )
    return (await session.scalars(query.order_by(OrgUnit.id))).all()


@dataclass(frozen=True, slots=True)
class Door:
    """A household of a roll-call: how it is, who of it was asked, who said so."""

    unit: str
    room: str
    word: str
    names: Sequence[str]
    entry_id: int
    said_at: datetime | None
    by: str  # the staff member who knocked, else empty


@dataclass(frozen=True, slots=True)
class Called:
    """A roll-call as it stands: who needs help in front, then those of whom nothing is heard."""

    roll_call: RollCall
    building: str
    doors: Sequence[Door]

    def count(self, word: str) -> int:
        """Households of which that is known."""
        return sum(door.word == word for door in self.doors)


async def find_roll_call(session: AsyncSession, alarm_id: int) -> Called | None:
    """The roll-call of an alarm, or None."""
    query = select(RollCall, OrgUnit.name).join(OrgUnit, OrgUnit.id == RollCall.building_id)
    found = (await session.execute(query.where(RollCall.alarm_id == alarm_id))).tuples().one_or_none()
    if found is None:
        return None
    rows = (
        select(RollCallEntry, Resident.nickname, StaffMember.name)
        .outerjoin(Resident, Resident.id == RollCallEntry.resident_id)
        .outerjoin(StaffMember, StaffMember.id == RollCallEntry.said_by)
        .where(RollCallEntry.roll_call_id == found[0].id)
        .order_by(RollCallEntry.id)
    )
    doors: dict[tuple[str, ...], list[tuple[RollCallEntry, str, str]]] = {}
    for entry, nickname, staff in (await session.execute(rows)).tuples():
        key = (entry.unit, entry.room) if entry.room else ("", "", str(entry.id))
        doors.setdefault(key, []).append((entry, nickname or "", staff or ""))
    listed = sorted((_door(entries) for entries in doors.values()), key=_pressing)
    return Called(found[0], found[1], listed)


def _door(entries: Sequence[tuple[RollCallEntry, str, str]]) -> Door:
    first, _, staff = entries[0]
    names = [nickname for _, nickname, _ in entries if nickname]
    return Door(first.unit, first.room, first.word, names, first.id, first.said_at, staff)


def _pressing(door: Door) -> tuple[int, int, str, int, str]:
    order = (Word.HELP, Word.WAITING, Word.SAFE)
    return order.index(Word(door.word)), len(door.unit), door.unit, len(door.room), door.room


async def list_buildings_of(session: AsyncSession, alarm: Alarm) -> Sequence[OrgUnit]:
    """The buildings that can be called, the alarm's own in front."""
    query = select(OrgUnit).where(OrgUnit.community_id == alarm.community_id, OrgUnit.level == Level.BUILDING)
    return (await session.scalars(query.order_by(OrgUnit.id != alarm.org_unit_id, OrgUnit.id))).all()


async def find_door(session: AsyncSession, alarm_id: int, entry_id: int) -> RollCallEntry | None:
    """An entry of that alarm's roll-call, or None."""
    query = select(RollCallEntry).join(RollCall, RollCall.id == RollCallEntry.roll_call_id)
    found: RollCallEntry | None = await session.scalar(
        query.where(RollCallEntry.id == entry_id, RollCall.alarm_id == alarm_id)
    )
    return found
