"""Which examples resemble a sentence: shared pieces of a few characters, whatever script, width or case."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from nlu.examples import Example
from nlu.model.folding import fold

HAN_SIZE, LETTER_SIZE = 2, 4  # characters of a piece: a Chinese word has about two, an English one about five
NEAR = 0.6  # share of common pieces from which two sentences are told as near-duplicates

_HAN = re.compile(r"[㐀-鿿]")
_NOISE = re.compile(r"[\s!-/:-@\[-`{-~·…‘-”、-〿]+")  # spaces and punctuation after folding; pictures are words


def find_near(
    text: str, examples: Sequence[Example], *, least: float = NEAR, limit: int = 5
) -> list[tuple[Example, float]]:
    """The examples that resemble the text, with their similarity (1.0: the same), most alike first.

    Takes about 30 ms for 8,000 examples; for many sentences build `Neighbours` once.
    """
    mine = pieces(text)
    near = []
    for example in examples:
        kept = plain(example.text)
        if len(kept) >= least * len(mine):  # a text has no more pieces than characters
            alike = similarity(mine, _cut(kept))
            if alike >= least:
                near.append((example, alike))
    return sorted(near, key=lambda pair: -pair[1])[:limit]


def plain(text: str) -> str:
    """What is compared: the folded text without spaces and punctuation, or with them if there is nothing else."""
    folded = fold(text)
    return _NOISE.sub("", folded) or folded


def pieces(text: str) -> frozenset[str]:
    """The pieces of a text; a text shorter than a piece is its own."""
    return _cut(plain(text))


def _cut(kept: str) -> frozenset[str]:
    size = HAN_SIZE if _HAN.search(kept) else LETTER_SIZE
    return frozenset([kept[at : at + size] for at in range(max(1, len(kept) - size + 1))])


def similarity(one: frozenset[str], other: frozenset[str]) -> float:
    """Share of common pieces (Jaccard)."""
    common = len(one & other)
    return common / (len(one) + len(other) - common) if common else 0.0


class Neighbours:
    """Finds near-duplicates among many sentences without comparing each with each.

    Pieces are ordered from the rarest to the most common. Two near texts share a piece among the first of both
    (prefix filter), and the first they share leaves enough pieces behind it in both (positional filter). So also
    sentences written by a pattern, which share their common pieces, are not all compared.
    """

    def __init__(self, texts: Sequence[str], *, least: float = NEAR) -> None:
        self._least = least
        self._pieces = [pieces(text) for text in texts]
        counts = Counter(piece for found in self._pieces for piece in found)
        self._rank = {piece: at for at, (piece, _) in enumerate(sorted(counts.items(), key=lambda c: (c[1], c[0])))}
        self._owners: dict[str, dict[tuple[int, int], list[int]]] = defaultdict(lambda: defaultdict(list))
        for place, found in enumerate(self._pieces):
            for at, piece in enumerate(self._first(found)):
                self._owners[piece][len(found), at].append(place)

    def near(self, text: str) -> list[tuple[int, float]]:
        """Places of the resembling texts with their similarity, in the order of the texts."""
        return list(self._near(pieces(text), -1))

    def pairs(self) -> Iterator[tuple[int, int, float]]:
        """Every two places that resemble each other, the earlier first, with their similarity."""
        for place, found in enumerate(self._pieces):
            for other, alike in self._near(found, place):
                yield place, other, alike

    def _near(self, mine: frozenset[str], after: int) -> Iterator[tuple[int, float]]:
        for place in sorted(place for place in self._candidates(mine) if place > after):
            alike = similarity(mine, self._pieces[place])
            if alike >= self._least:
                yield place, alike

    def _candidates(self, mine: frozenset[str]) -> set[int]:
        found: set[int] = set()
        for at, piece in enumerate(self._first(mine)):
            for (size, there), places in self._owners.get(piece, {}).items():
                needed = self._least / (1 + self._least) * (len(mine) + size)
                if min(len(mine) - at, size - there) >= needed - 1e-9:
                    found.update(places)
        return found

    def _first(self, found: frozenset[str]) -> list[str]:
        """Enough of the rarest pieces that two near texts must share one; an unknown piece is the rarest."""
        ordered = sorted(found, key=lambda piece: (self._rank.get(piece, -1), piece))
        return ordered[: len(ordered) - int(self._least * len(ordered) - 1e-9)]
