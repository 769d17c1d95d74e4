"""The guides that ship: ``data/knowledge/guides/*.yml``, a list of guides with defaults for the whole file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from actions.knowledge.commands import GuideText
from actions.reading import read_yaml
from bot.errors import LinanError

FOLDER = Path("knowledge") / "guides"


class BadGuides(LinanError):
    """A file of guides that cannot be read; the message names file and guide."""

    code = "bad_guides"


@dataclass(frozen=True, slots=True)
class ShippedGuide:
    """One guide of a file. ``sample``: made up, for a community to replace."""

    key: str
    text: GuideText
    sample: bool


def guide_files(data: Path) -> list[Path]:
    """The files, in order."""
    return sorted((data / FOLDER).glob("*.yml"))


def read_guides(path: Path) -> list[ShippedGuide]:
    """The guides of a file. Raises BadGuides."""
    try:
        content = read_yaml(path.read_text("utf-8"))
        defaults = content.get("defaults") or {}
        return [_read_guide({**defaults, **row}) for row in content["guides"]]
    except (KeyError, TypeError, ValueError, AttributeError, yaml.YAMLError) as error:
        raise BadGuides(f"{path.name}: {type(error).__name__}: {error}") from error


def _read_guide(row: Mapping[str, Any]) -> ShippedGuide:
    text = GuideText(
        title=str(row["title"]),
        questions=tuple(str(question) for question in row["ask"]),
        answer=str(row["answer"]),
        details=str(row.get("details") or ""),
        source=str(row["source"]),
        source_on=_day(row["source_on"]),
        valid_until=_day(row["valid_until"]),
        owner=str(row["owner"]),
    )
    return ShippedGuide(str(row["key"]), text, bool(row.get("sample", False)))


def _day(value: Any) -> date:
    if not isinstance(value, date):
        raise ValueError(f"{value!r} is no day")
    return value
