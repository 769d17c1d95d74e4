"""What comes together is stored together: one transaction for all that wait, each told only after its commit."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

BATCH = 64
Given = TypeVar("Given")
Stored = TypeVar("Stored")


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[Given, Stored]):
    given: Given
    done: asyncio.Future[Stored] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def tell(self, stored: Stored) -> None:
        if not self.done.done():
            self.done.set_result(stored)

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class Together(Generic[Given, Stored]):
    """``store`` takes a batch in one transaction and gives a result for each, in their order."""

    def __init__(self, store: Callable[[Sequence[Given]], Awaitable[Sequence[Stored]]], most: int = BATCH) -> None:
        self._store, self._most = store, most
        self._waiting: list[_Waiting[Given, Stored]] = []
        self._committer: asyncio.Task[None] | None = None

    async def put(self, given: Given) -> Stored:
        """Store it, with what else waits; what ``store`` says or raises of it."""
        waiting: _Waiting[Given, Stored] = _Waiting(given)
        self._waiting.append(waiting)
        if self._committer is None or self._committer.done():
            self._committer = asyncio.create_task(self._commit())
        return await waiting.done

    async def close(self) -> None:
        """Wait until everything given is stored."""
        if self._committer is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._committer

    async def _commit(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            if not await self._stored(batch):  # one that is bad must not fail its neighbours
                for one in batch:
                    await self._stored([one])

    async def _stored(self, batch: Sequence[_Waiting[Given, Stored]]) -> bool:
        """Whether all know what became of them: everyone hears of an error that is theirs alone, whatever it is."""
        try:
            results = await self._store([one.given for one in batch])
        except Exception as error:
            if len(batch) == 1:
                batch[0].fail(error)
            return len(batch) == 1
        for one, stored in zip(batch, results, strict=True):
            one.tell(stored)
        return True
