"""Names with their probabilities, best first."""

from __future__ import annotations

from collections.abc import Sequence

from nlu.model.linear import Matrix

Ranking = tuple[tuple[str, float], ...]


def rank(names: Sequence[str], probabilities: Matrix) -> list[Ranking]:
    """For each row the names with their probabilities, best first; equal ones in the order of names."""
    order = (-probabilities).argsort(axis=1, kind="stable").tolist()
    values = probabilities.tolist()
    return [
        tuple((names[place], row[place]) for place in places)
        for places, row in zip(order, values, strict=True)
    ]
