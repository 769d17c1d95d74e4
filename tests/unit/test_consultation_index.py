"""The consultation index, month by month as reckoned by hand; and what must hold for any month."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actions.proposals.index import BREADTH, COMPLETION, RESPONSE, TIMELINESS, MonthFacts, index_of
from actions.proposals.rules_file import read_proposals
from actions.routing.entries import RulesWrong
from tests.support.desk import ROOT

TEXT = (ROOT / "data" / "proposals.yml").read_text("utf-8")
RULES = read_proposals(TEXT).index
BUSY = MonthFacts(
    matters=2, residents=100, participants=10, forms=2, answers_due=2, answered=1, tasks_due=2, percents=150,
    steps_due=5, in_time=4, innovations=1,
)  # fmt: skip


def test_a_busy_month_comes_out_as_by_hand() -> None:
    """10 of 100 are half of the 20 asked for, 2 of 3 forms: 0.7·½ + 0.3·⅔ = 0.55.

    30·0.55 + 25·0.5 + 25·0.75 + 20·0.8 = 16.5 + 12.5 + 18.75 + 16 = 63.75, and 2 for an innovation: 65.75.
    """
    index = index_of(BUSY, RULES)
    assert index.parts == {
        BREADTH: Fraction(55, 100), RESPONSE: Fraction(1, 2), COMPLETION: Fraction(3, 4), TIMELINESS: Fraction(4, 5)
    }  # fmt: skip
    assert index.bonus == 2
    assert index.value == 658  # 65.75, a half up


def test_where_nothing_fell_due_only_breadth_counts() -> None:
    """5 of 50 are half of the 10 asked for, 1 of 3 forms: 0.7·½ + 0.3·⅓ = 0.45, the whole weight is its."""
    index = index_of(MonthFacts(matters=1, residents=50, participants=5, forms=1), RULES)
    assert (index.parts[RESPONSE], index.parts[COMPLETION], index.parts[TIMELINESS]) == (None, None, None)
    assert index.value == 450


def test_a_part_without_a_base_gives_its_weight_to_the_others() -> None:
    """No task fell due: (30·0.55 + 25·0.5 + 20·0.8) ÷ 75 = 45 ÷ 75 = 0.6, and 2 points."""
    assert index_of(replace(BUSY, tasks_due=0, percents=0), RULES).value == 620


def test_a_month_without_a_matter_has_no_index() -> None:
    index = index_of(MonthFacts(residents=100, innovations=3), RULES)
    assert index.value is None
    assert set(index.parts.values()) == {None}


def test_matters_and_no_residents_is_not_a_division_by_nothing() -> None:
    assert index_of(MonthFacts(matters=1, answers_due=1, answered=1, steps_due=1), RULES).value == 556  # 25 ÷ 45


def test_nothing_is_more_than_a_hundred() -> None:
    full = MonthFacts(9, 10, 10, 6, 3, 3, 2, 200, 5, 5, 50)
    index = index_of(full, RULES)
    assert (index.bonus, index.value) == (RULES.most_innovation, 1000)


COUNTS = st.integers(0, 50)


@settings(max_examples=60)
@given(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)
def test_it_stays_within_bounds_and_an_answer_more_never_lowers_it(
    residents: int, participants: int, due: int, answered: int, steps: int, in_time: int
) -> None:
    answered, in_time = min(due, answered), min(steps, in_time)
    facts = MonthFacts(1, residents, participants, 2, due + 1, answered, 0, 0, steps, in_time, 0)
    value = index_of(facts, RULES).value
    better = index_of(replace(facts, answered=answered + 1), RULES).value
    assert value is not None
    assert better is not None
    assert 0 <= value <= better <= 1000


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("breadth: 30,", "breadth: 40,", "must add up to 100"),
        ("supporters: 5 ", "supporters: none ", "supporters must be a whole number"),
        ('tell_at: "18:00"', 'tell_at: "25:00"', "write it like"),
        ("  lapsed: 到期", "  lapse: 到期", "lapsed is missing"),
        ("name: 听证会,", "name: '',", "needs a name"),
        ("alike: 0.26", "alike: 2", "more than 0 and at most 1"),
        ("zone: Asia/Shanghai", "zone: Mond", "there is no time zone"),
        ("matters: [公共收益使用", "matters: [7", "something in it"),
    ],
)
def test_what_is_wrong_in_the_file_is_said_with_its_place(before: str, after: str, said: str) -> None:
    assert before in TEXT
    with pytest.raises(RulesWrong, match=said):
        read_proposals(TEXT.replace(before, after))
