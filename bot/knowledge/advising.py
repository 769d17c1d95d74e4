"""Beside the road: which guide may answer a message. Looked for outside any transaction, confirmed within it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from actions.knowledge.finding import find_usable
from bot.clock import local
from bot.decide.decision import Advice
from bot.decide.services import ACTIONABLE
from bot.knowledge.shelf import Question, Shelf
from bot.messages import Message
from bot.understanding import Understanding
from nlu.model.retrieval import Hit

log = structlog.get_logger()
CONSULT, TIP = "consult", "safety_tip"
SURE_OF_WORK, SURE_OF_TALK = 0.60, 0.90  # from here on it is no question, unless it is taken for one as well
MAY_ASK = 0.2  # probability of a question from which on it is worth looking; whoever calls the bot always is
Hits = Mapping[str, Sequence[Hit]]  # text → what may answer it


class Adviser:
    """Finds guides for what residents ask. ``least``: the score below which a guide is not even considered."""

    def __init__(self, shelf: Shelf, least: float) -> None:
        self._shelf, self._least = shelf, least

    async def look(self, pairs: Sequence[tuple[Message, Understanding]], now: datetime) -> list[Hits]:
        """For each message what may answer it or one of its matters. Never raises: without guides people answer."""
        texts = [list(_asked(message, understanding)) for message, understanding in pairs]
        on = local(now).date()
        questions = [
            Question(text, message.community_id, on)
            for (message, _), listed in zip(pairs, texts, strict=True)
            for text in listed
        ]
        if not questions:
            return [{} for _ in pairs]
        try:
            found = iter(await self._shelf.find(questions))
        except Exception as error:
            log.warning("guides_not_asked", code="guides_not_asked", error=type(error).__name__)
            return [{} for _ in pairs]
        return [{text: self._sure(next(found)) for text in listed} for listed in texts]

    def _sure(self, hits: Sequence[Hit]) -> list[Hit]:
        return [hit for hit in hits if hit.score >= self._least]

    async def confirm(
        self, session: AsyncSession, message: Message, hits: Hits, now: datetime
    ) -> dict[str, Advice]:
        """Of what was found, the first that holds for this resident now; the tables are the truth."""
        advice: dict[str, Advice] = {}
        for text, listed in hits.items():
            for hit in listed:
                guide = await find_usable(
                    session, message.community_id, hit.name, message.resident_id, local(now).date()
                )
                if guide is not None:
                    advice[text] = Advice(guide.id, hit.score)
                    break
        return advice


def _asked(message: Message, understanding: Understanding) -> Iterator[str]:
    """The texts worth looking up, each of which costs an encoding. Never where danger is heard."""
    if message.button is not None or understanding.danger is not None or message.pictures:
        return
    for one in {u.text: u for u in (understanding, *understanding.matters)}.values():
        if one.danger is None and one.cue is None and _may_be_answered(one, message.addressed):
            yield one.text


def _may_be_answered(understanding: Understanding, addressed: bool) -> bool:
    """Whether `bot.decide` could answer it from a guide: most of what is said is surely something else."""
    if understanding.probability(CONSULT) >= MAY_ASK:
        return True
    if not addressed:
        return False
    if understanding.intent == TIP and not understanding.where:  # "灭火器怎么用"
        return True
    surely = SURE_OF_WORK if understanding.intent in ACTIONABLE else SURE_OF_TALK
    return understanding.confidence < surely
