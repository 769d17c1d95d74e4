"""Messages of OneBot v11 as segments: arrays as they come, strings with CQ codes taken apart. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MOST_SEGMENTS = 200
LONGEST_ID = 40
_CODE = re.compile(r"\[CQ:([A-Za-z0-9_.-]+)((?:,[A-Za-z0-9_.-]+=[^,\]]*)*),?\]")
_ESCAPES = (("&#91;", "["), ("&#93;", "]"), ("&#44;", ","), ("&amp;", "&"))  # & last: it must not open new ones


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of a message; its values are texts, whatever the bridge made of them."""

    kind: str
    data: Mapping[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A value as text; "" where there is none."""
        value = self.data.get(name)
        return value if isinstance(value, str) else id_of(value)


def id_of(value: Any) -> str:
    """An id as text, whether it came as number or text; "" for what is none. Case is kept."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else ""
    if isinstance(value, int | str):
        text = str(value).strip().replace("|", "")
        return text if len(text) <= LONGEST_ID and text.isprintable() else ""
    return ""


def unescape(text: str) -> str:
    """The text as it was before CQ codes were made of it."""
    for escaped, plain in _ESCAPES:
        text = text.replace(escaped, plain)
    return text


def escape(text: str, *, inside: bool = False) -> str:
    """The text as a CQ string holds it; ``inside``: as a value of a code, where commas part values."""
    text = text.replace("&", "&amp;").replace("[", "&#91;").replace("]", "&#93;")
    return text.replace(",", "&#44;") if inside else text


def read_segments(message: Any, raw: Any = None) -> tuple[Segment, ...]:
    """The pieces of a message in whatever form it came; ``raw`` is the string to fall back on."""
    found = _read(message)
    if not found and isinstance(raw, str) and raw:
        found = read_cq(raw)
    return tuple(found[:MOST_SEGMENTS])


def _read(message: Any) -> list[Segment]:
    if isinstance(message, str):
        return read_cq(message)
    if isinstance(message, Mapping):
        message = [message]
    if not isinstance(message, list):
        return []
    found = []
    for one in message:
        if isinstance(one, str):
            found.append(Segment("text", {"text": one}))
        elif isinstance(one, Mapping) and isinstance(one.get("type"), str):
            data = one.get("data")
            found.append(Segment(one["type"], data if isinstance(data, Mapping) else {}))
    return found


def read_cq(text: str) -> list[Segment]:
    """A string with CQ codes; what only looks like one stays text."""
    found, at = [], 0
    for match in _CODE.finditer(text):
        if match.start() > at:
            found.append(Segment("text", {"text": unescape(text[at : match.start()])}))
        pairs = (value.partition("=") for value in match[2].split(",")[1:])
        found.append(Segment(match[1], {name: unescape(value) for name, _, value in pairs}))
        at = match.end()
    if at < len(text):
        found.append(Segment("text", {"text": unescape(text[at:])}))
    return found


def build_cq(segments: Sequence[Segment]) -> str:
    """The same as a string."""
    parts = []
    for one in segments:
        if one.kind == "text":
            parts.append(escape(one.text("text")))
        else:
            values = "".join(f",{name}={escape(one.text(name), inside=True)}" for name in one.data)
            parts.append(f"[CQ:{one.kind}{values}]")
    return "".join(parts)
