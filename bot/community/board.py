"""The whole page: every section asked for its lines, the costly ones at most every few minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from operator import itemgetter
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions.ledger.rules import LedgerRules
from actions.people.model import OrgUnit
from actions.routing.rules import Rules
from bot.clock import Clock, local
from bot.community import activities, ballots, bulletins, deeds, fixed, pictures, proposals, rates, shifts, surveys
from bot.community.section import GROUPS, Line, Place, Section, month_of
from bot.phrases import Phrases
from bot.storage.engine import Database

#: in the order in which their lines stand under a heading; a new room adds one line here
SECTIONS: tuple[Section, ...] = (
    bulletins.SECTION,
    activities.SECTION,
    shifts.SECTION,
    ballots.OPEN,
    proposals.MEETINGS,
    proposals.OPEN,
    surveys.OPEN,
    ballots.DECIDED,
    proposals.DECIDED,
    proposals.DOING,
    surveys.LEARNT,
    fixed.SECTION,
    pictures.SECTION,
    deeds.SECTION,
    deeds.HONOURS,
    rates.SECTION,
)
MOST_KEPT = 500


@dataclass(frozen=True, slots=True)
class Group:
    """A heading with its lines; ``days``: of the calendar, each day with what is on."""

    code: str
    title: str
    none: str
    lines: Sequence[Line]
    days: Sequence[tuple[date, Sequence[Line]]] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """What a template needs."""

    community: str
    month: date
    groups: Sequence[Group]
    as_of: datetime


class Board:
    """Reads pages; what may be kept is kept in this process only."""

    def __init__(
        self, db: Database, clock: Clock, rules: Rules, phrases: Phrases, hours: LedgerRules | None = None
    ) -> None:
        self._db, self._clock, self._rules, self._phrases, self._hours = db, clock, rules, phrases, hours
        self._kept: dict[tuple[int, date, str], tuple[datetime, Sequence[Line]]] = {}

    async def read(self, community_id: int, month: str = "") -> Page:
        """The page of a community."""
        now = self._clock.now()
        say = partial(_say, self._phrases)
        place = Place(community_id, now, month_of(month, now), self._rules, say, self._hours)
        async with self._db.read() as session:
            community = await session.get_one(OrgUnit, community_id)
            lines = {section.code: await self._lines(session, section, place) for section in SECTIONS}
        groups = [_group(code, lines, place) for code in GROUPS]
        return Page(community.name, place.month, groups, now)

    async def _lines(self, session: AsyncSession, section: Section, place: Place) -> Sequence[Line]:
        key = (place.community_id, place.month, section.code)
        kept = self._kept.get(key)
        if kept is not None and place.now - kept[0] < section.keep:
            return kept[1]
        found = tuple(await section.load(session, place))
        if section.keep:
            if len(self._kept) > MOST_KEPT:
                self._kept.clear()
            self._kept[key] = (place.now, found)
        return found


def _say(phrases: Phrases, key: str, params: dict[str, Any] | None = None, /) -> str:
    return phrases.render(key, params)


def _group(code: str, lines: dict[str, Sequence[Line]], place: Place) -> Group:
    own = [line for section in SECTIONS if section.group == code for line in lines[section.code]]
    days = _days([line for section in SECTIONS for line in lines[section.code]]) if code == "calendar" else ()
    title, none = place.say(f"community.group.{code}"), place.say(f"community.none.{code}")
    return Group(code, title, none, own, days)


def _days(lines: Sequence[Line]) -> list[tuple[date, Sequence[Line]]]:
    """What has a time, day by day."""
    found: dict[date, list[Line]] = {}
    dated = sorted(((one.when, n, one) for n, one in enumerate(lines) if one.when is not None), key=itemgetter(0, 1))
    for when, _, line in dated:
        found.setdefault(local(when).date(), []).append(line)
    return list(found.items())
