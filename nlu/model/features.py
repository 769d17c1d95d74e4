"""A sentence as a sparse row: words, and pieces of one and two characters within and across them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlu.model.storage import Stored
from nlu.model.text import normalise
from nlu.model.words import Segmenter

LONGEST = 2  # characters of a piece: longer ones and pairs of words learn the examples by heart (see docs)
_NUMBER = re.compile(r"(?<!\d)0+(?!\d)")  # as normalise writes any number but those to call for help
_START, _END = "\x02", "\x03"


def sentence_terms(text: str, words: Sequence[str]) -> list[str]:
    """Every term of a normalised text, each once, in the order of first appearance."""
    terms = dict.fromkeys(text)
    framed = f"{_START}{text}{_END}" if text else ""
    for size in range(2, LONGEST + 1):
        terms.update(dict.fromkeys(map("".join, zip(*(framed[at:] for at in range(size)), strict=False))))
    terms.update(dict.fromkeys([f"w {word}" for word in words if len(word) > 1]))
    return list(terms)


@dataclass(frozen=True)
class Vectorizer:
    """Turns texts into rows of weighted terms (presence × inverse document frequency, unit length)."""

    terms: tuple[str, ...]
    weights: NDArray[np.float64]
    segmenter: Segmenter

    @classmethod
    def fit(cls, texts: Iterable[str], words: Iterable[str] = (), *, at_least: int = 2) -> Vectorizer:
        """Learns the terms that stand in at least so many texts."""
        segmenter = Segmenter(words)
        counts: Counter[str] = Counter()
        total = 0
        for text in map(normalise, texts):
            counts.update(sentence_terms(text, segmenter.cut(text)))
            total += 1
        kept = sorted(term for term, count in counts.items() if count >= at_least)
        frequency = np.array([counts[term] for term in kept], dtype=np.float64)
        return cls(tuple(kept), np.log((1 + total) / (1 + frequency)) + 1, segmenter)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {term: place for place, term in enumerate(self.terms)}

    def transform(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """One row a text; a text of unknown terms is an empty row."""
        columns: list[int] = []
        ends = [0]
        find = self._places.get
        for text in map(normalise, texts):
            terms = sentence_terms(text, self.segmenter.cut(text))
            columns.extend([place for term in terms if (place := find(term)) is not None])
            ends.append(len(columns))
        return self._rows(np.array(columns, dtype=np.int32), np.array(ends, dtype=np.int32))

    def _rows(self, columns: NDArray[np.int32], ends: NDArray[np.int32]) -> sparse.csr_matrix:
        values = self.weights[columns] if len(columns) else np.zeros(0)
        sizes = np.diff(ends)
        owner = np.repeat(np.arange(len(sizes)), sizes)
        norms = np.sqrt(np.bincount(owner, weights=values**2, minlength=len(sizes)))
        values = values / np.maximum(norms, 1e-12)[owner] if len(columns) else values
        return sparse.csr_matrix((values.astype(np.float32), columns, ends), shape=(len(sizes), len(self.terms)))

    def store(self) -> Stored:
        """What `restore` needs, as arrays and JSON values."""
        return Stored({"weights": self.weights}, {"terms": self.terms, "words": self.segmenter.words})

    @classmethod
    def restore(cls, stored: Stored) -> Vectorizer:
        """The vectorizer that was stored."""
        return cls(tuple(stored.values["terms"]), stored.arrays["weights"], Segmenter(stored.values["words"]))


def readable(terms: Iterable[str], limit: int) -> tuple[str, ...]:
    """Terms as people read them: without marks, single characters, pieces of what is already told, and numbers, which
    the model sees as noughts."""
    told: list[str] = []
    for term in terms:
        words = (term[2:] if term.startswith("w ") else term).strip(f"{_START}{_END} ,.!?~")
        if len(words) > 1 and not _NUMBER.search(words) and not any(words in other for other in told):
            told = [other for other in told if other not in words] + [words]
    return tuple(told[:limit])
