"""A community's responsibility list as it stands in the tables, now or after any earlier change."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.directory import Directory
from actions.routing.hours import read_hours
from actions.routing.model import DutyChange, DutyLine
from actions.routing.rules import CLIMB, DutyList, Route, Rules

_BESIDE = "duty_routes"


def as_route(line: DutyLine) -> Route:
    """A row as the value that is asked."""
    bodies = {level: str(line.bodies[level]) for level in CLIMB if level in line.bodies}
    return Route(
        tuple(line.services), bodies, line.place, read_hours(line.hours), line.deputy, line.valid_from,
        line.valid_to, line.key,
    )  # fmt: skip


def as_row(route: Route, community_id: int, position: int, since: int) -> DutyLine:
    """The value as a new row of the list."""
    return DutyLine(
        community_id=community_id,
        key=route.key,
        position=position,
        since=since,
        services=list(route.services),
        place=route.place,
        bodies=dict(route.bodies),
        hours=str(route.hours or ""),
        deputy=route.deputy,
        valid_from=route.valid_from,
        valid_to=route.valid_to,
    )


async def find_routes(session: AsyncSession, directory: Directory) -> Sequence[Route] | None:
    """The lines in force in that community, None where it has no list of its own; kept beside the directory."""
    if _BESIDE not in directory.beside:
        lines = await list_lines(session, directory.community.id)
        directory.beside[_BESIDE] = tuple(map(as_route, lines)) or None
    found: Sequence[Route] | None = directory.beside[_BESIDE]
    return found


async def list_lines(session: AsyncSession, community_id: int, number: int | None = None) -> list[DutyLine]:
    """The rows of the list now, or as of change ``number``, in order."""
    held: ColumnElement[bool] = DutyLine.until.is_(None)
    if number is not None:
        held = (DutyLine.since <= number) & or_(DutyLine.until.is_(None), DutyLine.until > number)
    query = select(DutyLine).where(DutyLine.community_id == community_id, held)
    return list(await session.scalars(query.order_by(DutyLine.position, DutyLine.id)))


async def find_change(
    session: AsyncSession, community_id: int, number: int | None = None
) -> DutyChange | None:
    """The change of that number, or the latest; None where there was none."""
    query = select(DutyChange).where(DutyChange.community_id == community_id)
    if number is not None:
        query = query.where(DutyChange.number == number)
    found: DutyChange | None = await session.scalar(query.order_by(DutyChange.number.desc()).limit(1))
    return found


async def get_list(
    session: AsyncSession, rules: Rules, community_id: int, number: int | None = None
) -> tuple[DutyList, int]:
    """The list now or as of a change, with its number; 0: the one that ships, where nothing is written yet."""
    change = await find_change(session, community_id, number)
    if change is None:
        return rules.shipped, 0
    lines = await list_lines(session, community_id, change.number)
    return DutyList(dict(change.bodies), tuple(map(as_route, lines))), change.number
