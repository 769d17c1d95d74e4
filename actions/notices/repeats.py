"""When a notice is sent again, in plain words: "每周五下午四点", "工作日早上八点半", "国庆节前一天上午九点"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from actions.errors import InvalidInput
from actions.routing.calendar import WorkCalendar, holidays_of, solar_terms

LOOK_AHEAD = 366 * 5  # days; what does not happen within them never does
LONGEST = 60
LAST_DAY = 99  # "每月最后一天"
WEEK = "一二三四五六日"
TERMS = frozenset(
    "小寒 大寒 立春 雨水 惊蛰 春分 清明 谷雨 立夏 小满 芒种 夏至 "
    "小暑 大暑 立秋 处暑 白露 秋分 寒露 霜降 立冬 小雪 大雪 冬至".split()
)
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_NUMBER = "(?:[0-9]{1,2}|[零〇一二两三四五六七八九十]{1,3})"
_HOUR = "(?:[0-9]{1,2}|二十[一二三四]?|十[一二三四五六七八九]?|[零〇一二两三四五六七八九])"
_TIME = re.compile(
    rf"(?P<part>凌晨|清晨|早晨|早上|早|上午|中午|下午|傍晚|晚上|晚间|晚)?(?P<hour>{_HOUR})(?:[点时](?P<minute>半|一刻|三刻|{_NUMBER}分?)?整?|:(?P<colon>\d{{2}}))$"
)
_BEFORE = re.compile(rf"(?:的?(?P<same>当天|那天|当日)|的?(?:前(?P<days>{_NUMBER})天|前(?P<one>一天|夕)))")
_FEASTS = {
    **{"元旦": "元旦", "春节": "春节", "清明节": "清明", "劳动节": "劳动节", "五一": "劳动节"},
    **{"端午节": "端午", "端午": "端午", "中秋节": "中秋", "中秋": "中秋"},
    **{"国庆节": "国庆节", "国庆": "国庆节", "十一": "国庆节"},
}
_SPREAD = re.compile(r"[、,，和与及跟]")


@dataclass(frozen=True, slots=True)
class Rule:
    """A repeat. ``kind``: day, workday, week (``numbers``: 0 is Monday), month (days), year (month, day), holiday,
    term (``names`` empty: every one). ``before``: that many days earlier."""

    kind: str
    hour: int
    minute: int = 0
    numbers: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    before: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Rule:
        return cls(**{**data, "numbers": tuple(data["numbers"]), "names": tuple(data["names"])})


def read_rule(text: str) -> Rule:
    """What staff wrote → Rule. Raises InvalidInput that shows how it may be written."""
    plain = re.sub(r"\s", "", text).replace("：", ":").replace("星期", "周").replace("礼拜", "周").replace("號", "号")
    if not plain or len(plain) > LONGEST:
        raise _unclear(text)
    clock = _TIME.search(plain)
    if clock is None:
        raise InvalidInput("no time of day", phrase="notice.rule.no_time")
    hour, minute = _read_clock(clock)
    days = plain[: clock.start()].rstrip("的,，在")
    for read in (_read_daily, _read_week, _read_month, _read_year, _read_feast):
        rule = read(days, hour, minute)
        if rule is not None:
            return rule
    raise _unclear(text)


def _unclear(text: str) -> InvalidInput:
    return InvalidInput(f"no rule: {text[:LONGEST]!r}", phrase="notice.rule.unclear")


def read_number(text: str) -> int:
    """ "15", "十五", "三十一", "零五" → number; up to 99."""
    if text.isdigit() and text.isascii():
        return int(text)
    tens, ten, ones = text.partition("十")
    try:
        if not ten:
            return int("".join(str(_DIGITS[c]) for c in text))
        return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)
    except KeyError as error:
        raise _unclear(text) from error


def _read_clock(found: re.Match[str]) -> tuple[int, int]:
    hour, minute = read_number(found["hour"]), _read_minute(found)
    part = found["part"] or ""
    if part in {"下午", "傍晚", "晚上", "晚间", "晚"} and hour < 12:
        hour += 12
    if part == "中午" and hour < 3:
        hour += 12
    if hour > 23 or minute > 59:
        raise InvalidInput("no such time", phrase="notice.rule.no_such_time")
    return hour, minute


def _read_minute(found: re.Match[str]) -> int:
    written = found["colon"] or (found["minute"] or "0").removesuffix("分")
    fixed = {"半": 30, "一刻": 15, "三刻": 45}
    return fixed[written] if written in fixed else read_number(written)


def _read_daily(days: str, hour: int, minute: int) -> Rule | None:
    if days in {"每天", "每日", "天天"}:
        return Rule("day", hour, minute)
    if days in {"工作日", "每个工作日", "每工作日", "上班日"}:
        return Rule("workday", hour, minute)
    if days in {"周末", "每个周末", "每周末"}:
        return Rule("week", hour, minute, (5, 6))
    return None


def _read_week(days: str, hour: int, minute: int) -> Rule | None:
    span = re.fullmatch(rf"每?周([{WEEK}天])[到至-]周?([{WEEK}天])", days)
    if span is not None:
        first, last = (_weekday(one) for one in span.groups())
        return Rule("week", hour, minute, tuple(range(first, last + 1))) if first <= last else None
    if not re.fullmatch(rf"每?周[{WEEK}天](?:[、,，和与及跟]?周?[{WEEK}天])*", days):
        return None
    return Rule("week", hour, minute, tuple(sorted({_weekday(one) for one in re.findall(rf"[{WEEK}天]", days)})))


def _weekday(character: str) -> int:
    return WEEK.index("日" if character == "天" else character)


def _read_month(days: str, hour: int, minute: int) -> Rule | None:
    rest = re.fullmatch(r"每个?月的?(.+)", days)
    if rest is None:
        return None
    numbers = set()
    for part in _SPREAD.split(rest[1]):
        if part in {"最后一天", "月底", "底"}:
            numbers.add(LAST_DAY)
            continue
        one = re.fullmatch(rf"({_NUMBER})[号日]?", part)
        if one is None:
            return None
        numbers.add(_day(one[1], 31))
    return Rule("month", hour, minute, tuple(sorted(numbers)))


def _day(text: str, most: int) -> int:
    number = read_number(text)
    if not 1 <= number <= most:
        phrase = "notice.rule.no_such_day" if most > 12 else "notice.rule.no_such_month"
        raise InvalidInput(f"no such day: {number}", phrase=phrase, number=number)
    return number


def _read_year(days: str, hour: int, minute: int) -> Rule | None:
    found = re.fullmatch(rf"每年的?({_NUMBER})月({_NUMBER})[号日]", days)
    if found is None:
        return None
    return Rule("year", hour, minute, (_day(found[1], 12), _day(found[2], 31)))


def _read_feast(days: str, hour: int, minute: int) -> Rule | None:
    """Holidays and solar terms, on the day or some days before."""
    shift = _BEFORE.search(days)
    before, whole = 0, days
    if shift is not None:
        if shift.end() != len(days):
            return None
        before = 0 if shift["same"] else 1 if shift["one"] else read_number(shift["days"])
        whole = days[: shift.start()]
    names = [name.removeprefix("每年").removesuffix("的") for name in _SPREAD.split(whole) if name]
    if names in (["每个节气"], ["节气"], ["每节气"]):
        return Rule("term", hour, minute, before=before)
    if names in (["节假日"], ["每个节假日"], ["法定节假日"], ["每个法定节假日"], ["长假"]):
        return Rule("holiday", hour, minute, before=before)
    if names and all(name in _FEASTS for name in names):
        return Rule("holiday", hour, minute, names=tuple(dict.fromkeys(_FEASTS[name] for name in names)), before=before)
    if names and all(name in TERMS for name in names):
        return Rule("term", hour, minute, names=tuple(dict.fromkeys(names)), before=before)
    return None


def rule_words(rule: Rule) -> str:
    """The rule as it is shown back; reading it gives the same rule."""
    match rule.kind:
        case "day":
            days = "每天"
        case "workday":
            days = "工作日"
        case "week":
            days = "每周" + "、".join(WEEK[number] for number in rule.numbers)
        case "month":
            days = "每月" + "和".join("最后一天" if n == LAST_DAY else f"{n}号" for n in rule.numbers)
        case "year":
            days = f"每年{rule.numbers[0]}月{rule.numbers[1]}日"
        case "term":
            days = ("、".join(rule.names) or "每个节气") + _before_words(rule)
        case _:
            names = {short: long for long, short in _FEASTS.items() if long.endswith("节") or long == "元旦"}
            days = ("、".join(names[name] for name in rule.names) or "节假日") + _before_words(rule)
    return f"{days}{rule.hour:02d}:{rule.minute:02d}"


def _before_words(rule: Rule) -> str:
    return f"前{rule.before}天" if rule.before else "当天"


def next_times(rule: Rule, after: datetime, calendar: WorkCalendar, count: int = 5) -> list[datetime]:
    """The next instants after ``after``; fewer, or none, where it happens no more within five years."""
    found: list[datetime] = []
    for day in _days(rule, calendar.local_day(after), calendar):
        at = datetime.combine(day, time(rule.hour, rule.minute), calendar.zone).astimezone(UTC)
        if at > after:
            found.append(at)
        if len(found) == count:
            break
    return found


def _days(rule: Rule, first: date, calendar: WorkCalendar) -> Iterator[date]:
    if rule.kind in ("holiday", "term"):
        yield from _feast_days(rule, first)
        return
    for offset in range(LOOK_AHEAD):
        day = first + timedelta(days=offset)
        if _falls_on(rule, day, calendar):
            yield day


def _falls_on(rule: Rule, day: date, calendar: WorkCalendar) -> bool:
    match rule.kind:
        case "day":
            return True
        case "workday":
            return calendar.is_workday(day)
        case "week":
            return day.weekday() in rule.numbers
        case "month":
            last = (day + timedelta(days=1)).day == 1
            return day.day in rule.numbers or (last and LAST_DAY in rule.numbers)
        case _:
            return (day.month, day.day) == rule.numbers


def _feast_days(rule: Rule, first: date) -> Iterator[date]:
    """Those that are known: the State Council says each autumn when the next year's holidays are."""
    for year in range(first.year, first.year + LOOK_AHEAD // 366 + 1):
        for day, name in _feasts_of(rule.kind, year):
            at = day - timedelta(days=rule.before)
            if at >= first and (not rule.names or name in rule.names):
                yield at


def _feasts_of(kind: str, year: int) -> list[tuple[date, str]]:
    if kind == "term":
        return solar_terms(date(year, 1, 1), date(year, 12, 31))
    return list(holidays_of(year))


def check_fires(rule: Rule, now: datetime, calendar: WorkCalendar) -> datetime:
    """The first time it happens. Raises InvalidInput that says why it never does."""
    times = next_times(rule, now, calendar, 1)
    if not times:
        phrase = "notice.rule.not_published" if rule.kind == "holiday" else "notice.rule.never"
        raise InvalidInput("never fires", phrase=phrase, rule=rule_words(rule))
    return times[0]
