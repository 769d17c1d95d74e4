"""The guides of this process, ready to be asked: read from the tables when something in them has changed.

Nothing is worked out when a process starts. The first question has the shelf filled, beside the event loop; whoever
asks meanwhile waits a moment, then goes to a person as if there were no guide.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import structlog
from sqlalchemy import func, select

from actions.knowledge.model import SHARED, Guide, GuideState, GuideVersion
from bot.storage.engine import Database
from nlu.model.encoder import WHEEL, Vectors, find_encoder
from nlu.model.retrieval import Document, Hit, Retriever, plain_question
from nlu.model.vectors import VectorFile

log = structlog.get_logger()
PATIENCE_S = 3.0  # so long a question waits for a shelf that is being filled
SHORTEST, LONGEST = 3, 120  # characters; what is longer tells a story
VECTORS = Path("knowledge") / "vectors"  # of the questions that ship; below data/
ENCODER = WHEEL  # the untaught one: ours brings questions of all kinds near to each other


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks, in which community, on which day."""

    text: str
    community_id: int
    on: date


@dataclass(frozen=True)
class Filled:
    """The guides as they stood at ``mark``."""

    mark: int
    retriever: Retriever
    until: Mapping[int, date]
    homes: Mapping[int, int]  # guide → community
    replaced: Mapping[int, frozenset[int]]  # community → guides that ship and that it has made its own
    _allowed: dict[tuple[int, date], frozenset[int]] = field(default_factory=dict)

    def allowed(self, community_id: int, on: date) -> frozenset[int]:
        """The guides that hold there on that day."""
        key = community_id, on
        if key not in self._allowed:
            if len(self._allowed) > 1000:
                self._allowed.clear()
            gone = self.replaced.get(community_id, frozenset())
            self._allowed[key] = frozenset(
                guide
                for guide, home in self.homes.items()
                if home in (SHARED, community_id) and guide not in gone and on <= self.until[guide]
            )
        return self._allowed[key]


class Shelf:
    """One a process. ``data``: what ships; ``var``: where vectors of the community's own questions are kept."""

    def __init__(self, db: Database, data: Path, var: Path) -> None:
        self._db, self._shipped, self._own = db, data / VECTORS, var / "guides"
        self._filled: Filled | None = None
        self._filling: asyncio.Task[None] | None = None

    async def find(self, questions: Sequence[Question]) -> list[list[Hit]]:
        """The guides that may answer each question, best first; none while the shelf is not ready."""
        if not questions:
            return []
        await self._look()
        filled = self._filled
        if filled is None:
            return [[] for _ in questions]
        return await asyncio.to_thread(_find_all, filled, questions)

    async def close(self) -> None:
        """Let go of what is being worked out."""
        if self._filling is not None:
            self._filling.cancel()
            await asyncio.gather(self._filling, return_exceptions=True)

    async def _look(self) -> None:
        async with self._db.read() as session:
            mark = await session.scalar(select(func.max(GuideVersion.id))) or 0
        if self._filled is not None and self._filled.mark == mark:
            return
        if self._filling is None or self._filling.done():
            self._filling = asyncio.create_task(self._fill(mark))
        await asyncio.wait({self._filling}, timeout=PATIENCE_S)

    async def _fill(self, mark: int) -> None:
        try:
            async with self._db.read() as session:
                guides = (await session.scalars(select(Guide).order_by(Guide.id))).all()
            self._filled = await asyncio.to_thread(self._built, mark, guides)
        except Exception as error:  # then people answer; the next question tries again
            log.warning("guides_not_read", code="guides_not_read", error=type(error).__name__)

    def _built(self, mark: int, guides: Sequence[Guide]) -> Filled:
        live = [g for g in guides if g.state == GuideState.LIVE]
        documents = [document_of(g) for g in live]
        questions = [plain_question(question) for document in documents for question in document.questions]
        shipped = {g.key: g.id for g in guides if g.community_id == SHARED}
        replaced: dict[int, frozenset[int]] = {}
        for guide in guides:
            if guide.community_id != SHARED and guide.key in shipped:
                mine = replaced.get(guide.community_id, frozenset())
                replaced[guide.community_id] = mine | {shipped[guide.key]}
        return Filled(
            mark,
            Retriever.of(documents, self._vectors(questions)),
            {g.id: g.valid_until for g in live},
            {g.id: g.community_id for g in live},
            replaced,
        )

    def _vectors(self, questions: Sequence[str]) -> Vectors:
        """Those that ship, those kept from before; only what staff have just written is worked out."""
        encoder = find_encoder(ENCODER)
        own = VectorFile.open(self._own, encoder)
        own.vectors = {**VectorFile.open(self._shipped, encoder).vectors, **own.vectors}
        return own.encode(encoder, questions)


def document_of(guide: Guide) -> Document:
    """A guide as it is searched: its title is a question too."""
    return Document(guide.id, (guide.title, *guide.questions), f"{guide.title} {guide.answer}")


def _find_all(filled: Filled, questions: Sequence[Question]) -> list[list[Hit]]:
    plain, knows = [plain_question(question.text) for question in questions], filled.retriever.knows_words_of
    wordy = [at for at, text in enumerate(plain) if SHORTEST <= len(text) <= LONGEST and knows(text)]
    vectors = dict(zip(wordy, find_encoder(ENCODER).encode([plain[at] for at in wordy]), strict=True)) if wordy else {}
    return [
        filled.retriever.find(plain[at], vectors[at], filled.allowed(question.community_id, question.on))
        if at in vectors
        else []
        for at, question in enumerate(questions)
    ]
