"""The table of the time bank: what it says, and what is wrong with it said with line and reason."""

from __future__ import annotations

from datetime import date

import pytest

from actions.ledger.rules_file import read_ledger
from actions.routing.entries import RulesWrong
from bot.decide.ledger import read_amount, read_day
from tests.support.desk import ROOT
from tests.support.ledger import LEDGER

TEXT = (ROOT / "data" / "ledger.yml").read_text("utf-8")
WEDNESDAY = date(2026, 11, 18)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("day: 4小时, month: 60小时", "day: -4小时, month: 60小时", r"ledger.yml:\d+: patrol: day: '-4小时': write"),
        ("day: 4小时, month: 60小时", "day: 0小时, month: 60小时", r"ledger.yml:\d+: patrol: day: .* more than 0"),
        ("day: 4小时, month: 60小时", "day: 70小时, month: 60小时", r"ledger.yml:\d+: patrol: day is more than month"),
        ("percent: 150", "percent: -1", r"ledger.yml:\d+: mediation: percent must be a whole number"),
        ("[mediator, workstation", "[magician, workstation", r"ledger.yml:\d+: mediation: .* no role 'magician'"),
        ("words: [调解,", "words: [巡逻,", r"ledger.yml:\d+: mediation: the word 巡逻 stands for patrol already"),
        ("words: [议事", "word: [议事", r"ledger.yml:\d+: deliberation: knows no word"),
        ("hours: 50小时", "hours: 5小时", r"ledger.yml:\d+: leaf: needs more hours than seed"),
        ("kinds: [patrol, mediation]", "kinds: [patrol, magic]", r"ledger.yml:\d+: guardian: .* no 'magic'"),
        ("expiry_months: 24", "expiry_months: 0", r"ledger.yml:\d+: expiry_months: .* from 1 to 240"),
        ("zone: Asia/Shanghai", "zone: Mond/Krater", r"ledger.yml:\d+: zone: there is no time zone"),
        ("  donate: 捐给爱心基金\n", "", r"words: donate is missing"),
        ("  seed:", "  leaf:", r"ledger.yml:\d+: leaf stands twice"),
    ],
)
def test_what_cannot_be_is_said_with_its_line(old: str, new: str, says: str) -> None:
    assert old in TEXT
    with pytest.raises(RulesWrong, match=says):
        read_ledger(TEXT.replace(old, new, 1))


def test_hours_are_good_for_whole_months() -> None:
    assert LEDGER.expires_on(date(2026, 11, 1)) == LEDGER.expires_on(date(2026, 11, 30)) == date(2028, 12, 1)
    assert LEDGER.expires_on(date(2026, 12, 31)) == date(2029, 1, 1)


def test_minutes_are_said_as_people_say_them() -> None:
    assert [LEDGER.hours_words(n) for n in (0, 30, 60, 90, -90)] == [
        "0小时", "30分钟", "1小时", "1小时30分钟", "-1小时30分钟",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("两小时", 120),
        ("2个半小时", 150),
        ("半个小时", 30),
        ("1.5小时", 90),
        ("三个钟头", 180),
        ("一个小时三十分钟", 90),
        ("45分钟", 45),
        ("-2小时", -120),
        ("负两小时", -120),
        ("0小时", 0),
        ("两点钟见", None),
        ("好久", None),
    ],
)
def test_how_long_is_read_as_it_is_said(text: str, minutes: int | None) -> None:
    assert read_amount(text)[0] == minutes


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("今天上午", WEDNESDAY),
        ("昨晚", date(2026, 11, 17)),
        ("大前天", date(2026, 11, 15)),
        ("上周六", date(2026, 11, 14)),
        ("上星期天", date(2026, 11, 15)),
        ("周六", date(2026, 11, 14)),
        ("周一", date(2026, 11, 16)),
        ("上上周三", date(2026, 11, 4)),
        ("11月3日", date(2026, 11, 3)),
        ("十一月三号", date(2026, 11, 3)),
        ("12月31日", date(2025, 12, 31)),
        ("2月30日", None),
        ("巡逻了", None),
    ],
)
def test_the_day_that_has_been_is_found(text: str, day: date | None) -> None:
    assert read_day(text, WEDNESDAY) == day
