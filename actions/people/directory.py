"""The org units and teams around one community, looked up together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotFound
from actions.people.model import Level, OrgUnit, Team

MEMO = "directories"


@dataclass(frozen=True, slots=True)
class Directory:
    """A community with all that lies in it and the units above it; teams by their unit, in order of id.

    ``beside``: what other rooms looked up for the same community and may keep for just as long.
    """

    community: OrgUnit
    units: Mapping[int, OrgUnit]
    teams: Mapping[int, tuple[Team, ...]]
    beside: dict[str, Any] = field(default_factory=dict)

    def find_building(self, code: str) -> OrgUnit | None:
        """The building of that number or letter, or None."""
        wanted = code.lower()
        return next((u for u in self._inside(Level.BUILDING) if u.code.lower() == wanted), None)

    def find_named(self, name: str) -> OrgUnit | None:
        """The building or grid that bears that name or alias, or None."""
        return next((u for u in self._inside(Level.BUILDING, Level.GRID) if name in names_of(u)), None)

    def chain(self, unit: OrgUnit) -> list[OrgUnit]:
        """The unit and those around it, the smallest first."""
        ids = [int(part) for part in unit.path.split("/") if part]
        return [self.units[i] for i in reversed(ids) if i in self.units]

    def teams_around(self, unit: OrgUnit) -> list[Team]:
        """The teams of a unit and of those around it, the smallest unit first."""
        return [team for place in self.chain(unit) for team in self.teams.get(place.id, ())]

    def _inside(self, *levels: Level) -> list[OrgUnit]:
        return [u for u in self.units.values() if u.level in levels and u.community_id == self.community.id]


def names_of(unit: OrgUnit) -> frozenset[str]:
    """Every name a unit is called by."""
    return frozenset(name for name in (unit.name, unit.code, *unit.aliases) if name)


class Directories:
    """Directories looked up a moment ago, for batches that change no units; a change is seen seconds later."""

    def __init__(self, keep_for: timedelta = timedelta(seconds=5)) -> None:
        self._keep_for = keep_for
        self._known: dict[int, tuple[datetime, Directory]] = {}

    def lend(self, session: AsyncSession, now: datetime) -> None:
        """Let this session use what is known and fresh; what it looks up is known afterwards."""
        self._known = {key: known for key, known in self._known.items() if now - known[0] < self._keep_for}
        for _, directory in self._known.values():
            session.add_all([*directory.units.values(), *(t for teams in directory.teams.values() for t in teams)])
        session.info[MEMO] = self, now

    def find(self, community_id: int) -> Directory | None:
        known = self._known.get(community_id)
        return None if known is None else known[1]

    def keep(self, community_id: int, directory: Directory, now: datetime) -> None:
        self._known[community_id] = now, directory

    def forget(self) -> None:
        """After a transaction that failed: its rows may have gone with it."""
        self._known.clear()


async def get_directory(session: AsyncSession, community_id: int) -> Directory:
    """The directory of a community. Raises NotFound."""
    memo: tuple[Directories, datetime] | None = session.info.get(MEMO)
    if memo is None:
        return await _load(session, community_id)
    directories, now = memo
    directory = directories.find(community_id)
    if directory is None:
        directory = await _load(session, community_id)
        directories.keep(community_id, directory, now)
    return directory


async def _load(session: AsyncSession, community_id: int) -> Directory:
    community = await session.get(OrgUnit, community_id)
    if community is None:
        raise NotFound(f"community {community_id}")
    above = [int(part) for part in community.path.split("/") if part]
    around = or_(OrgUnit.community_id == community_id, OrgUnit.id.in_(above))
    units = {unit.id: unit for unit in await session.scalars(select(OrgUnit).where(around).order_by(OrgUnit.id))}
    here = or_(Team.community_id == community_id, Team.org_unit_id.in_(above))
    teams: dict[int, tuple[Team, ...]] = {}
    for team in await session.scalars(select(Team).where(here).order_by(Team.id)):
        teams[team.org_unit_id] = (*teams.get(team.org_unit_id, ()), team)
    return Directory(community, units, teams)
