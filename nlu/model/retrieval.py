"""Which of a few hundred texts answers a question: words (BM25) and whole sentences (vectors), weighed.

The vectors say how near a question is to one that a text is known to answer: that is what is trusted. The words
decide between texts that are about as near: they tell 社保卡 from 居住证 where two sentences are built alike.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from nlu.model.encoder import Vectors
from nlu.model.script import to_simplified
from nlu.model.words import cut_words

SATURATION, LENGTH = 1.2, 0.6  # k1 and b of BM25
LEAST_WORDS = 0.1  # of the words of a question that some text covers; below, no sentence is worth comparing
WORDS_WEIGH = 0.3  # of a full match in words beside a cosine of 1; measured, see docs/knowledge.md
_CALLED = re.compile(r"@\S{1,12}\s*|^\s*小[邻鄰隣][，,、\s]*")
Numbers = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Document:
    """A text by its name, with the questions it is known to answer. ``text``: all that its words are taken from."""

    name: int
    questions: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that may answer. ``score``: nearness of the likest question, from which on it is trusted."""

    name: int
    score: float


def plain_question(text: str) -> str:
    """A question without whom it is put to, in Simplified."""
    return to_simplified(_CALLED.sub("", text).strip())


def words_of(text: str) -> list[str]:
    """The words that count."""
    return [word for word in cut_words(to_simplified(text).lower()) if word.isalnum()]


@dataclass(frozen=True)
class Bm25:
    """How well documents cover the words of a question: 0 … 1, a word nobody uses counting against all of them."""

    places: dict[str, int]
    rarities: Numbers
    unknown: float
    weights: csr_matrix

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]]) -> Bm25:
        counts = [Counter(text) for text in texts]
        among = Counter(word for text in counts for word in text)
        places = {word: at for at, word in enumerate(among)}
        size, mean = len(texts), (sum(map(len, texts)) / len(texts) if texts else 0.0) or 1.0
        rarities = [math.log(1 + (size - n + 0.5) / (n + 0.5)) for n in among.values()]
        rows, columns, values = [], [], []
        for row, (text, count) in enumerate(zip(texts, counts, strict=True)):
            damp = SATURATION * (1 - LENGTH + LENGTH * len(text) / mean)
            for word, times in count.items():
                rows.append(row)
                columns.append(places[word])
                values.append(rarities[places[word]] * times * (SATURATION + 1) / (times + damp))
        weights = csr_matrix((np.array(values, np.float32), (rows, columns)), shape=(size, len(places)))
        return cls(places, np.array(rarities, np.float32), math.log(1 + (size + 0.5) / 0.5), weights)

    def scores(self, words: Sequence[str]) -> Numbers:
        """One number a document."""
        distinct = dict.fromkeys(words)
        known = [self.places[word] for word in distinct if word in self.places]
        asked = np.zeros(len(self.places), np.float32)
        asked[known] = 1.0
        most = float(self.rarities[known].sum()) + self.unknown * (len(distinct) - len(known))
        found: Numbers = np.asarray(self.weights @ asked, np.float32) / ((SATURATION + 1) * (most or 1.0))
        return found


@dataclass(frozen=True)
class Retriever:
    """Documents with the vectors of their questions, ready to be asked."""

    names: tuple[int, ...]
    vectors: Vectors  # a row a question
    owners: NDArray[np.int64]  # place of the document of each row; they do not decrease
    words: Bm25

    @classmethod
    def of(cls, documents: Sequence[Document], vectors: Vectors) -> Retriever:
        """``vectors``: of all questions of all documents, in order; every document has at least one."""
        owners = [at for at, document in enumerate(documents) for _ in document.questions]
        words = Bm25.of([words_of(" ".join((*d.questions, d.text))) for d in documents])
        return cls(tuple(d.name for d in documents), vectors, np.array(owners, np.int64), words)

    def knows_words_of(self, question: str) -> bool:
        """Whether any document has so many words of it that its vector is worth working out."""
        return bool(self.names) and float(self.words.scores(words_of(question)).max()) >= LEAST_WORDS

    def find(self, question: str, vector: Vectors, allowed: frozenset[int], most: int = 3) -> list[Hit]:
        """The likeliest of the ``allowed`` documents, best first. ``vector``: that of the question."""
        if not self.names:
            return []
        starts = np.flatnonzero(np.r_[True, self.owners[1:] != self.owners[:-1]])
        near = np.maximum.reduceat(self.vectors @ vector, starts)
        order = (-(near + WORDS_WEIGH * self.words.scores(words_of(question)))).argsort(kind="stable")
        fits = [at for at in order.tolist() if self.names[at] in allowed]
        return [Hit(self.names[at], float(near[at])) for at in fits[:most]]
