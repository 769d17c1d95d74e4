"""Intent and category of messages: one linear model over `intent/category` labels, summed up by intent.

One joint model instead of one an intent: an intent such as service_request is a union of very different
matters, each of which a plane can cut off, while the union cannot be. The categories then come for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlu.model.calibration import find_temperature
from nlu.model.linear import LinearModel, Matrix, Places
from nlu.model.storage import Stored
from nlu.model.threads import side_by_side

FOLDS = 4
STRETCH = 10  # sentences written one after the other, which stay together
UNKNOWN = -20.0  # what a model scores for a label that it has not learned
STRENGTH = 32.0
LIKELIEST = 6  # labels told of a message: enough to ask which of two is meant


@dataclass(frozen=True)
class Labels:
    """The joint labels, and how they fall into intents."""

    joint: tuple[str, ...]

    @cached_property
    def intents(self) -> tuple[str, ...]:
        return tuple(sorted({label.partition("/")[0] for label in self.joint}))

    @cached_property
    def belongs(self) -> Matrix:
        """Labels × intents: one where the label is of the intent."""
        owners = [label.partition("/")[0] for label in self.joint]
        return np.array([[float(owner == intent) for intent in self.intents] for owner in owners])

    def owners_of(self, labels: Sequence[str]) -> NDArray[np.intp]:
        """The column of each label's intent."""
        return np.asarray(self.belongs.argmax(axis=1)[np.searchsorted(self.joint, labels)])

    @cached_property
    def categories(self) -> dict[str, tuple[tuple[int, str], ...]]:
        """For each intent that has categories: (column, category)."""
        found: dict[str, list[tuple[int, str]]] = {}
        for column, label in enumerate(self.joint):
            intent, _, category = label.partition("/")
            if category:
                found.setdefault(intent, []).append((column, category))
        return {intent: tuple(members) for intent, members in found.items()}


@dataclass(frozen=True)
class Classifier:
    """Rows of features → probabilities of joint labels and of intents."""

    model: LinearModel
    prior: Matrix  # how frequent each label is: all that is known of a text without a known term

    @classmethod
    def fit(cls, rows: sparse.csr_matrix, labels: Sequence[str], *, strength: float = STRENGTH) -> Classifier:
        """Learns, and measures on held-out parts how far its confidence can be believed."""
        return cls.fit_and_show(rows, labels, strength=strength)[0]

    @classmethod
    def fit_and_show(
        cls, rows: sparse.csr_matrix, labels: Sequence[str], *, strength: float = STRENGTH
    ) -> tuple[Classifier, Matrix]:
        """The same, with the scores of every row by a model that had not seen it."""
        whole = side_by_side().submit(LinearModel.fit, rows, labels, strength=strength)
        logits = held_out_logits(rows, labels, tuple(sorted(set(labels))), strength)
        model = whole.result()
        known = Labels(model.labels)
        prior = np.bincount(np.searchsorted(model.labels, labels), minlength=len(model.labels)) / len(labels)
        judged = was_judged(logits, np.searchsorted(model.labels, labels))
        temperature = find_temperature(logits[judged], known.belongs, known.owners_of(labels)[judged])
        return cls(model.with_temperature(temperature), prior), logits

    @cached_property
    def labels(self) -> Labels:
        return Labels(self.model.labels)

    @cached_property
    def weight_means(self) -> Matrix:
        """Mean weight of each term: what a term says for a label is what it says beyond this."""
        return np.asarray(self.model.weights.mean(axis=1))

    def joint_probabilities(self, rows: sparse.csr_matrix) -> Matrix:
        """One row of label probabilities a message."""
        joint = self.model.probabilities(rows)
        joint[np.diff(rows.indptr) == 0] = self.prior
        return joint

    def intent_probabilities(self, joint: Matrix) -> Matrix:
        """Label probabilities summed up by intent."""
        return np.asarray(joint @ self.labels.belongs)

    def category_ranking(self, joint: Matrix, intent: str) -> tuple[tuple[str, float], ...]:
        """Categories of one message if the intent is right, best first; empty when the intent has none."""
        members = self.labels.categories.get(intent, ())
        total = sum(joint[column] for column, _ in members) or 1.0
        scored = [(category, float(joint[column] / total)) for column, category in members]
        return tuple(sorted(scored, key=lambda pair: (-pair[1], pair[0])))

    def likeliest(self, joint: Matrix) -> tuple[tuple[str, float], ...]:
        """The labels most likely meant, whatever their intent, best first."""
        order = np.argsort(-joint, kind="stable")[:LIKELIEST].tolist()
        return tuple((self.labels.joint[column], float(joint[column])) for column in order)

    def term_weights(self, terms: Places, values: Matrix, label: str) -> Matrix:
        """What each term of a message adds to the label beyond what it adds to all."""
        column = self.labels.joint.index(label)
        return np.asarray(values * (self.model.weights[terms, column] - self.weight_means[terms]))

    def store(self) -> Stored:
        """What `restore` needs."""
        stored = self.model.store()
        return Stored({**stored.arrays, "prior": self.prior}, stored.values)

    @classmethod
    def restore(cls, stored: Stored) -> Classifier:
        """The classifier that was stored."""
        return cls(LinearModel.restore(stored), stored.arrays["prior"])


def held_out_logits(
    rows: sparse.csr_matrix, labels: Sequence[str], names: tuple[str, ...], strength: float
) -> Matrix:
    """Scores of every row by a model that has not seen its neighbourhood."""
    fold = folds_of(labels)
    logits: NDArray[np.float64] = np.full((len(labels), len(names)), UNKNOWN)

    def judge(number: int) -> None:
        here, there = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
        if len(here) and len(there):
            part = LinearModel.fit(rows[there], [labels[at] for at in there.tolist()], strength=strength)
            logits[np.ix_(here, np.searchsorted(names, part.labels))] = part.logits(rows[here])

    list(side_by_side().map(judge, range(FOLDS)))
    return logits


def folds_of(labels: Sequence[str]) -> NDArray[np.intp]:
    """Which part each sentence is held out with.

    Parts are made of stretches of neighbours: sentences written one after the other resemble each other, and a random
    part would leave the model its twin. A label of few sentences gets shorter stretches, or the whole of it would be
    held out at once, and be judged by a model that never heard of it.
    """
    fold = (np.arange(len(labels)) // STRETCH) % FOLDS
    _, which, counts = np.unique(np.asarray(labels), return_inverse=True, return_counts=True)
    for rare in np.flatnonzero(counts < STRETCH * FOLDS).tolist():
        at = np.flatnonzero(which == rare)
        fold[at] = (np.arange(len(at)) // -(-len(at) // FOLDS) + rare) % FOLDS
    return np.asarray(fold)


def was_judged(logits: Matrix, targets: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which rows were held out from a model that knew their label."""
    return np.asarray(logits[np.arange(len(targets)), targets] > UNKNOWN)
