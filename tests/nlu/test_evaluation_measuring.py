"""Figures of answers that are written by hand, so that each can be counted on the fingers."""

from __future__ import annotations

import pytest

from nlu.evaluation.figures import Answer, Pair
from nlu.evaluation.lenient import OUR_INTENTS, SAME_MATTER, WITH_DESK, is_right_leniently
from nlu.evaluation.lint import read_rules
from nlu.evaluation.measuring import measure
from nlu.examples import Example, Part
from nlu.model.entities import extract
from nlu.model.parse import Parse
from nlu.training import DOMAIN


def said(intent: str, confidence: float = 0.9, category: str | None = None, **more: object) -> Answer:
    alarm = more.get("alarm")
    ranking = ((intent, confidence), ("chitchat", 1 - confidence))
    if intent == "chitchat":
        ranking = (("chitchat", confidence), ("consult", 1 - confidence))
    text = str(more.get("text", ""))
    return Answer(
        Parse(text, intent, confidence, ranking, category, entities=tuple(extract(text))),
        alarm=alarm if isinstance(alarm, bool) else None,
        alarm_by_rules=bool(more.get("rules")) if isinstance(alarm, bool) else None,
        alarm_by_model=intent == "emergency" if isinstance(alarm, bool) else None,
        speaks=bool(more["speaks"]) if "speaks" in more else None,
    )


def test_scores_count_hits_against_what_is_true_and_what_was_said() -> None:
    pairs: list[Pair] = [
        (Example("a", "consult"), said("consult")),
        (Example("b", "consult"), said("chitchat")),
        (Example("c", "chitchat"), said("consult")),
        (Example("d", "dispute", "noise"), said("consult")),
    ]
    figures = measure(pairs)

    consult = figures.by_intent["consult"]
    assert (consult.true, consult.said, consult.hits) == (2, 3, 1)
    assert (consult.precision, consult.recall, consult.f1) == (1 / 3, 1 / 2, 2 / 5)
    assert figures.by_intent["dispute"].f1 == 0.0
    assert figures.accuracy == 0.25
    assert figures.macro_f1 == pytest.approx((2 / 5 + 0 + 0) / 3)
    assert figures.confusion.counts["consult", "chitchat"] == 1


def test_an_intent_that_was_only_said_does_not_lower_the_mean() -> None:
    figures = measure([(Example("a", "consult"), said("consult")), (Example("b", "consult"), said("feedback"))])

    assert figures.by_intent["feedback"].true == 0
    assert figures.macro_f1 == figures.by_intent["consult"].f1 == pytest.approx(2 / 3)


def test_categories_are_judged_where_the_intent_is_right() -> None:
    pairs: list[Pair] = [
        (Example("a", "dispute", "noise"), said("dispute", category="noise")),
        (Example("b", "dispute", "noise"), said("dispute", category="pets")),
        (Example("c", "dispute", "noise"), said("chitchat")),
    ]
    figures = measure(pairs)

    assert figures.category_accuracy == 0.5
    assert (figures.whole_right, figures.whole_asked) == (1, 3)
    assert figures.by_category["dispute/pets"].said == 1
    assert [(c.true, c.said) for c in figures.worst] == [("dispute", "chitchat"), ("dispute/noise", "dispute/pets")]


def test_mistakes_are_told_most_frequent_first_and_surest_first() -> None:
    pairs: list[Pair] = [
        (Example("a", "consult"), said("chitchat", 0.5)),
        (Example("b", "feedback"), said("chitchat", 0.9)),
        (Example("c", "consult"), said("chitchat", 0.8)),
    ]
    worst = measure(pairs).worst

    assert [(c.true, [e.text for e, _ in c.pairs]) for c in worst] == [("consult", ["c", "a"]), ("feedback", ["b"])]


def test_confidence_that_tells_the_truth_has_no_calibration_error() -> None:
    honest = [(Example(str(n), "consult"), said("consult" if n < 7 else "chitchat", 0.7)) for n in range(10)]
    boasting = [(e, said(a.parse.intent, 1.0)) for e, a in honest]

    assert measure(honest).calibration.ece == pytest.approx(0.0)
    assert measure(boasting).calibration.ece == pytest.approx(0.3)
    [only] = measure(boasting).calibration.bins
    assert (only.examples, only.accuracy, only.low) == (10, 0.7, 0.9)


def test_the_scope_curve_tells_what_each_threshold_keeps_and_lets_through() -> None:
    pairs: list[Pair] = [
        (Example("a", "consult"), said("consult", 0.9)),
        (Example("b", "consult"), said("chitchat", 0.6)),
        (Example("c", "chitchat"), said("chitchat", 0.9)),
        (Example("d", "chitchat"), said("consult", 0.5)),
    ]
    scope = measure(pairs).scope

    assert scope is not None
    assert scope.auroc == pytest.approx(0.75)  # 0.9 and 0.4 against 0.1 and 0.5: three of four
    at = {point.threshold: point for point in scope.curve}
    assert (at[0.0].recall, at[0.0].false_speaking) == (1.0, 1.0)
    assert (at[0.5].recall, at[0.5].false_speaking) == (0.5, 0.5)
    assert (at[1.0].recall, at[1.0].false_speaking) == (0.0, 0.0)


def test_alarms_count_who_heard_and_who_cried_wolf() -> None:
    pairs: list[Pair] = [
        (Example("a", "emergency"), said("emergency", alarm=True, rules=False)),
        (Example("b", "emergency"), said("consult", alarm=True, rules=True)),
        (Example("c", "emergency"), said("consult", alarm=False)),
        (Example("d", "chitchat"), said("chitchat", alarm=True, rules=True)),
        (Example("e", "chitchat"), said("chitchat", alarm=False)),
    ]
    alarms = measure(pairs).alarms

    assert alarms is not None
    assert (alarms.true, alarms.heard, alarms.heard_by_rules, alarms.heard_by_model) == (3, 2, 1, 1)
    assert (alarms.false, alarms.chitchat) == (1, 2)
    assert [e.text for e, _ in alarms.missed] == ["c"]


def test_speaking_up_counts_chitchat_apart_from_matters() -> None:
    pairs: list[Pair] = [
        (Example("a", "chitchat"), said("consult", speaks=True)),
        (Example("b", "chitchat"), said("chitchat", speaks=False)),
        (Example("c", "consult"), said("consult", speaks=True)),
        (Example("d", "consult"), said("feedback", speaks=True)),
        (Example("e", "consult"), said("consult", speaks=False)),
    ]
    speaking = measure(pairs).speaking

    assert speaking is not None
    assert (speaking.on_chitchat, speaking.chitchat) == (1, 2)
    assert (speaking.rightly, speaking.on_matters, speaking.matters) == (1, 2, 3)


def test_what_makes_no_sense_for_other_labels_is_left_out() -> None:
    pairs: list[Pair] = [(Example("what is my balance", "balance"), said("balance", alarm=False, speaks=False))]
    figures = measure(pairs)

    assert figures.alarms is figures.speaking is figures.scope is figures.lenient_accuracy is None
    assert figures.entity_score is figures.category_accuracy is None


def test_another_label_can_be_out_of_scope() -> None:
    pairs: list[Pair] = [
        (Example("x", "oos"), Answer(Parse("x", "balance", 0.3, (("balance", 0.3), ("card", 0.2))))),
        (Example("y", "balance"), Answer(Parse("y", "balance", 0.9, (("balance", 0.9), ("card", 0.1))))),
    ]
    scope = measure(pairs, out_of_scope="oos").scope

    assert scope is not None  # the model has never heard of the label: its confidence is what there is
    assert (scope.label, scope.auroc, scope.outside) == ("oos", 1.0, 1)


@pytest.mark.parametrize(
    ("written", "value"), [("３栋", "3栋"), ("三栋", "3栋"), ("3號樓", "3栋"), ("三幢", "3")]
)
def test_entities_are_compared_as_numbers_and_in_one_width(written: str, value: str) -> None:
    text = f"{written}电梯坏了"
    example = Example(text, "service_request", "elevator", (("building", value),))
    figures = measure([(example, said("service_request", category="elevator", text=text))])

    assert figures.entities["building"].f1 == 1.0


def test_entities_of_files_without_marks_are_not_counted() -> None:
    marked = Example("3栋停电", "service_request", entities=(("building", "3栋"),), source="marked.jsonl")
    bare = Example("5栋停电", "service_request", source="bare.jsonl")
    pairs: list[Pair] = [(e, said("service_request", text=e.text)) for e in (marked, bare)]

    score = measure(pairs).entity_score
    assert score is not None
    assert (score.true, score.said, score.hits) == (1, 1, 1)


def test_kinds_that_nobody_looks_for_are_left_out_where_labels_are_not_ours() -> None:
    example = Example("a flight to Paris", "booking", entities=(("city", "Paris"),))

    assert measure([(example, said("booking", text=example.text))]).entity_score is None


def test_slices_are_the_notes() -> None:
    pairs: list[Pair] = [
        (Example("a", "consult", note="yue"), said("consult")),
        (Example("b", "consult", note="yue"), said("chitchat")),
        (Example("c", "consult"), said("consult")),
    ]
    slices = measure(pairs).slices

    assert {note: (s.examples, s.accuracy) for note, s in slices.items()} == {"yue": (2, 0.5)}


def test_messages_of_several_matters_are_judged_matter_by_matter_and_only_so() -> None:
    parts = (Part("灯坏了", "service_request"), Part("楼上吵", "dispute"))
    several = Example("灯坏了，楼上吵", "service_request", parts=parts)
    single = Example("灯坏了。黑。", "service_request", parts=parts[:1])
    whole, parted = said("service_request"), Answer(said("dispute").parse, matters=("dispute", "service_request"))

    for answers, counted, rightly in (
        ((whole, whole), (3, 2, 2), 1),
        ((parted, whole), (3, 3, 3), 2),
        ((parted, parted), (3, 4, 3), 1),
    ):
        figures = measure(list(zip((several, single), answers, strict=True)))
        assert figures.matters is not None
        score = figures.matters.intents
        assert (score.true, score.said, score.hits) == counted
        assert (figures.matters.messages, figures.matters.parted_rightly) == (2, rightly)
        assert figures.examples == 1


@pytest.mark.parametrize(
    ("true", "answered", "right"),
    [
        (("consult", None), ("consult", None), True),
        (("dispute", "pets"), ("dispute", "noise"), True),  # the intent is right
        (("dispute", "pets"), ("safety_tip", "animal"), True),
        (("dispute", "leakage"), ("service_request", "water_drainage"), True),
        (("dispute", "leakage"), ("service_request", "elevator"), False),
        (("dispute", "other"), ("service_request", "other"), False),
        (("suggestion", None), ("service_request", "greenery"), False),
        (("safety_tip", "animal"), ("chitchat", None), False),
        (("emergency", None), ("safety_tip", "fire_safety"), False),
    ],
)
def test_leniency_asks_for_a_ticket_on_the_same_desk(
    true: tuple[str, str | None], answered: tuple[str, str | None], *, right: bool
) -> None:
    assert is_right_leniently(Example("…", *true), said(answered[0], category=answered[1]).parse) is right


def test_leniency_speaks_of_the_labels_that_there_are() -> None:
    rules = read_rules(DOMAIN)

    assert set(rules.categories) == OUR_INTENTS
    assert {intent for intent, categories in rules.categories.items() if categories} == WITH_DESK
    categories = {category for found in rules.categories.values() for category in found}
    assert {*SAME_MATTER, *SAME_MATTER.values()} <= categories


def test_nothing_to_measure_is_measured_as_nothing() -> None:
    figures = measure([])

    assert (figures.examples, figures.accuracy, figures.macro_f1) == (0, 0.0, 0.0)
