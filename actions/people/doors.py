"""Doors and households, and who lives behind them: the queries every room may use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotFound
from actions.inserting import insert_once
from actions.people.directory import get_directory
from actions.people.home_commands import Door
from actions.people.home_model import LIVE, MEMBER, PROXY, HomeState, Residence
from actions.people.model import Household, Level, OrgUnit, Resident


async def verified_household(session: AsyncSession, resident_id: int) -> Household | None:
    """The household somebody is a verified member of, or None: one household has one vote, whoever of it gives it."""
    query = (
        select(Household)
        .join(Resident, Resident.household_id == Household.id)
        .join(Residence, Residence.resident_id == Resident.id)
        .where(Resident.id == resident_id, Residence.kind == MEMBER, Residence.state == HomeState.VERIFIED)
    )
    found: Household | None = await session.scalar(query)
    return found


async def verified_members(session: AsyncSession, household_id: int) -> Sequence[Resident]:
    """Those who are verified members of a household, who came first in front."""
    query = (
        select(Resident)
        .join(Residence, Residence.resident_id == Resident.id)
        .where(
            Resident.household_id == household_id,
            Residence.kind == MEMBER,
            Residence.state == HomeState.VERIFIED,
        )
        .order_by(Residence.settled_at, Residence.id)
    )
    return (await session.scalars(query)).all()


async def find_proxied(session: AsyncSession, resident_id: int, kin: str) -> Residence | None:
    """The household that a resident speaks for as their mother's, if that is settled."""
    query = select(Residence).where(
        Residence.resident_id == resident_id,
        Residence.kind == PROXY,
        Residence.kin == kin,
        Residence.state == HomeState.VERIFIED,
    )
    found: Residence | None = await session.scalar(query)
    return found


async def find_residence(session: AsyncSession, resident_id: int, kin: str = "") -> Residence | None:
    """The live claim of a resident to a home of their own, or to speak for ``kin``."""
    query = select(Residence).where(
        Residence.resident_id == resident_id,
        Residence.kind == (PROXY if kin else MEMBER),
        Residence.kin == kin,
        Residence.state.in_(LIVE),
    )
    found: Residence | None = await session.scalar(query.with_for_update())
    return found


async def hold_resident(session: AsyncSession, resident_id: int) -> Resident:
    """The resident, held until the commit: page and chat may come at once. Raises NotFound."""
    query = select(Resident).where(Resident.id == resident_id).with_for_update()
    resident: Resident | None = await session.scalar(query.execution_options(populate_existing=True))
    if resident is None:
        raise NotFound(f"resident {resident_id}")
    return resident


async def hold_claim(session: AsyncSession, residence_id: int) -> Residence | None:
    """A claim, held with its resident, who is always held first: two who wait for each other would wait for ever."""
    whose = await session.scalar(select(Residence.resident_id).where(Residence.id == residence_id))
    if whose is None:
        return None
    await hold_resident(session, whose)
    query = select(Residence).where(Residence.id == residence_id).with_for_update()
    found: Residence | None = await session.scalar(query.execution_options(populate_existing=True))
    return found


async def get_building(session: AsyncSession, community_id: int, door: Door) -> OrgUnit:
    """The building of a door as said. Raises InvalidInput with what is missing or unknown."""
    if not door.building or not door.room:
        raise InvalidInput("an incomplete door", phrase="home.door_incomplete")
    directory = await get_directory(session, community_id)
    building = directory.find_building(door.building) or directory.find_named(door.building)
    if building is None or building.level != Level.BUILDING:
        raise InvalidInput("no such building", phrase="home.no_building")
    return building


async def find_household(session: AsyncSession, building_id: int, unit: str, room: str) -> Household | None:
    """The household behind a door. Without the unit the room must be the only one of its number in the building."""
    query = select(Household).where(Household.building_id == building_id, Household.room == room)
    if unit:
        query = query.where(Household.unit == unit)
    found = (await session.scalars(query.order_by(Household.id).limit(2))).all()
    return found[0] if len(found) == 1 else None


async def has_doors(session: AsyncSession, building_id: int) -> bool:
    """Whether the doors of a building are registered, so that an unknown one is worth a second look."""
    listed = select(Household.id).where(Household.building_id == building_id, Household.listed.is_(True))
    return await session.scalar(listed.limit(1)) is not None


async def open_household(session: AsyncSession, building: OrgUnit, unit: str, room: str) -> Household:
    """The household behind a door, registered if it was not."""
    row: dict[str, Any] = {"community_id": building.community_id, "building_id": building.id, "listed": False}
    row |= {"unit": unit, "room": room}
    await insert_once(session, Household, row, ("building_id", "unit", "room"))
    query = select(Household).where(
        Household.building_id == building.id, Household.unit == unit, Household.room == room
    )
    return (await session.scalars(query)).one()


def is_at(claim: Residence, household: Household) -> bool:
    """Whether the claim is to the door of that household."""
    return (claim.building_id, claim.unit, claim.room) == (household.building_id, household.unit, household.room)


def door_words(building: OrgUnit | None, unit: str, room: str) -> str:
    """A door as people read it; only for who may know it."""
    name = building.name if building is not None else ""
    return f"{name}{unit + '单元' if unit else ''}{room}"
