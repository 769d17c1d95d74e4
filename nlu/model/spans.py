"""What an extractor hands back, and which parts of a sentence are already taken."""

from __future__ import annotations

from dataclasses import dataclass, field

# A message of this length may be nothing but the answer to "where?" or "when?", whatever it seems to be.
SHORT_ANSWER = 12


@dataclass(frozen=True)
class Entity:
    """A named part of a sentence: the value as written, its offsets, and the form that can be compared."""

    entity: str
    value: str
    start: int
    end: int
    normalized: str


@dataclass(frozen=True)
class Span:
    """A find of one rule in the folded text."""

    entity: str
    start: int
    end: int


@dataclass
class Findings:
    """Finds so far; the first rule to take a character keeps it."""

    folded: str
    spans: list[Span] = field(default_factory=list)
    _taken: set[int] = field(default_factory=set)

    @property
    def is_short(self) -> bool:
        return len(self.folded) <= SHORT_ANSWER

    def is_free(self, start: int, end: int) -> bool:
        return self._taken.isdisjoint(range(start, end))

    def add(self, entity: str, start: int, end: int) -> bool:
        """Take the span unless a part of it is taken; return whether it was free."""
        if start >= end or not self.is_free(start, end):
            return False
        self._taken.update(range(start, end))
        self.spans.append(Span(entity, start, end))
        return True

    def has(self, entity: str) -> bool:
        return any(span.entity == entity for span in self.spans)
