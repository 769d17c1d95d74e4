"""What the handlers need from outside the room: how private things are hidden, which phrases ship."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_LONG_NUMBER = re.compile(r"\d{5,}")


class TooPrivate(Exception):
    """A sentence names somebody in a way that cannot be replaced: a card or identity number."""


def hide_numbers(marked: str) -> str:
    """Long numbers become zeros: the least that is done where nothing better is given."""
    return _LONG_NUMBER.sub(lambda match: "0" * len(match.group()), marked)


def no_phrase(_key: str) -> str | None:
    """No phrases are known."""
    return None


@dataclass(frozen=True, slots=True)
class Tools:
    """``hide``: a marked sentence without phones and doors that are somebody's (raises TooPrivate);
    ``shipped_phrase``: the text that ships under a key, or None."""

    hide: Callable[[str], str] = hide_numbers
    shipped_phrase: Callable[[str], str | None] = no_phrase
