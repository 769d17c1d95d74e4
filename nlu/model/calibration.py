"""Honest confidence: one temperature for all scores, found on sentences the model had not seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nlu.model.linear import Matrix, softmax

LOWEST, HIGHEST = 0.2, 5.0


def find_temperature(logits: Matrix, belongs: Matrix, intents: NDArray[np.intp]) -> float:
    """The temperature with the least surprise at the true intents. `belongs` sums labels up to intents."""
    from scipy import optimize  # slow to import and needed in training only

    if not len(intents):
        return 1.0

    def surprise(log_temperature: float) -> float:
        by_intent = softmax(logits / np.exp(log_temperature)) @ belongs
        return float(-np.log(by_intent[np.arange(len(intents)), intents] + 1e-12).mean())

    bounds = (np.log(LOWEST), np.log(HIGHEST))
    return float(np.exp(optimize.minimize_scalar(surprise, bounds=bounds, method="bounded").x))


def find_powers(logits: tuple[Matrix, Matrix], belongs: Matrix, intents: NDArray[np.intp]) -> tuple[float, float]:
    """How much two judges' scores weigh when they are added: the least surprise at the true intents."""
    from scipy import optimize  # slow to import and needed in training only

    if not len(intents):
        return 0.5, 0.5
    here = np.arange(len(intents))

    def surprise(powers: Matrix) -> float:
        by_intent = softmax(powers[0] * logits[0] + powers[1] * logits[1]) @ belongs
        return float(-np.log(by_intent[here, intents] + 1e-12).mean())

    bounds = [(0.0, HIGHEST), (0.0, HIGHEST)]
    found = optimize.minimize(surprise, np.array([0.5, 0.5]), method="Nelder-Mead", bounds=bounds).x
    return float(found[0]), float(found[1])


def expected_calibration_error(confidence: Matrix, right: NDArray[np.bool_], bins: int = 10) -> float:
    """Mean distance between how sure and how often right, over equally wide bins."""
    places = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(confidence[places == at].mean() - right[places == at].mean()) * (places == at).sum()
        for at in range(bins)
        if (places == at).any()
    ]
    return float(sum(gaps) / max(1, len(confidence)))


def auroc(scores: Matrix, positive: NDArray[np.bool_]) -> float:
    """The chance that a positive scores higher than a negative; ties count half."""
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    values, starts, sizes = np.unique(scores[order], return_index=True, return_counts=True)
    for start, size in zip(starts, sizes, strict=True):
        ranks[order[start : start + size]] = start + (size + 1) / 2
    wins = int(positive.sum())
    losses = len(scores) - wins
    if not wins or not losses or not len(values):
        return float("nan")
    return float((ranks[positive].sum() - wins * (wins + 1) / 2) / (wins * losses))
