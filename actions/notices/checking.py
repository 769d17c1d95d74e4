"""A look at the text before it goes to hundreds: private numbers, and slips of the pen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from actions.notices.repeats import WEEK, read_number
from actions.routing.calendar import WorkCalendar

FindPrivate = Callable[[str], Sequence[str]]
_DOUBLED = re.compile(r"([，,。、；;：:！!？?])\1+|[，、；：][。，、；：！？]|(?<![.…])\.{2}(?!\.)")
_ALLOWED = re.compile(r"[！!]{2,3}|[？?]{2,3}|[！!][？?]|[？?][！!]")
_DAY = re.compile(
    r"(?:(?P<year>20\d{2})年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号](?:\s?[（(]?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])[）)]?)?"
)
_NEXT_YEAR = timedelta(days=92)  # a day without its year that lies further back is the next year's


@dataclass(frozen=True, slots=True)
class Slip:
    """``kind``: doubled, weekday, past, no_day; what stands there and, of a weekday, which it is."""

    kind: str
    written: str
    right: str = ""


def find_slips(text: str, now: datetime, calendar: WorkCalendar) -> tuple[Slip, ...]:
    """What looks like a slip, in order."""
    found = [
        (m.start(), Slip("doubled", m.group())) for m in _DOUBLED.finditer(text) if not _ALLOWED.fullmatch(m.group())
    ]
    today = calendar.local_day(now)
    found += [(m.start(), slip) for m in _DAY.finditer(text) for slip in _wrong_day(m, today)]
    return tuple(slip for _, slip in sorted(found, key=lambda pair: pair[0]))


def _wrong_day(found: re.Match[str], today: date) -> Iterator[Slip]:
    written = found.group()
    try:
        day = date(int(found["year"] or today.year), read_number(found["month"]), read_number(found["day"]))
        if not found["year"] and today - day > _NEXT_YEAR:
            day = day.replace(year=today.year + 1)
    except ValueError:
        yield Slip("no_day", written)
        return
    if found["weekday"] and WEEK.index(found["weekday"].replace("天", "日")) != day.weekday():
        yield Slip("weekday", written, WEEK[day.weekday()])
    if day < today:
        yield Slip("past", written)


def no_private(text: str) -> Sequence[str]:
    """Finds nothing: for rooms without the machinery that knows numbers."""
    return ()
