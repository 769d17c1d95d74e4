"""Two stages: words and characters first; where those are unsure, the whole sentence by its encoder's vector.

Both stages judge the same labels. Where the second is asked, its word and that of the first are weighed together
(a product of their probabilities, each to a power), with powers found on sentences that neither had seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlu.model.calibration import find_powers
from nlu.model.classifier import Classifier, Labels, held_out_logits, was_judged
from nlu.model.encoder import Encoder, Vectors, find_encoder
from nlu.model.linear import LinearModel, Matrix, softmax
from nlu.model.storage import BrokenModel, Stored
from nlu.model.text import normalise
from nlu.model.vectors import Memory

SURE = 0.97  # from here the first stage speaks alone: see the table in the docs
STRENGTH = 16.0  # of the stage that reads vectors
SECOND = "second"
SCALE = 6.0  # vectors are this long to the linear model, so that its penalty is of the right size


@dataclass(frozen=True)
class Quiet:
    """The intent on which nothing follows: being fairly sure of it is enough, most messages are of it.

    Unless the message has so much as a smell of ``loud``, which must never be missed.
    """

    intent: str
    sure: float
    loud: str | None = None
    smell: float = 0.01


@dataclass(frozen=True)
class Sight:
    """What the second stage learns from: an encoder and the vectors of the examples."""

    encoder: Encoder
    source: str
    texts: Sequence[str]
    vectors: Vectors
    sure: float = SURE
    quiet: Quiet | None = None


def as_rows(vectors: Vectors) -> sparse.csr_matrix:
    """Vectors as the linear model takes rows."""
    return sparse.csr_matrix(vectors * np.float32(SCALE))


@dataclass(frozen=True)
class Neighbour:
    """A sentence that was learned, with its label and how alike it is (cosine, at most 1)."""

    text: str
    label: str
    likeness: float


@dataclass(frozen=True)
class Learned:
    """The sentences that were learned, to be shown as reasons."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    vectors: NDArray[np.float16]

    def nearest(self, vector: Vectors, count: int) -> tuple[Neighbour, ...]:
        """Those most like a sentence, most alike first."""
        likeness = self.vectors.astype(np.float32) @ vector
        order = np.argsort(-likeness, kind="stable")[:count].tolist()
        return tuple(Neighbour(self.texts[at], self.labels[at], float(likeness[at])) for at in order)


@dataclass(frozen=True)
class SecondStage:
    """What the vectors say of the labels, and how the two stages are weighed."""

    model: LinearModel
    powers: tuple[float, float]  # of the first and of the second stage's scores
    encoder: str  # its name: with another the weights mean nothing
    source: str  # where it is opened from
    learned: Learned
    sure: float = SURE
    quiet: Quiet | None = None

    def store(self) -> Stored:
        """What `restore` needs."""
        stored = self.model.store()
        more = {"powers": self.powers, "encoder": self.encoder, "source": self.source, "sure": self.sure}
        more["quiet"] = [*astuple(self.quiet)] if self.quiet else None
        told = {"texts": self.learned.texts, "of": self.learned.labels}
        return Stored({**stored.arrays, "vectors": self.learned.vectors}, {**stored.values, **more, **told})

    @classmethod
    def restore(cls, stored: Stored) -> SecondStage:
        """The stage that was stored."""
        values = stored.values
        powers = (float(values["powers"][0]), float(values["powers"][1]))
        model, sure = LinearModel.restore(stored), float(values["sure"])
        learned = Learned(tuple(values["texts"]), tuple(values["of"]), stored.arrays["vectors"])
        quiet = Quiet(*values["quiet"]) if values["quiet"] else None
        return cls(model, powers, str(values["encoder"]), str(values["source"]), learned, sure, quiet)

    def is_wanted(self, intents: Sequence[str], by_intent: Matrix) -> NDArray[np.bool_]:
        """Which messages are worth a second look."""
        unsure = by_intent.max(axis=1) < self.sure
        if self.quiet is not None and self.quiet.intent in intents:
            calm = by_intent[:, intents.index(self.quiet.intent)] >= self.quiet.sure
            if self.quiet.loud in intents:
                calm &= by_intent[:, intents.index(self.quiet.loud)] < self.quiet.smell
            unsure &= ~calm
        return np.asarray(unsure)


@dataclass(frozen=True)
class Cascade:
    """Rows and texts → probabilities of joint labels."""

    first: Classifier
    second: SecondStage | None = None
    memory: Memory | None = field(default=None, repr=False)

    @classmethod
    def fit(
        cls, rows: sparse.csr_matrix, labels: Sequence[str], *, strength: float, sight: Sight | None = None
    ) -> Cascade:
        """Learns both stages; weighs them on held-out parts, or as the encoder's makers found."""
        first, unseen = Classifier.fit_and_show(rows, labels, strength=strength)
        if sight is None:
            return cls(first)
        vectors = as_rows(sight.vectors)
        model = LinearModel.fit(vectors, labels, strength=STRENGTH)
        powers = sight.encoder.powers
        if powers is None:
            both = (unseen, held_out_logits(vectors, labels, model.labels, STRENGTH))
            judged = was_judged(unseen, np.searchsorted(model.labels, labels))
            told = both[0][judged], both[1][judged]
            powers = find_powers(told, first.labels.belongs, first.labels.owners_of(labels)[judged])
        learned = Learned(tuple(sight.texts), tuple(labels), sight.vectors.astype(np.float16))
        second = SecondStage(model, powers, sight.encoder.name, sight.source, learned, sight.sure, sight.quiet)
        return cls(first, second, Memory(sight.encoder))

    @property
    def labels(self) -> Labels:
        """What can be said of a message."""
        return self.first.labels

    def alone(self) -> Cascade:
        """The first stage without the second."""
        return Cascade(self.first)

    def store(self) -> Stored:
        """What `restore` needs."""
        first = self.first.store()
        if self.second is None:
            return first
        second = self.second.store()
        arrays = {f"{SECOND}.{name}": array for name, array in second.arrays.items()}
        return Stored({**first.arrays, **arrays}, {**first.values, SECOND: dict(second.values)})

    @classmethod
    def restore(cls, stored: Stored, find: Callable[[str], Encoder] = find_encoder) -> Cascade:
        """What was stored. Raises BrokenModel without the very encoder the second stage was trained with."""
        first = Classifier.restore(stored)
        values = stored.values.get(SECOND)
        if values is None:
            return cls(first)
        encoder = find(str(values["source"]))
        if encoder.name != values["encoder"]:
            raise BrokenModel(f"trained with the encoder {values['encoder']}, but here is {encoder.name}: train again")
        arrays = {
            name.removeprefix(f"{SECOND}."): array for name, array in stored.arrays.items() if name.startswith(SECOND)
        }
        return cls(first, SecondStage.restore(Stored(arrays, values)), Memory(encoder))

    def joint_probabilities(self, rows: sparse.csr_matrix, texts: Sequence[str]) -> tuple[Matrix, NDArray[np.bool_]]:
        """One row of label probabilities a message; and which messages the second stage was asked about."""
        joint = self.first.joint_probabilities(rows)
        if self.second is None or self.memory is None:
            return joint, np.zeros(len(texts), dtype=bool)
        unsure = self.second.is_wanted(self.labels.intents, self.first.intent_probabilities(joint))
        at = np.flatnonzero(unsure)
        if len(at):
            vectors = self.memory.encode([normalise(texts[i]) for i in at.tolist()])
            joint[at] = self._weighed(self.second, rows[at], vectors)
        return joint, unsure

    def neighbours(self, text: str, count: int = 3) -> tuple[Neighbour, ...]:
        """The learned sentences most like this one; none without the second stage."""
        if self.second is None or self.memory is None:
            return ()
        return self.second.learned.nearest(self.memory.encode([normalise(text)])[0], count)

    def _weighed(self, second: SecondStage, rows: sparse.csr_matrix, vectors: Vectors) -> Matrix:
        one, two = second.powers
        return softmax(one * self.first.model.logits(rows) + two * second.model.logits(as_rows(vectors)))
