"""Sentences with entity marks, ``[3栋](building)电梯坏了``: tidied, checked, stripped, fingerprinted. Pure."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata

LONGEST = 300  # characters of a sentence: what is longer is no example but a story
KINDS = frozenset("building unit floor room place time headcount phone activity ticket".split())
_MARK = re.compile(r"\[(?P<value>[^\[\]]+)\](?:\((?P<kind>[^()]*)\)|(?P<json>\{[^{}]*\}))")
_LOOSE = re.compile(r"\][({]")
_NEVER = frozenset({"Cc", "Zl", "Zp", "Cs"})  # line ends, controls, half characters


class BrokenSentence(Exception):
    """A sentence cannot be an example; ``code``: empty, too_long or marks."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def tidy(text: str) -> str:
    """One line without controls, with single spaces."""
    return " ".join("".join(" " if unicodedata.category(c) in _NEVER else c for c in text).split())


def read_marked(text: str) -> str:
    """The sentence tidied, its marks in the short form. Raises BrokenSentence."""
    marked = _MARK.sub(_shorten, tidy(text))
    plain = strip_marks(marked)
    if not any(c.isalnum() for c in plain) and not any(unicodedata.category(c) in {"So", "Po"} for c in plain):
        raise BrokenSentence("empty")
    if len(plain) > LONGEST:
        raise BrokenSentence("too_long")
    if _LOOSE.search(_MARK.sub("", marked)):
        raise BrokenSentence("marks")
    return marked


def _shorten(match: re.Match[str]) -> str:
    kind = match["kind"]
    if match["json"]:
        try:
            kind = str(json.loads(match["json"])["entity"])
        except (ValueError, KeyError, TypeError) as error:
            raise BrokenSentence("marks") from error
    if kind not in KINDS or not match["value"].strip():
        raise BrokenSentence("marks")
    return f"[{match['value']}]({kind})"


def strip_marks(marked: str) -> str:
    """The sentence as it was said."""
    return _MARK.sub(lambda match: match["value"], marked)


def find_marks(marked: str) -> list[tuple[int, int, str]]:
    """(start, end, kind) of every entity, in the plain sentence."""
    found, shift = [], 0
    for match in _MARK.finditer(marked):
        start = match.start() - shift
        found.append((start, start + len(match["value"]), match["kind"] or ""))
        shift += len(match.group()) - len(match["value"])
    return found


def add_marks(plain: str, marks: list[tuple[int, int, str]]) -> str:
    """The marked sentence; overlapping marks are left out after the first."""
    parts, at = [], 0
    for start, end, kind in sorted(marks):
        if start >= at and end > start:
            parts.append(f"{plain[at:start]}[{plain[start:end]}]({kind})")
            at = end
    return "".join([*parts, plain[at:]])


def fingerprint(plain: str) -> str:
    """The key of a sentence: the same sentence is never there twice."""
    return hashlib.sha256(plain.encode()).hexdigest()
