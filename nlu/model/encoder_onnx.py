"""An encoder from a folder: ``model.onnx`` and ``tokenizer.json``, as sentence-transformers and Optimum export them.

Needs the packages onnxruntime and tokenizers, which are installed only where such a folder is used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nlu.model.encoder import Vectors
from nlu.model.storage import BrokenModel

LONGEST = 128  # tokens looked at
FILES = ("model.onnx", "onnx/model.onnx")
NEEDED = "install them with `pip install onnxruntime tokenizers`"


@dataclass(frozen=True)
class OnnxEncoder:
    """Mean of the last layer over the tokens; ``linan.json`` in the folder may give a ``prefix`` such as "query: ".

    And ``powers``, as `Encoder` has them: `python -m tools.encoder.export` writes both.
    """

    name: str
    session: Any
    tokenizer: Any
    prefix: str
    dimension: int
    powers: tuple[float, float] | None = None

    @classmethod
    def open(cls, folder: Path) -> OnnxEncoder:
        """Opens the folder. Raises BrokenModel."""
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as error:
            raise BrokenModel(f"{folder}: {error}; {NEEDED}") from error
        model = next((folder / name for name in FILES if (folder / name).is_file()), None)
        if model is None:
            raise BrokenModel(f"{folder}: no model.onnx here")
        try:
            session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # both raise types of their own, down to bare Exception
            raise BrokenModel(f"{folder}: {error}") from error
        tokenizer.enable_truncation(LONGEST)
        tokenizer.enable_padding()
        card = folder / "linan.json"
        told = json.loads(card.read_text(encoding="utf-8")) if card.is_file() else {}
        powers = (float(told["powers"][0]), float(told["powers"][1])) if told.get("powers") else None
        name = f"{folder.name}-{hashlib.sha256(model.read_bytes()).hexdigest()[:16]}"
        dimension = int(session.get_outputs()[0].shape[-1])
        return cls(name, session, tokenizer, told.get("prefix", ""), dimension, powers)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text. Alone, so that padding changes nothing."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        return np.concatenate([self._one(self.prefix + text) for text in texts])

    def _one(self, text: str) -> Vectors:
        encoded = self.tokenizer.encode(text)
        given = {
            "input_ids": np.array([encoded.ids], np.int64),
            "attention_mask": np.array([encoded.attention_mask], np.int64),
            "token_type_ids": np.array([encoded.type_ids], np.int64),
        }
        wanted = {port.name for port in self.session.get_inputs()}
        tokens = self.session.run(None, {name: array for name, array in given.items() if name in wanted})[0]
        vector = tokens.mean(axis=1) if tokens.ndim == 3 else tokens
        return np.asarray(vector / np.linalg.norm(vector, axis=1, keepdims=True), dtype=np.float32)
