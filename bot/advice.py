"""What to do in danger, by kind, from ``data/knowledge/emergency/*.yml``: a few short lines with their source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from bot.errors import PhraseMissing

#: safe YAML, in C where it was built: a start reads forty files
YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MOST_STEPS = 3  # more is not read by somebody in fear
LONGEST_LINE = 24  # characters, so that a line fits on a phone in large print
LONGEST_GROUP = 100
_KEYS = {"kind", "first", "steps", "group", "source", "checked"}


@dataclass(frozen=True, slots=True)
class Advice:
    """``first``: whom to call. ``group``: what neighbours are told, where that protects them, else empty."""

    kind: str
    first: str
    steps: tuple[str, ...]
    source: str
    checked: date
    group: str = ""

    def texts(self) -> dict[str, str]:
        """As phrases: ``emergency.<kind>`` to who called for help, ``emergency.group.<kind>`` to the neighbours."""
        steps = [f"{number}. {step}" for number, step in enumerate(self.steps, 1)]
        texts = {f"emergency.{self.kind}": "\n".join([self.first, *steps])}
        return texts | ({f"emergency.group.{self.kind}": self.group} if self.group else {})


def read_advice(folder: Path) -> Sequence[Advice]:
    """Every file of the folder. Raises PhraseMissing, naming the file, for one that holds anything else."""
    return [_read(path) for path in sorted(folder.glob("*.yml"))]


def _read(path: Path) -> Advice:
    data: Any = yaml.load(path.read_text("utf-8"), Loader=YAML)
    if not isinstance(data, Mapping) or not _KEYS - {"group"} <= set(data) <= _KEYS:
        raise PhraseMissing(f"{path.name}: needs {', '.join(sorted(_KEYS))} and nothing else")
    if data["kind"] != path.stem or not isinstance(data["checked"], date) or not data["source"]:
        raise PhraseMissing(f"{path.name}: kind must be {path.stem}, checked a day, source not empty")
    advice = Advice(
        kind=str(data["kind"]),
        first=str(data["first"]),
        steps=tuple(str(step) for step in data["steps"]),
        source=str(data["source"]),
        checked=data["checked"],
        group=str(data.get("group", "")),
    )
    _check_length(path, advice)
    return advice


def _check_length(path: Path, advice: Advice) -> None:
    if not 1 <= len(advice.steps) <= MOST_STEPS:
        raise PhraseMissing(f"{path.name}: one to {MOST_STEPS} steps, not {len(advice.steps)}")
    too_long = [line for line in (advice.first, *advice.steps) if len(line) > LONGEST_LINE]
    if too_long or len(advice.group) > LONGEST_GROUP:
        raise PhraseMissing(f"{path.name}: too long for somebody in fear: {[*too_long, advice.group][0]}")
