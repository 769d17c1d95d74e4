"""The list as people read it: lines, a table of service by area, and what is doubtful in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotFound
from actions.people.directory import Directory, get_directory
from actions.people.model import OrgUnit
from actions.routing.checks import Doubt, find_doubts
from actions.routing.comparing import Difference, places_of
from actions.routing.desks import Desk
from actions.routing.duties import get_list
from actions.routing.rules import CLIMB, DutyList, Route, pick_route
from actions.routing.tracing import Trace
from bot.console.access import Viewer, community_ids, viewer_of
from bot.console.parts import Console, console_of
from bot.console.queues import family_options

MOST_NAMED = 6  # services named one by one in a sentence


@dataclass(frozen=True, slots=True)
class Opened:
    """One community's list as it is looked at now."""

    community: OrgUnit
    communities: Sequence[OrgUnit]  # to choose from
    duties: DutyList
    number: int
    directory: Directory


@dataclass(frozen=True, slots=True)
class Cell:
    """Who answers for a service in an area; ``inherited``: no line names that area."""

    route: Route | None
    inherited: bool


async def open_list(request: web.Request, db: AsyncSession, wanted: str = "") -> Opened:
    """The list of the community that was asked for, or the viewer's first. Raises NotFound for another's."""
    viewer: Viewer = viewer_of(request)
    ids = await community_ids(db, viewer)
    wanted = wanted or request.query.get("community", "")
    chosen = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 16 else 0
    if not ids or (chosen and chosen not in ids):
        raise NotFound("no such community", phrase="console.no_such_page")
    chosen = chosen or ids[0]
    duties, number = await get_list(db, console_of(request).rules, chosen)
    communities = (await db.scalars(select(OrgUnit).where(OrgUnit.id.in_(ids)).order_by(OrgUnit.id))).all()
    directory = await get_directory(db, chosen)
    return Opened(directory.community, communities, duties, number, directory)


class Words:
    """Names of services, bodies and lines in one list."""

    def __init__(self, console: Console, duties: DutyList) -> None:
        self._console, self._phrases = console, console.phrases
        self.bodies = duties.bodies
        self._numbers = {route.key: number for number, route in enumerate(duties.routes, 1)}

    def service(self, code: str) -> str:
        """ "电梯故障", "矛盾纠纷（全部）"."""
        if code == "*":
            return self._phrases.render("duty.everything")
        family, _, rest = code.partition("/")
        if rest == "*":
            return self._phrases.render("duty.whole_family", {"family": self._family(family)})
        return self._console.rules.service(code).name

    def _family(self, family: str) -> str:
        key = f"console.family.{family}"
        return self._phrases.render(key) if key in self._phrases else family

    def services(self, codes: Sequence[str]) -> str:
        """Some by name, the rest as a number."""
        named = "、".join(self.service(code) for code in codes[:MOST_NAMED])
        if len(codes) <= MOST_NAMED:
            return named
        return self._phrases.render("duty.and_more", {"named": named, "count": len(codes)})

    def body(self, code: str) -> str:
        return self.bodies.get(code, code)

    def place(self, place: str) -> str:
        return place or self._phrases.render("duty.everywhere")

    def number(self, key: int) -> str:
        """The line as it is called on the page."""
        return str(self._numbers.get(key, "")) or self._phrases.render("duty.this_line")

    def chain(self, route: Route | None) -> str:
        """ "物业 → 居委会 → 街道"."""
        if route is None:
            return self._phrases.render("duty.nobody")
        steps = " → ".join(self.body(route.bodies[level]) for level in CLIMB if level in route.bodies)
        if route.hours is None and not route.deputy:
            return steps
        given = {"hours": str(route.hours or ""), "deputy": self.body(route.deputy)}
        kind = ("hours_" if route.hours else "") + ("deputy" if route.deputy else "")
        return self._phrases.render(f"duty.chain.{kind.strip('_')}", {"steps": steps, **given})

    def say(self, key: str, **params: object) -> str:
        return self._phrases.render(key, params)

    def desk(self, desk: Desk | None) -> str:
        """ "桂花物业（网格）"."""
        if desk is None:
            return self._phrases.render("duty.nobody")
        level = self._phrases.render(f"console.level.{desk.level}")
        return self._phrases.render("duty.desk", {"team": desk.team.name, "level": level})

    def why(self, trace: Trace, *, asked_back: bool = False) -> str:
        """By which line it lands there, and what was in the way."""
        route = trace.route
        parts = [self.say("duty.why.asked")] if asked_back else []
        if trace.shipped:
            parts.append(self.say("duty.why.shipped"))
        else:
            names = [code for code in route.services if code == trace.service] or route.services[:1]
            line = {"line": self.number(route.key), "services": self.services(names), "place": self.place(route.place)}
            parts.append(self.say("duty.why.line", **line))
        if not trace.on_duty:
            body = self.body(route.bodies[route.first])
            parts.append(self.say("duty.why.off_duty", hours=str(route.hours), body=body))
        absent = [body for body in trace.passed if trace.on_duty or body != route.bodies[route.first]]
        if absent:
            parts.append(self.say("duty.why.no_team", bodies="、".join(map(self.body, absent))))
        if trace.stands_in:
            parts.append(self.say("duty.why.deputy", deputy=self.body(route.deputy)))
        elif trace.waits:
            parts.append(self.say("duty.why.waits"))
        return "；".join(parts)

    def doubt(self, doubt: Doubt) -> str:
        """What is doubtful, in a sentence."""
        params = {
            "lines": "、".join(self.number(key) for key in doubt.keys),
            "services": self.services(doubt.services),
            "place": self.place(doubt.place),
            "body": self.body(doubt.body),
        }
        return self._phrases.render(f"duty.doubt.{doubt.kind}", params)

    def difference(self, change: Difference) -> Mapping[str, str]:
        """What changes hands: where, from whom, to whom."""
        return {
            "what": self.service(change.service),
            "place": self.place(change.place),
            "before": self.chain(change.before),
            "after": self.chain(change.after),
        }


def build_table(console: Console, duties: DutyList, now: datetime) -> dict[str, object]:
    """Families of services against areas: who answers where on this day."""
    day, areas = console.rules.calendar.local_day(now), places_of(duties)
    families = []
    for family, services in family_options(console.rules):
        rows = [(code, [_cell(duties, code, area, day) for area in areas]) for code, _ in services]
        families.append((family, rows))
    return {"areas": areas, "families": families}


def _cell(duties: DutyList, code: str, area: str, day: date) -> Cell:
    names: list[Set[str]] = [frozenset({area})] if area else []
    route = pick_route(duties.routes, code, names, day)
    return Cell(route, bool(area) and (route is None or route.place != area))


def doubts_of(console: Console, opened: Opened, duties: DutyList | None = None) -> list[Doubt]:
    """What is doubtful in the list, or in another one meant for the same community."""
    return find_doubts(duties or opened.duties, console.rules, opened.directory, console.clock.now())


def find_line(duties: DutyList, key: int) -> Route:
    """The line of that key. Raises InvalidInput: somebody has removed it."""
    for route in duties.routes:
        if route.key == key:
            return route
    raise InvalidInput(f"no line {key}", phrase="duty.no_such_line")
