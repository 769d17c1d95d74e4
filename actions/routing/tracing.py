"""Why a matter lands where it does: the line, who was passed over, who is next. Asks the same as ``find_desk``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from actions.people.directory import names_of
from actions.routing.desks import Desk, Surroundings, choose_desk
from actions.routing.rules import CLIMB, Route, Rules, pick_route


@dataclass(frozen=True, slots=True)
class Trace:
    """The way of one matter. ``passed``: bodies that should have had it first but have no team there."""

    service: str
    route: Route
    shipped: bool  # the list is silent: the one that ships answered
    desk: Desk | None
    on_duty: bool  # whether the first body is there at that instant
    passed: tuple[str, ...]
    nexts: tuple[Desk, ...]

    @property
    def stands_in(self) -> bool:
        """The deputy has it."""
        return self.desk is not None and self.desk.team.body == self.route.deputy != self.route.bodies[self.route.first]

    @property
    def waits(self) -> bool:
        """It lies with a desk that nobody sits at now."""
        return not self.on_duty and self.desk is not None and self.desk.level == self.route.first and not self.stands_in


def trace(rules: Rules, around: Surroundings, service: str, now: datetime) -> Trace:
    """Where that service lands at that place at that instant, and why."""
    places, day = [names_of(place) for place in around.chain], rules.calendar.local_day(now)
    found = None if around.routes is None else pick_route(around.routes, service, places, day)
    route = found or around.route(rules, service, now)
    desk = choose_desk(rules, route, around.teams, now)
    nexts, above = [], desk
    while above is not None:
        above = choose_desk(rules, route, around.teams, now, above=above.level, team_id=above.team.id)
        nexts += [above] if above is not None else []
    passed = _passed(rules, route, desk, now)
    shipped = around.routes is not None and found is None
    return Trace(service, route, shipped, desk, route.is_on_duty(now, rules.calendar), passed, tuple(nexts))


def _passed(rules: Rules, route: Route, desk: Desk | None, now: datetime) -> tuple[str, ...]:
    passed: list[str] = []
    for level in CLIMB:
        for body in route.bodies_at(level, now, rules.calendar):
            if desk is not None and (body, level) == (desk.team.body, desk.level):
                return tuple(passed)
            passed.append(body)
    return tuple(passed)
