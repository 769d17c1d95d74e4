"""Who may vote: fixed when a ballot opens. And how large homes are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.ballots.access import WRITERS, get_staff
from actions.ballots.book import BallotTools
from actions.ballots.commands import ImportAreas, SetArea
from actions.ballots.model import Ballot, BallotDoor, BallotVoter, HomeArea
from actions.errors import InvalidInput, NotFound
from actions.inserting import insert_many_once, replace_row
from actions.outcome import Event, Outcome
from actions.people.home_model import MEMBER, HomeState, Residence
from actions.people.model import Household, OrgUnit, Resident
from actions.routing.rules import Rules

LARGEST = 10_000_000  # 100 000 m²
LONGEST_OWNER = 32
MOST_NAMED = 8  # homes that are named as lacking their area


@dataclass(frozen=True, slots=True)
class Home:
    """A home that has a vote, where it is, and what is known of its size; ``area`` 0: nothing."""

    household: Household
    building: OrgUnit
    area: int
    owner: str


async def list_homes(session: AsyncSession, unit: OrgUnit) -> list[Home]:
    """The registered homes of a unit, and those that a verified member lives in, in order of their doors."""
    lived_in = exists().where(
        Resident.household_id == Household.id,
        Residence.resident_id == Resident.id,
        Residence.kind == MEMBER,
        Residence.state == HomeState.VERIFIED,
    )
    query = (
        select(Household, OrgUnit, HomeArea.area, HomeArea.owner)
        .join(OrgUnit, OrgUnit.id == Household.building_id)
        .outerjoin(HomeArea, HomeArea.household_id == Household.id)
        .where(OrgUnit.path.startswith(unit.path), or_(Household.listed.is_(True), lived_in))
        .order_by(OrgUnit.id, Household.unit, Household.room)
    )
    return [Home(h, b, area or 0, owner or "") for h, b, area, owner in (await session.execute(query)).tuples()]


async def fix_electorate(session: AsyncSession, ballot: Ballot) -> None:
    """Write down who may vote from now on. Raises InvalidInput for nobody, or for homes without their area."""
    unit = await session.get_one(OrgUnit, ballot.org_unit_id)
    if ballot.counting == "resident":
        await _add_residents(session, ballot, unit)
        return
    homes = await list_homes(session, unit)
    if not homes:
        raise InvalidInput("no homes", phrase="ballot.no_homes")
    if ballot.by_area:
        _check_areas(homes)
    named = {home.household.id: _name(ballot, home) for home in homes}
    areas: dict[str, int] = {}
    for home in homes:
        name = named[home.household.id]
        areas[name] = areas.get(name, 0) + (home.area if ballot.by_area else 0)
    await _add_voters(session, ballot, [(name, area, None) for name, area in areas.items()])
    known = dict(
        (await session.execute(select(BallotVoter.name, BallotVoter.id).where(BallotVoter.ballot_id == ballot.id)))
        .tuples()
        .all()
    )
    doors = [
        {
            "community_id": ballot.community_id,
            "ballot_id": ballot.id,
            "household_id": home.household.id,
            "voter_id": known[named[home.household.id]],
            "area": home.area if ballot.by_area else 0,
        }
        for home in homes
    ]
    await insert_many_once(session, BallotDoor, doors, ("ballot_id", "household_id"))
    ballot.voters, ballot.area = len(areas), sum(areas.values())


def _name(ballot: Ballot, home: Home) -> str:
    """By area the homes of one owner are one person; else each home is one."""
    return f"owner:{home.owner}" if ballot.by_area and home.owner else f"home:{home.household.id}"


def _check_areas(homes: Sequence[Home]) -> None:
    lacking = [home for home in homes if not home.area]
    if not lacking:
        return
    doors = "、".join(
        f"{h.building.name}{h.household.unit and h.household.unit + '-'}{h.household.room}"
        for h in lacking[:MOST_NAMED]
    )
    raise InvalidInput("areas lacking", phrase="ballot.areas_lacking", count=len(lacking), doors=doors)


async def _add_residents(session: AsyncSession, ballot: Ballot, unit: OrgUnit) -> None:
    query = (
        select(Resident.id)
        .join(Residence, Residence.resident_id == Resident.id)
        .join(Household, Household.id == Resident.household_id)
        .join(OrgUnit, OrgUnit.id == Household.building_id)
        .where(OrgUnit.path.startswith(unit.path), Residence.kind == MEMBER, Residence.state == HomeState.VERIFIED)
        .order_by(Resident.id)
    )
    residents = (await session.scalars(query)).unique().all()
    if not residents:
        raise InvalidInput("nobody is verified", phrase="ballot.no_residents")
    await _add_voters(session, ballot, [(f"resident:{one}", 0, one) for one in residents])
    ballot.voters, ballot.area = len(residents), 0


async def _add_voters(session: AsyncSession, ballot: Ballot, voters: Sequence[tuple[str, int, int | None]]) -> None:
    rows = [
        {
            "community_id": ballot.community_id,
            "ballot_id": ballot.id,
            "name": name,
            "resident_id": resident_id,
            "area": area,
            "via": "",
            "reminded": 0,
        }
        for name, area, resident_id in voters
    ]
    await insert_many_once(session, BallotVoter, rows, ("ballot_id", "name"))


async def set_area(session: AsyncSession, command: SetArea, now: datetime, rules: Rules, tools: BallotTools) -> Outcome:
    """By its deed. Ballots that are open keep what they were opened with."""
    household = await session.get(Household, command.household_id)
    if household is None:
        raise NotFound(f"household {command.household_id}", phrase="ballot.none_such")
    await get_staff(session, command.staff_id, household.community_id, WRITERS)
    await _set(session, household, command.staff_id, command.area, command.owner.strip(), now)
    return Outcome(events=(Event("AreasChanged", household.community_id),), value=household.id)


async def import_areas(
    session: AsyncSession, command: ImportAreas, now: datetime, rules: Rules, tools: BallotTools
) -> Outcome:
    """All of a sheet, or nothing of it."""
    await get_staff(session, command.staff_id, command.community_id, WRITERS)
    ids = [household_id for household_id, _, _ in command.rows]
    found = {
        one.id: one
        for one in await session.scalars(
            select(Household).where(Household.id.in_(ids), Household.community_id == command.community_id)
        )
    }
    if set(ids) - set(found):
        raise NotFound("a home of another community", phrase="ballot.none_such")
    for household_id, area, owner in command.rows:
        await _set(session, found[household_id], command.staff_id, area, owner.strip(), now)
    return Outcome(events=(Event("AreasChanged", command.community_id),), value=len(command.rows))


async def _set(
    session: AsyncSession, household: Household, staff_id: int, area: int, owner: str, now: datetime
) -> None:
    if not 0 <= area <= LARGEST or len(owner) > LONGEST_OWNER:
        raise InvalidInput("area", phrase="ballot.bad.area")
    if not area:
        await session.execute(delete(HomeArea).where(HomeArea.household_id == household.id))
        return
    row: dict[str, Any] = {
        "household_id": household.id,
        "community_id": household.community_id,
        "area": area,
        "owner": owner,
        "staff_id": staff_id,
        "updated_at": now,
    }
    await replace_row(session, HomeArea, row, ("household_id",))
