"""The table of the pool (``data/pool.yml``) as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from actions.reading import read_yaml


@dataclass(frozen=True, slots=True)
class HelpKind:
    """A kind of help. ``home``: mostly done in somebody's home."""

    code: str
    name: str
    words: tuple[str, ...]
    home: bool


def _as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class PoolRules:
    """All of it. ``longest``: minutes of one help. ``hours``: the kind of the time bank. ``scrub``: who masks phones
    and doors in what several neighbours will read."""

    kinds: Mapping[str, HelpKind]
    refused: Mapping[str, tuple[str, ...]]
    hours: str
    offered_to: int
    wait_hours: int
    longest: int
    scrub: Callable[[str], str] = _as_it_is

    def find_kinds(self, text: str) -> list[HelpKind]:
        """The kinds whose words stand in a text, the longest word first."""
        said = [(max((len(w) for w in kind.words if w in text), default=0), kind) for kind in self.kinds.values()]
        return [kind for length, kind in sorted(said, key=lambda one: -one[0]) if length]

    def refuses(self, text: str) -> str:
        """What of it nobody may ask of a neighbour, or ""."""
        return next((code for code, words in self.refused.items() if any(word in text for word in words)), "")


def read_pool(text: str) -> PoolRules:
    """The file's text → rules. Raises KeyError, TypeError or ValueError for a file that is none."""
    data = read_yaml(text)
    kinds = {
        code: HelpKind(code, one["name"], tuple(one["words"]), bool(one["home"])) for code, one in data["kinds"].items()
    }
    refused = {code: tuple(words) for code, words in data["refused"].items()}
    return PoolRules(
        kinds, refused, data["hours"], int(data["offered_to"]), int(data["wait_hours"]), int(data["longest"]) * 60
    )
