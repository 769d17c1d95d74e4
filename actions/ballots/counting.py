"""The arithmetic of a ballot: what counts, what is needed, and the lines that anybody can count again.

Nothing here knows a table. Areas are whole hundredths of a square metre; shares are compared as whole numbers.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from actions.ballots.commands import ABSTAIN, AGREE

FORMAT = "linan-count/1"
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is taken for another
CODE_LENGTH = 16  # 79 bits
UNITS = (1000, 100, 10, 1)  # an area is paid in notes of 10, 1, 0.1 and 0.01 m²: no line tells a home by its size
NEEDED = {"article_278_half": ((1, 2), True), "article_278_three_quarters": ((3, 4), False), "majority": ((1, 2), True)}
TAKES_PART = ((2, 3), False)


@dataclass(frozen=True, slots=True)
class Counted:
    """One vote as it is counted: the choice, the voter's code, the area it stands for."""

    choice: int
    code: str
    area: int = 0


@dataclass(frozen=True, slots=True)
class Condition:
    """``have`` of ``of`` against a share; ``more``: more than it, else at least. ``what`` is a word of the result."""

    what: str
    have: int
    of: int
    share: tuple[int, int]
    more: bool

    @property
    def met(self) -> bool:
        up, down = self.share
        return self.have * down > self.of * up if self.more else self.have * down >= self.of * up

    @property
    def missing(self) -> int:
        """How many more would do."""
        up, down = self.share
        need = self.of * up // down + 1 if self.more else -(-self.of * up // down)
        return max(0, need - self.have)


@dataclass(frozen=True, slots=True)
class Tally:
    """The count. ``votes`` and ``areas`` by option; ``leader``: the option it is about, None where two are level."""

    voters: int
    area: int
    votes: tuple[int, ...]
    areas: tuple[int, ...]
    leader: int | None
    conditions: tuple[Condition, ...]

    @property
    def took_part(self) -> int:
        return sum(self.votes)

    @property
    def took_area(self) -> int:
        return sum(self.areas)

    @property
    def passed(self) -> bool:
        return self.leader is not None and all(condition.met for condition in self.conditions)

    def as_json(self) -> dict[str, Any]:
        return {
            "voters": self.voters,
            "area": self.area,
            "took_part": self.took_part,
            "took_area": self.took_area,
            "votes": list(self.votes),
            "areas": list(self.areas),
            "leader": self.leader,
            "passed": self.passed,
            "conditions": [
                {"what": c.what, "have": c.have, "of": c.of, "share": list(c.share), "more": c.more, "met": c.met}
                for c in self.conditions
            ],
        }


def is_yes_no(options: Sequence[str]) -> bool:
    """Whether the first option is what the question asks to agree to."""
    return bool(options) and options[0] == AGREE


def tally(
    options: Sequence[str], rule: str, by_area: bool, voters: int, area: int, counted: Iterable[Counted]
) -> Tally:
    """Count. Abstentions take part, but are for nothing."""
    votes, areas = [0] * len(options), [0] * len(options)
    for one in counted:
        votes[one.choice] += 1
        areas[one.choice] += one.area if by_area else 0
    leader = _leader(options, votes)
    agree = votes[leader] if leader is not None else 0
    agree_area = areas[leader] if leader is not None else 0
    share, more = NEEDED[rule]
    conditions: list[Condition] = []
    if rule != "majority":
        conditions.append(Condition("people_took_part", sum(votes), voters, *TAKES_PART))
        conditions.append(Condition("area_took_part", sum(areas), area, *TAKES_PART))
    conditions.append(Condition("people_agree", agree, sum(votes), share, more))
    if by_area:
        conditions.append(Condition("area_agree", agree_area, sum(areas), share, more))
    return Tally(voters, area, tuple(votes), tuple(areas), leader, tuple(conditions))


def _leader(options: Sequence[str], votes: Sequence[int]) -> int | None:
    if is_yes_no(options):
        return 0
    best = max((votes[i] for i, option in enumerate(options) if option != ABSTAIN), default=0)
    first = [i for i, option in enumerate(options) if option != ABSTAIN and votes[i] == best]
    return first[0] if len(first) == 1 and best else None


def which_counts(voted_at: datetime | None, paper_at: datetime | None) -> str:
    """ "online", "paper" or "": the first of the two holds. ``paper_at``: when a confirmed paper was entered."""
    if paper_at is not None and (voted_at is None or paper_at <= voted_at):
        return "paper"
    return "online" if voted_at is not None else ""


def new_code() -> str:
    """A code that only the voter knows."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def spell(code: str) -> str:
    """In fours, as it is shown."""
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


def read_code(text: str) -> str:
    """A code as typed, or "" for what is none."""
    code = "".join(c for c in text.upper() if c.isascii() and c.isalnum())
    return code if len(code) == CODE_LENGTH and all(c in ALPHABET for c in code) else ""


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join((FORMAT, *parts)).encode()).hexdigest()


def line_number(ref: str, code: str) -> str:
    """Under which a vote stands in the file: only who has the code finds it."""
    return _hash("line", ref, code)[:32]


def note_number(ref: str, code: str, unit: int, n: int) -> str:
    """Of the ``n``-th note of a unit that a vote's area is paid in."""
    return _hash("note", ref, code, str(unit), str(n))[:20]


def commitment(ref: str, code: str, choice: int) -> str:
    """What stands in the log: it binds the choice, and tells it to nobody without the code."""
    return _hash("cast", ref, code, str(choice))


def first_head(ref: str) -> str:
    return _hash("head", ref)


def next_head(head: str, line: str) -> str:
    """The head of the log after one more line: it holds all lines before."""
    return _hash("next", head, line)


def notes_of(area: int) -> list[tuple[int, int]]:
    """(unit, how many) that make up an area."""
    found, rest = [], area
    for unit in UNITS:
        found.append((unit, rest // unit))
        rest %= unit
    return found


def count_lines(ref: str, counted: Sequence[Counted], by_area: bool) -> dict[str, Any]:
    """The lines of the file: votes by number, and of a count by area the notes by unit; in the order of numbers."""
    votes = sorted([line_number(ref, one.code), one.choice] for one in counted)
    lines: dict[str, Any] = {"votes": votes}
    if by_area:
        notes: dict[str, list[list[Any]]] = {str(unit): [] for unit in UNITS}
        for one in counted:
            for unit, count in notes_of(one.area):
                notes[str(unit)] += [[note_number(ref, one.code, unit, n), one.choice] for n in range(count)]
        lines["notes"] = {unit: sorted(found) for unit, found in notes.items()}
    return lines
