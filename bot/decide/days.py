"""Days as people name them, seen from now: 今天, 周六, 下周三, 11月21日, 21号, 周末."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from bot.clock import local
from nlu.model.folding import fold
from nlu.model.numerals import parse_numeral

_NEAR = {"今": 0, "明": 1, "后": 2, "大后": 3}
_WEEKDAYS = {c: n for n, c in enumerate("一二三四五六日")} | {"天": 6} | {str(n): n - 1 for n in range(1, 8)}
_NUMBER = r"\d{1,2}|[一二三四五六七八九十]{1,3}"
_WHOLE_DATE = re.compile(rf"(?P<year>20\d\d)\s?[年\-/.]\s?(?P<month>{_NUMBER})\s?[月\-/.]\s?(?P<day>{_NUMBER})")
_DATE = re.compile(rf"(?<![\d.])(?P<month>{_NUMBER})\s?[月/]\s?(?P<day>{_NUMBER})(?!\d|\s?[单栋幢楼])")
_DAY_OF_MONTH = re.compile(rf"(?<![\d月])(?P<day>{_NUMBER})[日号](?![楼栋线])")
_NEAR_DAY = re.compile(r"(?P<near>大后|今|明|后)(?:天|日|早|晚|儿|上午|下午)|(?P<cantonese>听)日")
_WEEKDAY = re.compile(r"(?P<which>下下|下|这|本|今)?个?(?:周|星期|礼拜)(?P<day>[一二三四五六日天1-7])")
_WEEKEND = re.compile(r"(?P<which>下)?个?周末")
WEEK = timedelta(days=7)


def read_days(text: str, now: datetime) -> tuple[date, ...]:
    """The days that a text may mean, none where it names none. A weekday alone is the next one."""
    said, today = fold(text), local(now).date()
    if (match := _WHOLE_DATE.search(said) or _DATE.search(said)) is not None:
        return _of_date(match, today)
    if (match := _NEAR_DAY.search(said)) is not None:
        return (today + timedelta(days=_NEAR[match["near"]] if match["near"] else 1),)
    if (match := _WEEKDAY.search(said)) is not None:
        return (_of_weekday(match["which"] or "", _WEEKDAYS[match["day"]], today),)
    if (match := _WEEKEND.search(said)) is not None:
        saturday = _of_weekday(match["which"] or "", 5, today)
        return (saturday, saturday + timedelta(days=1))
    if (match := _DAY_OF_MONTH.search(said)) is not None:
        return _next_with_day(parse_numeral(match["day"]) or 0, today)
    return ()


def _of_weekday(which: str, weekday: int, today: date) -> date:
    monday = today - timedelta(days=today.weekday())
    if which.startswith("下"):
        return monday + len(which) * WEEK + timedelta(days=weekday)
    day = monday + timedelta(days=weekday)
    return day if which or day >= today else day + WEEK


def _of_date(match: re.Match[str], today: date) -> tuple[date, ...]:
    month, day = parse_numeral(match["month"]) or 0, parse_numeral(match["day"]) or 0
    year = match.groupdict().get("year")
    years = [int(year)] if year else [today.year, today.year + 1]
    found = [one for number in years if (one := _date(number, month, day)) is not None]
    return tuple([one for one in found if year or one >= today][:1])


def _next_with_day(day: int, today: date) -> tuple[date, ...]:
    for ahead in range(3):
        year, month = divmod(today.year * 12 + today.month - 1 + ahead, 12)
        found = _date(year, month + 1, day)
        if found is not None and found >= today:
            return (found,)
    return ()


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
