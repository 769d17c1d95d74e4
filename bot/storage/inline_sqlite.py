"""SQLite's writer without a thread hop for every statement.

aiosqlite hands each of the four calls of a statement to a thread and back; a message takes some ten statements of
20–50 µs each, so the hops cost several times the work. Here statements run where they are; what waits for another
process (BEGIN) is tried again, what waits for the disk (COMMIT) goes to a thread. Readers, whose queries may be
long, keep aiosqlite.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

RETRY_S = 0.01


class InlineCursor:
    """A cursor with the coroutine interface that SQLAlchemy's aiosqlite dialect expects."""

    def __init__(self, cursor: sqlite3.Cursor, patience_s: float) -> None:
        self._cursor, self._patience_s = cursor, patience_s

    @property
    def description(self) -> Any:
        return self._cursor.description

    @property
    def lastrowid(self) -> int | None:
        return self._cursor.lastrowid

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    async def execute(self, sql: str, parameters: Any = ()) -> None:
        if sql.startswith("BEGIN"):
            await self._begin(sql)
        else:
            self._cursor.execute(sql, parameters)

    async def _begin(self, sql: str) -> None:
        """Wait for another process's transaction; in this process nobody else writes."""
        until = time.monotonic() + self._patience_s
        while True:
            try:
                self._cursor.execute(sql)
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    raise
                await asyncio.sleep(RETRY_S)
            else:
                return

    async def executemany(self, sql: str, rows: Sequence[Any]) -> None:
        self._cursor.executemany(sql, rows)

    async def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    async def close(self) -> None:
        self._cursor.close()


class InlineConnection:
    """A connection likewise. One task uses it at a time: the pool holds a single one."""

    def __init__(self, connection: sqlite3.Connection, patience_s: float) -> None:
        self._conn, self._patience_s = connection, patience_s

    async def cursor(self) -> InlineCursor:
        return InlineCursor(self._conn.cursor(), self._patience_s)

    async def create_function(self, name: str, arguments: int, function: Callable[..., Any], **options: Any) -> None:
        self._conn.create_function(name, arguments, function, **options)

    async def commit(self) -> None:
        await asyncio.to_thread(self._conn.commit)

    async def rollback(self) -> None:
        await asyncio.to_thread(self._conn.rollback)

    async def close(self) -> None:
        self._conn.close()

    def stop(self) -> None:
        self._conn.close()


async def connect(path: Path | str, busy_timeout_ms: int) -> InlineConnection:
    """Open the database; transactions are begun by the engine's own events."""
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    return InlineConnection(connection, busy_timeout_ms / 1000)
