"""How far keywords alone would go on labelled sentences: where they go far, a model has nothing else to learn."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nlu.examples import Example
from nlu.model.text import normalise
from nlu.model.words import Segmenter

SHORTEST = 2  # characters of a word; single ones are particles


@dataclass(frozen=True)
class Keyword:
    """The word that tells a label best."""

    word: str
    label: str
    recall: float  # share of the label's sentences that have it
    precision: float  # share of the sentences with it that are of the label
    sentences: int  # of the label
    source: str  # where the label's sentences stand first


@dataclass(frozen=True)
class KeywordBias:
    """One word a label as a classifier: surest word first, the most frequent label for what has none."""

    accuracy: float  # of whole labels
    intent_accuracy: float
    chance: float  # accuracy of always saying the most frequent label
    words: tuple[Keyword, ...]  # by how much of its label each catches


def measure_keywords(examples: Sequence[Example]) -> KeywordBias:
    """Chooses the best word of each label on these sentences and scores the list on the same."""
    written = [example for example in examples if example.text.strip()]
    if not written:
        return KeywordBias(0.0, 0.0, 0.0, ())
    cut = Segmenter().cut
    found = [frozenset(w for w in cut(normalise(e.text)) if len(w) >= SHORTEST) for e in written]
    usual, times = Counter(e.label for e in written).most_common(1)[0]
    words = _best_words(written, found)
    chosen = sorted(words, key=lambda word: -word.precision)
    said = [next((word.label for word in chosen if word.word in has), usual) for has in found]
    right = sum(e.label == label for e, label in zip(written, said, strict=True))
    intents = sum(e.intent == label.partition("/")[0] for e, label in zip(written, said, strict=True))
    return KeywordBias(right / len(written), intents / len(written), times / len(written), words)


def _best_words(examples: Sequence[Example], found: Sequence[frozenset[str]]) -> tuple[Keyword, ...]:
    everywhere = Counter(word for has in found for word in has)
    by_label: dict[str, Counter[str]] = defaultdict(Counter)
    sizes = Counter(e.label for e in examples)
    sources: dict[str, str] = {}
    for example, has in zip(examples, found, strict=True):
        by_label[example.label].update(has)
        sources.setdefault(example.label, example.source)
    best = [
        _best(label, counts, everywhere, sizes[label], sources[label]) for label, counts in by_label.items() if counts
    ]
    return tuple(sorted(best, key=lambda word: (-word.recall * word.precision, word.label)))


def _best(label: str, counts: Mapping[str, int], everywhere: Mapping[str, int], size: int, source: str) -> Keyword:
    """The word with the best F1 for the label."""
    word = min(counts, key=lambda word: (-counts[word] / (everywhere[word] + size), word))
    return Keyword(word, label, counts[word] / size, counts[word] / everywhere[word], size, source)
