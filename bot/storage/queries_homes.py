"""Who lives where, as staff look at it. Every query is bound to what its reader may see."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actions.people.home_model import LIVE, MEMBER, Contact, HomeState, HouseholdCode, Residence
from actions.people.model import Household, Level, OrgUnit, Resident
from bot.storage.queries import Area

MOST_CLAIMS = 60
MOST_FOUND = 12
_DOOR = re.compile(
    r"(?P<building>[0-9A-Za-z]{1,4})(?:栋|幢|号楼|座|-)(?:(?P<unit>[0-9A-Za-z]{1,3})(?:单元|-))?"
    r"(?P<room>[0-9A-Za-z]{1,8})(?:室|号)?"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim that waits, with who else is or wants to be behind that door."""

    residence: Residence
    resident: Resident
    building: OrgUnit
    members: int
    rivals: int


@dataclass(frozen=True, slots=True)
class Found:
    """A resident, or somebody who only phones, with the door."""

    building: OrgUnit | None
    unit: str
    room: str
    resident: Resident | None = None
    contact: Contact | None = None


@dataclass(frozen=True, slots=True)
class DoorRow:
    """A door with its members and until when a code opens it."""

    household: Household
    members: int
    code_until: datetime | None


def inside(area: Area) -> ColumnElement[bool]:
    """The buildings of an area; the query joins OrgUnit."""
    within = and_(OrgUnit.level == Level.BUILDING, OrgUnit.path.startswith(area.path, autoescape=True))
    return within if area.community_id is None else and_(within, OrgUnit.community_id == area.community_id)


async def list_claims(session: AsyncSession, area: Area) -> Sequence[Claim]:
    """What waits for a grid worker's word, doubted ones first, then who has waited longest."""
    other = aliased(Residence)
    same = (
        other.building_id == Residence.building_id,
        other.unit == Residence.unit,
        other.room == Residence.room,
        other.kind == MEMBER,
        other.resident_id != Residence.resident_id,
    )
    members = select(func.count()).where(*same, other.state == HomeState.VERIFIED).scalar_subquery()
    rivals = select(func.count()).where(*same, other.state == HomeState.CLAIMED).scalar_subquery()
    query = (
        select(Residence, Resident, OrgUnit, members, rivals)
        .join(Resident, Resident.id == Residence.resident_id)
        .join(OrgUnit, OrgUnit.id == Residence.building_id)
        .where(Residence.state == HomeState.CLAIMED, inside(area))
        .order_by(Residence.doubt == "", Residence.claimed_at, Residence.id)
        .limit(MOST_CLAIMS)
    )
    return [Claim(*row) for row in (await session.execute(query)).tuples()]


async def count_claims(session: AsyncSession, area: Area) -> int:
    """How many wait."""
    query = select(func.count()).select_from(Residence).join(OrgUnit, OrgUnit.id == Residence.building_id)
    return await session.scalar(query.where(Residence.state == HomeState.CLAIMED, inside(area))) or 0


async def list_buildings(session: AsyncSession, area: Area) -> Sequence[OrgUnit]:
    """The buildings of an area."""
    return (await session.scalars(select(OrgUnit).where(inside(area)).order_by(OrgUnit.id))).all()


async def list_doors(session: AsyncSession, building_id: int, now: datetime) -> Sequence[DoorRow]:
    """The doors of a building, by unit and number."""
    members = select(func.count()).where(Resident.household_id == Household.id).correlate(Household).scalar_subquery()
    until = (
        select(func.max(HouseholdCode.expires_at))
        .where(
            HouseholdCode.household_id == Household.id,
            HouseholdCode.voided_at.is_(None),
            HouseholdCode.uses_left > 0,
            HouseholdCode.expires_at > now,
        )
        .correlate(Household)
        .scalar_subquery()
    )
    query = select(Household, members, until).where(Household.building_id == building_id)
    rows = [DoorRow(*row) for row in (await session.execute(query)).tuples()]
    return sorted(rows, key=lambda r: (r.household.unit, len(r.household.room), r.household.room))


async def find_people(session: AsyncSession, area: Area, text: str, phone_mark: str) -> Sequence[Found]:
    """Residents and callers by nickname, door or phone; few at a time. Nobody of elsewhere."""
    return [*await _residents(session, area, text, phone_mark), *await _callers(session, area, phone_mark)][:MOST_FOUND]


async def _residents(session: AsyncSession, area: Area, text: str, phone_mark: str) -> list[Found]:
    wanted = [Resident.nickname.contains(text, autoescape=True)]
    if phone_mark:
        wanted.append(Resident.id.in_(select(Contact.resident_id).where(Contact.phone_mark == phone_mark)))
    if (door := _DOOR.fullmatch(text)) is not None:
        there = [OrgUnit.code == door["building"], Resident.room == door["room"]]
        wanted.append(and_(*there, Resident.unit == door["unit"]) if door["unit"] else and_(*there))
    query = (
        select(Resident, OrgUnit)
        .join(OrgUnit, OrgUnit.id == func.coalesce(Resident.building_id, Resident.community_id))
        .where(or_(*wanted), OrgUnit.path.startswith(area.path, autoescape=True))
        .order_by(Resident.id)
        .limit(MOST_FOUND)
    )
    if area.community_id is not None:
        query = query.where(Resident.community_id == area.community_id)
    rows = (await session.execute(query)).tuples().all()
    return [Found(unit if one.building_id else None, one.unit, one.room, one) for one, unit in rows]


async def _callers(session: AsyncSession, area: Area, phone_mark: str) -> list[Found]:
    if not phone_mark:
        return []
    query = (
        select(Contact, OrgUnit)
        .join(OrgUnit, OrgUnit.id == func.coalesce(Contact.building_id, Contact.community_id))
        .where(
            Contact.caller_mark == phone_mark,
            Contact.resident_id.is_(None),
            OrgUnit.path.startswith(area.path, autoescape=True),
        )
        .limit(MOST_FOUND)
    )
    if area.community_id is not None:
        query = query.where(Contact.community_id == area.community_id)
    rows = (await session.execute(query)).tuples().all()
    return [Found(unit if c.building_id else None, c.unit, c.room, contact=c) for c, unit in rows]


async def list_homes(session: AsyncSession, resident_id: int) -> Sequence[tuple[Residence, OrgUnit]]:
    """All that somebody has claimed, the newest first."""
    query = select(Residence, OrgUnit).join(OrgUnit, OrgUnit.id == Residence.building_id)
    query = query.where(Residence.resident_id == resident_id).order_by(Residence.id.desc())
    return (await session.execute(query)).tuples().all()


async def find_person(session: AsyncSession, area: Area, resident_id: int) -> Resident | None:
    """The resident if they live, or claim to live, in the area; who has no home yet is the whole community's."""
    homes = select(Residence.building_id).where(Residence.resident_id == resident_id, Residence.state.in_(LIVE))
    query = (
        select(Resident)
        .join(
            OrgUnit,
            or_(
                OrgUnit.id == func.coalesce(Resident.building_id, Resident.community_id),
                OrgUnit.id.in_(homes),
            ),
        )
        .where(Resident.id == resident_id, OrgUnit.path.startswith(area.path, autoescape=True))
        .limit(1)
    )
    if area.community_id is not None:
        query = query.where(Resident.community_id == area.community_id)
    found: Resident | None = await session.scalar(query)
    return found


async def find_contact(session: AsyncSession, resident_id: int) -> Contact | None:
    """Name and phone of a resident, sealed."""
    found: Contact | None = await session.scalar(select(Contact).where(Contact.resident_id == resident_id))
    return found
