"""Words of a sentence: the most likely cut by the word frequencies that jieba ships. The one home of jieba.

jieba's own cutter gives the same words (a test holds them side by side), but it takes three times as long,
logs to the console and keeps its dictionary in a file of fixed name in the shared temporary folder, which
anybody there can replace. So only its dictionary is read, from the package.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

RAREST = 5  # occurrences; rarer dictionary words never pay for their memory, and they are half of it
_OURS = -1.0  # log probability of a word of the lexicon: it stays whole whatever its parts are worth
_PREFIX = -math.inf  # begins a word but is none
_PIECE = re.compile(r"(?P<han>[\u4e00-\u9fff]+)|[a-z0-9]+|\S")

Chances = dict[str, float]


class Segmenter:
    """Cuts text into words: jieba's dictionary plus the words given."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self.words = tuple(sorted(set(words)))
        self._chances, self._unknown = _dictionary()
        if self.words:
            self._chances = dict(self._chances)
        for word in self.words:
            self._chances[word] = _OURS
            for end in range(1, len(word)):
                self._chances.setdefault(word[:end], _PREFIX)

    def cut(self, text: str) -> list[str]:
        """The words in order, without spaces."""
        found: list[str] = []
        for match in _PIECE.finditer(text):
            if match["han"]:
                found.extend(self._cut_han(match["han"]))
            else:
                found.append(match[0])
        return found

    def _cut_han(self, text: str) -> list[str]:
        """The cut with the highest product of word probabilities, found from the end to the start."""
        size = len(text)
        best = [0.0] * (size + 1)
        ends = [0] * size
        chance_of, unknown = self._chances.get, self._unknown
        for start in range(size - 1, -1, -1):
            end = start + 1
            chance = chance_of(text[start])
            top, at = (unknown if chance is None or chance == _PREFIX else chance) + best[end], end
            while chance is not None and end < size:
                end += 1
                chance = chance_of(text[start:end])
                if chance is not None and chance + best[end] >= top:
                    top, at = chance + best[end], end
            best[start], ends[start] = top, at
        found, start = [], 0
        while start < size:
            found.append(text[start : ends[start]])
            start = ends[start]
        return found


@lru_cache(maxsize=1)
def _dictionary() -> tuple[Chances, float]:
    """Log probability of every word and every beginning of one, and that of an unknown character."""
    counts: dict[str, int] = {}
    for line in _dictionary_file().read_text(encoding="utf-8").splitlines():
        word, count, *_ = line.split(" ")
        if int(count) >= RAREST:
            counts[word] = int(count)
    log_total = math.log(sum(counts.values()))
    shared = {count: math.log(count) - log_total for count in set(counts.values())}  # most words have one of few
    chances = {word: shared[count] for word, count in counts.items()}
    for word in counts:
        for end in range(1, len(word)):
            chances.setdefault(word[:end], _PREFIX)
    return chances, -log_total


def _dictionary_file() -> Path:
    """Where jieba keeps its dictionary; the package itself is not imported."""
    found = find_spec("jieba")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("jieba is not installed", name="jieba")
    return Path(found.submodule_search_locations[0]) / "dict.txt"


def read_words(folder: Path) -> tuple[str, ...]:
    """The words of every jieba dictionary in the folder, of two characters or more."""
    lines = [
        line.split()
        for path in sorted(folder.glob("*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return tuple(sorted({parts[0] for parts in lines if parts and len(parts[0]) > 1}))


@lru_cache(maxsize=1)
def _plain_segmenter() -> Segmenter:
    return Segmenter()


def cut_words(text: str) -> list[str]:
    """The words of a text by jieba's own dictionary, for search."""
    return _plain_segmenter().cut(text)
