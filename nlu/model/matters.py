"""Messages that speak of more than one thing: where one ends, and which of them are matters of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from nlu.model.parse import Parse

SHORTEST = 4  # characters of a part that can be a matter
MOST = 4  # matters of one message; who has more is writing a letter, and a person will read it
LONGEST = 300  # characters: a letter tells one matter in many sentences
SURE, SURER = 0.60, 0.80
CHATTER = frozenset({"chitchat", "greet_help"})
#: intents of one story: what happened, who did it, what should be done. Only a word such as 另外 parts them.
TOLD_TOGETHER = frozenset({"service_request", "safety_tip", "dispute", "suggestion", "ticket_status", "emergency"})

#: questions that follow each other ask after one thing
ASKED_TOGETHER = frozenset({"consult", "activity_inquiry", "points_inquiry", "ticket_status"})
#: what a few words at the end only underline: "就现在", "找人来看看", "麻烦查一查"
UNDERLINES = frozenset({"human_handoff", "ticket_status", "feedback"})
SHORT = 14  # characters of such words

_END = r"[。！？!?；;\n~～]+"
_NEXT = (
    r"另外|還有(?=[^人沒])|还有(?=[^人没])|对了|對了|顺便|順便|順帶|顺带|再就是|再问|再問|再麻烦|还想问|還想問|想再问|此外|以及"
    r"|第[二三四]|其[二三四](?=[，,、:：])|[2-4２-４][.、)）．](?!\d)|[②③④]|二是|三是"
)
_TURN = r"但是|不過|不过|可是|而且|只是"  # something else may begin, or what was said is weighed
_NEXT_AT = re.compile(_NEXT)
_CUT = re.compile(rf"(?:{_END})|(?:[，,、\s]|^)(?={_NEXT}|{_TURN})")


@dataclass(frozen=True)
class Part:
    """A stretch of a message. ``apart``: the writer says with a word that something else begins."""

    text: str
    apart: bool = False


@dataclass(frozen=True)
class Matter:
    """One thing a message speaks of, in its own words."""

    text: str
    parse: Parse


def split(text: str) -> tuple[Part, ...]:
    """The parts of a message that could be matters of their own; fewer than two when there is nothing to part."""
    if len(text) > LONGEST:
        return ()
    cuts = [0, *(match.end() for match in _CUT.finditer(text) if match.end()), len(text)]
    parts: list[Part] = []
    for first, last in pairwise(cuts):
        piece = text[first:last]
        apart = _NEXT_AT.match(piece.lstrip()) is not None
        if parts and not apart and min(len(piece.strip()), len(parts[-1].text.strip())) < SHORTEST:
            parts[-1] = Part(parts[-1].text + piece, parts[-1].apart)
        elif piece.strip():
            parts.append(Part(piece, apart))
    return tuple(parts) if len(parts) > 1 else ()


def matters_of(whole: Parse, parts: Sequence[Part], parses: Sequence[Parse]) -> tuple[Matter, ...]:
    """The matters of a message, each with the parse of its own words; none when the whole is one matter."""
    found: list[Matter] = []
    for part, parse in zip(parts, parses, strict=True):
        if found and not _begins_another(found[-1].parse, part, parse):
            found[-1] = _longer(found[-1], part, parse)
        else:
            found.append(Matter(part.text, parse))
    told = [matter for matter in found if matter.parse.intent not in CHATTER and matter.parse.confidence >= SURE]
    if not 2 <= len(told) <= MOST or len({_label(matter.parse) for matter in told}) < 2:
        return ()
    return tuple(Matter(matter.text.strip(" ，,、\n"), matter.parse) for matter in told)


def _begins_another(before: Parse, part: Part, parse: Parse) -> bool:
    if parse.intent in CHATTER or parse.confidence < SURE:
        return part.apart
    if _label(parse) == _label(before):
        return False
    if part.apart or before.intent in CHATTER:
        return True
    both = {parse.intent, before.intent}
    if both <= TOLD_TOGETHER or both <= ASKED_TOGETHER:
        return False
    if parse.intent in UNDERLINES and len(part.text.strip()) < SHORT:
        return False
    return min(parse.confidence, before.confidence) >= SURER


def _longer(matter: Matter, part: Part, parse: Parse) -> Matter:
    """The matter with one more sentence; of the two readings the surer one that says anything stands."""
    says_more = matter.parse.intent in CHATTER or (
        parse.intent not in CHATTER and parse.confidence > matter.parse.confidence
    )
    return Matter(matter.text + part.text, parse if says_more else matter.parse)


def _label(parse: Parse) -> str:
    return f"{parse.intent}/{parse.category}" if parse.category else parse.intent
