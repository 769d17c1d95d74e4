"""What is told while an admin types a sentence: is it there already, is it like another, what does the model say."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from sqlalchemy import select

from actions.teaching.changes import EXAMPLES
from actions.teaching.marks import BrokenSentence, fingerprint, read_marked, strip_marks, tidy
from actions.teaching.model import Example, Taught
from actions.teaching.tools import TooPrivate
from bot.errors import UnderstandError
from bot.storage.engine import Database
from bot.teaching.anonymise import hide
from bot.understand.understanding import Parser
from nlu.evaluation.nearness import Neighbours

MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Known:
    """An example that is there already, and how alike it is (1.0: the same pieces)."""

    id: int
    intent: str
    category: str
    marked: str
    alike: float = 1.0

    @property
    def label(self) -> str:
        return f"{self.intent}/{self.category}" if self.category else self.intent


@dataclass(frozen=True, slots=True)
class Check:
    """What is known of a sentence. ``fault`` is "" or a code of ``Changed.skipped`` (empty, too_long, marks, private);
    ``kept_as``: the sentence as it would be kept, where something private is replaced in it ("" if nothing is).

    ``near``: like it, those under another label first; ``model``: (label, probability), the likeliest three; empty
    while no model can be asked.
    """

    plain: str = ""
    fault: str = ""
    kept_as: str = ""
    duplicate: Known | None = None
    near: tuple[Known, ...] = ()
    model: tuple[tuple[str, float], ...] = ()

    def near_elsewhere(self, intent: str, category: str) -> tuple[Known, ...]:
        """Those of the like ones that mean something else."""
        return tuple(known for known in self.near if (known.intent, known.category) != (intent, category))


class Checker:
    """Keeps the examples in a form in which alike ones are found in a moment; looks whether they have changed."""

    def __init__(self, db: Database, want_parser: Callable[[], Awaitable[Parser]]) -> None:
        self._db, self._want_parser = db, want_parser
        self._version = -1
        self._known: list[Known] = []
        self._neighbours = Neighbours(())

    async def check(self, text: str, intent: str = "", category: str = "", *, example_id: int | None = None) -> Check:
        """Look at one sentence that is to be put under a label; ``example_id`` is the one that is being edited."""
        try:
            marked = read_marked(text)
            shown = hide(marked)
        except BrokenSentence as broken:
            return Check(plain=strip_marks(tidy(text)), fault=broken.code)
        except TooPrivate:
            return Check(plain=strip_marks(tidy(text)), fault="private")
        plain = strip_marks(shown)
        await self._refresh()
        same, near = await asyncio.to_thread(self._compare, plain, (intent, category), example_id)
        return Check(
            plain=plain,
            kept_as=shown if shown != marked else "",
            duplicate=same,
            near=near,
            model=await self._ask_model(plain),
        )

    async def _refresh(self) -> None:
        async with self._db.read() as session:
            version = await session.scalar(select(Taught.version).where(Taught.name == EXAMPLES)) or 0
            if version == self._version:
                return
            columns = (Example.id, Example.intent, Example.category, Example.marked)
            rows = (await session.execute(select(*columns).where(Example.deleted_at.is_(None)))).all()
        known = [Known(*row) for row in rows]
        neighbours = await asyncio.to_thread(Neighbours, [strip_marks(one.marked) for one in known])
        self._known, self._neighbours, self._version = known, neighbours, version

    def _compare(
        self, plain: str, label: tuple[str, str], example_id: int | None
    ) -> tuple[Known | None, tuple[Known, ...]]:
        found = [replace(self._known[place], alike=alike) for place, alike in self._neighbours.near(plain)]
        others = [known for known in found if known.id != example_id]
        key = fingerprint(plain)
        same = next((known for known in others if fingerprint(strip_marks(known.marked)) == key), None)
        near = sorted(
            (known for known in others if known != same),
            key=lambda known: ((known.intent, known.category) == label, -known.alike),
        )
        return same, tuple(near[:MOST_SHOWN])

    async def _ask_model(self, plain: str) -> tuple[tuple[str, float], ...]:
        try:
            (parse,) = await (await self._want_parser()).parse_batch([plain])
        except UnderstandError:
            return ()
        likely = [(name, round(p, 4)) for name, p in parse.ranking[:3]]
        if parse.category and likely:
            likely[0] = (f"{parse.intent}/{parse.category}", likely[0][1])
        return tuple(likely)
