"""What a comparison of two versions says, put so that nobody needs to know how it is measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from actions.teaching.model import ModelVersion
from bot.phrases import Phrases

#: figure → whether more of it is better; those that are missing were not measured
SHARES = {
    "accuracy": True,
    "intent_and_category_accuracy": True,
    "speaks_when_right": True,
    "false_alarms_on_chitchat": False,
    "speaks_on_chitchat": False,
    "entity_f1": True,
}
SMALL = 0.005  # a change that nobody would notice
LISTS = ("emergencies_newly_missed", "emergencies_newly_heard", "new_false_alarms", "newly_wrong", "newly_right")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure before and now. ``trend``: better, worse or same."""

    name: str
    old: float | None
    new: float
    trend: str
    support: int = 0


@dataclass(frozen=True, slots=True)
class Sentences:
    """Sentences of one kind of change, and how many there are in all."""

    kind: str
    rows: Sequence[Mapping[str, Any]]
    count: int


@dataclass(frozen=True, slots=True)
class View:
    """Everything the page of a version shows of its figures."""

    figures: Sequence[Row]
    intents: Sequence[Row]
    lists: Sequence[Sentences]
    emergencies: tuple[int, int, int] | None  # heard before, heard now, of how many

    @classmethod
    def of(cls, version: ModelVersion) -> View:
        """Read a version's rows; one that was never compared shows its own figures only."""
        told = version.comparison or {}
        new, old = told.get("new") or version.figures or {}, told.get("old") or {}
        return cls(_figures(old, new), _intents(version), _lists(told), _emergencies(old, new))


def _figures(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Row]:
    return [
        Row(name, old.get(name), new[name], _trend(old.get(name), new[name], more))
        for name, more in SHARES.items()
        if isinstance(new.get(name), int | float)
    ]


def _trend(old: float | None, new: float, more_is_better: bool = True) -> str:
    if old is None or abs(new - old) < SMALL:
        return "same"
    return "better" if (new > old) is more_is_better else "worse"


def _intents(version: ModelVersion) -> list[Row]:
    """The intents, those that lost most first."""
    told = (version.comparison or {}).get("by_intent")
    if told:
        rows = [
            Row(name, c["old"]["f1"], c["new"]["f1"], _trend(c["old"]["f1"], c["new"]["f1"]), c["new"]["support"])
            for name, c in told.items()
            if c["new"]["support"] or c["old"]["support"]
        ]
        return sorted(rows, key=lambda row: row.new - (row.old or 0.0))
    alone = (version.figures or {}).get("by_intent", {})
    return [Row(name, None, score["f1"], "same", score["support"]) for name, score in alone.items() if score["support"]]


def _lists(told: Mapping[str, Any]) -> list[Sentences]:
    found = [(kind, told.get(kind) or []) for kind in LISTS]
    return [Sentences(kind, rows, told.get(f"{kind}_count", len(rows))) for kind, rows in found if rows]


def _emergencies(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[int, int, int] | None:
    if "emergencies" not in new:
        return None
    return int(old.get("emergencies_heard", 0)), int(new.get("emergencies_heard", 0)), int(new["emergencies"])


def compare_words(phrases: Phrases, version: ModelVersion) -> str:
    """The verdict in one plain sentence."""
    told = version.comparison
    if not told:
        return phrases.render("teaching.verdict.none")
    params = {
        "right": told.get("newly_right_count", len(told.get("newly_right", ()))),
        "wrong": told.get("newly_wrong_count", len(told.get("newly_wrong", ()))),
    }
    words = phrases.render(f"teaching.verdict.{told['verdict']}", params)
    if told.get("hears_fewer_emergencies"):
        words += phrases.render("teaching.verdict.fewer_emergencies")
    return words
