"""What was committed but never told: a process may be killed between its commit and its telling."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from bot.clock import Clock
from bot.storage.engine import Database
from bot.storage.tables import ChatMessage

log = structlog.get_logger()
SWEEP_S = 5.0
LATE = timedelta(seconds=40)  # how long a line may take from its number to its commit
MOST_CHATS = 500  # chats of one query

Found = Mapping[int, set[int]]


class Sweep:
    """Looks again and again at the last lines of the open chats; ``tell`` gets them by chat, told or not."""

    def __init__(
        self, db: Database, clock: Clock, chats: Callable[[], Collection[int]], tell: Callable[[Found], None]
    ) -> None:
        self._db, self._clock, self._chats, self._tell = db, clock, chats, tell
        self._marks: deque[tuple[datetime, int]] = deque()  # the highest line number at each look

    async def run_forever(self) -> None:
        """Look every few seconds; what fails is looked at again with the next."""
        while True:
            try:
                await self.look()
            except (DBAPIError, OSError) as error:
                log.warning("chat_sweep_late", code="storage_error", error=type(error).__name__)
            await asyncio.sleep(SWEEP_S)

    async def look(self) -> None:
        """One look; the first only notes where the lines end."""
        now = self._clock.now()
        async with self._db.read() as session:
            highest = (await session.execute(select(func.max(ChatMessage.id)))).scalar() or 0
            found: dict[int, set[int]] = {}
            chats = list(self._chats()) if self._marks and highest > self._marks[0][1] else []
            for first in range(0, len(chats), MOST_CHATS):
                query = select(ChatMessage.chat_id, ChatMessage.id).where(
                    ChatMessage.chat_id.in_(chats[first : first + MOST_CHATS]), ChatMessage.id > self._marks[0][1]
                )
                for chat_id, line_id in await session.execute(query):
                    found.setdefault(chat_id, set()).add(line_id)
        self._marks.append((now, highest))
        while len(self._marks) > 1 and self._marks[1][0] <= now - LATE:
            self._marks.popleft()
        if found:
            self._tell(found)
