"""Masks what identifies a person, for everything that leaves the group or is written to a log."""

from __future__ import annotations

import re

from nlu.model.entities import extract
from nlu.model.folding import fold

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10x98765432"
# Groups of digits as people type them; at most one space or dash between two groups keeps this linear.
_ID_NUMBER = re.compile(r"(?<!\d)\d{6}[ -]?(?:18|19|20)\d{2}[ -]?\d{4}[ -]?\d{3}[\dx](?!\d)")
# No check digit is asked for: a mistyped card number is as private as a right one.
_CARD = re.compile(r"(?<!\d)\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}(?:[ -]?\d{1,3})?(?!\d)")
_PHONE = re.compile(
    r"(?<![\d-])(?:(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}|0\d{2,3}[ -]?\d{7,8}|"
    r"09\d{2}[ -]?\d{3}[ -]?\d{3}"
    r"|(?:\+?85[23][ -]?)?[5-9]\d{3}[ -]\d{4})(?!\d)"
)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][a-hj-np-z][ ·.-]?[a-hj-np-z0-9]{4"
    r",5}[a-hj-np-z0-9挂学警港澳](?![a-z0-9])"
)
# "501-502", "501、502室", "501号502": what follows a door is a door
_MORE_DOORS = re.compile(r"(?:室|房|号|户)?(?:\s?[-~—、,，和与及跟/到至]\s?)?\d{3,4}(?!\d|[-:年点])(?:室|房|号|户)?")
_DOOR_BEFORE = re.compile(r"(?<!\d)\d{3,4}(?:室|房|号|户)(?:\s?[-~—、,，和与及跟/到至]\s?)?$")
_MASK = "*"


def scrub(text: str) -> str:
    """Return the text with phone numbers, ID and bank card numbers, plates and door numbers masked."""
    masked = list(text)
    for start, end, keep in _find_private(text):
        # Enough stays that the owner recognises it, too little for a stranger to use it.
        for position in range(start + keep, end):
            if not text[position].isspace() and text[position] not in "-·室房号户、和到至":
                masked[position] = _MASK
    return "".join(masked)


def find_private(text: str) -> list[str]:
    """The private numbers of a text as they stand there, in order, each once."""
    found = sorted((start, -end) for start, end, _ in _find_private(text))
    shown: dict[str, None] = {}
    reached = 0
    for start, minus_end in found:
        if start >= reached:  # a door inside a longer number is that number
            shown[text[start:-minus_end]] = None
            reached = -minus_end
    return list(shown)


def _find_private(text: str) -> list[tuple[int, int, int]]:
    """Return start, end and how many leading characters may stay."""
    folded = fold(text)
    found = [(m.start(), m.end(), 3) for m in _ID_NUMBER.finditer(folded) if _is_id_number(m.group())]
    found += [(m.start(), m.end(), 4) for m in _CARD.finditer(folded)]
    found += [(m.start(), m.end(), 3) for m in _PHONE.finditer(folded)]
    found += [(m.start(), m.end(), 2) for m in _PLATE.finditer(folded)]
    found += [(start, end, 0) for start, end in _find_doors(text)]
    return found


def _find_doors(text: str) -> list[tuple[int, int]]:
    """Doors tell who lives where: rooms are masked, buildings stay. Long texts are read piece by piece."""
    size = 2000
    return [
        (_first_door(text, offset + entity.start), _last_door(text, offset + entity.end))
        for offset in range(0, len(text), size)
        for entity in extract(text[offset : offset + size])
        if entity.entity == "room"
    ]


def _first_door(text: str, start: int) -> int:
    before = _DOOR_BEFORE.search(text, max(0, start - 8), start)
    return before.start() if before is not None else start


def _last_door(text: str, end: int) -> int:
    while (more := _MORE_DOORS.match(text, end)) is not None:
        end = more.end()
    return end


def _is_id_number(written: str) -> bool:
    digits = re.sub(r"[ -]", "", written)
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, digits, strict=False))
    return _ID_CHECKS[total % 11] == digits[17]
