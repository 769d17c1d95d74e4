"""Finds the org unit a place lies in and the team that answers for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.directory import get_directory, names_of
from actions.people.model import OrgUnit, Team
from actions.routing.duties import find_routes
from actions.routing.rules import CLIMB, Route, Rules, pick_route


@dataclass(frozen=True, slots=True)
class Desk:
    """A team and the level at which it answers."""

    team: Team
    level: str


async def get_community(session: AsyncSession, community_id: int) -> OrgUnit:
    """The community's own org unit. Raises NotFound."""
    return (await get_directory(session, community_id)).community


async def find_unit(session: AsyncSession, community_id: int, building: str, spot: str) -> OrgUnit | None:
    """The building of that number, else the unit that bears the spot's name; None when neither is known."""
    if not building and not spot:
        return None
    directory = await get_directory(session, community_id)
    if building and (unit := directory.find_building(building)) is not None:
        return unit
    return directory.find_named(building or spot)


async def find_desk(
    session: AsyncSession,
    rules: Rules,
    service: str,
    unit: OrgUnit,
    now: datetime,
    *,
    above: str = "",
    team_id: int | None = None,
) -> Desk | None:
    """The lowest level whose body has a team for that place at that instant.

    ``above``: only levels higher than that one; ``team_id``: not this team (who has failed already). At each
    level the team of the smallest unit that covers the place is taken.
    """
    around = await look_around(session, unit)
    return choose_desk(rules, around.route(rules, service, now), around.teams, now, above=above, team_id=team_id)


def choose_desk(
    rules: Rules, route: Route, teams: Sequence[Team], now: datetime, *, above: str = "", team_id: int | None = None
) -> Desk | None:
    """As ``find_desk``, of a line and the teams around."""
    for level in CLIMB[CLIMB.index(above) + 1 if above in CLIMB else 0 :]:
        for body in route.bodies_at(level, now, rules.calendar):
            fitting = [team for team in teams if team.body == body and team.id != team_id]
            if fitting:
                return Desk(fitting[0], level)
    return None


async def find_level(
    session: AsyncSession, rules: Rules, service: str, unit: OrgUnit, team: Team, now: datetime
) -> str:
    """The level at which a team answers for a service: as listed, else that of the unit it sits in."""
    route = (await look_around(session, unit)).route(rules, service, now)
    for level, body in route.bodies.items():
        if body == team.body:
            return level
    if team.body == route.deputy:
        return route.first
    seat = await session.get(OrgUnit, team.org_unit_id)
    return seat.level if seat is not None and seat.level in CLIMB else CLIMB[0]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The units around a place and their teams, smallest unit first; the lines in force there."""

    chain: Sequence[OrgUnit]
    teams: Sequence[Team]
    routes: Sequence[Route] | None  # None: the list that ships

    def route(self, rules: Rules, service: str, now: datetime) -> Route:
        """The line that fits best; where the list is silent, the one that ships answers: nothing is lost."""
        places, day = [names_of(place) for place in self.chain], rules.calendar.local_day(now)
        found = None if self.routes is None else pick_route(self.routes, service, places, day)
        return found or rules.route(service, places)


async def look_around(session: AsyncSession, unit: OrgUnit) -> Surroundings:
    """Who may answer for a place."""
    if unit.community_id is None:  # a street or district: no community's directory holds it alone
        return await _look_above(session, unit)
    directory = await get_directory(session, unit.community_id)
    routes = await find_routes(session, directory)
    return Surroundings(directory.chain(unit), directory.teams_around(unit), routes)


async def _look_above(session: AsyncSession, unit: OrgUnit) -> Surroundings:
    ids = [int(part) for part in unit.path.split("/") if part]
    units = {u.id: u for u in await session.scalars(select(OrgUnit).where(OrgUnit.id.in_(ids)))}
    teams = list(await session.scalars(select(Team).where(Team.org_unit_id.in_(ids)).order_by(Team.id)))
    chain = [units[i] for i in reversed(ids) if i in units]
    return Surroundings(chain, [team for place in chain for team in teams if team.org_unit_id == place.id], None)
