"""What is doubtful in a responsibility list: gaps, overlaps, nights without anybody, bodies without a team."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from actions.people.directory import Directory, names_of
from actions.people.model import OrgUnit
from actions.routing.rules import DutyList, Route, Rules, Service, pick_route

_HALF_HOURS = 7 * 48  # a week is looked at in steps of half an hour


@dataclass(frozen=True, slots=True)
class Doubt:
    """``kind``: gap, overlap, night, unknown_place, no_team, over. ``keys``: the lines it is about."""

    kind: str
    keys: tuple[int, ...]
    services: tuple[str, ...] = ()
    place: str = ""
    body: str = ""


def find_doubts(duties: DutyList, rules: Rules, directory: Directory | None, now: datetime) -> list[Doubt]:
    """Everything worth a second look, the gravest first."""
    day = rules.calendar.local_day(now)
    valid = [route for route in duties.routes if route.is_valid(day)]
    doubts = [*_gaps(valid, rules), *_nights(valid, rules, now), *_overlaps(duties.routes, rules)]
    doubts += [Doubt("over", (r.key,)) for r in duties.routes if r.valid_to and r.valid_to < day]
    if directory is not None:
        doubts += [*_unknown_places(duties.routes, directory), *_no_teams(valid, directory)]
    return doubts


def _gaps(valid: Sequence[Route], rules: Rules) -> Iterator[Doubt]:
    missing = tuple(code for code in rules.services if pick_route(valid, code) is None)
    if missing:
        yield Doubt("gap", (), missing)


def runs_at_night(service: Service) -> bool:
    """Whether its clock runs around the clock, so that somebody must be there."""
    return bool(service.emergency) or not service.deadline.working


def _nights(valid: Sequence[Route], rules: Rules, now: datetime) -> Iterator[Doubt]:
    for route in valid:
        if route.hours is None or route.deputy or not _leaves_a_night(route, rules, now):
            continue
        urgent = [s.code for s in rules.services.values() if runs_at_night(s) and route in _answering(valid, s.code)]
        if urgent:
            yield Doubt("night", (route.key,), tuple(urgent), route.place, route.bodies[route.first])


def _leaves_a_night(route: Route, rules: Rules, now: datetime) -> bool:
    midnight = datetime.combine(rules.calendar.local_day(now), time(0), rules.calendar.zone).astimezone(UTC)
    steps = (midnight + timedelta(minutes=30 * step) for step in range(_HALF_HOURS))
    return not all(route.is_on_duty(at, rules.calendar) for at in steps)


def _answering(valid: Sequence[Route], service: str) -> list[Route]:
    """The lines that answer for that service somewhere."""
    places = {route.place for route in valid if route.answers(service) >= 0}
    found = (pick_route(valid, service, [frozenset({place})] if place else ()) for place in places)
    return [route for route in found if route is not None]


def _overlaps(routes: Sequence[Route], rules: Rules) -> Iterator[Doubt]:
    """Two lines that say the same thing of the same place at the same time: the later one would win in silence."""
    for i, one in enumerate(routes):
        for other in routes[i + 1 :]:
            if one.place != other.place or not _same_time(one, other):
                continue
            both = tuple(name for name in one.services if name in other.services)
            if both:
                yield Doubt("overlap", (one.key, other.key), both, one.place)


def _same_time(one: Route, other: Route) -> bool:
    starts = max((d for d in (one.valid_from, other.valid_from) if d), default=None)
    ends = min((d for d in (one.valid_to, other.valid_to) if d), default=None)
    return starts is None or ends is None or starts <= ends


def _unknown_places(routes: Sequence[Route], directory: Directory) -> Iterator[Doubt]:
    known = {name for unit in directory.units.values() for name in names_of(unit)}
    for route in routes:
        if route.place and route.place not in known:
            yield Doubt("unknown_place", (route.key,), place=route.place)


def _no_teams(valid: Sequence[Route], directory: Directory) -> Iterator[Doubt]:
    """The lowest level's body has no team anywhere in the area: the next level gets its matters."""
    for route in valid:
        bodies = {team.body for unit in _inside(directory, route.place) for team in directory.teams.get(unit.id, ())}
        body = route.bodies[route.first]
        if body not in bodies and route.deputy not in bodies:
            yield Doubt("no_team", (route.key,), place=route.place, body=body)


def _inside(directory: Directory, place: str) -> list[OrgUnit]:
    """The units of a place, what lies in it and what lies around it."""
    named = [unit for unit in directory.units.values() if not place or place in names_of(unit)]
    return [
        unit
        for unit in directory.units.values()
        if any(unit.covers(one) or one.covers(unit) for one in named)
    ]
