"""The arguments of a discussion in a few sentences: chosen, never written. Pure.

What says much the same is one group; the group speaks with the sentence that most agree with. Nothing is said that
nobody said: each sentence stands word for word in an argument.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from actions.proposals.model import Stance
from actions.routing.likeness import likeness

SAME = 0.34  # likeness from which two sentences are one opinion
MOST = 5  # sentences for each stance
LONGEST = 80  # characters of a sentence; more is cut at a comma
_ENDS = "。！？!?\n;；"
_AGREED = 2 / 3  # share of those who said yes or no, from which on it is common ground
_ENOUGH = 3  # so many must have said it


@dataclass(frozen=True, slots=True)
class Said:
    """An argument as far as it counts here. ``camps``: how many of each stance agree and do not."""

    id: int
    stance: str
    text: str
    who: int
    yes: int = 0
    no: int = 0
    yes_of: frozenset[str] = frozenset()  # stances of those who agree


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that stands for a group. ``people``: who said or agreed; ``argument_id``: whose words they are."""

    stance: str
    text: str
    people: int
    argument_id: int
    others: tuple[int, ...] = field(default=())


def summarise(arguments: Sequence[Said]) -> list[Sentence]:
    """Stance by stance, what most stand behind first."""
    return [sentence for stance in Stance for sentence in _of_stance(stance, arguments)]


def _of_stance(stance: Stance, arguments: Sequence[Said]) -> list[Sentence]:
    groups: list[list[Said]] = []
    for one in sorted((a for a in arguments if a.stance == stance), key=lambda a: (-a.yes, a.id)):
        near = next(
            (group for group in groups if likeness(_sentence(group[0].text), _sentence(one.text)) >= SAME), None
        )
        if near is None:
            groups.append([one])
        else:
            near.append(one)
    found = [_speak(group) for group in groups]
    return sorted(found, key=lambda sentence: (-sentence.people, sentence.argument_id))[:MOST]


def _same(first: Said, other: Said) -> bool:
    return likeness(_sentence(first.text), _sentence(other.text)) >= SAME


def _speak(group: Sequence[Said]) -> Sentence:
    """The group's first is the one that most agree with."""
    first = group[0]
    people = len({one.who for one in group}) + sum(one.yes for one in group)
    return Sentence(first.stance, _sentence(first.text), people, first.id, tuple(one.id for one in group[1:]))


def _sentence(text: str) -> str:
    """The longest sentence of a text, cut at a comma if it is too long; its very characters."""
    for end in _ENDS:
        text = text.replace(end, "\n")
    best = max((part.strip() for part in text.split("\n")), key=len, default="")
    if len(best) <= LONGEST:
        return best
    cut = max(best.rfind(mark, 0, LONGEST) for mark in "，,、")
    return best[: cut if cut > 0 else LONGEST]


def common_ground(arguments: Iterable[Said]) -> list[Said]:
    """What people of both sides agree with: the short cards on which there is no quarrel."""
    return [one for one in arguments if _is_common(one)]


def _is_common(one: Said) -> bool:
    voted = one.yes + one.no
    both = {Stance.FOR, Stance.AGAINST} <= {*one.yes_of, one.stance}
    return voted >= _ENOUGH and one.yes / voted >= _AGREED and both
