"""Multinomial logistic regression on sparse rows: training by L-BFGS, probabilities in batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlu.model.storage import Stored

Matrix = NDArray[np.floating[Any]]  # singles where a model was stored, doubles while it learns
Places = NDArray[np.int32]  # columns of a row: which terms stand in a message
BALANCE = 0.5  # how far a rare label weighs like a common one (0 not, 1 fully); more makes the bot speak up more
STEPS = 60  # of the optimiser; more of them change the answers on unseen sentences no longer


def softmax(logits: Matrix) -> Matrix:
    """Rows of probabilities."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class LinearModel:
    """Weights of every term for every label; `temperature` makes the probabilities honest."""

    labels: tuple[str, ...]
    weights: Matrix  # terms × labels
    bias: Matrix
    temperature: float = 1.0

    @classmethod
    def fit(cls, rows: sparse.csr_matrix, labels: Sequence[str], *, strength: float = 4.0) -> LinearModel:
        """Learns from labelled rows; a rare label weighs more than its share.

        `strength` is the inverse of the penalty on large weights.
        """
        names = tuple(sorted(set(labels)))
        targets = np.searchsorted(names, labels)
        counts = np.bincount(targets, minlength=len(names))
        importance = ((len(labels) / (len(names) * counts)) ** BALANCE)[targets]
        rows = rows.astype(np.float64)
        return cls(names, *_minimise(rows, targets, importance / importance.mean(), len(names), strength))

    def logits(self, rows: sparse.csr_matrix) -> Matrix:
        """Scores before the softmax."""
        return np.asarray(rows @ self.weights + self.bias)

    def probabilities(self, rows: sparse.csr_matrix) -> Matrix:
        """One row of calibrated probabilities for each row."""
        return softmax(self.logits(rows) / self.temperature)

    def with_temperature(self, temperature: float) -> LinearModel:
        """The same model with other confidence."""
        return replace(self, temperature=temperature)

    def store(self) -> Stored:
        """What `restore` needs. Single precision: half the size, and the same for both readers."""
        arrays = {"weights": self.weights.astype(np.float32), "bias": self.bias.astype(np.float32)}
        return Stored(arrays, {"labels": self.labels, "temperature": self.temperature})

    @classmethod
    def restore(cls, stored: Stored) -> LinearModel:
        """The model that was stored."""
        weights, bias = stored.arrays["weights"], stored.arrays["bias"]
        return cls(tuple(stored.values["labels"]), weights, bias, float(stored.values["temperature"]))


def _minimise(
    rows: sparse.csr_matrix,
    targets: NDArray[np.intp],
    importance: Matrix,
    size: int,
    strength: float,
    steps: int = STEPS,
) -> tuple[Matrix, Matrix]:
    """Weights and bias with the least penalised loss."""
    from scipy import optimize  # slow to import and needed in training only

    terms = rows.shape[1]
    turned = rows.T.tocsr()
    aims = np.zeros((len(targets), size))
    aims[np.arange(len(targets)), targets] = 1.0
    weigh = importance[:, None]

    def loss(flat: Matrix) -> tuple[float, Matrix]:
        weights = flat.reshape(terms + 1, size)
        scores = softmax(rows @ weights[:-1] + weights[-1])
        miss = -(importance * np.log(scores[np.arange(len(targets)), targets] + 1e-300)).sum()
        slope = np.empty_like(weights)
        errors = (scores - aims) * weigh
        slope[:-1] = turned @ errors + weights[:-1] / strength
        slope[-1] = errors.sum(axis=0)
        return miss + (weights[:-1] ** 2).sum() / (2 * strength), slope.ravel()

    start = np.zeros((terms + 1) * size)
    options = {"maxiter": steps, "maxcor": 5, "ftol": 1e-6}
    found = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options=options)
    weights = found.x.reshape(terms + 1, size)
    return weights[:-1], weights[-1]
