"""Keeps a process up to date with what is taught: looks at one small table, and loads anew what has changed there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import delete, select

from actions.inserting import replace_row
from actions.teaching.changes import EVERYWHERE, MODEL, NAMES, PHRASES
from actions.teaching.model import Loaded, ModelVersion, PhraseOverride, Publication
from actions.teaching.model import Taught as TaughtRow
from actions.teaching.publishing import find_live, find_previous, find_version
from bot.clock import Clock
from bot.errors import UnderstandError
from bot.live import LiveFeed, Waker, desk_topic
from bot.phrases import Phrases
from bot.storage.engine import Database
from bot.teaching.archives import fetch
from bot.teaching.known import Known, read_taught
from bot.understand.local import LocalModel
from bot.understand.served import ServedModel

log = structlog.get_logger()
LOOK_S = 2.0  # a publication that was not heard of is seen at the latest after this time
AFTER_ERROR_S = 2.0
TELL_EVERY = timedelta(seconds=30)
SILENT_FOR = timedelta(minutes=5)  # a worker that has not been heard of for so long is gone


@dataclass(frozen=True, slots=True)
class Keeps:
    """What a process keeps up to date. ``var``: where copies of models lie; ``serves``: it answers with the model;
    one that only shows pages loads the model when somebody wants to try something."""

    phrases: Phrases
    known: Known
    model: ServedModel
    var: Path
    serves: bool = False
    name: str = ""


class Watcher:
    """One a process. The tables are the truth: a lost publication costs seconds, not a change."""

    def __init__(self, db: Database, clock: Clock, live: LiveFeed, keeps: Keeps) -> None:
        self._db, self._clock, self._keeps = db, clock, keeps
        self._waker = Waker(live, desk_topic(EVERYWHERE))
        self._seen: dict[str, int] = {}
        self._wants_model = keeps.serves
        self._looking = asyncio.Lock()
        self._number: int | None = None  # of the version that answers here
        self._told_at: datetime | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Load what was taught so far, then stay up to date."""
        await self.look()
        self._task = asyncio.create_task(self._loop())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._waker.close()

    async def want_model(self) -> ServedModel:
        """The published model, loaded if it was not needed here before. Raises UnderstandError when there is none."""
        if not self._keeps.model.is_loaded:
            self._wants_model = True
            await self.look()
        if not self._keeps.model.is_loaded:
            raise UnderstandError("no published model can be loaded")
        return self._keeps.model

    async def look(self) -> None:
        """Load anew what has changed since the last look."""
        async with self._looking:
            async with self._db.read() as session:
                rows = await session.execute(select(TaughtRow.name, TaughtRow.version))
                now = {name: version for name, version in rows}
            for name, load in self._loaders().items():
                if name in now and now[name] != self._seen.get(name):
                    await load()
                    self._seen[name] = now[name]

    def _loaders(self) -> dict[str, Callable[[], Awaitable[None]]]:
        loaders: dict[str, Callable[[], Awaitable[None]]] = {PHRASES: self._load_phrases, NAMES: self._load_names}
        if self._wants_model:
            loaders[MODEL] = self._load_model
        return loaders

    async def _loop(self) -> None:
        while True:
            await self._waker.wait(LOOK_S)
            try:
                await self.look()
                await self._tell()
            except Exception as error:  # a database that is away comes back
                log.warning("taught_not_read", code="taught_not_read", error=type(error).__name__)
                await asyncio.sleep(AFTER_ERROR_S)

    async def _load_phrases(self) -> None:
        async with self._db.read() as session:
            overrides = {row.key: row.text for row in await session.scalars(select(PhraseOverride))}
        self._keeps.phrases.override(overrides)

    async def _load_names(self) -> None:
        async with self._db.read() as session:
            taught = await read_taught(session)
        self._keeps.known.take(taught)
        self._keeps.model.know(taught.lexicon)

    async def _load_model(self) -> None:
        """Load what is published. If that cannot be read say so, and keep what is in use, or take what was before."""
        async with self._db.read() as session:
            live = await find_live(session)
            version = await find_version(session, live.number) if live is not None else None
            before = await find_previous(session, live) if live is not None else None
        if live is None or version is None:
            return
        if await self._take(version, live.id) or self._keeps.model.is_loaded or before is None:
            return
        await self._take(before, None)

    async def _take(self, version: ModelVersion, publication_id: int | None) -> bool:
        try:
            model = await self._open(version)
        except UnderstandError as error:
            log.error("model_not_loaded", code=error.code, number=version.number, reason=str(error))
            await self._complain(publication_id, version.number, str(error))
            return False
        self._keeps.model.swap(model, f"v{version.number}")
        log.info("model_loaded", number=version.number)
        self._number, self._told_at = version.number, None
        await self._tell()
        return True

    async def _open(self, version: ModelVersion) -> LocalModel:
        async with self._db.read() as session:
            path = await fetch(session, self._keeps.var, version.sha256)
        return await asyncio.to_thread(LocalModel.load, path)

    async def _tell(self) -> None:
        """Say now and then which model answers here; who has been silent for long is struck off."""
        now = self._clock.now()
        if not self._keeps.serves or self._number is None:
            return
        if self._told_at is not None and now - self._told_at < TELL_EVERY:
            return
        async with self._db.write(repeatable=True) as session:
            row = {"worker": self._keeps.name, "number": self._number, "at": now}
            await replace_row(session, Loaded, row, ("worker",))
            await session.execute(delete(Loaded).where(Loaded.at < now - SILENT_FOR))
        self._told_at = now

    async def _complain(self, publication_id: int | None, number: int, reason: str) -> None:
        async with self._db.write() as session:
            publication = await session.get(Publication, publication_id) if publication_id else None
            version = await find_version(session, number)
            for row in (publication, version):
                if row is not None:
                    row.error = reason[:300]
