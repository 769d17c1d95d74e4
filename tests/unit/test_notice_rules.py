"""Repeats in plain words, slips of the pen, and the rule of the second person."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actions.errors import InvalidInput
from actions.notices.book import BookWrong, read_book
from actions.notices.checking import find_slips
from actions.notices.repeats import LAST_DAY, TERMS, Rule, check_fires, next_times, read_rule, rule_words
from actions.routing.calendar import WorkCalendar, holidays_of, solar_terms
from bot.notices.book import load_book
from bot.understand.privacy import find_private

CALENDAR = WorkCalendar()
NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)  # Wednesday, 10:00
BOOK = load_book(Path(__file__).resolve().parents[2] / "data")
FEASTS = ("元旦", "春节", "清明", "劳动节", "端午", "中秋", "国庆节")


@pytest.mark.parametrize(
    ("said", "words", "first"),
    [
        ("每周五下午四点", "每周五16:00", "11-20 16:00"),
        ("每月1号和15号上午九点", "每月1号和15号09:00", "12-01 09:00"),
        ("工作日早上八点半", "工作日08:30", "11-19 08:30"),
        ("每周一、三、五上午九点", "每周一、三、五09:00", "11-20 09:00"),
        ("每星期六和礼拜天晚上7点一刻", "每周六、日19:15", "11-21 19:15"),
        ("每月最后一天下午三点", "每月最后一天15:00", "11-30 15:00"),
        ("每月三十一号晚上8点", "每月31号20:00", "12-31 20:00"),
        ("每天 9：30", "每天09:30", "11-19 09:30"),
        ("每个节气早上八点", "每个节气当天08:00", "11-22 08:00"),
        ("冬至前一天上午十点", "冬至前1天10:00", "12-21 10:00"),
        ("节假日前三天下午两点", "节假日前3天14:00", "12-29 14:00"),
        ("每年11月9日上午十点", "每年11月9日10:00", "11-09 10:00"),
        ("每周五四点", "每周五04:00", "11-20 04:00"),
    ],
)
def test_what_is_said_is_read_and_shown_back(said: str, words: str, first: str) -> None:
    rule = read_rule(said)
    assert rule_words(rule) == words
    assert f"{check_fires(rule, NOW, CALENDAR).astimezone(CALENDAR.zone):%m-%d %H:%M}" == first


@pytest.mark.parametrize(
    ("said", "phrase"),
    [
        ("每月32号上午九点", "notice.rule.no_such_day"),
        ("每年13月1日上午九点", "notice.rule.no_such_month"),
        ("每年2月30日上午九点", "notice.rule.never"),
        ("春节前三天上午九点", "notice.rule.not_published"),
        ("每周五", "notice.rule.no_time"),
        ("每天25点", "notice.rule.no_such_time"),
        ("每天八点八十分", "notice.rule.no_such_time"),
        ("想起来就发，八点", "notice.rule.unclear"),
        ("每周八早上八点", "notice.rule.unclear"),
        ("每月十十号早上八点", "notice.rule.unclear"),
        ("", "notice.rule.unclear"),
        ("天" * 100 + "八点", "notice.rule.unclear"),
    ],
)
def test_what_never_comes_or_is_unclear_is_refused_with_the_reason(said: str, phrase: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_fires(read_rule(said), NOW, CALENDAR)
    assert refused.value.phrase == phrase


def some(values: st.SearchStrategy[int], most: int) -> st.SearchStrategy[tuple[int, ...]]:
    return st.lists(values, min_size=1, max_size=most, unique=True).map(lambda found: tuple(sorted(found)))


CLOCK = (st.integers(0, 23), st.integers(0, 59))
RULES = st.one_of(
    st.builds(Rule, st.sampled_from(["day", "workday"]), *CLOCK),
    st.builds(Rule, st.just("week"), *CLOCK, some(st.integers(0, 6), 7)),
    st.builds(Rule, st.just("month"), *CLOCK, some(st.one_of(st.integers(1, 31), st.just(LAST_DAY)), 4)),
    st.builds(Rule, st.just("year"), *CLOCK, st.tuples(st.integers(1, 12), st.integers(1, 28))),
    st.builds(
        Rule, st.just("term"), *CLOCK, st.just(()),
        st.lists(st.sampled_from(sorted(TERMS)), max_size=3, unique=True).map(tuple), st.integers(0, 15),
    ),
    st.builds(
        Rule, st.just("holiday"), *CLOCK, st.just(()),
        st.lists(st.sampled_from(FEASTS), max_size=3, unique=True).map(tuple), st.integers(0, 15),
    ),
)  # fmt: skip
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@settings(max_examples=150, deadline=None)
@given(RULES, INSTANTS)
def test_words_read_back_are_the_same_rule_and_its_times_follow_each_other(rule: Rule, now: datetime) -> None:
    assert read_rule(rule_words(rule)) == rule
    assert Rule.from_json(rule.as_json()) == rule
    times = next_times(rule, now, CALENDAR, 4)
    assert times == sorted(set(times))
    assert all(at > now for at in times)
    for at in times:
        here = at.astimezone(CALENDAR.zone)
        assert (here.hour, here.minute) == (rule.hour, rule.minute)
        assert rule.kind != "workday" or CALENDAR.is_workday(here.date())
        assert rule.kind != "week" or here.weekday() in rule.numbers
    # none is left out: what follows the first is what follows it from there
    assert times[1:] == (next_times(rule, times[0], CALENDAR, 3) if times else [])


def test_solar_terms_and_holidays_are_on_the_days_that_were_published() -> None:
    # Purple Mountain Observatory's almanac and the State Council's notices
    terms = {name: day for day, name in solar_terms(date(2026, 1, 1), date(2026, 12, 31))}
    assert terms.keys() == TERMS
    published = {"立春": (2, 4), "清明": (4, 5), "夏至": (6, 21), "立秋": (8, 7), "立冬": (11, 7), "冬至": (12, 22)}
    assert {name: (terms[name].month, terms[name].day) for name in published} == published
    feasts = {2025: ("01-01 01-28 04-04 05-01 05-31 10-01 10-06"), 2026: "01-01 02-15 04-04 05-01 06-19 09-25 10-01"}
    for year, days in feasts.items():
        assert " ".join(f"{day:%m-%d}" for day, _ in holidays_of(year)) == days
    assert [name for _, name in holidays_of(2029)] == ["元旦", "清明", "劳动节", "国庆节"]  # not published: the fixed


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("11月20日（周五）下午三点集合。", []),
        ("11月20日周一集合", ["weekday"]),
        ("集合，，请准时。", ["doubled"]),
        ("太好了！！！真的？？……等你", []),
        ("11月1日报名", ["past"]),
        ("2月30日报名", ["no_day"]),
        ("1月8日（星期五）体检", []),  # of the next year
        ("2025年11月20日周一的事", ["weekday", "past"]),
    ],
)
def test_slips_of_the_pen(text: str, kinds: list[str]) -> None:
    assert [slip.kind for slip in find_slips(text, NOW, CALENDAR)] == kinds


def test_private_numbers_are_found_as_they_are_written() -> None:
    text = "联系13812345678，3栋2单元501，身份证11010519491231002X。"
    found = find_private(text)
    assert found[0] == "13812345678"
    assert "501" in "".join(found)
    assert found[-1] == "11010519491231002X"
    assert find_private("明天上午9点在3栋楼下集合，打110") == []


@pytest.mark.parametrize(
    ("role", "whole", "safety", "private", "second"),
    [
        ("committee", False, False, False, False),
        ("committee", True, False, False, True),
        ("committee", True, True, False, False),  # a warning goes at once
        ("admin", False, False, True, True),
        ("grid_worker", False, True, False, True),
        ("police", False, False, False, True),
    ],
)
def test_when_a_second_person_approves(role: str, whole: bool, safety: bool, private: bool, second: bool) -> None:
    assert BOOK.needs_second(role, whole=whole, safety=safety, private=private) is second


def test_a_wrong_book_says_so() -> None:
    for rules in ("writers: [", "writers: [admin]", "second_person: [{weather: yes}]\nwriters: []"):
        with pytest.raises(BookWrong):
            read_book(rules, ())


def test_every_template_fits_and_has_no_slip() -> None:
    for template in BOOK.templates.values():
        whole = f"{template.title}\n{template.text}"
        assert len(template.title) <= 40
        assert find_private(whole) == []
        assert find_slips(whole, NOW, CALENDAR) == ()
    assert {t.color for t in BOOK.templates.values() if t.kind == "weather"} == {"blue", "yellow", "orange", "red"}
