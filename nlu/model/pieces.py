"""Cuts a text into pieces of words: the most likely way to make it of them (SentencePiece's unigram model)."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from nlu.model.weights import Weights

PREFIX = "query: "  # e5 was taught to expect it
LONGEST = 126  # pieces of a text that are looked at
UNKNOWN_BELOW = 10.0  # how much less likely than the rarest piece an unknown character is
_SPACES = re.compile(" {2,}")


def replacements(normalisation: bytes) -> dict[str, str]:
    """The table of characters that are written otherwise."""
    found, at = {}, 0
    while at < len(normalisation):
        code, count = struct.unpack_from("<IB", normalisation, at)
        others = struct.unpack_from(f"<{count}I", normalisation, at + 5)
        found[chr(code)] = "".join(map(chr, others))
        at += 5 + 4 * count
    return found


@dataclass(frozen=True)
class Cutter:
    """Cuts texts into numbers of pieces."""

    weights: Weights

    @cached_property
    def _scores(self) -> Mapping[str, tuple[int, float]]:
        unknown = self.weights.specials[3]
        listed = enumerate(zip(self.weights.pieces, self.weights.scores.tolist(), strict=True))
        return {piece: (at, score) for at, (piece, score) in listed if at != unknown}

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self.weights.pieces))

    @cached_property
    def _replaced(self) -> dict[int, str]:
        return {ord(char): other for char, other in replacements(self.weights.normalisation).items()}

    def cut(self, text: str) -> list[int]:
        """The pieces of one text between the marks of beginning and end."""
        begin, end, _, _ = self.weights.specials
        plain = "▁" + _SPACES.sub(" ", (PREFIX + text).translate(self._replaced)).replace(" ", "▁")
        return [begin, *self._likeliest(plain)[:LONGEST], end]

    def _likeliest(self, text: str) -> list[int]:
        """Viterbi over all pieces that start at each character."""
        worst = float(self.weights.scores.min()) - UNKNOWN_BELOW
        find, longest = self._scores.get, self._longest
        best = [0.0] + [-1e30] * len(text)
        taken: list[tuple[int, int]] = [(0, 0)] * (len(text) + 1)
        for first in range(len(text)):
            reached = best[first]
            if reached + worst > best[first + 1]:
                best[first + 1], taken[first + 1] = reached + worst, (self.weights.specials[3], first)
            for last in range(first + 1, min(first + longest, len(text)) + 1):
                known = find(text[first:last])
                if known is not None and reached + known[1] > best[last]:
                    best[last], taken[last] = reached + known[1], (known[0], first)
        return _walk_back(taken)


def _walk_back(taken: list[tuple[int, int]]) -> list[int]:
    pieces, at = [], len(taken) - 1
    while at > 0:
        piece, at = taken[at]
        pieces.append(piece)
    return pieces[::-1]
