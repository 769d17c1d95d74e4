"""Surveys by their rules: what may be asked, what counts, what is hidden, and what the report comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actions.errors import InvalidInput
from actions.surveys.draw import draw
from actions.surveys.questions import Condition, Kind, Question, check_questions, shown
from actions.surveys.reading import BadAnswer, check_answer, check_answers, read_posted, read_spoken
from actions.surveys.results import SMALL, break_down, cross, hide, one_decimal, report
from tests.support.surveys import (
    OVERALL,
    PRINTED,
    PUBLISHED,
    TOOLS,
    published_answers,
)

A = Question("a", Kind.SINGLE, "甲？", ("一", "二", "三"))
B = Question("b", Kind.SCALE, "乙？", low=1, high=5)


def test_the_published_means_come_to_the_published_dimensions() -> None:
    questions, answers = TOOLS.templates["community"].questions, published_answers()
    found = report(questions, answers)
    assert [one_decimal(one.mean) for one in found.questions if one.question.is_indicator] == PUBLISHED
    assert [one_decimal(mean) for _, mean in found.dimensions] == PRINTED
    assert one_decimal(found.overall) == OVERALL


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (Fraction(8134, 100), "81.3"), (Fraction(8125, 100), "81.3"), (Fraction(8135, 100), "81.4"),
        (Fraction(0), "0.0"), (Fraction(-5, 100), "-0.1"), (Fraction(-1, 100), "0.0"), (None, "—"),
    ],
)  # fmt: skip
def test_numbers_are_rounded_once_and_half_goes_up(value: Fraction | None, printed: str) -> None:
    assert one_decimal(value) == printed


@pytest.mark.parametrize(
    ("questions", "wrong"),
    [
        ([replace(A, text="")], "text"),
        ([replace(A, kind="essay")], "kind"),
        ([replace(A, options=("一",))], "options"),
        ([replace(A, options=("一", "一"))], "twice"),
        ([replace(A, kind=Kind.MULTIPLE, least=3, most=2)], "how_many"),
        ([replace(B, low=5, high=5)], "scale"),
        ([replace(B, options=("好", "坏"))], "scale_words"),
        ([Question("m", Kind.MATRIX, "表", ("好", "坏"))], "matrix"),
        ([Question("n", Kind.NUMBER, "几", low=9, high=1)], "span"),
        ([A, replace(B, show_if=Condition("z", (0,)))], "no_such"),
        ([replace(B, show_if=Condition("a", (0,))), A], "loop"),
        ([replace(A, show_if=Condition("a", (0,)))], "loop"),
        ([A, replace(B, show_if=Condition("a", ()))], "dead_end"),
        ([A, replace(B, show_if=Condition("a", (3,)))], "dead_end"),
        ([B, replace(A, show_if=Condition("b", low=6, high=9))], "dead_end"),
        ([Question("t", Kind.TEXT, "说说"), replace(A, show_if=Condition("t", (0,)))], "no_branch"),
    ],
)
def test_what_cannot_be_asked_is_said(questions: Sequence[Question], wrong: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_questions(questions)
    assert refused.value.phrase == f"survey.bad.{wrong}"


def test_what_hangs_on_a_question_that_is_not_asked_is_not_asked() -> None:
    chain = [A, replace(B, show_if=Condition("a", (0,))), replace(A, key="c", show_if=Condition("b", low=1, high=2))]
    check_questions(chain)
    assert [q.key for q in shown(chain, {"a": 1, "b": 1})] == ["a"]
    assert [q.key for q in shown(chain, {"a": 0, "b": 2})] == ["a", "b", "c"]
    assert check_answers(chain, {"a": 1, "b": 5, "c": 2}) == {"a": 1}
    with pytest.raises(BadAnswer) as missing:
        check_answers(chain, {"a": 0})
    assert missing.value.key == "b"
    assert check_answers(chain, {"a": 0, "b": None}) == {"a": 0, "b": None}


MATRIX = Question("m", Kind.MATRIX, "表", ("好", "中", "差"), ("卫生", "治安"))
RANK = Question("r", Kind.RANKING, "排", ("一", "二", "三"))
MANY = Question("x", Kind.MULTIPLE, "选", ("一", "二", "三"), least=1, most=2)
NUMBER = Question("n", Kind.NUMBER, "几", low=0, high=10)
DAY = Question("d", Kind.DATE, "哪天")


@pytest.mark.parametrize(
    ("question", "said", "kept"),
    [
        (A, "2", 1), (A, "第二个", 1), (A, "二", 1), (A, "9", BadAnswer), (A, "不愿回答", None),
        (A, "跳过", None),
        (A, "楼道灯坏了", BadAnswer), (B, "4", 4), (B, "6", BadAnswer), (MANY, "1 3", [0, 2]),
        (MANY, "1、2、3", BadAnswer),
        (RANK, "3 1 2", [2, 0, 1]), (RANK, "312", [2, 0, 1]), (RANK, "1 1 2", BadAnswer), (MATRIX, "1 3", [0, 2]),
        (MATRIX, "1", BadAnswer), (NUMBER, "7", 7), (NUMBER, "11", BadAnswer), (DAY, "2026年11月3日", "2026-11-03"),
        (DAY, "2026-2-30", BadAnswer), (DAY, "昨天", BadAnswer),
        (Question("t", Kind.TEXT, "说"), " 灯不亮 ", "灯不亮"),
    ],
)  # fmt: skip
def test_what_is_said_is_read_as_an_answer_or_asked_again(question: Question, said: str, kept: Any) -> None:
    if kept is BadAnswer:
        with pytest.raises(BadAnswer):
            check_answer(question, read_spoken(question, said))
    else:
        assert check_answer(question, read_spoken(question, said)) == kept


def test_what_a_form_holds_is_read() -> None:
    form = {
        "q.a": ["1"], "q.x": ["0", "2"], "q.m.0": ["0"], "q.m.1": ["2"], "q.r.0": ["2"], "q.r.1": ["1"], "q.r.2": ["3"],
        "q.n": [" 7 "], "q.d": ["2026-11-03"], "q.b.no": ["1"],
    }  # fmt: skip
    read = read_posted([A, B, MANY, MATRIX, RANK, NUMBER, DAY], lambda name: form.get(name, []))
    assert read == {"a": 1, "b": None, "x": [0, 2], "m": [0, 2], "r": [1, 0, 2], "n": 7, "d": "2026-11-03"}
    with pytest.raises(BadAnswer):
        read_posted([NUMBER], lambda name: ["七"] if name == "q.n" else [])
    with pytest.raises(BadAnswer):
        read_posted([RANK], lambda name: ["1"] if name.endswith((".0", ".1")) else [])


junk = st.one_of(
    st.none(), st.integers(-3, 12), st.text(max_size=4), st.lists(st.integers(-2, 5), max_size=4), st.booleans()
)


@settings(max_examples=60, deadline=None)
@given(st.fixed_dictionaries({}, optional={q.key: junk for q in (A, B, MANY, MATRIX, RANK, NUMBER, DAY)}))
def test_nothing_is_kept_that_cannot_be_counted(answers: dict[str, Any]) -> None:
    questions = [A, B, MANY, MATRIX, RANK, NUMBER, DAY]
    try:
        kept = check_answers([replace(one, required=False) for one in questions], answers)
    except BadAnswer:
        return
    found = report(questions, [kept])
    for one in found.questions:
        assert one.asked == 1
        assert one.said + one.silent == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=6))
def test_a_small_group_is_hidden_and_cannot_be_reckoned_back(counts: list[int]) -> None:
    told = hide(counts)
    assert all(one is None or one == 0 or one >= SMALL for one in told)
    small = any(0 < one < SMALL for one in counts)
    assert told.count(None) != 1 or sum(1 for one in counts if one) == 1 or not small


def test_groups_and_cells_of_few_are_not_shown() -> None:
    by = replace(A, key="g")
    answers = [{"g": 0, "a": 0}] * 20 + [{"g": 1, "a": 1}] * 7 + [{"g": 2, "a": 2}] * 2
    groups = break_down([by, A], answers, by)
    assert [one.size for one in groups] == [20, None, None]
    assert groups[2].report is None
    table = cross(A, by, answers)
    assert table[2][2] is None
    assert [row[2] for row in table if row[2]] == []


@settings(max_examples=40, deadline=None)
@given(st.sets(st.text("0123456789abcdef", min_size=64, max_size=64), max_size=12), st.integers(0, 14))
def test_nobody_wins_twice_and_the_order_of_the_list_is_nothing(entries: set[str], prizes: int) -> None:
    won = draw("seed", list(entries), prizes)
    assert won == draw("seed", sorted(entries, reverse=True), prizes)
    assert len(set(won)) == len(won) == min(prizes, len(entries))
