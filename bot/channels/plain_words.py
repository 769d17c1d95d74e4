"""What is to be said, as text alone: cards and buttons in words, numbers that stand for buttons, pieces. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from bot.messages import OutgoingButton, OutgoingMessage

MOST_CHARACTERS = 1200  # of one message; longer ones are split
MOST_PARTS = 5
_BORDERS = ("\n\n", "\n", "。", "！", "？", "；", "，", " ")
_NUMBER = re.compile(r"(?:回复|回|选|第|点|按)?(?:数字)?\s*(\d{1,2})\s*(?:个|项|号)?[.。、!！)）]?")


def button_key(button: OutgoingButton, place: int) -> str:
    """The number to answer with: a rating's own score, else its place in the row."""
    kind, _, score = button.value.rpartition(":")
    return score if kind.startswith("rate:") and score.isdecimal() else str(place)


def button_line(buttons: Sequence[OutgoingButton]) -> str:
    """The buttons in words: "1 我的工单　2 找工作人员"."""
    return "　".join(f"{button_key(button, n)} {button.label}" for n, button in enumerate(buttons, 1))


def read_number(text: str) -> str:
    """The number that somebody answers with and nothing else, or ""."""
    found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return str(int(found[1])) if found else ""


def find_pressed(text: str, buttons: Sequence[Mapping[str, Any]]) -> tuple[str, str] | None:
    """Label and value of the button that a text stands for: its number, or its very label."""
    number, said = read_number(text), text.strip()
    for place, one in enumerate(buttons, 1):
        button = OutgoingButton(str(one.get("label", "")), str(one.get("value", "")))
        if (number and button_key(button, place) == number) or (said and said == button.label):
            return button.label, button.value
    return None


def text_of(message: OutgoingMessage, hint: str) -> str:
    """All of it as text. ``hint`` holds the words around the numbers, with {buttons} in it."""
    parts = [message.text]
    card = message.card or {}
    steps = card.get("steps")
    if isinstance(steps, Sequence) and not isinstance(steps, str) and steps:
        parts.append(" ".join(f"{'●' if step.get('done') else '○'}{step.get('label', '')}" for step in steps))
    if message.buttons:
        parts.append(hint.format(buttons=button_line(message.buttons)))
    return "\n".join(part for part in parts if part)


def split(text: str, most: int = MOST_CHARACTERS) -> list[str]:
    """The text in pieces of at most so many characters, cut where a paragraph, a line or a sentence ends."""
    pieces: list[str] = []
    while len(text) > most and len(pieces) < MOST_PARTS - 1:
        cut = most
        for border in _BORDERS:
            at = text.rfind(border, most // 2, most - len(border))
            if at > 0:
                cut = at + len(border)
                break
        pieces.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    pieces.append(text if len(text) <= most else text[: most - 1] + "…")
    return [piece for piece in pieces if piece] or [""]
