"""What breaks, how residents say it and how far it reaches: the words by which two reports are compared."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import yaml

from actions.errors import ActionError
from actions.reading import read_yaml

FILE = "faults.yml"
SCOPES = frozenset({"unit", "building", "spot", "supply", "power"})
_KEYS = frozenset({"words", "scope", "lasts", "signs", "usual", "floors", "exact"})
_FLAGS = ("wide", "narrow", "private", "hearsay")
_GROUPS = ("spots", "corners", "which")
_LASTS = re.compile(r"(\d{1,3})(小时|天)")
_MOST_KNOWN = 2000
_GAP = ".{0,6}?"  # what "…" stands for
_NUMBERED = re.compile(r"(?<!\d)(\d{1,2})号(?=充电|桩|梯|电梯|柜|车位)")
_NUMERALS = str.maketrans("一二三四五六七八九", "123456789")

Fold = Callable[[str], str]


class FaultsWrong(ActionError):
    """The words of faults hold something that cannot be."""

    code = "faults_wrong"


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that breaks. ``scope``: how far apart two reports of it may be and still mean the same."""

    code: str
    said: re.Pattern[str]
    scope: str
    lasts: timedelta
    signs: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    usual: str = ""
    floors: bool = False
    exact: bool = False

    @property
    def reaches_far(self) -> bool:
        """Whether one failure of it can be felt in several buildings."""
        return self.scope in ("supply", "power")


@dataclass(frozen=True, slots=True)
class Said:
    """What a report says, in the terms of the vocabulary."""

    text: str  # folded
    thing: Thing | None = None
    signs: frozenset[str] = frozenset()
    spots: frozenset[str] = frozenset()
    corners: frozenset[str] = frozenset()
    which: frozenset[str] = frozenset()
    wide: bool = False
    narrow: bool = False
    private: bool = False
    hearsay: bool = False


@dataclass(frozen=True, slots=True)
class Faults:
    """All of it. An empty one knows no thing, so that nothing is ever surely the same."""

    things: tuple[Thing, ...] = ()
    groups: Mapping[str, Mapping[str, re.Pattern[str]]] = field(default_factory=dict)
    flags: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    fold: Fold = str.lower
    known: dict[str, Said] = field(default_factory=dict, compare=False, repr=False)  # texts of open tickets come again

    def read(self, text: str) -> Said:
        """What a text says: the first thing that fits, its signs, where exactly, which of several."""
        found = self.known.get(text)
        if found is None:
            if len(self.known) >= _MOST_KNOWN:
                self.known.clear()
            found = self.known[text] = self._read(text)
        return found

    def _read(self, text: str) -> Said:
        folded = "".join(self.fold(text).split())
        thing = next((thing for thing in self.things if thing.said.search(folded)), None)
        numbered = _NUMBERED.findall(folded.translate(_NUMERALS))
        return Said(
            folded,
            thing,
            _signs(thing, folded),
            self._found("spots", folded),
            self._found("corners", folded),
            self._found("which", folded) | frozenset(numbered),
            *(bool(found.search(folded)) if (found := self.flags.get(name)) else False for name in _FLAGS),
        )

    def _found(self, group: str, text: str) -> frozenset[str]:
        return frozenset(name for name, said in self.groups.get(group, {}).items() if said.search(text))


def _signs(thing: Thing | None, text: str) -> frozenset[str]:
    if thing is None:
        return frozenset()
    found = frozenset(name for name, said in thing.signs.items() if said.search(text))
    return found or (frozenset({thing.usual}) if thing.usual else frozenset())


def read_faults(text: str, *, fold: Fold = str.lower) -> Faults:
    """The file → Faults. Raises FaultsWrong naming the entry."""
    try:
        content = read_yaml(text)
    except yaml.YAMLError as error:
        raise FaultsWrong(f"{FILE}: {error}") from error
    if not isinstance(content, dict) or set(content) != {"things", *_GROUPS, *_FLAGS}:
        raise FaultsWrong(f"{FILE}: write {', '.join(('things', *_GROUPS, *_FLAGS))}, each once")
    return Faults(
        tuple(_thing(code, entry) for code, entry in _entries(content, "things").items()),
        {group: {str(k): _words(k, v) for k, v in _entries(content, group).items()} for group in _GROUPS},
        {flag: _words(flag, content[flag]) for flag in _FLAGS},
        fold,
    )


def _entries(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    if not isinstance(content[key], dict) or not content[key]:
        raise FaultsWrong(f"{FILE}: {key}: is not a list of entries")
    found: Mapping[str, Any] = content[key]
    return found


def _thing(code: str, entry: Any) -> Thing:
    if not isinstance(entry, dict) or (unknown := set(entry) - _KEYS) or not {"words", "scope", "lasts"} <= set(entry):
        raise FaultsWrong(f"{FILE}: {code}: needs words, scope and lasts; unknown: {unknown or 'nothing'}")
    if entry["scope"] not in SCOPES:
        raise FaultsWrong(f"{FILE}: {code}: scope is one of {', '.join(sorted(SCOPES))}")
    signs = {str(name): _words(f"{code}: {name}", words) for name, words in (entry.get("signs") or {}).items()}
    usual = str(entry.get("usual") or "")
    if usual and usual not in signs:
        raise FaultsWrong(f"{FILE}: {code}: usual is none of its signs")
    floors, exact = bool(entry.get("floors")), bool(entry.get("exact"))
    return Thing(code, _words(code, entry["words"]), entry["scope"], _lasts(code, entry), signs, usual, floors, exact)


def _lasts(code: str, entry: Mapping[str, Any]) -> timedelta:
    match = _LASTS.fullmatch(str(entry["lasts"]))
    if match is None:
        raise FaultsWrong(f"{FILE}: {code}: lasts is written like 12小时 or 3天")
    return timedelta(hours=int(match[1]) * (24 if match[2] == "天" else 1))


def _words(name: str, words: Any) -> re.Pattern[str]:
    if not isinstance(words, list) or not words or not all(str(word).strip("…") for word in words):
        raise FaultsWrong(f"{FILE}: {name}: is not a list of words")
    return re.compile("|".join(_GAP.join(map(re.escape, str(word).lower().split("…"))) for word in words))
