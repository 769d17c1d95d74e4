"""The services, the responsibility list and the terms in force, as one frozen value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime

from actions.people.model import Level
from actions.routing.calendar import Deadline, WorkCalendar
from actions.routing.faults import Faults
from actions.routing.hours import Hours

# the way up; a building has no desk of its own
CLIMB: tuple[str, ...] = (Level.GRID, Level.COMMUNITY, Level.STREET, Level.DISTRICT)

SEALED = "safety_tip"  # the family of services whose confidential ones are tips

Segment = Callable[[str], Sequence[str]]


def cut_bigrams(text: str) -> list[str]:
    """Pairs of neighbouring characters: a search index that needs no dictionary."""
    plain = "".join(text.split())
    return [plain[i : i + 2] for i in range(len(plain) - 1)] or [plain]


@dataclass(frozen=True, slots=True)
class Service:
    """A kind of ticket: what it is called, how long it may take, how it is treated."""

    code: str
    name: str
    deadline: Deadline
    confidential: bool = False
    needs_place: bool = False
    emergency: str = ""
    after_suspended: str = "resume"  # or "close"

    @property
    def family(self) -> str:
        """The part before the slash: "service_request", "dispute", "consult"."""
        return self.code.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Route:
    """Who answers for some services (in some place), level by level.

    Outside ``hours`` the lowest level is the ``deputy``'s, who also stands in where that body has no team. ``key``
    names the line in the list.
    """

    services: tuple[str, ...]
    bodies: Mapping[str, str]  # level → body
    place: str = ""
    hours: Hours | None = None
    deputy: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    key: int = 0

    @property
    def first(self) -> str:
        """The lowest level that is written down."""
        return next((level for level in CLIMB if level in self.bodies), "")

    def is_valid(self, day: date) -> bool:
        """Whether it holds on that day."""
        return not (self.valid_from and day < self.valid_from) and not (self.valid_to and day > self.valid_to)

    def is_on_duty(self, at: datetime, calendar: WorkCalendar) -> bool:
        """Whether the lowest level's body is there at that instant."""
        return self.hours is None or self.hours.cover(at, calendar)

    def bodies_at(self, level: str, at: datetime, calendar: WorkCalendar) -> tuple[str, ...]:
        """Whose it is at that level at that instant, and who stands in if there is no such team."""
        own = (self.bodies[level],) if level in self.bodies else ()
        if level != self.first or not self.deputy:
            return own
        return (*own, self.deputy) if self.is_on_duty(at, calendar) else (self.deputy, *own)

    def answers(self, service: str) -> int:
        """How exactly it names that service: 0 for "*", 1 for its family, 2 by its code; -1 for not at all."""
        family = service.partition("/")[0] + "/*"
        return max((i for i, name in enumerate(("*", family, service)) if name in self.services), default=-1)

    def fit(self, service: str, places: Sequence[Set[str]]) -> tuple[int, int] | None:
        """How closely it fits (place, service), or None. ``places``: names of the units, smallest first."""
        exact = self.answers(service)
        if exact < 0:
            return None
        if not self.place:
            return 0, exact
        near = next((i for i, names in enumerate(places) if self.place in names), None)
        return None if near is None else (len(places) - near, exact)


@dataclass(frozen=True, slots=True)
class DutyList:
    """A responsibility list: the bodies it knows and its lines, in order."""

    bodies: Mapping[str, str]  # code → name
    routes: tuple[Route, ...]


def pick_route(
    routes: Sequence[Route], service: str, places: Sequence[Set[str]] = (), day: date | None = None
) -> Route | None:
    """The line that fits best on that day: smaller place, then exact service, then the later line; or None."""
    fits = [
        (fit, i)
        for i, route in enumerate(routes)
        if (day is None or route.is_valid(day)) and (fit := route.fit(service, places)) is not None
    ]
    return routes[max(fits)[1]] if fits else None


# what takes a ticket one level up
CLIMBS = ("late", "unsatisfied", "emergency", "affected")


@dataclass(frozen=True, slots=True)
class Terms:
    """Waits and shares that hold for all services."""

    suspended_wait: Deadline
    response_percent: int
    escalated_percent: int
    remind_percent: int
    check_wait: Deadline
    rating_reminder: Deadline
    rating_expire: Deadline
    urge_pause: Deadline
    page_wait: Deadline
    roll_call_wait: Deadline
    tip_unread: Deadline
    handoff_remind: Deadline
    handoff_climb: Deadline
    handoff_silent: Deadline
    crowd: tuple[int, ...] = ()  # households at which a ticket weighs more
    climb: frozenset[str] = frozenset(CLIMBS)
    settled_by: str = "committee"  # the body that decides whose a matter is when it was returned twice

    def climbs(self, why: str) -> bool:
        """Whether that takes a ticket one level up."""
        return why in self.climb


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything an admin has written down. ``segment`` cuts text for the console's search."""

    services: Mapping[str, Service]
    bodies: Mapping[str, str]
    routes: tuple[Route, ...]
    terms: Terms
    calendar: WorkCalendar
    words: Mapping[str, str]
    vague_spots: frozenset[str] = frozenset()
    warned: frozenset[str] = frozenset()  # the dangers whose neighbours are told what to do
    segment: Segment = field(default=cut_bigrams)
    faults: Faults = field(default_factory=Faults)

    def service(self, code: str, emergency: str = "") -> Service:
        """The service of that code; what is not listed goes to its family's "other", then to "other"."""
        if emergency:
            code = f"emergency/{emergency}"
        family = code.partition("/")[0]
        for known in (code, family, f"{family}/other"):
            if known in self.services:
                return self.services[known]
        return self.services["other"]

    def route(self, service: str, places: Sequence[Set[str]] = ()) -> Route:
        """The route that fits best: smaller place, then exact service, then the later line."""
        found = pick_route(self.routes, service, places)
        assert found is not None  # the file is refused unless every service has one
        return found

    @property
    def sealed(self) -> frozenset[str]:
        """The services that are never tickets: what is said of them is sealed."""
        return frozenset(s.code for s in self.services.values() if s.confidential and s.family == SEALED)

    @property
    def shipped(self) -> DutyList:
        """The list of the file: holds where a community has none of its own."""
        return DutyList(self.bodies, self.routes)

    def due(self, service: Service, start: datetime) -> datetime:
        """When a ticket of that service must be handled if its time starts at ``start``."""
        return self.calendar.due(start, service.deadline)
