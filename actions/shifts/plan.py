"""When a duty comes and whom it needs, in plain words: "每周二、四晚 19:30–21:00，2 名巡逻员＋1 名带队"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from actions.errors import InvalidInput
from actions.routing.calendar import WorkCalendar

LONGEST = 100  # characters
LONGEST_SHIFT = 12 * 60  # minutes
MOST_PERSONS = 50
WEEK = "一二三四五六日"
DAY = 24 * 60
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_NUMBER = r"(?:\d{1,2}|[零〇一二两三四五六七八九十]{1,3})"
_SPAN = re.compile(rf"每?周([{WEEK}])(?:到|至|-)周?([{WEEK}])")
_LIST = re.compile(rf"每?周[{WEEK}](?:[、,和及与]?周?[{WEEK}](?!点|时))*")
_DAYS = (("每天", "每日", "每晚", "每早", "天天"), ("每个工作日", "工作日"), ("每个周末", "每周末", "周末"))
_PART = "凌晨|清晨|早上|早|上午|中午|下午|傍晚|晚上|晚间|晚|夜里|夜间|夜"
_TIMES = re.compile(
    rf"(?P<part1>{_PART})?(?P<hour1>{_NUMBER})(?::(?P<colon1>\d\d)|[点时](?P<minute1>半|{_NUMBER}(?:分|(?![人名个位\d])))?)(?:-|到|至)(?:次日|第二天)?"
    rf"(?P<part2>{_PART})?(?P<hour2>{_NUMBER})(?::(?P<colon2>\d\d)|[点时](?P<minute2>半|{_NUMBER}(?:分|(?![人名个位\d])))?)"
)
_LEADS = re.compile(
    rf"(?P<n>{_NUMBER})(?:名|个|位|人)?(?:带队|领队|队长)|(?:带队|领队|队长)(?:的|人|员)?(?P<m>{_NUMBER})(?:名|个|位|人)"
)
_PATROL = re.compile(rf"(?P<n>{_NUMBER})(?:名|个|位|人)?(?:巡逻员|巡逻|队员|志愿者|组员|人|名|位)")
_LATE = ("下午", "傍晚", "晚上", "晚间", "晚", "夜里", "夜间", "夜")


@dataclass(frozen=True, slots=True)
class Plan:
    """``kind``: day, workday or week with ``weekdays`` (0 is Monday). ``start``, ``end``: minutes after midnight, an
    end beyond 1440 lies on the next day. ``patrol``, ``leads``: persons needed."""

    kind: str
    start: int
    end: int
    patrol: int
    leads: int = 0
    weekdays: tuple[int, ...] = ()
    skips_holidays: bool = False

    def falls_on(self, day: date, calendar: WorkCalendar) -> bool:
        """Whether there is a shift on that day."""
        if self.kind == "workday":
            return calendar.is_workday(day)
        if self.kind == "week" and day.weekday() not in self.weekdays:
            return False
        return not (self.skips_holidays and is_holiday(day, calendar))

    def times_on(self, day: date, calendar: WorkCalendar) -> tuple[datetime, datetime]:
        """Start and end, in UTC; wall-clock times of the community."""
        start, end = (_instant(day, minutes, calendar) for minutes in (self.start, self.end))
        return start, end

    def days(self, first: date, count: int, calendar: WorkCalendar) -> Iterator[date]:
        """The days of it among ``count`` days from ``first`` on."""
        for offset in range(count):
            day = first + timedelta(days=offset)
            if self.falls_on(day, calendar):
                yield day


def is_holiday(day: date, calendar: WorkCalendar) -> bool:
    """A weekday on which nobody works: weekends go on as ever."""
    return day.weekday() < 5 and not calendar.is_workday(day)


def _instant(day: date, minutes: int, calendar: WorkCalendar) -> datetime:
    days, rest = divmod(minutes, DAY)
    return datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), calendar.zone).astimezone(UTC)


def read_plan(text: str) -> Plan:
    """What staff wrote → Plan. Raises InvalidInput that shows how it may be written."""
    plain = _plain(text)
    if not plain or len(plain) > LONGEST:
        raise InvalidInput("no plan", phrase="shift.plan.unclear")
    kind, weekdays, rest, part = _read_days(plain)
    found = _TIMES.search(rest)
    if found is None:
        raise InvalidInput("no times", phrase="shift.plan.no_times")
    start, end = _read_times(found, part)
    needs = rest[found.end() :]
    patrol, leads = _read_needs(needs)
    skips = re.search(r"(?:节假日|节日|假日|放假)(?:期间)?(?:不|停|休|除外|暂停)", plain) is not None
    return Plan(kind, start, end, patrol, leads, weekdays, skips and kind != "workday")


def _plain(text: str) -> str:
    plain = (
        re.sub(r"\s", "", text).replace("：", ":").replace("星期", "周").replace("礼拜", "周").replace("周天", "周日")
    )
    plain = re.sub(r"[–—~～－]+", "-", plain).replace("，", ",")
    return re.sub(r"(?<=周)[1-7]", lambda found: WEEK[int(found[0]) - 1], plain)


def _read_days(plain: str) -> tuple[str, tuple[int, ...], str, str]:
    """Kind, weekdays, what stands behind them, and a part of the day that was named with them ("每晚")."""
    for kind, words in zip(("day", "workday", "weekend"), _DAYS, strict=True):
        word = next((word for word in words if plain.startswith(word)), None)
        if word is not None:
            part = word[-1] if word[-1] in "晚早" else ""
            rest = plain[len(word) :]
            return ("week", (5, 6), rest, part) if kind == "weekend" else (kind, (), rest, part)
    if (span := _SPAN.match(plain)) is not None:
        first, last = (WEEK.index(one) for one in span.groups())
        if first > last:
            raise InvalidInput("backwards", phrase="shift.plan.unclear")
        return "week", tuple(range(first, last + 1)), plain[span.end() :], ""
    if (listed := _LIST.match(plain)) is not None:
        days = tuple(sorted({WEEK.index(one) for one in re.findall(f"[{WEEK}]", listed[0])}))
        return "week", days, plain[listed.end() :], ""
    raise InvalidInput("no days", phrase="shift.plan.unclear")


def _read_times(found: re.Match[str], part: str) -> tuple[int, int]:
    """An end without a part of the day has that of the start ("晚7点到9点"), or lies on the next day."""
    first = found["part1"] or part
    start, end = _minutes(found, "1", first), _minutes(found, "2", found["part2"] or "")
    if end <= start and not found["part2"]:
        end = _minutes(found, "2", first)
    if end <= start:
        end += DAY  # over midnight
    if not 0 < end - start <= LONGEST_SHIFT:
        raise InvalidInput("times", phrase="shift.plan.bad_times", most=LONGEST_SHIFT // 60)
    return start, end


def _minutes(found: re.Match[str], n: str, part: str) -> int:
    hour = read_number(found[f"hour{n}"])
    written = found[f"colon{n}"] or (found[f"minute{n}"] or "0").removesuffix("分")
    minute = 30 if written == "半" else read_number(written)
    small = part[:1] in ("晚", "夜") and (hour < 5 or hour == 12)
    if (part in _LATE and hour < 12 and not small) or (part == "中午" and hour < 3):
        hour += 12
    if part[:1] in ("晚", "夜") and hour == 12:
        hour = 24
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        raise InvalidInput("no such time", phrase="shift.plan.no_times")
    return hour * 60 + minute


def _read_needs(text: str) -> tuple[int, int]:
    leads = _LEADS.search(text)
    rest = text[: leads.start()] + text[leads.end() :] if leads else text
    patrol = _PATROL.search(rest)
    counts = read_number(patrol["n"]) if patrol else 0, read_number(leads["n"] or leads["m"]) if leads else 0
    if not sum(counts):
        raise InvalidInput("whom does it need", phrase="shift.plan.no_needs")
    if sum(counts) > MOST_PERSONS:
        raise InvalidInput("a crowd", phrase="shift.plan.too_many", most=MOST_PERSONS)
    return counts


def read_number(text: str) -> int:
    """ "15", "十五", "三十" → number; up to 99."""
    if text.isascii():
        return int(text)
    tens, ten, ones = text.partition("十")
    try:
        if not ten:
            return int("".join(str(_DIGITS[c]) for c in text))
        return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)
    except KeyError as error:
        raise InvalidInput("no number", phrase="shift.plan.unclear") from error


def plan_words(plan: Plan) -> str:
    """The plan as it is shown back; reading it gives the same plan."""
    days = {"day": "每天", "workday": "工作日"}.get(plan.kind) or "每周" + "、".join(WEEK[n] for n in plan.weekdays)
    needs = [f"{plan.patrol}名巡逻员"] if plan.patrol else []
    needs += [f"{plan.leads}名带队"] if plan.leads else []
    skips = "，节假日停" if plan.skips_holidays else ""
    return f"{days} {clock_words(plan.start)}–{clock_words(plan.end % DAY)}，需要{'＋'.join(needs)}{skips}"


def clock_words(minutes: int) -> str:
    """Minutes after midnight as "19:30"."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
