"""The community's own names: buildings with their nicknames, landmarks, what is usually offered there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from nlu.model.folding import fold
from nlu.model.spots import COMMON_SPOTS
from nlu.model.tries import build_trie_pattern

DEFAULT_FOLDER = Path(__file__).resolve().parents[2] / "data" / "lexicon"
# The third column of a jieba dictionary is free; ours says what kind of name the word is.
_TAGS = {"place": "places", "activity": "activities"}


@dataclass(frozen=True)
class Lexicon:
    """Names the extractor knows; `buildings` and `landmarks` lead from any written form to the proper one."""

    places: frozenset[str] = frozenset()
    activities: frozenset[str] = frozenset()
    buildings: tuple[tuple[str, str], ...] = ()
    landmarks: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_folder(cls, folder: Path = DEFAULT_FOLDER) -> Lexicon:
        """Read the words tagged `place` and `activity` of every jieba dictionary in the folder."""
        found: dict[str, set[str]] = {name: set() for name in _TAGS.values()}
        for path in sorted(folder.glob("*.txt")):
            for line in path.read_text(encoding="utf-8").splitlines():
                parts = line.split()
                if len(parts) == 3 and parts[2] in _TAGS:
                    found[_TAGS[parts[2]]].add(fold(parts[0]))
        return cls(places=frozenset(found["places"]), activities=frozenset(found["activities"]))

    @classmethod
    def from_mapping(cls, form: Mapping[str, Any]) -> Lexicon:
        """Build one from YAML: `buildings`, `landmarks` (each name + aliases), `places`, `activities`."""
        return cls(
            places=frozenset(fold(str(word)) for word in form.get("places", ())),
            activities=frozenset(fold(str(word)) for word in form.get("activities", ())),
            buildings=_read_named(form.get("buildings", ())),
            landmarks=_read_named(form.get("landmarks", ())),
        )

    def to_mapping(self) -> dict[str, Any]:
        """Return the form that `from_mapping` reads back."""
        return {
            "places": sorted(self.places),
            "activities": sorted(self.activities),
            "buildings": _write_named(self.buildings),
            "landmarks": _write_named(self.landmarks),
        }

    def merged(self, other: Lexicon) -> Lexicon:
        """Return a lexicon that knows both; the other one's proper names win."""
        return Lexicon(
            places=self.places | other.places,
            activities=self.activities | other.activities,
            buildings=tuple({**dict(self.buildings), **dict(other.buildings)}.items()),
            landmarks=tuple({**dict(self.landmarks), **dict(other.landmarks)}.items()),
        )

    @cached_property
    def proper_names(self) -> dict[str, str]:
        """Every written form of a building or landmark, folded, and its proper name."""
        return {**dict(self.landmarks), **dict(self.buildings)}

    @cached_property
    def building_pattern(self) -> re.Pattern[str] | None:
        """Matches any nickname of a building; None when there are none."""
        return _alternatives(word for word, _ in self.buildings)

    @cached_property
    def place_pattern(self) -> re.Pattern[str] | None:
        """Matches any landmark, known place or common spot; None when nothing is known."""
        known = [*self.places, *(word for word, _ in self.landmarks)]
        return _alternatives([*known, *map(fold, COMMON_SPOTS)] if known else ())

    @cached_property
    def activity_pattern(self) -> re.Pattern[str] | None:
        """Matches any known activity; None when there are none."""
        return _alternatives(self.activities)


@cache
def default_lexicon() -> Lexicon:
    """Return the words that ship with the project."""
    return Lexicon.from_folder()


def _read_named(rows: Iterable[Any]) -> tuple[tuple[str, str], ...]:
    named: dict[str, str] = {}
    for row in rows:
        name = str(row["name"]) if isinstance(row, Mapping) else str(row)
        aliases = row.get("aliases", ()) if isinstance(row, Mapping) else ()
        for written in (name, *(str(alias) for alias in aliases)):
            named[fold(written)] = name
    return tuple(named.items())


def _write_named(pairs: tuple[tuple[str, str], ...]) -> list[dict[str, Any]]:
    aliases: dict[str, list[str]] = {}
    for written, name in pairs:
        bucket = aliases.setdefault(name, [])
        if written != fold(name):
            bucket.append(written)
    return [{"name": name, "aliases": written} for name, written in aliases.items()]


def _alternatives(words: Iterable[str]) -> re.Pattern[str] | None:
    ordered = sorted({word for word in words if word}, key=lambda word: (-len(word), word))
    return re.compile(build_trie_pattern(ordered)) if ordered else None
