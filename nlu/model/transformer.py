"""The transformer of multilingual-e5-small on numpy: one matrix product a layer and part for a whole batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.model.packed import Floats
from nlu.model.threads import cores, side_by_side
from nlu.model.weights import Weights

TOKENS = 1024  # of a batch at most: its intermediate results stay in the processor's cache
_ROOT = np.float32(1.5957691216)  # 2·√(2/π)
_LARGEST = np.float32(80)  # beyond it the curve is flat, and the power overflows
_CUBE = np.float32(0.044715)


@dataclass(frozen=True)
class _Layer:
    """The matrices as they are multiplied: in × out."""

    attention: Floats  # queries, keys and values side by side
    attention_bias: Floats
    merged: Floats
    merged_bias: Floats
    first_norm: tuple[Floats, Floats]
    widened: Floats
    widened_bias: Floats
    narrowed: Floats
    narrowed_bias: Floats
    second_norm: tuple[Floats, Floats]


@dataclass(frozen=True)
class Transformer:
    """Numbers of pieces → vectors of unit length."""

    words: NDArray[np.float16]  # half as much memory; they were four bits once
    positions: Floats
    norm: tuple[Floats, Floats]
    layers: tuple[_Layer, ...]
    heads: int
    epsilon: float

    @classmethod
    def of(cls, weights: Weights) -> Transformer:
        """The matrices in the shape they are multiplied in; those of ``weights`` are no longer needed."""
        width, tensors = weights.sizes["width"], weights.tensors
        return cls(
            words=weights.words.astype(np.float16),
            positions=tensors["emb.pos"].reshape(-1, width) + tensors["emb.type"][:width],
            norm=(tensors["emb.ln.w"], tensors["emb.ln.b"]),
            layers=tuple(_layer(tensors, number) for number in range(weights.sizes["layers"])),
            heads=weights.sizes["heads"],
            epsilon=weights.epsilon,
        )

    @property
    def dimension(self) -> int:
        """Numbers a vector."""
        return int(self.words.shape[1])

    def encode(self, cut: Sequence[Sequence[int]]) -> Floats:
        """One vector for each text, in order."""
        out = np.zeros((len(cut), self.dimension), np.float32)
        batches = list(_batches(cut, min(TOKENS, sum(map(len, cut)) // cores() + 1)))
        found = side_by_side().map(lambda rows: self._together([cut[at] for at in rows]), batches)
        for rows, vectors in zip(batches, found, strict=True):
            out[rows] = vectors
        return out

    def _together(self, cut: Sequence[Sequence[int]]) -> Floats:
        """Texts of like length: padded to the longest, the padding seen by nobody."""
        length = max(map(len, cut))
        numbers = np.zeros((len(cut), length), np.intp)
        there = np.zeros((len(cut), length), np.float32)
        for at, pieces in enumerate(cut):
            numbers[at, : len(pieces)] = pieces
            there[at, : len(pieces)] = 1
        rows = _normed(self.words[numbers] + self.positions[:length], self.norm, self.epsilon)
        hidden = np.where(there, np.float32(0), np.float32(-1e9))[:, None, None, :]
        for layer in self.layers:
            rows = self._through(layer, rows, hidden)
        means = (rows * there[..., None]).sum(axis=1)
        return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True))

    def _through(self, layer: _Layer, rows: Floats, hidden: Floats) -> Floats:
        texts, length, width = rows.shape
        heads, epsilon = self.heads, self.epsilon
        flat = rows.reshape(-1, width)
        parts = _times(flat, layer.attention, layer.attention_bias).reshape(texts, length, 3, heads, -1)
        q, k, v = parts.transpose(2, 0, 3, 1, 4)
        scores = q @ k.swapaxes(-1, -2)
        scores *= np.float32((width / heads) ** -0.5)
        scores += hidden
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        seen = _times((scores @ v).swapaxes(1, 2).reshape(-1, width), layer.merged, layer.merged_bias)
        seen += flat
        flat = _normed(seen, layer.first_norm, epsilon)
        wide = _gelu(_times(flat, layer.widened, layer.widened_bias))
        narrow = _times(wide, layer.narrowed, layer.narrowed_bias)
        narrow += flat
        flat = _normed(narrow, layer.second_norm, epsilon)
        return flat.reshape(texts, length, width)


def _layer(tensors: Mapping[str, Floats], number: int) -> _Layer:
    def bias(name: str) -> Floats:
        return tensors[f"l{number}.{name}.b"]

    def matrix(name: str) -> Floats:
        rows = tensors[f"l{number}.{name}.w"].reshape(len(bias(name)), -1)
        return np.ascontiguousarray(rows.T)  # a third faster for a few texts than the other way round

    def norm(name: str) -> tuple[Floats, Floats]:
        return tensors[f"l{number}.{name}.w"], bias(name)

    return _Layer(
        attention=np.concatenate([matrix("q"), matrix("k"), matrix("v")], axis=1),
        attention_bias=np.concatenate([bias("q"), bias("k"), bias("v")]),
        merged=matrix("ao"),
        merged_bias=bias("ao"),
        first_norm=norm("aln"),
        widened=matrix("fi"),
        widened_bias=bias("fi"),
        narrowed=matrix("fo"),
        narrowed_bias=bias("fo"),
        second_norm=norm("oln"),
    )


def _batches(cut: Sequence[Sequence[int]], tokens: int) -> Iterator[list[int]]:
    """Places of texts, those of like length together, with so many tokens at most."""
    waiting: list[int] = []
    for at in sorted(range(len(cut)), key=lambda place: len(cut[place])):
        if waiting and (len(waiting) + 1) * len(cut[at]) > tokens:
            yield waiting
            waiting = []
        waiting.append(at)
    if waiting:
        yield waiting


def _times(rows: Floats, matrix: Floats, bias: Floats) -> Floats:
    product = rows @ matrix
    product += bias
    return product


def _normed(rows: Floats, norm: tuple[Floats, Floats], epsilon: float) -> Floats:
    rows = rows - rows.mean(axis=-1, keepdims=True)
    spread = np.einsum("...i,...i->...", rows, rows)[..., None] / np.float32(rows.shape[-1])
    rows /= np.sqrt(spread + np.float32(epsilon))
    rows *= norm[0]
    rows += norm[1]
    return rows


def _gelu(rows: Floats) -> Floats:
    """By the logistic curve: within 0.001 of the exact one, at a third of its cost. In place, for there are many."""
    power = rows * rows
    power *= _CUBE
    power += 1
    power *= rows
    power *= -_ROOT
    np.minimum(power, _LARGEST, out=power)
    np.exp(power, out=power)
    power += 1
    rows /= power
    return rows
