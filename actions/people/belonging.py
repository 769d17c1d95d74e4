"""Which community and grid a home belongs to, who looks after it, and how they are reached at work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotFound
from actions.outcome import Audience, Outcome, Reply
from actions.people.commands import AskBelonging
from actions.people.directory import Directory, get_directory
from actions.people.doors import verified_household
from actions.people.model import Level, OrgUnit, Resident, Role, StaffMember

GRID_BODY, PROPERTY_BODY = "grid", "property"


async def ask_belonging(session: AsyncSession, command: AskBelonging, now: datetime) -> Outcome:
    """From the home that was proved, else from what they say. What tells where somebody lives is said in private."""
    resident = await session.get(Resident, command.resident_id)
    if resident is None or resident.community_id != command.community_id:
        raise NotFound(f"resident {command.resident_id}")
    directory = await get_directory(session, command.community_id)
    unit = await _find_home(session, directory, resident, command.building)
    if unit is None:
        return _reply(command, "belonging.where", community=directory.community.name)
    grid = next((one for one in directory.chain(unit) if one.level == Level.GRID), None)
    worker = await _who(session, directory, unit, Role.GRID_WORKER, GRID_BODY)
    steward = await _who(session, directory, unit, Role.STEWARD, PROPERTY_BODY)
    phrase = "both" if worker and steward else "worker" if worker else "steward" if steward else "nobody"
    params = {"community": directory.community.name, "grid": grid.name if grid is not None else ""}
    params |= {"building": unit.name, "worker": worker, "steward": steward}
    shown = (Reply("belonging.told_in_private"),) if command.in_group and command.addressed else ()
    return Outcome((*shown, *_reply(command, f"belonging.{phrase}", **params).replies))


async def _who(session: AsyncSession, directory: Directory, unit: OrgUnit, role: Role, body: str) -> str:
    """Names, and the phone of their office: "赵网格（0571-…）"."""
    names, phone = await _names(session, unit, role), _phone(directory, unit, body)
    return f"{names}（{phone}）" if names and phone else names


def _reply(command: AskBelonging, phrase: str, **params: str) -> Outcome:
    return Outcome(
        (
            Reply(
                phrase,
                params,
                to=Audience.PRIVATE,
                resident_id=command.resident_id,
                community_id=command.community_id,
            ),
        )
    )


async def _find_home(session: AsyncSession, directory: Directory, resident: Resident, said: str) -> OrgUnit | None:
    """The building that is named; else that of the proved home, else of the one they told."""
    if said:
        named = directory.find_building(said) or directory.find_named(said)
        if named is None:
            raise InvalidInput("no such building", phrase="belonging.no_building", building=said)
        return named
    household = await verified_household(session, resident.id)
    home_id = household.building_id if household is not None else resident.building_id
    return directory.units.get(home_id) if home_id is not None else None


async def _names(session: AsyncSession, unit: OrgUnit, role: Role) -> str:
    """Those of a role who answer for that place: of the smallest unit around it that has any."""
    query = (
        select(StaffMember.name, OrgUnit)
        .join(OrgUnit, OrgUnit.id == StaffMember.org_unit_id)
        .where(StaffMember.role == role, StaffMember.active.is_(True), OrgUnit.community_id == unit.community_id)
        .order_by(StaffMember.id)
    )
    around = [(name, seat) for name, seat in (await session.execute(query)).tuples() if seat.covers(unit)]
    nearest = max((len(seat.path) for _, seat in around), default=0)
    return "、".join(name for name, seat in around if len(seat.path) == nearest)


def _phone(directory: Directory, unit: OrgUnit, body: str) -> str:
    """The duty phone of the team, never anybody's own."""
    phones: Sequence[str] = [team.duty_phone for team in directory.teams_around(unit) if team.body == body]
    return next((phone for phone in phones if phone), "")
