"""How alike two texts are, for every room that looks for the same matter said twice."""

from __future__ import annotations


def likeness(first: str, second: str) -> float:
    """Share of the pairs of neighbouring characters that both texts have (Dice)."""
    pairs = [{text[i : i + 2] for i in range(len(text) - 1)} for text in (first, second)]
    total = len(pairs[0]) + len(pairs[1])
    return 2 * len(pairs[0] & pairs[1]) / total if total else 0.0
