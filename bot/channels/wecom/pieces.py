"""Texts in pieces of at most so many bytes, cut where a paragraph, a line or a sentence ends. Pure."""

from __future__ import annotations

# where a text may be cut, and how much of what fits must then be used, in quarters
_BORDERS = (("\n\n", 2), ("\n", 2), ("。", 1), ("！", 1), ("？", 1), ("；", 1), (". ", 1), ("，", 2), (" ", 2))


def split_bytes(text: str, most: int) -> list[str]:
    """The pieces, none of them empty; nothing but blanks at a cut is lost. ``most``: bytes of UTF-8, at least 4."""
    pieces = []
    rest = text.strip()
    while rest:
        piece = _head(rest, most)
        pieces.append(piece.rstrip())
        rest = rest[len(piece) :].lstrip()
    return pieces


def _head(text: str, most: int) -> str:
    """The longest beginning that fits and ends well."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= most:
        return text
    fits = raw[:most].decode("utf-8", "ignore")
    for border, quarters in _BORDERS:
        at = fits.rfind(border, len(fits) * quarters // 4)
        if at > 0:
            return fits[: at + len(border)]
    return fits


def cut_bytes(text: str, most: int) -> str:
    """As much of the text as fits."""
    raw = text.encode("utf-8", "replace")
    return text if len(raw) <= most else raw[: most - 3].decode("utf-8", "ignore") + "…"
