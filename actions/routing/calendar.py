"""The working calendar: work hours, holidays, and how a deadline is counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import chinese_calendar

_SATURDAY = 5
_WITHIN_ONE_FEAST = 15  # days


@lru_cache(maxsize=4096)
def _is_official_workday(day: date) -> bool:
    """As decreed by the State Council; Monday to Friday for years that are not published yet."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < _SATURDAY


#: those that are on the same day every year, for years whose holidays are not published yet
_FIXED = {(1, 1): "元旦", (5, 1): "劳动节", (10, 1): "国庆节"}


def solar_terms(first: date, last: date) -> list[tuple[date, str]]:
    """The solar terms (立春, 清明…) of those days with their names."""
    return [(day, str(name)) for day, name in chinese_calendar.get_solar_terms(first, last)]


def _holiday_name(day: date) -> str | None:
    """The public holiday that a day off belongs to."""
    try:
        off, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        term = solar_terms(day, day)
        return "清明" if term and term[0][1] == "清明" else _FIXED.get((day.month, day.day))
    return str(chinese_calendar.Holiday(name).chinese) if off and name else None


@lru_cache(maxsize=64)
def holidays_of(year: int) -> tuple[tuple[date, str], ...]:
    """The first day off of each public holiday that begins in that year, with its Chinese name.

    A feast may lie inside another (中秋 in the week of 国庆节): that week is begun only once.
    """
    found: list[tuple[date, str]] = []
    day, before = date(year, 1, 1), _holiday_name(date(year - 1, 12, 31))
    while day.year == year:
        name = _holiday_name(day)
        lately = {known for at, known in found if (day - at).days < _WITHIN_ONE_FEAST}
        if name is not None and name != before and name not in lately:
            found.append((day, name))
        day, before = day + timedelta(days=1), name
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Deadline:
    """How long something may take: in minutes of working time, or around the clock."""

    minutes: int
    working: bool

    def share(self, percent: int) -> Deadline:
        """That part of it, at least a minute."""
        return Deadline(max(1, self.minutes * percent // 100), self.working)


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Work hours of one installation. ``holidays`` and ``workdays`` overrule the official calendar."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    work_from: time = time(9)
    work_to: time = time(18)
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()

    @property
    def day_minutes(self) -> int:
        """Working minutes of a working day."""
        start, end = self.work_from, self.work_to
        return (end.hour - start.hour) * 60 + end.minute - start.minute

    def is_workday(self, day: date) -> bool:
        """Whether people work on that (local) day."""
        if day in self.holidays:
            return False
        return day in self.workdays or _is_official_workday(day)

    def local_day(self, at: datetime) -> date:
        """The date on the community's wall."""
        return at.astimezone(self.zone).date()

    def due(self, start: datetime, deadline: Deadline) -> datetime:
        """The instant at which ``deadline`` is used up when it starts to run at ``start``."""
        if not deadline.working:
            return start.astimezone(UTC) + timedelta(minutes=deadline.minutes)
        left = timedelta(minutes=deadline.minutes)
        day = self.local_day(start)
        while True:
            opens, closes = self._hours(day)
            begin = max(start, opens)
            if self.is_workday(day) and begin < closes:
                if left <= closes - begin:
                    return (begin + left).astimezone(UTC)
                left -= closes - begin
            day += timedelta(days=1)

    def spent(self, start: datetime, end: datetime, *, working: bool) -> timedelta:
        """How much time that counts lies between two instants; zero when they are the wrong way round."""
        if end <= start:
            return timedelta()
        if not working:
            return end - start
        total = timedelta()
        day = self.local_day(start)
        while day <= self.local_day(end):
            opens, closes = self._hours(day)
            if self.is_workday(day):
                total += max(timedelta(), min(end, closes) - max(start, opens))
            day += timedelta(days=1)
        return total

    def _hours(self, day: date) -> tuple[datetime, datetime]:
        # in UTC, since aware arithmetic inside one zone ignores its offset changes
        opens = datetime.combine(day, self.work_from, self.zone).astimezone(UTC)
        return opens, datetime.combine(day, self.work_to, self.zone).astimezone(UTC)
