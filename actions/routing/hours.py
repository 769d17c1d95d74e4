"""When a body is on duty: "工作日 09:00-18:00", "每天 18:00-08:00", or nothing for round the clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from actions.routing.calendar import WorkCalendar

_WORKDAYS, _DAILY = "工作日", "每天"
_ALWAYS = ("", "全天", "24小时")
_WRITTEN = re.compile(rf"({_WORKDAYS}|{_DAILY})?\s*(\d{{1,2}}[:：]\d{{2}})\s*[-–—~至到]\s*(\d{{1,2}}[:：]\d{{2}})")


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of every day, or of working days only; ``end`` before ``start`` is on the next morning."""

    start: time
    end: time
    workdays: bool = False

    def __str__(self) -> str:
        days = _WORKDAYS if self.workdays else _DAILY
        return f"{days} {self.start:%H:%M}-{self.end:%H:%M}"

    def cover(self, at: datetime, calendar: WorkCalendar) -> bool:
        """Whether somebody is there at that instant."""
        local = at.astimezone(calendar.zone)
        day, clock = local.date(), local.time()
        if self.start < self.end:
            return self.start <= clock < self.end and self._is_on(day, calendar)
        if clock >= self.start:
            return self._is_on(day, calendar)
        # the small hours belong to the shift that began the evening before
        return clock < self.end and self._is_on(day - timedelta(days=1), calendar)

    def _is_on(self, day: date, calendar: WorkCalendar) -> bool:
        return not self.workdays or calendar.is_workday(day)


def read_hours(text: str) -> Hours | None:
    """What an admin wrote → Hours; None: round the clock. Raises ValueError."""
    text = text.strip()
    if text in _ALWAYS:
        return None
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r}: write it like 工作日 09:00-18:00 or 每天 18:00-08:00")
    start, end = (time.fromisoformat(part.replace("：", ":").zfill(5)) for part in match.group(2, 3))
    if start == end:
        return None if match[1] != _WORKDAYS else Hours(time(0), time(23, 59), workdays=True)
    return Hours(start, end, workdays=match[1] == _WORKDAYS)
