"""The handlers of the responsibility list: async (session, command, now, rules) → Outcome."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotAllowed, NotFound
from actions.outcome import Event, Outcome
from actions.people.model import Level, OrgUnit, Role, StaffMember
from actions.people.units import works_in
from actions.routing.commands import ChangeDutyList, RestoreDutyList
from actions.routing.duties import as_route, as_row, find_change, get_list, list_lines
from actions.routing.model import DutyChange, DutyLine
from actions.routing.rules import DutyList, Route, Rules
from actions.routing.rules_file import known_names

SEED = "seed"
ADDED = "added"  # lines that came with a newer version
NEWER = ("care/*",)  # services that lists of earlier versions cannot know


async def change_duty_list(session: AsyncSession, command: ChangeDutyList, now: datetime, rules: Rules) -> Outcome:
    """The list as an admin wants it. Who looked at an older one is refused; nothing is lost."""
    staff = await _admin(session, command.staff_id, command.community_id)
    await _hold(session, command.community_id)
    _check_list(command.duties, rules)
    number = await _seeded(session, command.community_id, now, rules)
    # what was looked at before there were rows is what was just seeded
    if command.seen not in (number, 0) or (command.seen == 0 and number > 1):
        raise MoveRefused("the list was changed meanwhile", phrase="duty.faster")
    change = DutyChange(
        community_id=command.community_id,
        number=number + 1,
        at=now,
        staff_id=staff.id,
        staff_name=staff.name,
        what=command.what,
        note=command.note[:200],
        bodies=dict(command.duties.bodies),
    )
    await _store(session, change, command.duties.routes)
    return Outcome(events=(Event("DutyListChanged", command.community_id),), value=change.number)


async def restore_duty_list(session: AsyncSession, command: RestoreDutyList, now: datetime, rules: Rules) -> Outcome:
    """What was is again; what came after stays in the history."""
    if await find_change(session, command.community_id, command.number) is None:
        raise InvalidInput(f"no change {command.number}", phrase="duty.no_such_change")
    duties, _ = await get_list(session, rules, command.community_id, command.number)
    change = ChangeDutyList(
        command.community_id, command.staff_id, duties, "restore", command.seen, str(command.number)
    )
    return await change_duty_list(session, change, now, rules)


async def seed_lists(session: AsyncSession, rules: Rules, now: datetime) -> None:
    """Every community that has no list yet gets the one that ships; an older list gets the lines it cannot know."""
    has_one = select(DutyChange.community_id)
    query = select(OrgUnit.id).where(OrgUnit.level == Level.COMMUNITY, OrgUnit.id.not_in(has_one))
    for community_id in (await session.scalars(query.order_by(OrgUnit.id))).all():
        await _hold(session, community_id)
        await _seeded(session, community_id, now, rules)
    whole = select(OrgUnit.id).where(OrgUnit.level == Level.COMMUNITY)
    for community_id in (await session.scalars(whole.order_by(OrgUnit.id))).all():
        await _add_newer(session, community_id, now, rules)


async def _add_newer(session: AsyncSession, community_id: int, now: datetime, rules: Rules) -> None:
    """Services that no line of any version ever named get the shipped line; what admins took out stays out."""
    if not await _lacking(session, community_id, rules):
        return
    await _hold(session, community_id)
    missing = await _lacking(session, community_id, rules)
    duties, number = await get_list(session, rules, community_id)
    if not missing or not number:
        return
    added = tuple(
        replace(route, services=tuple(fits), key=0)
        for route in rules.routes
        if not route.place and (fits := [one for one in route.services if one in missing])
    )
    bodies = {code: name for route in added for code in (*route.bodies.values(), route.deputy)
              if (name := rules.bodies.get(code))}  # fmt: skip
    change = DutyChange(
        community_id=community_id,
        number=number + 1,
        at=now,
        what=ADDED,
        note="、".join(sorted(missing))[:200],
        bodies=bodies | dict(duties.bodies),
    )
    await _store(session, change, (*duties.routes, *added))


async def _lacking(session: AsyncSession, community_id: int, rules: Rules) -> set[str]:
    """What the newer shipped lines name and no line of this list, present or past, ever covered."""
    query = select(DutyLine.services).where(DutyLine.community_id == community_id)
    known = {name for services in await session.scalars(query) for name in services}
    if not known:
        return set()
    families = {name.split("/")[0] for name in known}
    shipped = {one for route in rules.routes if not route.place for one in route.services}
    return {one for one in NEWER if one.split("/")[0] not in families and one in shipped}


async def _seeded(session: AsyncSession, community_id: int, now: datetime, rules: Rules) -> int:
    """The number of the latest change; the shipped list is written down first where there is none."""
    change = await find_change(session, community_id)
    if change is None:
        change = DutyChange(community_id=community_id, number=1, at=now, what=SEED, bodies=dict(rules.bodies))
        await _store(session, change, rules.routes)
    return change.number


async def _store(session: AsyncSession, change: DutyChange, routes: Iterable[Route]) -> None:
    """End the rows that differ, add the new ones; what stays as it was keeps its row."""
    session.add(change)
    rows = {row.key: row for row in await list_lines(session, change.community_id)}
    next_key = await _last_key(session, change.community_id) + 1
    keys: set[int] = set()
    for position, given in enumerate(routes):
        route = given
        if not route.key or route.key in keys:
            route, next_key = replace(given, key=next_key), next_key + 1
        keys.add(route.key)
        row = rows.get(route.key)
        if row is not None and row.position == position and as_route(row) == route:
            del rows[route.key]  # goes on as it is
        else:
            session.add(as_row(route, change.community_id, position, change.number))
    for row in rows.values():
        row.until = change.number
    await session.flush()


async def _last_key(session: AsyncSession, community_id: int) -> int:
    query = select(func.max(DutyLine.key)).where(DutyLine.community_id == community_id)
    return await session.scalar(query) or 0


async def _hold(session: AsyncSession, community_id: int) -> None:
    """One change of a list at a time."""
    query = select(OrgUnit.id).where(OrgUnit.id == community_id, OrgUnit.level == Level.COMMUNITY)
    if await session.scalar(query.with_for_update()) is None:
        raise NotFound(f"community {community_id}")


async def _admin(session: AsyncSession, staff_id: int, community_id: int) -> StaffMember:
    staff = await session.get(StaffMember, staff_id)
    if staff is None or not staff.active or staff.role != Role.ADMIN:
        raise NotAllowed("only administrators change the list", phrase="duty.not_yours")
    if not await works_in(session, staff, community_id):
        raise NotAllowed("not their community", phrase="duty.not_yours")
    return staff


def _check_list(duties: DutyList, rules: Rules) -> None:
    """What no list may hold, however it came here."""
    known = known_names(rules.services)
    if not duties.routes:
        raise InvalidInput("an empty list", phrase="duty.empty")
    for route in duties.routes:
        if not route.services or not set(route.services) <= known:
            raise InvalidInput("a line without services", phrase="duty.no_services")
        if not route.bodies or not {*route.bodies.values(), *filter(None, (route.deputy,))} <= set(duties.bodies):
            raise InvalidInput("a line without bodies", phrase="duty.no_bodies")
        if route.valid_from and route.valid_to and route.valid_to < route.valid_from:
            raise InvalidInput("ends before it begins", phrase="duty.bad_dates")
