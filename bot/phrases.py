"""Texts that people read, by key, from ``data/phrases/*.yml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

import yaml

from bot.advice import YAML, read_advice
from bot.errors import PhraseMissing
from nlu.model.script import to_traditional

ADVICE = Path("knowledge/emergency")


class Phrases:
    """All texts; ``render`` fills in the parameters and gives Traditional to who writes it."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._shipped = dict(texts)
        self._texts = self._shipped

    @classmethod
    def load(cls, folder: Path) -> Phrases:
        """Read every file of the folder, and the advice beside it. A key that stands twice is an error."""
        texts: dict[str, str] = {}
        for advice in read_advice(folder.parent / ADVICE):
            texts |= advice.texts()
        for path in sorted(folder.glob("*.yml")):
            for key, text in _read(path.read_text("utf-8")):
                if key in texts:
                    raise PhraseMissing(f"phrase {key!r} stands twice ({path.name})")
                texts[key] = text
        return cls(texts)

    def __contains__(self, key: str) -> bool:
        return key in self._texts

    def override(self, texts: Mapping[str, str]) -> None:
        """From now on say these texts instead of those that ship; what is not named is said as it ships."""
        self._texts = {**self._shipped, **{key: text for key, text in texts.items() if key in self._shipped}}

    def shipped(self, key: str) -> str | None:
        """The text that ships under a key, or None."""
        return self._shipped.get(key)

    def fields(self, key: str) -> tuple[str, ...]:
        """The names in braces of the text that ships, in order."""
        names = (name for _, name, _, _ in Formatter().parse(self._shipped[key]))
        return tuple(dict.fromkeys(name for name in names if name is not None))

    def in_order(self) -> tuple[str, ...]:
        """The keys as they stand in the files."""
        return tuple(self._shipped)

    def keys(self) -> frozenset[str]:
        return frozenset(self._texts)

    def render(self, key: str, params: Mapping[str, Any] | None = None, *, script: str = "hans") -> str:
        """The text of ``key`` with its parameters, in the reader's script. Raises PhraseMissing."""
        try:
            text = self._texts[key].format_map(dict(params or {}))
        except KeyError as missing:
            raise PhraseMissing(f"phrase {key!r}: {missing}") from missing
        return to_traditional(text) if script == "hant" else text


@lru_cache(maxsize=128)
def _read(text: str) -> tuple[tuple[str, str], ...]:
    """Keys and texts of a file; the same words are taken apart once."""
    return tuple((key, str(words)) for key, words in (yaml.load(text, Loader=YAML) or {}).items())
