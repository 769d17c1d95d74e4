"""What a step wants to hear, held against the lines of a chat."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.storage.tables import ChatMessage
from nlu.model.script import to_simplified
from tests.support.world import World, line_text


def fits(world: World, want: Mapping[str, Any], name: str, line: ChatMessage) -> bool:
    """Whether a line of a chat is what a step wants to hear."""
    text = line_text(line)
    unknown = set(want) - {"in", "to", "has", "not", "buttons", "card", "pictures", "traditional"}
    assert not unknown, f"unknown {sorted(unknown)}"
    if want.get("in", "东区群") not in (name, name.partition(":")[0]):
        return False
    if "to" in want and line.to_resident_id != world.residents[want["to"]]:
        return False
    labels = [b["label"] for b in (line.extra or {}).get("buttons", ())]
    card = bool((line.extra or {}).get("card"))
    return (
        all(part in text for part in as_list(want.get("has")))
        and not any(stands(part, text) for part in as_list(want.get("not")))
        and all(any(b in label for label in labels) for b in as_list(want.get("buttons")))
        and ("card" not in want or card == want["card"])
        and ("pictures" not in want or list(line.pictures) == want["pictures"])
        and ("traditional" not in want or (to_simplified(line.text) != line.text) == want["traditional"])
    )


def stands(part: str, text: str) -> bool:
    """Whether it is said; digits as a number of their own: a case's number is drawn, and may hold any three of them."""
    if part.isdecimal():
        return re.search(rf"(?<!\d){part}(?!\d)", text) is not None
    return part in text


def as_list(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)
