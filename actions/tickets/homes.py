"""Where residents live and which of them are one household."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, and_, case, cast, literal
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.doors import find_proxied
from actions.people.model import OrgUnit, Resident
from actions.tickets.commands import Where


@dataclass(frozen=True, slots=True)
class Home:
    """Where a resident lives, as far as it is registered."""

    where: Where
    building: OrgUnit
    meant: bool = False  # this very door is meant, not only its staircase


async def find_home(session: AsyncSession, resident: Resident | None) -> Home | None:
    """The registered home of a resident, or None."""
    building = await session.get(OrgUnit, resident.building_id) if resident and resident.building_id else None
    if resident is None or building is None:
        return None
    where = Where(building.code or building.name, resident.unit, room=resident.room)
    return Home(where, building)


async def find_kept_home(session: AsyncSession, resident: Resident, kin: str) -> Home | None:
    """The home of those a resident may speak for, or None: their own is never taken for it."""
    kept = await find_proxied(session, resident.id, kin)
    building = await session.get(OrgUnit, kept.building_id) if kept is not None else None
    if kept is None or building is None:
        return None
    return Home(Where(building.code or building.name, kept.unit, room=kept.room), building, meant=True)


def household_of(resident_id: int, household_id: int | None, building_id: int | None, unit: str, room: str) -> str:
    """What counts as one household: the same door, whether it was proved or only said, else the person."""
    if building_id is not None and room:
        return f"{building_id}/{unit}/{room}"
    return f"h{household_id}" if household_id is not None else f"r{resident_id}"


def household_column() -> ColumnElement[str]:
    """As ``household_of``, worked out by the database for the residents of a query."""
    return case(
        (
            and_(Resident.building_id.is_not(None), Resident.room != ""),
            cast(Resident.building_id, String) + "/" + Resident.unit + "/" + Resident.room,
        ),
        (Resident.household_id.is_not(None), literal("h") + cast(Resident.household_id, String)),
        else_=literal("r") + cast(Resident.id, String),
    )


def household_of_resident(resident: Resident | None) -> str:
    """As ``household_of``; "" for nobody."""
    if resident is None:
        return ""
    return household_of(resident.id, resident.household_id, resident.building_id, resident.unit, resident.room)
