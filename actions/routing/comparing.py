"""What changes hands between two responsibility lists."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from datetime import date

from actions.routing.rules import DutyList, Route, Rules, pick_route


@dataclass(frozen=True, slots=True)
class Difference:
    """A service in a place (None: it has no line there) that another line answers for than before."""

    service: str
    place: str
    before: Route | None
    after: Route | None


def places_of(*lists: DutyList) -> list[str]:
    """The whole community and every place that a line names, in order."""
    return list(dict.fromkeys(("", *(route.place for duties in lists for route in duties.routes))))


def compare_lists(old: DutyList, new: DutyList, rules: Rules, day: date) -> list[Difference]:
    """Every service in every place for which who answers (or when) is not what it was."""
    found = []
    for place in places_of(old, new):
        names: list[Set[str]] = [frozenset({place})] if place else []
        for code in rules.services:
            before, after = pick_route(old.routes, code, names, day), pick_route(new.routes, code, names, day)
            if _content(before) != _content(after):
                found.append(Difference(code, place, before, after))
    return found


def _content(route: Route | None) -> Route | None:
    """Who and when, whatever else the line says."""
    if route is None:
        return None
    return replace(route, services=(), place="", valid_from=None, valid_to=None, key=0)
