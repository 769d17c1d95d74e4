"""The meanings as pages and pickers need them: found by code, named in full, grouped by intent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput
from actions.teaching.model import Label
from bot.teaching.queries import LabelLine, list_labels


@dataclass(frozen=True, slots=True)
class Choice:
    """A meaning that a sentence may be given."""

    label: Label
    full_name: str
    examples: int

    @property
    def value(self) -> str:
        return self.label.code

    @property
    def name(self) -> str:
        return self.label.name


@dataclass(frozen=True, slots=True)
class Group:
    """An intent with what sentences may be filed under: its categories, or itself when it has none."""

    line: LabelLine
    labels: Sequence[Choice]

    @property
    def name(self) -> str:
        return self.line.label.name


@dataclass(frozen=True, slots=True)
class Labels:
    """All meanings; ``groups`` holds those in use."""

    groups: Sequence[Group]
    retired: Sequence[LabelLine]
    names: dict[str, str]  # code → full name, retired ones too
    whole: dict[str, Choice]  # code of an intent or category in use

    def get(self, value: str) -> Choice:
        """What a form has chosen. Raises InvalidInput."""
        for group in self.groups:
            for choice in group.labels:
                if choice.value == value:
                    return choice
        raise InvalidInput("no such label", phrase="teaching.choose_label")

    def name(self, intent: str, category: str | None = "") -> str:
        """How people call it; what nobody knows any more is shown as it is."""
        code = f"{intent}/{category}" if category else intent
        return self.names.get(code, code)


async def load_labels(db: AsyncSession) -> Labels:
    """Every meaning with its numbers."""
    lines = await list_labels(db, retired=True)
    live = [line for line in lines if line.label.retired_at is None]
    names: dict[str, str] = {}
    for line in lines:
        names[line.label.code] = line.label.name
        names |= {one.label.code: f"{line.label.name} · {one.label.name}" for one in line.categories}
    groups = [_group(line, names) for line in live]
    retired = [one for line in lines for one in (line, *line.categories) if one.label.retired_at is not None]
    whole = {one.label.code: _choice(one, names) for line in live for one in (line, *line.categories)}
    return Labels(groups, retired, names, whole)


def _group(line: LabelLine, names: dict[str, str]) -> Group:
    inside = [one for one in line.categories if one.label.retired_at is None]
    return Group(line, [_choice(one, names) for one in inside or [line]])


def _choice(line: LabelLine, names: dict[str, str]) -> Choice:
    return Choice(line.label, names[line.label.code], line.examples)
