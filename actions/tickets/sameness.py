"""Whether two reports are about the same fault. Pure: what is broken, how, where and when; no table, no model.

Wrong merges cost more than a second ticket, so every doubt makes it "maybe", which a person looks at. Two buildings
never have the same fault, unless it is one that reaches far: water, gas, network, power.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from actions.routing.faults import Said, Thing
from actions.routing.likeness import likeness
from actions.routing.rules import Rules
from actions.tickets.commands import Where

FAMILIES = frozenset({"service_request", "safety_tip"})
_AT_ONCE = timedelta(hours=1)  # in which far-reaching failures of two buildings are one
_THE_SAME_DAY = timedelta(hours=2)  # likewise, when one says that it is everywhere
_UNNAMED_LASTS = timedelta(days=2)
_ALIKE, _RATHER_ALIKE, _A_LITTLE_ALIKE = 0.55, 0.25, 0.2  # share of common pairs of characters
_SETTLES_FLOOR = frozenset({"大厅", "地下室", "楼顶", "车库", "门口"})


class Sameness(StrEnum):
    """The three answers."""

    SAME = "same"
    MAYBE = "maybe"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Report:
    """One report as it was said. ``home``: where who said it lives; ``household``: who counts as one."""

    service: str
    text: str
    where: Where
    at: datetime
    presumed: bool = False  # the place was taken from ``home``
    home: Where = Where()
    household: str = ""
    emergency: str = ""
    settled: bool = False  # handled, waits for the check

    @property
    def unit(self) -> str:
        """As said; who names only their own building means their own entrance."""
        at_home = bool(self.where.building) and self.where.building == self.home.building
        return self.where.unit or (self.home.unit if at_home else "")


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two reports with what they say. ``said`` in the order of the reports."""

    reports: tuple[Report, Report]
    said: tuple[Said, Said]

    @property
    def gap(self) -> timedelta:
        return abs(self.reports[1].at - self.reports[0].at)

    @property
    def buildings(self) -> tuple[str, str]:
        """Where the home was presumed, a named spot is what counts."""
        first, second = (
            "" if report.presumed and said.spots else report.where.building
            for report, said in zip(self.reports, self.said, strict=True)
        )
        return first, second

    @property
    def one_household(self) -> bool:
        first, second = (report.household for report in self.reports)
        return bool(first) and first == second


def may_join(rules: Rules, report: Report) -> bool:
    """Whether reports of its kind are ever one ticket: faults and hazards said openly; no emergency, no quarrel."""
    service = rules.service(report.service, report.emergency)
    return service.family in FAMILIES and not service.confidential and not service.emergency


def judge(rules: Rules, old: Report, new: Report) -> Sameness:
    """Whether ``new`` tells of the fault that ``old`` told of."""
    if not (may_join(rules, old) and may_join(rules, new)):
        return Sameness.DIFFERENT
    pair = _Pair((old, new), (rules.faults.read(old.text), rules.faults.read(new.text)))
    first, second = (said.thing for said in pair.said)
    if first is None or second is None:
        answer = _by_words(pair)
    elif first.code != second.code or _is_other(first, pair):
        return Sameness.DIFFERENT
    else:
        answer = _far(first, pair) if first.reaches_far else _near(first, pair)
    doubtful = old.settled or any(said.hearsay for said in pair.said)
    return Sameness.MAYBE if doubtful and answer is Sameness.SAME else answer


def _is_other(thing: Thing, pair: _Pair) -> bool:
    """Too long ago, another defect, another one of several, or somebody's own at home."""
    first, second = pair.said
    if pair.gap > thing.lasts or _apart(first.signs, second.signs) or _apart(first.which, second.which):
        return True
    if _apart(first.spots, second.spots):
        return True
    return (first.private or second.private) and not pair.one_household


def _apart(first: frozenset[str], second: frozenset[str]) -> bool:
    """Both say something, and not the same."""
    return bool(first) and bool(second) and not first & second


def _far(thing: Thing, pair: _Pair) -> Sameness:
    """Water, gas, network, power: many buildings may have the same, unless somebody says it is only theirs."""
    (first, second), (old, new) = pair.buildings, pair.reports
    narrow = any(said.narrow for said in pair.said)
    units = old.where.unit, new.where.unit
    if first and first == second:
        everywhere = any(said.wide for said in pair.said) and not narrow
        split = thing.scope == "power" and all(units) and units[0] != units[1] and not everywhere
        return Sameness.MAYBE if split else Sameness.SAME
    if any(said.wide for said in pair.said):
        return Sameness.SAME if pair.gap <= _THE_SAME_DAY and not narrow else Sameness.MAYBE
    if narrow or (first and second and all(units)):
        return Sameness.MAYBE
    return Sameness.SAME if pair.gap <= _AT_ONCE else Sameness.MAYBE


def _near(thing: Thing, pair: _Pair) -> Sameness:
    """Everything else is where it is: the same named spot, or the same building (and entrance, floor, corner)."""
    (first, second), (old, new) = pair.buildings, pair.reports
    if first and second and first != second:
        return Sameness.DIFFERENT
    by_corner = thing.scope != "unit" or thing.floors or thing.exact
    if by_corner and _corners_differ(pair):
        return Sameness.DIFFERENT
    if pair.said[0].spots & pair.said[1].spots:
        return Sameness.SAME
    if not (first and second):
        return Sameness.MAYBE
    if thing.scope == "spot" and (old.presumed or new.presumed or pair.said[0].spots or pair.said[1].spots):
        return Sameness.MAYBE
    answers = [_inside(thing, pair), *([_by_unit(thing, old, new)] if thing.scope == "unit" else [])]
    return next((answer for answer in (Sameness.DIFFERENT, Sameness.MAYBE) if answer in answers), Sameness.SAME)


def _corners_differ(pair: _Pair) -> bool:
    first, second = (said.corners for said in pair.said)
    return bool(first - second) and bool(second - first)


def _by_unit(thing: Thing, old: Report, new: Report) -> Sameness:
    if old.unit and new.unit and old.unit != new.unit:
        both_said = bool(old.where.unit and new.where.unit)
        return Sameness.DIFFERENT if both_said else Sameness.MAYBE
    one_sided = bool(old.unit) != bool(new.unit)
    return Sameness.MAYBE if one_sided and (thing.floors or thing.exact) else Sameness.SAME


def _inside(thing: Thing, pair: _Pair) -> Sameness:
    """Which floor and which corner of the building."""
    (old, new), (first, second) = pair.reports, (said.corners for said in pair.said)
    floors = old.where.floor, new.where.floor
    if thing.floors and all(floors) and floors[0] != floors[1]:
        return Sameness.DIFFERENT
    rooms = old.where.room, new.where.room
    if (thing.floors or thing.exact) and rooms[0] != rooms[1] and not pair.one_household:
        return Sameness.DIFFERENT if all(rooms) else Sameness.MAYBE
    same_floor = all(floors) and floors[0] == floors[1]
    settled = same_floor or bool(first & second & _SETTLES_FLOOR)
    if thing.floors and any(floors) and not settled:
        return Sameness.MAYBE
    if thing.exact and bool(first) != bool(second) and not same_floor:
        return Sameness.MAYBE
    return Sameness.SAME


def _by_words(pair: _Pair) -> Sameness:
    """What the vocabulary does not know: the same kind of matter at the same place in much the same words."""
    (old, new), (first, second) = pair.reports, pair.said
    if old.service != new.service or pair.gap > _UNNAMED_LASTS or not _one_place(pair):
        return Sameness.DIFFERENT
    if (first.private or second.private) and not pair.one_household:
        return Sameness.DIFFERENT
    alike = likeness(first.text, second.text)
    if (first.thing is None) != (second.thing is None):
        return Sameness.MAYBE if alike >= _A_LITTLE_ALIKE else Sameness.DIFFERENT
    if alike >= _ALIKE and not _corners_differ(pair):
        return Sameness.SAME
    return Sameness.MAYBE if alike >= _RATHER_ALIKE else Sameness.DIFFERENT


def _one_place(pair: _Pair) -> bool:
    (first, second), (old, new) = pair.buildings, pair.reports
    if (first and second and first != second) or (old.unit and new.unit and old.unit != new.unit):
        return False
    return bool(first and second) or bool(pair.said[0].spots & pair.said[1].spots)
