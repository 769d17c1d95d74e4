"""Learning, and how far its confidence can be believed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.evaluation.figures import Answer
from nlu.evaluation.measuring import measure
from nlu.examples import Example
from nlu.model.calibration import auroc, expected_calibration_error, find_temperature
from nlu.model.cascade import Cascade
from nlu.model.classifier import FOLDS, Classifier, Labels, folds_of
from nlu.model.features import Vectorizer
from nlu.model.linear import LinearModel, softmax
from nlu.model.reader import Reader

TEXTS = {
    "fault/lift": ["电梯坏了", "电梯停了", "电梯不动了", "电梯又坏", "电梯门关不上", "电梯卡住了"],
    "fault/light": ["路灯坏了", "路灯不亮", "楼道灯不亮了", "灯又坏了", "灯一闪一闪", "路灯灭了"],
    "joining": ["我要报名", "报名两个人", "给我报个名", "算我一个报名", "报名太极", "帮我妈报名"],
}


@pytest.fixture(scope="module")
def taught() -> Reader:
    pairs = [(texts[number], label) for number in range(6) for label, texts in TEXTS.items()]
    vectorizer = Vectorizer.fit([text for text, _ in pairs], at_least=1)
    classifier = Classifier.fit(vectorizer.transform([t for t, _ in pairs]), [label for _, label in pairs])
    return Reader(vectorizer, Cascade(classifier))


def test_what_was_taught_is_understood_with_its_category(taught: Reader) -> None:
    lift, joining = taught.parse_batch(["电梯怎么坏了呀", "可以报名吗"])

    assert (lift.intent, lift.category) == ("fault", "lift")
    assert (joining.intent, joining.category, joining.category_ranking) == ("joining", None, ())


def test_the_probability_of_an_intent_is_the_sum_of_its_categories(taught: Reader) -> None:
    rows = taught.vectorizer.transform(["灯和电梯都坏了"])
    joint = taught.cascade.first.joint_probabilities(rows)
    by_intent = taught.cascade.first.intent_probabilities(joint)

    assert joint.sum() == pytest.approx(1)
    assert by_intent[0, 0] == pytest.approx(joint[0, :2].sum())


def test_of_a_text_without_known_terms_only_the_frequencies_are_known(taught: Reader) -> None:
    [parse] = taught.parse_batch([""])

    assert dict(parse.ranking) == pytest.approx({"fault": 2 / 3, "joining": 1 / 3})


def test_a_restored_classifier_says_the_same(taught: Reader) -> None:
    rows = taught.vectorizer.transform(["电梯坏了", "报名"])
    restored = Classifier.restore(taught.cascade.first.store())

    assert restored.joint_probabilities(rows) == pytest.approx(
        taught.cascade.first.joint_probabilities(rows), abs=1e-6
    )


def test_training_twice_gives_the_same_weights() -> None:
    rows = Vectorizer.fit(["左边", "右边"] * 3, at_least=1).transform(["左边", "右边"] * 3)
    first, second = (LinearModel.fit(rows, ["l", "r"] * 3) for _ in range(2))

    assert np.array_equal(first.weights, second.weights)


def test_few_examples_written_label_by_label_are_learned_as_well() -> None:
    pairs = [(text, label) for label, texts in TEXTS.items() for text in texts] + [("谢谢", "thanks")]
    texts, labels = [text for text, _ in pairs], [label for _, label in pairs]
    vectorizer = Vectorizer.fit(texts, at_least=1)
    classifier = Classifier.fit(vectorizer.transform(texts), labels)
    parses = Reader(vectorizer, Cascade(classifier)).parse_batch(texts)

    assert [parse.intent for parse in parses] == [label.partition("/")[0] for label in labels]
    assert classifier.model.temperature < 1.5


@pytest.mark.parametrize("each", [2, 3, 6, 10, 39, 40, 100])
def test_no_label_is_held_out_whole(each: int) -> None:
    labels = [label for label in "abc" for _ in range(each)]
    folds = folds_of(labels)

    assert all(1 < len(set(folds[at : at + each])) <= FOLDS for at in range(0, len(labels), each))


def test_labels_fall_into_intents() -> None:
    labels = Labels(("a/x", "a/y", "b"))

    assert labels.intents == ("a", "b")
    assert labels.belongs.tolist() == [[1, 0], [1, 0], [0, 1]]
    assert labels.categories == {"a": ((0, "x"), (1, "y"))}


def test_temperature_cools_a_model_that_is_too_sure() -> None:
    logits = np.array([[9.0, 0.0]] * 6 + [[9.0, 0.0]] * 4)
    truth = np.array([0] * 6 + [1] * 4)

    temperature = find_temperature(logits, np.eye(2), truth)

    assert temperature > 2
    assert softmax(logits / temperature)[0, 0] < softmax(logits)[0, 0]


def test_calibration_error_is_the_gap_between_sure_and_right() -> None:
    right = np.array([True] * 5 + [False] * 5)

    assert expected_calibration_error(np.full(10, 0.95), right) == pytest.approx(0.45)
    assert expected_calibration_error(np.full(10, 0.5), right) == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [([1, 2, 3, 4], 1.0), ([4, 3, 2, 1], 0.0), ([1, 1, 1, 1], 0.5), ([1, 3, 2, 4], 0.75)],
)
def test_auroc_is_the_chance_that_a_positive_scores_higher(scores: list[float], expected: float) -> None:
    positive = np.array([False, False, True, True])

    assert auroc(np.array(scores, dtype=float), positive) == pytest.approx(expected)


@given(st.lists(st.lists(st.floats(-50, 50), min_size=3, max_size=3), min_size=1, max_size=5))
def test_softmax_gives_probabilities(logits: list[list[float]]) -> None:
    rows = softmax(np.array(logits))

    assert rows.sum(axis=1) == pytest.approx(1)
    assert (rows >= 0).all()


def test_figures_count_what_was_misunderstood(taught: Reader) -> None:
    examples = [
        Example("电梯坏了", "fault", "lift"),
        Example("路灯坏了", "fault", "lift"),
        Example("报名", "fault", "light"),
        Example("我要报名", "joining"),
    ]

    parses = taught.parse_batch([example.text for example in examples])
    figures = measure([(e, Answer(parse)) for e, parse in zip(examples, parses, strict=True)])

    assert figures.accuracy == 0.75
    assert figures.category_accuracy == 0.5
    assert figures.by_intent["joining"].precision == 0.5
    assert {e.text for confused in figures.worst for e, _ in confused.pairs} == {"路灯坏了", "报名"}
