"""Two wordings of a text beside each other: what stayed, what came, what went, paragraph by paragraph, word by word.

Pure. Both wordings can be read back from it without loss.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from actions.routing.likeness import likeness
from nlu.model.words import cut_words

SAME, ADDED, REMOVED, CHANGED = "same", "added", "removed", "changed"
_ALIKE = 0.3  # likeness from which on a paragraph was changed and not replaced


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words: ``mark`` same, added or removed."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A paragraph. ``number``: its place in the new wording from 0; None: it is not there any more."""

    mark: str
    pieces: tuple[Piece, ...]
    number: int | None


def compare(old: Sequence[str], new: Sequence[str]) -> list[Compared]:
    """The new wording, with what went where it stood."""
    found: list[Compared] = []
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [Compared(SAME, (Piece(SAME, new[n]),), n) for n in range(k, m)]
        else:
            found += _replaced(old[i:j], new[k:m], k)
    return found


def _replaced(old: Sequence[str], new: Sequence[str], first: int) -> Iterator[Compared]:
    """Each new paragraph with the first old one left that it may have been; what is left of the old went."""
    left = list(old)
    for number, text in enumerate(new, first):
        match = next((n for n, one in enumerate(left) if likeness(one, text) >= _ALIKE), None)
        if match is None:
            yield Compared(ADDED, (Piece(ADDED, text),), number)
            continue
        yield from (_gone(one) for one in left[:match])
        yield Compared(CHANGED, _words(left[match], text), number)
        left = left[match + 1 :]
    yield from (_gone(one) for one in left)


def _gone(text: str) -> Compared:
    return Compared(REMOVED, (Piece(REMOVED, text),), None)


def _words(old: str, new: str) -> tuple[Piece, ...]:
    first, second = _cut(old), _cut(new)
    pieces: list[Piece] = []
    for tag, i, j, k, m in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece(SAME, "".join(second[k:m])))
            continue
        if i < j:
            pieces.append(Piece(REMOVED, "".join(first[i:j])))
        if k < m:
            pieces.append(Piece(ADDED, "".join(second[k:m])))
    return tuple(pieces)


def _cut(text: str) -> list[str]:
    """Words with everything between them: together they are the text again."""
    cut: list[str] = []
    at = 0
    for word in cut_words(text):
        start = text.find(word, at)
        if start < 0:
            continue
        if start > at:
            cut.extend(text[at:start])
        cut.append(text[start : start + len(word)])
        at = start + len(word)
    cut.extend(text[at:])
    return cut
