"""How the model lies on disk: arrays in npz, all else in JSON. Never a pickle: reading must not run code."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ARRAYS, VALUES = "arrays.npz", "values.json"


class BrokenModel(Exception):
    """The stored model cannot be read."""


@dataclass(frozen=True)
class Stored:
    """A part of the model as it is stored."""

    arrays: Mapping[str, NDArray[Any]]
    values: Mapping[str, Any]

    def write(self, folder: Path) -> None:
        """Writes the two files."""
        np.savez_compressed(folder / ARRAYS, allow_pickle=False, **dict(self.arrays))
        text = json.dumps(dict(self.values), ensure_ascii=False, separators=(",", ":"))
        (folder / VALUES).write_text(text, encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Stored:
        """Reads the two files of a folder."""
        try:
            return cls.from_bytes((folder / ARRAYS).read_bytes(), (folder / VALUES).read_bytes())
        except OSError as error:
            raise BrokenModel(f"{folder}: {error}") from error

    @classmethod
    def from_bytes(cls, arrays: bytes, values: bytes) -> Stored:
        """Reads the contents of the two files."""
        try:
            with np.load(io.BytesIO(arrays), allow_pickle=False) as opened:
                read = {name: opened[name] for name in opened.files}
            return cls(read, json.loads(values))
        except (ValueError, OSError, KeyError, EOFError) as error:
            raise BrokenModel(str(error)) from error
