"""Two models side by side: who is better, by how much, and what must not be lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.evaluation.comparing import Verdict, compare, mcnemar
from nlu.evaluation.figures import Answer
from nlu.evaluation.table import comparison_table
from nlu.evaluation.values import comparison_as_json
from nlu.examples import Example
from nlu.model.parse import Parse


def answer(intent: str, *, category: str | None = None, alarm: bool | None = None) -> Answer:
    return Answer(Parse("", intent, 0.9, ((intent, 0.9),), category), alarm=alarm)


RIGHT, WRONG = answer("consult"), answer("feedback")


def examples(count: int) -> list[Example]:
    return [Example(str(number), "consult") for number in range(count)]


@pytest.mark.parametrize(
    ("gained", "lost", "verdict"),
    [
        (10, 0, Verdict.BETTER),
        (0, 10, Verdict.WORSE),
        (5, 0, Verdict.NO_CLEAR_DIFFERENCE),  # 2 · ½⁵ = 0.0625
        (6, 0, Verdict.BETTER),
        (12, 10, Verdict.NO_CLEAR_DIFFERENCE),
        (0, 0, Verdict.NO_CLEAR_DIFFERENCE),
    ],
)
def test_a_difference_counts_when_chance_would_hardly_make_it(gained: int, lost: int, verdict: Verdict) -> None:
    old = [WRONG] * gained + [RIGHT] * lost + [RIGHT] * 5
    new = [RIGHT] * gained + [WRONG] * lost + [RIGHT] * 5
    comparison = compare(old, new, examples(len(old)))

    assert comparison.verdict is verdict
    assert (len(comparison.newly_right), len(comparison.newly_wrong)) == (gained, lost)
    assert comparison.new.right - comparison.old.right == gained - lost


@pytest.mark.parametrize(("gained", "lost", "chance"), [(0, 0, 1), (5, 0, 2 / 32), (1, 1, 1), (8, 2, 112 / 1024)])
def test_the_sign_test_is_exact(gained: int, lost: int, chance: float) -> None:
    assert mcnemar(gained, lost) == mcnemar(lost, gained) == pytest.approx(chance)


@given(st.integers(0, 900), st.integers(0, 900))
def test_the_chance_is_one_whatever_the_numbers(gained: int, lost: int) -> None:
    assert 0 <= mcnemar(gained, lost) <= 1


def test_a_wrong_category_is_wrong() -> None:
    asked = [Example("灯不亮", "service_request", "electricity_lighting")]
    old, new = (answer("service_request", category=c) for c in ("electricity_lighting", "elevator"))

    comparison = compare([old], [new], asked)
    assert [row.example.text for row in comparison.newly_wrong] == ["灯不亮"]
    assert comparison.by_intent["service_request"].f1 == 0


def test_each_intent_has_its_gain() -> None:
    asked = [Example("a", "consult"), Example("b", "feedback")]
    change = compare([WRONG, WRONG], [RIGHT, WRONG], asked).by_intent

    assert change["consult"].f1 == 1.0
    assert (change["feedback"].precision, change["feedback"].recall) == (0.5, 0.0)


def test_emergencies_are_followed_one_by_one_and_by_what_the_bot_does() -> None:
    asked = [Example("着火", "emergency"), Example("晕倒", "emergency"), Example("火锅", "chitchat")]
    old = [answer("emergency", alarm=True), answer("chitchat", alarm=False), answer("chitchat", alarm=False)]
    new = [answer("emergency", alarm=False), answer("chitchat", alarm=True), answer("chitchat", alarm=True)]
    comparison = compare(old, new, asked)

    assert [row.example.text for row in comparison.emergencies_newly_missed] == ["着火"]
    assert [row.example.text for row in comparison.emergencies_newly_heard] == ["晕倒"]
    assert [row.example.text for row in comparison.new_false_alarms] == ["火锅"]
    assert not comparison.hears_fewer_emergencies
    assert compare(old[:1], new[:1], asked[:1]).hears_fewer_emergencies


def test_without_the_bots_word_the_model_is_asked() -> None:
    asked = [Example("着火", "emergency")]

    assert compare([answer("emergency")], [answer("chitchat")], asked).hears_fewer_emergencies


def test_answers_must_belong_to_the_examples() -> None:
    with pytest.raises(ValueError, match="zip"):
        compare([RIGHT], [RIGHT, RIGHT], examples(2))


def test_a_comparison_reads_as_json_and_as_a_table() -> None:
    asked = [Example("着火啦", "emergency"), *examples(8)]
    comparison = compare([answer("emergency")] + [WRONG] * 8, [RIGHT] * 9, asked)
    values, table = comparison_as_json(comparison), comparison_table(comparison)

    assert (values["verdict"], values["hears_fewer_emergencies"]) == ("better", True)
    assert len(values["newly_right"]) == 8
    assert values["emergencies_newly_missed"][0]["text"] == "着火啦"
    assert "The new model is better." in table
    assert "1 emergencies are heard no longer:\n  着火啦" in table
