"""The items of ``data/ballots.yml``: what owners decide together, and by which majority."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from actions.ballots.counting import NEEDED
from actions.routing.entries import Entries, RulesWrong, load_entries, part_of, wrong_entry

WORDS = frozenset(
    "households owners residents people area square_metres no_end option_line result_line met not_met whole_community "
    "people_took_part area_took_part people_agree area_agree for_none".split()
)


@dataclass(frozen=True, slots=True)
class Item:
    """A matter of 民法典 278. ``rule``: the majority it needs."""

    code: str
    number: int
    name: str
    rule: str


@dataclass(frozen=True, slots=True)
class BallotBook:
    """All of it. ``settle``: how long after its end votes that were given in time are still handled."""

    items: Mapping[str, Item] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    shortest: timedelta = timedelta(hours=1)
    longest: timedelta = timedelta(days=92)
    settle: timedelta = timedelta(minutes=1)
    reminders: tuple[timedelta, ...] = ()  # before the end, the earlier first


class BallotSeals(Protocol):
    """Seals votes for a ballot's own pair of keys; opens them once, to count."""

    def get_public(self, *, make: bool) -> bytes:
        """The public half of the installation's key. Raises an ActionError if there is none."""

    def new_case(self, vault: bytes, about: bytes) -> SealedPair:
        """A pair of keys, its private half wrapped for the vault."""

    def seal(self, public: bytes, plain: bytes, about: bytes) -> bytes: ...

    def open_case(self, wrapped: bytes, vault: bytes, about: bytes) -> bytes: ...

    def open(self, private: bytes, sealed: bytes, about: bytes) -> bytes: ...


class SealedPair(Protocol):
    """A ballot's keys: anybody may seal with ``public``; the other half lies in ``wrapped``."""

    @property
    def public(self) -> bytes: ...

    @property
    def wrapped(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class BallotTools:
    """What the handlers need from outside."""

    book: BallotBook
    seals: BallotSeals


def read_ballots(text: str, name: str = "ballots.yml") -> BallotBook:
    """The file → BallotBook. Raises RulesWrong with file and line."""
    file = load_entries(text, name)
    items, limits, words = part_of(file, "items"), part_of(file, "limits"), part_of(file, "words")
    if missing := WORDS - set(words):
        raise RulesWrong(f"{name}: words: {sorted(missing)[0]} is missing")
    hours = limits.get("reminders_hours")
    if not isinstance(hours, list) or not all(isinstance(h, int) and h > 0 for h in hours):
        raise wrong_entry(limits, "reminders_hours", "must be a list of hours before the end")
    return BallotBook(
        {code: _item(items, code) for code in items},
        {key: str(value) for key, value in words.items()},
        timedelta(hours=_number(limits, "shortest_hours")),
        timedelta(days=_number(limits, "longest_days")),
        timedelta(seconds=_number(limits, "settle_seconds")),
        tuple(timedelta(hours=h) for h in sorted(hours, reverse=True)),
    )


def _item(items: Entries, code: str) -> Item:
    entry = items[code]
    if not isinstance(entry, Entries) or set(entry) != {"number", "name", "rule"} or len(code) > 16:
        raise wrong_entry(items, code, "needs number, name and rule")
    if entry["rule"] not in NEEDED:
        raise wrong_entry(items, code, f"there is no rule {entry['rule']!r}")
    return Item(code, int(entry["number"]), str(entry["name"]), str(entry["rule"]))


def _number(limits: Entries, key: str) -> int:
    value = limits.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise wrong_entry(limits, key, "must be a whole number from 1")
    return value
