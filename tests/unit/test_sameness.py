"""Whether two reports are about the same fault: the measured set, and what must hold whatever is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.routing.faults import Faults, FaultsWrong, read_faults
from actions.routing.likeness import likeness
from actions.tickets.commands import Where
from actions.tickets.sameness import Report, Sameness, judge
from bot.cli.pairs import BadPairs, judge_pair, read_pairs, score, table
from bot.rule_files import load_rules
from tests.support.desk import NOON, ROOT

RULES = load_rules(ROOT / "data")
PAIRS = read_pairs(ROOT / "data" / "same" / "pairs.jsonl", RULES)
LIFT = Report("service_request/elevator", "3栋电梯坏了", Where("3"), NOON)
FAR = ("water", "network", "gas", "power")


def later(report: Report, minutes: int = 5, **more: object) -> Report:
    return replace(report, at=report.at + timedelta(minutes=minutes), **more)  # type: ignore[arg-type]


def test_on_the_whole_set_what_is_joined_is_the_same_and_most_of_the_same_is_joined() -> None:
    assert len(PAIRS) >= 300
    found = score(PAIRS, RULES)
    assert (found.precision >= 0.98, found.recall >= 0.85) == (True, True), table(PAIRS, RULES)


def test_on_the_half_that_was_never_looked_at_it_holds_too() -> None:
    held = [pair for pair in PAIRS if pair.half == "held"]
    assert len(held) * 2 >= len(PAIRS)
    found = score(held, RULES)
    assert (found.precision >= 0.98, found.recall >= 0.85) == (True, True), table(PAIRS, RULES)


def test_two_buildings_are_never_surely_the_same_unless_it_reaches_far() -> None:
    """Every pair of the set, its two reports put into different buildings."""
    apart = [(into(pair.first, "98"), into(pair.second, "99")) for pair in PAIRS]
    joined = [first.text for first, second in apart if judge(RULES, first, second) is Sameness.SAME]
    assert joined  # water, power, gas, network
    assert [text for text in joined if not reaches_far(text)] == []


def test_traditional_characters_are_read_like_simplified_ones() -> None:
    thing = RULES.faults.read("停電了").thing
    assert thing is not None
    assert thing.code == "power"


def into(report: Report, building: str) -> Report:
    return replace(report, where=replace(report.where, building=building), presumed=False)


def reaches_far(text: str) -> bool:
    thing = RULES.faults.read(text).thing
    return thing is not None and thing.code in FAR


@pytest.mark.parametrize("service", ["dispute/noise", "safety_tip/theft", "emergency/trapped", "consult", "suggestion"])
def test_quarrels_secrets_dangers_and_questions_never_join(service: str) -> None:
    emergency = "trapped" if service.startswith("emergency/") else ""
    one = replace(LIFT, service=service, emergency=emergency)
    assert judge(RULES, one, later(one)) is Sameness.DIFFERENT
    assert judge(RULES, LIFT, later(one)) is Sameness.DIFFERENT


def test_what_was_handled_or_only_heard_of_is_for_a_person_to_see() -> None:
    assert judge(RULES, LIFT, later(LIFT)) is Sameness.SAME
    assert judge(RULES, replace(LIFT, settled=True), later(LIFT)) is Sameness.MAYBE
    assert judge(RULES, LIFT, later(LIFT, text="听说3栋电梯坏了")) is Sameness.MAYBE
    assert judge(RULES, LIFT, later(LIFT, 4 * 24 * 60)) is Sameness.DIFFERENT


def test_ones_own_tap_is_the_same_for_ones_own_household_only() -> None:
    where = Where("3", "2", "", "501")
    tap = Report("service_request/water_drainage", "我家厨房下水道堵了", where, NOON, household="h1")
    assert judge(RULES, tap, later(tap)) is Sameness.SAME
    assert judge(RULES, tap, later(tap, household="h2")) is Sameness.DIFFERENT


def test_an_entrance_known_only_from_the_home_makes_a_doubt_not_a_difference() -> None:
    said = replace(LIFT, where=Where("3", "2"))
    at_home = later(LIFT, home=Where("3", "1"))
    assert judge(RULES, said, at_home) is Sameness.MAYBE
    assert judge(RULES, said, later(LIFT, where=Where("3", "1"))) is Sameness.DIFFERENT
    assert judge(RULES, said, later(LIFT, home=Where("3", "2"))) is Sameness.SAME


def test_without_words_for_it_the_same_words_at_the_same_place_join() -> None:
    door = Report("service_request/other", "2栋大堂的屏风歪了快倒了", Where("2"), NOON)
    assert judge(RULES, door, later(door, text="2栋大堂屏风歪了快倒了")) is Sameness.SAME
    assert judge(RULES, door, later(door, text="2栋大堂屏风上全是灰", minutes=9)) is Sameness.MAYBE
    assert judge(RULES, door, later(door, where=Where("4"))) is Sameness.DIFFERENT
    assert judge(replace(RULES, faults=Faults()), LIFT, later(LIFT, text="升降机没法用")) is Sameness.DIFFERENT


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_is_said_of_another_building_joins_only_what_reaches_far(first: str, second: str) -> None:
    assert 0.0 <= likeness(first, second) <= 1.0
    answer = judge(RULES, replace(LIFT, text=first), later(LIFT, text=second, where=Where("5")))
    assert answer is not Sameness.SAME or reaches_far(first)


@pytest.mark.parametrize(
    ("found", "put", "why"),
    [
        ("scope: building, lasts: 2天}", "scope: house, lasts: 2天}", "fire_lane"),
        ("lasts: 2天}", "lasts: bald}", "fire_lane"),
        ("usual: dark", "usual: pink", "street_light"),
        ("words: [狗, 犬]", "words: []", "dog"),
        ("wide: [", "wider: [", "wide"),
        ("things:", "things: [", "faults.yml"),
    ],
)
def test_what_is_wrong_in_the_words_is_named(found: str, put: str, why: str) -> None:
    text = (ROOT / "data" / "faults.yml").read_text("utf-8")
    assert found in text
    with pytest.raises(FaultsWrong, match=why):
        read_faults(text.replace(found, put, 1))


def test_pairs_that_cannot_be_read_are_named_by_their_line(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "pairs.jsonl"
    path.write_text('{"first": "x"}\n', encoding="utf-8")
    with pytest.raises(BadPairs, match=r"pairs.jsonl:1"):
        read_pairs(path, RULES)
    assert judge_pair(replace(PAIRS[0], over=True), RULES) is Sameness.DIFFERENT
