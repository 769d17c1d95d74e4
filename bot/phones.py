"""Names and phone numbers as people write them."""

from __future__ import annotations

import re
import unicodedata

LONGEST_NAME = 32
_PHONE = re.compile(r"1[3-9]\d{9}|0\d{9,11}|[2-8]\d{6,7}|400\d{7}")


def read_phone(text: str) -> str:
    """The digits of a mobile or landline number; "" for what is none."""
    plain = re.sub(r"[\s\-()—－]", "", unicodedata.normalize("NFKC", text)).removeprefix("+86")
    return plain if _PHONE.fullmatch(plain) else ""


def read_name(text: str) -> str:
    """The name without blanks at its ends; "" for one that is too long or holds what cannot be seen."""
    plain = unicodedata.normalize("NFC", text).strip()
    hidden = any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co") for c in plain)
    return "" if hidden or len(plain) > LONGEST_NAME else plain
