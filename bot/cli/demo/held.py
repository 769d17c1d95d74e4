"""A database whose every transaction is a part of one: the whole demo is loaded, or nothing of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import override

from bot.cli.demo.errors import CannotLoad
from bot.storage.engine import Database


class HeldDatabase(Database):
    """Between ``hold`` and its end, ``write`` and ``read`` are steps of the one transaction held open."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._held: AsyncSession | None = None
        self._failed: BaseException | None = None

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[AsyncSession]:
        """Keep one transaction open: committed at the end, rolled back on any error."""
        async with super().write() as session:
            self._held = session
            try:
                yield session
            finally:
                self._held = None
            if self._failed is not None:  # by somebody who went on as if only that step were lost
                raise CannotLoad(f"a step of the demo failed: {self._failed!r}") from self._failed

    @override
    @asynccontextmanager
    async def write(self, *, repeatable: bool = False) -> AsyncIterator[AsyncSession]:
        """A step of the held transaction; afterwards rows are forgotten, as after a commit.

        Without savepoints, which would double the time: a step that fails fails all of it.
        """
        session = self._session()
        try:
            yield session
            await session.flush()
        except BaseException as error:
            self._failed = error
            raise
        session.expunge_all()

    @override
    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """The held transaction itself: nobody else could see what it has written."""
        yield self._session()

    def _session(self) -> AsyncSession:
        if self._held is None:
            raise RuntimeError("no transaction is held")
        return self._held
