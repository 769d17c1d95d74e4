"""Where a phrase stands in its file: the chapter and the heading above it, which the keys alone do not tell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from actions.routing.rules import Rules
from bot.advice import read_advice
from bot.phrases import ADVICE, Phrases

#: what residents and the staff group read; the console's own words are in other files
CHAPTERS = (
    *("tickets", "emergency", "alarms", "mediation", "activities", "ledger", "handoffs", "homes"),
    *("ballots", "proposals", "shifts", "pool", "watch", "road", "guides", "tips", "notices", "bulletins"),
    *("surveys", "polls", "belonging", "standard_replies", "clock", "webchat", "work"),
)
_KEY = re.compile(r"^([A-Za-z0-9_./]+):")
_FIELD = re.compile(r"\{(\w+)\}")
_STANDARD = "standard."


@dataclass(frozen=True, slots=True)
class Place:
    """Chapter (a file's name) and heading of a phrase, with its place in the book."""

    chapter: str
    heading: str
    number: int


def read_book(folder: Path) -> dict[str, Place]:
    """The place of every phrase that the workbench offers, by key."""
    places: dict[str, Place] = {}
    for chapter in CHAPTERS:
        path = folder / f"{chapter}.yml"
        lines = path.read_text("utf-8").splitlines() if path.is_file() else []
        for key, heading in _keys_of(lines):
            places[key] = Place(chapter, heading, len(places))
    for advice in read_advice(folder.parent / ADVICE):
        for key in advice.texts():
            places[key] = Place("emergency", f"{advice.source}（{advice.checked}）", len(places))
    return places


def _keys_of(lines: Sequence[str]) -> list[tuple[str, str]]:
    """Keys with the comment above them; the file's own head is no heading."""
    found, heading, seen_blank = [], "", False
    for line in lines:
        if line.startswith("#"):
            heading = line.lstrip("# ").strip() if seen_blank else ""
        elif match := _KEY.match(line):
            found.append((match[1], heading))
        seen_blank = seen_blank or not line.strip()
    return found


def fill_in(phrases: Phrases, text: str) -> str:
    """The text as it would read: each field with an example of what stands there."""
    return _FIELD.sub(lambda match: _sample(phrases, match[1]), text)


def _sample(phrases: Phrases, name: str) -> str:
    key = f"teaching.sample.{name}"
    return phrases.render(key) if key in phrases else f"〔{name}〕"


def field_words(phrases: Phrases, names: Sequence[str]) -> Mapping[str, str]:
    """What each field stands for."""
    keys = {name: f"teaching.field.{name}" for name in names}
    return {name: phrases.render(key) if key in phrases else name for name, key in keys.items()}


def heading_of(phrases: Phrases, key: str, place: Place) -> str:
    """The heading; of standard replies the step they belong to."""
    if not key.startswith(_STANDARD):
        return place.heading
    step = f"console.move.{key.split('.')[1]}"
    return phrases.render(step) if step in phrases else place.heading


def matter_of(phrases: Phrases, rules: Rules, key: str) -> str:
    """What kind of matter the phrase is for, where its key says so: "矛盾纠纷", "电梯故障"; else nothing."""
    for part in reversed(key.split(".")):
        if part in rules.services:
            return rules.service(part).name
        for kind in ("family", "danger"):
            if f"console.{kind}.{part}" in phrases:
                return phrases.render(f"console.{kind}.{part}")
    return ""
