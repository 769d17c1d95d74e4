"""What a section of the community's page is: one module with one query, which hands over lines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from actions.ledger.rules import LedgerRules
from actions.routing.rules import Rules
from bot.clock import LOCAL_ZONE, local

GROUPS = ("bulletins", "on", "calendar", "decided", "fixed", "deeds", "figures")


class Say(Protocol):
    """A phrase in words."""

    def __call__(self, key: str, params: dict[str, Any] | None = None, /) -> str: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Whose page it is, and of when. ``month``: its first day; counts are of that month."""

    community_id: int
    now: datetime
    month: date
    rules: Rules
    say: Say
    hours: LedgerRules | None = None

    @property
    def start(self) -> datetime:
        return datetime.combine(self.month, time(), LOCAL_ZONE)

    @property
    def end(self) -> datetime:
        return datetime.combine((self.month + timedelta(days=31)).replace(day=1), time(), LOCAL_ZONE)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing on the page. Everything in it may be read by anybody: no name, door or number that was not agreed to.

    ``href``: a residents' page, given only to who is signed in; ``when``: puts it into the calendar, too;
    ``struck``: what stood there before; ``pictures``: ids of shown pictures.
    """

    title: str
    text: str = ""
    when: datetime | None = None
    place: str = ""
    href: str = ""
    mark: str = ""
    struck: tuple[str, ...] = ()
    note: str = ""
    pictures: tuple[str, ...] = ()
    share: int | None = None  # percent, for a bar


@dataclass(frozen=True, slots=True)
class Section:
    """``group``: under which heading its lines stand; ``keep``: how long an answer may be shown again."""

    code: str
    group: str
    load: Callable[[AsyncSession, Place], Awaitable[Sequence[Line]]]
    keep: timedelta = timedelta()


def month_of(text: str, now: datetime) -> date:
    """The first day of the month that is asked for ("2026-11"), or of this one."""
    today = local(now).date()
    try:
        wanted = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return wanted if date(2020, 1, 1) <= wanted <= today else today.replace(day=1)


def day_words(at: datetime) -> str:
    """ "11月18日 周三 10:00"."""
    here = local(at)
    return f"{here.month}月{here.day}日 周{'一二三四五六日'[here.weekday()]} {here:%H:%M}"
