"""Puts together what rules and model say of a message. Rules for danger and cues never wait for the model."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from actions.tickets.commands import Where
from bot.errors import UnderstandError
from bot.messages import Message
from bot.understand.carrying import carry_places
from bot.understand.cues import find_cue
from bot.understand.danger import find_danger, sounds_worse_than_it_is
from bot.understand.person_words import person_word
from bot.understand.roll_call import roll_call_word
from bot.understanding import Cue, Understanding, nothing
from nlu.model.entities import Entity
from nlu.model.matters import Matter, Part, gather, matters_of, split
from nlu.model.parse import Parse
from nlu.model.places import Place
from nlu.model.script import is_traditional

Extractor = Callable[[str], Sequence[Entity]]
PLACE_KINDS = frozenset({"building", "unit", "floor", "room", "place"})
MENTION = re.compile(r"@\S{1,12}")
#: what people put around a place without adding anything
FILLERS = re.compile(r"[我在是就的那这边里哈啊呀嘛呢吧哦喔嘅係咗您好家住儿位置地方从到和、，。,.!！~～\-\s]")
LONGEST_PARSED = 1000  # characters the model looks at: the matter stands at one end of a long message
TAIL_PARSED = 300
SURELY_CHATTER = 0.95
TALK, NO_DANGER = 0.70, 0.05  # only then is a rule overruled that hears danger
NEVER_TALK = frozenset({"missing"})  # told calmly, like any errand


class Parser(Protocol):
    """A model: texts in, one Parse each out, in the same order. Raises UnderstandError."""

    async def parse_batch(self, texts: Sequence[str]) -> list[Parse]: ...

    async def glance_batch(self, texts: Sequence[str]) -> list[Parse]:
        """A cheaper look, for parts of messages: intent, category, likeliest labels. The same where none is cheaper."""
        ...


class Understander:
    """Messages in, understandings out, in batches, outside any transaction."""

    def __init__(self, parser: Parser, extract: Extractor) -> None:
        self._parser, self._extract = parser, extract

    async def understand(self, messages: Sequence[Message]) -> list[Understanding | UnderstandError]:
        """One result a message. When the model fails, what rules can tell still comes through."""
        wordy = [m for m in messages if m.text.strip() and m.button is None]
        try:
            parses = await self._parser.parse_batch([both_ends(m.text) for m in wordy])
        except UnderstandError as error:
            return [self._by_rules(m) or error for m in messages]
        found = dict(zip((m.id for m in wordy), parses, strict=True))
        known = await asyncio.to_thread(self._all, messages, found)
        return await self._parted(messages, known, found)

    def _all(self, messages: Sequence[Message], found: dict[int, Parse]) -> list[Understanding]:
        return [self._known(message, found) for message in messages]

    def _known(self, message: Message, found: dict[int, Parse]) -> Understanding:
        parse = found.get(message.id)
        return nothing(message.text) if parse is None else self._whole(message.text, parse)

    async def _parted(
        self, messages: Sequence[Message], known: Sequence[Understanding], found: dict[int, Parse]
    ) -> list[Understanding | UnderstandError]:
        """Those that speak of several things get each of them; a model that fails here leaves them whole."""
        clauses = {m.id: split(u.text) for m, u in zip(messages, known, strict=True) if m.id in found and _may_part(u)}
        if not any(clauses.values()):
            return list(known)
        try:
            looks = iter(await self._parser.glance_batch(_texts_of(clauses)))
            parts = {id_: gather(listed, [next(looks) for _ in listed]) for id_, listed in clauses.items()}
            parses = iter(await self._parser.parse_batch(_texts_of(parts)))
        except UnderstandError:
            return list(known)
        matters = {id_: matters_of(listed, [next(parses) for _ in listed]) for id_, listed in parts.items()}
        return [
            self._with_matters(understanding, matters.get(message.id, ()))
            for message, understanding in zip(messages, known, strict=True)
        ]

    def _with_matters(self, whole: Understanding, matters: Sequence[Matter]) -> Understanding:
        parts = [self._whole(matter.text, matter.parse) for matter in matters]
        places = carry_places([part.where for part in parts], whole.where)
        placed = (replace(part, where=where, script=whole.script) for part, where in zip(parts, places, strict=True))
        return replace(whole, matters=tuple(placed))

    def _whole(self, text: str, parse: Parse) -> Understanding:
        danger = find_danger(text)
        if danger is not None and danger.kind not in NEVER_TALK and _is_talk(parse):
            danger = None
        return Understanding(
            text=parse.text,
            intent=parse.intent,
            confidence=parse.confidence,
            ranking=parse.ranking,
            category=parse.category,
            category_confidence=parse.category_confidence,
            category_ranking=parse.category_ranking,
            likeliest=parse.likeliest,
            entities=_firsts(parse.entities),
            where=where_of(parse.entities),
            cue=cue_of(text),
            danger=danger.kind if danger else None,
            figurative=danger is None and sounds_worse_than_it_is(text),
            roll_call=roll_call_word(text),
            place_only=is_place_only(text, parse.entities),
            script="hant" if is_traditional(text) else "hans",
            why=parse.why,
        )

    def _by_rules(self, message: Message) -> Understanding | None:
        """Danger, cues and buttons need no model."""
        if message.button is not None or not message.text.strip():
            return nothing(message.text)
        danger, cue = find_danger(message.text), cue_of(message.text)
        word = roll_call_word(message.text)
        if danger is None and cue is None and not word:
            return None
        entities = tuple(self._extract(message.text))
        return Understanding(
            text=message.text,
            intent="emergency" if danger else "chitchat",
            confidence=0.0,
            entities=_firsts(entities),
            where=where_of(entities),
            cue=cue,
            danger=danger.kind if danger else None,
            roll_call=word,
            place_only=is_place_only(message.text, entities),
            script="hant" if is_traditional(message.text) else "hans",
            why=("rules only: the model did not answer",),
        )


def _is_talk(parse: Parse) -> bool:
    """Whether the sentence is talk, whatever words of danger are in it: "我农场着火了，存档忘了"."""
    return parse.probability("chitchat") >= TALK and parse.probability("emergency") <= NO_DANGER


def _texts_of(parts: Mapping[int, Sequence[Part]]) -> list[str]:
    return [part.text for listed in parts.values() for part in listed]


def _may_part(understanding: Understanding) -> bool:
    """Danger and standing expressions are acted on whole; what is surely chatter is left alone."""
    if understanding.danger is not None or understanding.cue is not None:
        return False
    return understanding.probability("chitchat") < SURELY_CHATTER


def both_ends(text: str) -> str:
    """The text, or its beginning and its end when it is too long."""
    if len(text) <= LONGEST_PARSED:
        return text
    return f"{text[: LONGEST_PARSED - TAIL_PARSED - 1]}\n{text[-TAIL_PARSED:]}"


def _firsts(entities: Sequence[Entity]) -> dict[str, str]:
    values: dict[str, str] = {}
    for entity in entities:
        values.setdefault(entity.entity, entity.value)
    return values


def where_of(entities: Sequence[Entity]) -> Where:
    """The place named by the entities."""
    return _where(Place.of(entities))


def _where(place: Place) -> Where:
    return Where(place.building or "", place.unit or "", place.floor or "", place.room or "", place.place or "")


def is_place_only(text: str, entities: Sequence[Entity]) -> bool:
    """Whether the message says where and nothing else: "5栋1单元", "我在北门那边"."""
    places = [e for e in entities if e.entity in PLACE_KINDS]
    if not places:
        return False
    rest = list(text)
    for entity in places:
        rest[entity.start : entity.end] = [" "] * (entity.end - entity.start)
    words = MENTION.sub("", "".join(rest))
    return not FILLERS.sub("", words).strip()


def cue_of(text: str) -> Cue | None:
    """The standing expression that the whole message is, as a value of ours."""
    word = person_word(text)
    if word:
        return Cue("anger") if word == "anger" else Cue("person", word)
    cue = find_cue(text)
    if cue is None:
        return None
    return Cue(cue.kind, cue.value, _where(cue.place) if cue.place is not None else Where())
