"""How much the two stages weigh when their scores are added, found on sentences that neither has seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nlu.examples import Example
from nlu.model.calibration import find_powers
from nlu.model.cascade import STRENGTH, as_rows
from nlu.model.classifier import Classifier
from nlu.model.encoder import Encoder
from nlu.model.features import Vectorizer
from nlu.model.linear import LinearModel, Matrix
from nlu.model.text import normalise

STRETCH, PARTS = 10, 5  # stretches of neighbours: sentences written one after the other resemble each other


def held_out(count: int) -> list[bool]:
    """Which sentences are left out."""
    return [at // STRETCH % PARTS == 0 for at in range(count)]


def weigh(encoder: Encoder, seen: Sequence[Example], unseen: Sequence[Example]) -> dict[str, object]:
    """The powers of first and second stage; and how often each, and both together, are right about the intent."""
    labels = [example.label for example in seen]
    vectorizer = Vectorizer.fit([example.text for example in seen])
    first = Classifier.fit(vectorizer.transform([example.text for example in seen]), labels)
    second = LinearModel.fit(as_rows(encoder.encode(_read(seen))), labels, strength=STRENGTH)
    told = (
        first.model.logits(vectorizer.transform([example.text for example in unseen])),
        second.logits(as_rows(encoder.encode(_read(unseen)))),
    )
    intents = np.array([first.labels.intents.index(example.intent) for example in unseen])
    powers = find_powers(told, first.labels.belongs, intents)

    def right(scores: Matrix) -> float:
        powered = np.exp(scores - scores.max(axis=1, keepdims=True)) @ first.labels.belongs
        return float((powered.argmax(axis=1) == intents).mean())

    return {
        "powers": powers,
        "unseen": len(unseen),
        "first": right(told[0] / first.model.temperature),
        "second": right(told[1]),
        "both": right(powers[0] * told[0] + powers[1] * told[1]),
    }


def _read(examples: Sequence[Example]) -> list[str]:
    return [normalise(example.text) for example in examples]
