"""Deadlines on the working calendar, with the holidays of 2026 as the State Council decreed them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.routing.calendar import Deadline, WorkCalendar
from actions.routing.rules_file import read_deadline

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("start", "deadline", "due"),
    [
        ("2026-11-18 10:00", "1个工作日", "2026-11-19 10:00"),
        ("2026-11-18 20:00", "1个工作日", "2026-11-19 18:00"),
        ("2026-11-20 15:00", "1个工作日", "2026-11-23 15:00"),
        ("2026-11-20 17:30", "1个工作小时", "2026-11-23 09:30"),
        ("2026-11-21 03:00", "4个工作小时", "2026-11-23 13:00"),
        # 国庆: 1–7 October off, Sunday 20 September and Saturday 10 October at work
        ("2026-09-30 15:00", "1个工作日", "2026-10-08 15:00"),
        ("2026-09-30 17:00", "3个工作日", "2026-10-10 17:00"),
        ("2026-09-18 17:00", "2个工作小时", "2026-09-20 10:00"),
        # 春节: 15–23 February off, Saturdays 14 and 28 February at work
        ("2026-02-13 12:00", "1个工作日", "2026-02-14 12:00"),
        ("2026-02-14 17:00", "2个工作小时", "2026-02-24 10:00"),
        ("2026-02-27 09:00", "2个工作日", "2026-02-28 18:00"),
        # around the clock nothing stops
        ("2026-10-01 23:30", "4小时", "2026-10-02 03:30"),
        ("2026-02-16 10:00", "24小时", "2026-02-17 10:00"),
        ("2026-02-16 10:00", "5天", "2026-02-21 10:00"),
    ],
)
def test_a_deadline_falls_due(start: str, deadline: str, due: str) -> None:
    assert CALENDAR.due(at(start), read_deadline(deadline, CALENDAR)) == at(due)


def test_years_that_are_not_published_yet_have_plain_weeks() -> None:
    assert [CALENDAR.is_workday(date(2040, 1, day)) for day in range(2, 9)] == [True] * 5 + [False] * 2


def test_an_admin_can_write_down_holidays_and_extra_workdays() -> None:
    calendar = WorkCalendar(holidays=frozenset({date(2040, 1, 3)}), workdays=frozenset({date(2040, 1, 7)}))
    assert not calendar.is_workday(date(2040, 1, 3))
    assert calendar.is_workday(date(2040, 1, 7))


def test_a_day_of_other_work_hours_is_as_long_as_they_are() -> None:
    calendar = WorkCalendar(work_from=time(8, 30), work_to=time(12))
    assert calendar.day_minutes == 210
    assert calendar.due(at("2026-11-18 11:00"), Deadline(120, working=True)) == at("2026-11-19 09:30")


def test_backwards_nothing_is_spent() -> None:
    assert CALENDAR.spent(at("2026-11-19 10:00"), at("2026-11-18 10:00"), working=True).total_seconds() == 0


instants = st.integers(0, 480_000).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
deadlines = st.builds(Deadline, st.integers(1, 6000), st.booleans())


@given(instants, deadlines)
def test_what_was_given_is_what_is_spent_when_it_is_due(start: datetime, deadline: Deadline) -> None:
    due = CALENDAR.due(start, deadline)
    assert CALENDAR.spent(start, due, working=deadline.working).total_seconds() == deadline.minutes * 60


@given(instants, deadlines, st.integers(1, 600))
def test_more_time_is_never_due_earlier(start: datetime, deadline: Deadline, more: int) -> None:
    longer = Deadline(deadline.minutes + more, deadline.working)
    assert CALENDAR.due(start, longer) > CALENDAR.due(start, deadline) > start


@pytest.mark.parametrize("text", ["", "快点", "0天", "4", "两天", "-1小时", "99999天"])
def test_a_deadline_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write it like"):
        read_deadline(text, CALENDAR)
