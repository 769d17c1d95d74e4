"""What Rasa's cache cannot see by itself: the arithmetic and the dictionaries that components read."""

from __future__ import annotations

import hashlib
from pathlib import Path

import nlu.model


def fingerprint(lexicon: str | None) -> str:
    """Changes with any file of the arithmetic or of the lexicon's folder."""
    digest = hashlib.sha256()
    files = sorted(Path(nlu.model.__file__).parent.glob("*.py"))
    files += sorted(Path(lexicon).glob("*.txt")) if lexicon else []
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
