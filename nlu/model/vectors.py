"""Vectors that were worked out before: kept by encoder and text, so that only new sentences cost anything."""

from __future__ import annotations

import hashlib
import os
import threading
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from nlu.model.encoder import Encoder, Vectors

Progress = Callable[[int, int], None]
STEP = 64  # sentences encoded between two words of progress
REMEMBERED = 20_000  # sentences a running process keeps in memory


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


@dataclass
class VectorFile:
    """Vectors on disk, by hashes: the file says nothing of the sentences themselves."""

    path: Path
    vectors: dict[bytes, Vectors] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path, encoder: Encoder) -> VectorFile:
        """What was kept for this encoder; an unreadable file is begun anew."""
        file = cls(folder / f"{encoder.name}.npz")
        try:
            with np.load(file.path, allow_pickle=False) as stored:
                keys, rows = stored["keys"], stored["rows"].astype(np.float32)
            file.vectors = {key.tobytes(): row for key, row in zip(keys, rows, strict=True)}
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            file.vectors = {}
        return file

    def encode(self, encoder: Encoder, texts: Sequence[str], progress: Progress = lambda done, of: None) -> Vectors:
        """Vectors of all texts; what is new is worked out and kept."""
        keys = [_key(text) for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self.vectors}
        waiting = sorted(new.items(), key=lambda pair: len(pair[1]))  # of like length: nobody waits for a long one
        parts = [waiting[first : first + STEP] for first in range(0, len(waiting), STEP)]
        with ThreadPoolExecutor(os.cpu_count()) as threads:  # numpy and the engine work outside Python's lock
            found = threads.map(lambda part: _kept(encoder.encode([text for _, text in part])), parts)
            for number, (part, rows) in enumerate(zip(parts, found, strict=True), 1):
                self.vectors.update(zip((key for key, _ in part), rows, strict=True))
                progress(min(number * STEP, len(waiting)), len(waiting))
        if waiting:
            self._write()
        return np.stack([self.vectors[key] for key in keys]) if keys else np.zeros((0, encoder.dimension), np.float32)

    def _write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        waiting = self.path.with_suffix(f".{os.getpid()}.tmp")
        keys = np.frombuffer(b"".join(self.vectors), dtype=np.uint8).reshape(-1, 16)
        with waiting.open("wb") as out:
            np.savez(out, keys=keys, rows=np.stack(list(self.vectors.values())).astype(np.float16))
        waiting.replace(self.path)


def _kept(rows: Vectors) -> Vectors:
    """As they come back from the disk: the first training is to see what the second sees."""
    return rows.astype(np.float16).astype(np.float32)


@dataclass
class Memory:
    """The vectors of what was said lately: greetings and group-buy lines come again and again. Threads may share it."""

    encoder: Encoder
    _kept: OrderedDict[bytes, Vectors] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One vector a text, in order."""
        keys = [_key(text) for text in texts]
        with self._lock:
            found = {key: self._kept[key] for key in keys if key in self._kept}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if new:
            found.update(zip(new, self.encoder.encode(list(new.values())), strict=True))
        self._remember(found)
        return np.stack([found[key] for key in keys]) if keys else np.zeros((0, self.encoder.dimension), np.float32)

    def _remember(self, found: dict[bytes, Vectors]) -> None:
        with self._lock:
            for key, row in found.items():
                self._kept[key] = row
                self._kept.move_to_end(key)
            while len(self._kept) > REMEMBERED:
                self._kept.popitem(last=False)
