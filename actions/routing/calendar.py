"""The working calendar: work hours, holidays, and how a deadline is counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import chinese_calendar

_SATURDAY = 5


@lru_cache(maxsize=4096)
def _is_official_workday(day: date) -> bool:
    """As decreed by the State Council; Monday to Friday for years that are not published yet."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < _SATURDAY


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
