"""Which pieces of words are kept: those that Chinese messages are made of."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nlu.model.packed import Packed
from nlu.model.pieces import Cutter
from nlu.model.script import to_simplified
from nlu.model.weights import Weights

SPECIALS = 4
_CHINESE = re.compile("▁?[一-鿿]+")
_MARKS = re.compile("▁?[　-〿＀-￯‐-⯿°-ÿ\U0001f000-\U0001faff]+")
_SHORT = re.compile("▁?[!-~]{0,2}")


def choose_pieces(base: Packed, texts: Sequence[str]) -> list[int]:
    """Chinese as it is written after normalising, marks, short Latin, and whatever the texts use."""
    count = len(base.scores)
    cutter = Cutter(Weights.of(base, range(count))) if texts else None
    used = {number for text in texts for number in cutter.cut(text)} if cutter else set()
    kept = [n for n in range(SPECIALS, count) if n in used or _is_wanted(base.piece(n))]
    return [*range(SPECIALS), *kept]


def _is_wanted(piece: str) -> bool:
    if _CHINESE.fullmatch(piece):
        return to_simplified(piece) == piece
    return bool(_MARKS.fullmatch(piece) or _SHORT.fullmatch(piece))
