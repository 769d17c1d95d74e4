"""Where something is, as one value: built from entities, told in one line, completed by a later message."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from nlu.model.spans import Entity

_WORDS = {"building": "栋", "unit": "单元", "floor": "楼", "room": ""}
_FLOOR_NAMES = {"top": "顶楼", "-1": "负一层", "-2": "负二层", "-3": "负三层"}


@dataclass(frozen=True)
class Place:
    """A place in the community; numbers are normalised, so that equal doors are equal values."""

    building: str | None = None
    unit: str | None = None
    floor: str | None = None
    room: str | None = None
    place: str | None = None

    @classmethod
    def of(cls, entities: Iterable[Entity]) -> Place:
        """Take the first entity of every kind; further places join the first one (樓梯間 after 大堂)."""
        found: dict[str, str] = {}
        names = {field.name for field in fields(cls)}
        for entity in entities:
            if entity.entity in names:
                found.setdefault(entity.entity, entity.normalized)
        return cls(**found)

    def is_empty(self) -> bool:
        return self == Place()

    def is_precise(self) -> bool:
        """Tell whether somebody can be sent there: a building or a landmark is known."""
        return self.building is not None or self.place is not None

    def merge(self, other: Place) -> Place:
        """Complete this place by what the other one says; the other one wins where both speak."""
        said = {
            field.name: getattr(other, field.name) for field in fields(other) if getattr(other, field.name)
        }
        kept = self
        if other.building and self.building and other.building != self.building:
            # Another building: the old unit and room belong to the old one.
            kept = replace(self, unit=None, floor=None, room=None)
        return replace(kept, **said)

    def describe(self) -> str:
        """Return it as a neighbour would write it: 3栋2单元501, 3栋负一层 车棚."""
        door = "".join(
            _describe_part(name, value)
            for name in _WORDS
            if (value := getattr(self, name)) and not (name == "floor" and self.room)
        )
        return " ".join(part for part in (door, self.place) if part)


def _describe_part(name: str, value: str) -> str:
    if name == "floor":
        return _FLOOR_NAMES.get(value, f"{value}楼")
    if name == "building" and value.isalpha() and value.isascii():
        return f"{value.upper()}座"
    if name == "building" and "弄" in value:
        return f"{value}号"
    if name == "building" and not value[:1].isdigit():
        return value
    if name == "room" and value.isdigit():
        return value if len(value) > 2 else f"{value}室"
    return f"{value}{_WORDS[name]}" if not value.endswith(_WORDS[name] or "\0") else value
