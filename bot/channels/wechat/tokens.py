"""Access tokens: one fetch at a time for each account, renewed before they run out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.channels.wechat.accounts import Account
from bot.channels.wechat.api_wire import Answer, read_token
from bot.clock import Clock

EARLY = timedelta(minutes=5)
MISTAKE_HOLDS = timedelta(seconds=30)  # how long a refused secret is not tried again
Fetch = Callable[[Account], Awaitable[Answer]]


class TokenRefused(Exception):
    """The platform gives no token; ``answer`` says why."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"{answer.code} {answer.words}")
        self.answer = answer


@dataclass(frozen=True, slots=True)
class _Known:
    secret: str
    token: str
    until: datetime
    refused: Answer | None = None


class Tokens:
    """``fetch`` asks the platform."""

    def __init__(self, clock: Clock, fetch: Fetch) -> None:
        self._clock, self._fetch = clock, fetch
        self._known: dict[int, _Known] = {}
        self._locks: dict[int, asyncio.Lock] = {}

    async def get(self, account: Account) -> str:
        """A token that holds. Whoever comes while one is fetched gets the same. Raises TokenRefused."""
        async with self._locks.setdefault(account.id, asyncio.Lock()):
            known, now = self._known.get(account.id), self._clock.now()
            if known is None or known.secret != account.secret or known.until <= now:
                known = self._known[account.id] = await self._renew(account)
            if known.refused is not None:
                raise TokenRefused(known.refused)
            return known.token

    async def _renew(self, account: Account) -> _Known:
        answer = await self._fetch(account)
        token, seconds = read_token(answer)
        now = self._clock.now()
        if not token:
            return _Known(account.secret, "", now + MISTAKE_HOLDS, answer)
        holds = timedelta(seconds=seconds)
        return _Known(account.secret, token, now + max(holds - EARLY, holds / 2))

    def drop(self, account: Account, token: str) -> None:
        """The platform does not take that one any more. If somebody has fetched another already, that stays."""
        known = self._known.get(account.id)
        if known is not None and known.token == token:
            del self._known[account.id]

    def forget(self, account: Account) -> None:
        """Ask anew, also where it was refused."""
        self._known.pop(account.id, None)
