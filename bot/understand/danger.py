"""Plain danger, seen by rules alone: works without a model, before it, in the same second.

A cue says what could be happening; the context says whether it happens here and now.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.understand.danger_context import (
    ANIMAL,
    CALL,
    DISTANT,
    FIGURATIVE,
    HYPOTHETICAL,
    LAUGHTER,
    NOT_A_GAME,
    PRESENT,
    STAGED,
    UNREAL,
    has_address,
)
from bot.understand.danger_words import KINDS
from nlu.model.folding import fold

# A cry for help is short, or stands at an end of a longer message.
HEAD, TAIL = 700, 300
_HUMAN_ONLY = frozenset({"fire", "gas", "electric", "jumping"})


@dataclass(frozen=True, slots=True)
class Danger:
    """``kind``: fire, gas, trapped, collapsed, fight, jumping, missing, drowning, electric, crush, burst,
    flood, other."""

    kind: str
    evidence: str


def find_danger(text: str) -> Danger | None:
    """Return the danger that a message plainly reports, with the words that say so; None for all else."""
    if len(text) > HEAD + TAIL:
        text = f"{text[:HEAD]}\n{text[-TAIL:]}"
    folded = fold(text)
    found = _find_cue(folded)
    if found is None:
        return None
    kind, match = found
    if _is_harmless(folded, kind):
        return None
    return Danger(kind, text[match.start() : match.end()].strip())


def sounds_worse_than_it_is(text: str) -> bool:
    """Tell whether words of danger are there, but in jest, in a dream, in an "if" or in the news."""
    folded = fold(text[:HEAD])
    found = _find_cue(folded)
    return found is not None and _is_harmless(folded, found[0])


def _find_cue(folded: str) -> tuple[str, re.Match[str]] | None:
    for kind, patterns in KINDS:
        for pattern in patterns:
            match = pattern.search(folded)
            if match is not None:
                return kind, match
    return None


def _is_harmless(folded: str, kind: str) -> bool:
    """Tell whether the words around the cue take the danger out of it."""
    serious = NOT_A_GAME.sub(" ", folded)
    if UNREAL.search(serious) or HYPOTHETICAL.search(serious):
        return True
    if CALL.search(serious):
        return LAUGHTER.search(serious) is not None
    if STAGED.search(serious) or FIGURATIVE.search(serious):
        return True
    if kind not in _HUMAN_ONLY and ANIMAL.search(serious):
        return True
    calls_from_here = PRESENT.search(serious) is not None or has_address(serious)
    return DISTANT.search(serious) is not None and not calls_from_here
