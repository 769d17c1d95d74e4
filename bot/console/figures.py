"""The page of the three rates: for which time, by level and body, and the same as a workbook."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from aiohttp import web

from actions.errors import InvalidInput
from actions.people.model import Role
from bot.clock import LOCAL_ZONE, local
from bot.console import pages
from bot.console.access import FIGURE_ROLES, Viewer, check_page, viewer_of
from bot.console.deadlines import span_words
from bot.console.figures_sheet import EXCEL, write_figures
from bot.console.parts import Console, console_of
from bot.phrases import Phrases
from bot.storage.figures import STEPS, WHOLE, Period, add_up
from bot.storage.figures_table import SHARES, SMALL, Row, build_rows, hide_small
from bot.storage.queries_figures import load_stories, name_teams
from bot.storage.queries_handoffs import Waits, load_waits

SPANS = ("week", "last_week", "month", "last_month", "days")
LONGEST = 366  # days: longer histories are no figures of a period any more
_FIRST_YEAR, _LAST_YEAR = 2000, 2999


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the reader asked for. ``last`` is the last day that belongs to it."""

    span: str
    first: date
    last: date

    def at(self, now: datetime) -> Period:
        """The same as instants on the community's wall clock."""
        start = datetime.combine(self.first, time(0), LOCAL_ZONE)
        return Period(start, datetime.combine(self.last + timedelta(days=1), time(0), LOCAL_ZONE), now)


def read_period(query: Mapping[str, str], today: date) -> Chosen:
    """The week unless another time is asked for. Raises InvalidInput for days that are none."""
    span = query.get("span", "week")
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    match span:
        case "days":
            return _read_days(query.get("from", ""), query.get("to", ""))
        case "last_week":
            return Chosen(span, monday - timedelta(days=7), monday - timedelta(days=1))
        case "month":
            return Chosen(span, first, _month_end(first))
        case "last_month":
            end = first - timedelta(days=1)
            return Chosen(span, end.replace(day=1), end)
        case _:
            return Chosen("week", monday, monday + timedelta(days=6))


def _month_end(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _read_days(start: str, end: str) -> Chosen:
    try:
        first, last = date.fromisoformat(start), date.fromisoformat(end)
    except ValueError as error:
        raise InvalidInput("not a day", phrase="figures.bad_days") from error
    if not _FIRST_YEAR <= first.year <= last.year <= _LAST_YEAR or first > last:
        raise InvalidInput("days the wrong way round", phrase="figures.bad_days")
    if (last - first).days >= LONGEST:
        raise InvalidInput("too long", phrase="figures.too_long", days=LONGEST)
    return Chosen("days", first, last)


async def show_figures(request: web.Request) -> web.Response:
    """The table; days that are none are said and the week is shown."""
    console, viewer = console_of(request), viewer_of(request)
    check_page(viewer, FIGURE_ROLES)
    now, wrong = console.clock.now(), None
    try:
        chosen = read_period(request.query, local(now).date())
    except InvalidInput as error:
        wrong = console.phrases.render(error.phrase, error.params)
        chosen = read_period({}, local(now).date())
    rows = await load_rows(console, viewer, chosen)
    async with console.db.read() as db:
        waits = await load_waits(db, viewer.area, chosen.at(now), console.rules)
    context = {
        "waits": None if viewer.role == Role.SUPERVISOR and waits.count < SMALL else waits,
        "rows": rows, "chosen": chosen, "spans": SPANS, "wrong": wrong, "shares": SHARES, "steps": (*STEPS, WHOLE),
        "outside": viewer.role == Role.SUPERVISOR, "as_of": local(now), "words": Words(console.phrases),
    }  # fmt: skip
    return await pages.render(request, "figures.html", context, status=422 if wrong else 200)


async def download(request: web.Request) -> web.Response:
    """The same table as a workbook; no resident and no ticket is named in it."""
    console, viewer = console_of(request), viewer_of(request)
    check_page(viewer, FIGURE_ROLES)
    now = console.clock.now()
    chosen = read_period(request.query, local(now).date())
    rows = await load_rows(console, viewer, chosen)
    title = (chosen.first, chosen.last, local(now))
    content = await asyncio.to_thread(write_figures, rows, title, Words(console.phrases))
    name = f"linan-figures-{chosen.first:%Y%m%d}-{chosen.last:%Y%m%d}.xlsx"
    headers = {"Content-Type": EXCEL, "Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=content, headers=headers)


async def load_rows(console: Console, viewer: Viewer, chosen: Chosen) -> Sequence[Row]:
    """What they may see of that time."""
    period = chosen.at(console.clock.now())
    async with console.db.read() as db:
        found = add_up(await load_stories(db, viewer.area, period), period, console.rules)
        rows = build_rows(found, await name_teams(db, found))
    if viewer.role == Role.SUPERVISOR:
        hide_small(rows)
    return rows


class Words:
    """Numbers as people read them."""

    def __init__(self, phrases: Phrases) -> None:
        self.phrases = phrases

    def say(self, key: str, **params: object) -> str:
        return self.phrases.render(f"figures.{key}", params)

    def name(self, row: Row) -> str:
        """What a line is about."""
        if row.kind == "all":
            return self.say("all")
        if row.kind == "level":
            return pages.word(self.phrases, "level", row.level)
        return row.name or self.say("no_body")

    def count(self, row: Row, name: str) -> str:
        """A number, or that it is small."""
        number = row.shown(name)
        return self.say("hidden") if number is None else str(number)

    def rate(self, row: Row, share: str, *, answered: bool = False) -> str:
        """In percent; a dash when there is none."""
        rate = row.rate(share, answered=answered)
        return self.say("none") if rate is None else f"{rate * 100:.1f}%"

    def waits(self, waits: Waits, outside: bool) -> str:
        """How many wanted a person, and how long they waited for a word; small numbers hidden from those outside."""
        small = outside and 0 < waits.unanswered < SMALL
        text = self.say("handoffs", count=waits.count, unanswered=self.say("hidden") if small else waits.unanswered)
        if waits.half is None or waits.most is None:
            return text
        spans = (span_words(self.phrases, span) for span in (waits.half, waits.most))
        return text + self.say("handoffs_waited", **dict(zip(("half", "most"), spans, strict=True)))

    def times(self, row: Row, step: str) -> tuple[str, str]:
        """Median, and the ninth decile in words; a dash and nothing when there is none."""
        times = row.times(step)
        if times is None:
            return self.say("none"), ""
        half, most = (span_words(self.phrases, timedelta(minutes=minutes)) for minutes in times)
        return half, self.say("most", span=most)
