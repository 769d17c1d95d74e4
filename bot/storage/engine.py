"""Engines and transactions. SQLite (WAL) by default, PostgreSQL for more than one process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, event, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from bot.errors import StorageError
from bot.storage import inline_sqlite

BUSY_TIMEOUT_MS = 15_000
SHORT_TIMEOUT_MS = 200
POSTGRES_POOL = 10
HIDDEN = {"hide_parameters": True}  # an error's text goes into logs: not what residents wrote


class Database:
    """Two doors: ``write`` is one short transaction, ``read`` sees a consistent snapshot and writes nothing.

    SQLite has one writer at a time: the write engine keeps one connection, so writers of this process queue up
    fairly in its pool and not in SQLite's busy handler; readers have connections of their own.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self._writer = _sqlite_writer(url) if self.is_sqlite else _postgres_engine(url)
        self._reader = _sqlite_readers(url) if self.is_sqlite else self._writer
        self._write = async_sessionmaker(self._writer, expire_on_commit=False)
        soon = self._writer.execution_options(synchronous="NORMAL")
        self._write_soon = async_sessionmaker(soon, expire_on_commit=False)
        self._read = async_sessionmaker(self._reader, expire_on_commit=False)

    @property
    def engine(self) -> AsyncEngine:
        """The write engine, for migrations and tests."""
        return self._writer

    @asynccontextmanager
    async def write(self, *, repeatable: bool = False) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end, rolled back on any error.

        ``repeatable``: the commit need not wait for the disk. A killed process loses nothing by it; after a power
        cut the last moment may be missing, and is done again from the rows that an acknowledged commit kept.
        """
        async with (self._write_soon if repeatable else self._write).begin() as session:
            if repeatable and not self.is_sqlite:
                await session.execute(text("SET LOCAL synchronous_commit TO OFF"))
            yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session for queries; what it changes is not kept."""
        async with self._read() as session:
            yield session

    async def forget_freed(self) -> None:
        """Let SQLite's log go: pages of before a sealing stand in it until then. A busy one goes the next time."""
        if self.is_sqlite:
            async with self._reader.connect() as connection:
                await connection.run_sync(_let_log_go)

    async def check(self) -> None:
        """Raise StorageError with what to do when the database cannot be used."""
        try:
            async with self.read() as session:
                await session.execute(text("SELECT 1"))
        except (DBAPIError, OSError) as error:
            raise StorageError(f"cannot open the database: {_reason(error)}") from error

    async def close(self) -> None:
        await self._writer.dispose()
        await self._reader.dispose()


def _let_log_go(connection: Connection) -> None:
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={SHORT_TIMEOUT_MS}")  # writers wait meanwhile
    cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.close()


def _reason(error: BaseException) -> str:
    cause = getattr(error, "orig", None) or error
    return f"{type(cause).__name__}: {cause}"


def _postgres_engine(url: str) -> AsyncEngine:
    return create_async_engine(url, pool_size=POSTGRES_POOL, max_overflow=POSTGRES_POOL, pool_pre_ping=True, **HIDDEN)


def _sqlite_writer(url: str) -> AsyncEngine:
    path = make_url(url).database or ""

    async def opened() -> Any:
        return await inline_sqlite.connect(path, BUSY_TIMEOUT_MS)

    engine = create_async_engine(url, pool_size=1, max_overflow=0, pool_timeout=60, async_creator=opened, **HIDDEN)
    _prepare(engine, "BEGIN IMMEDIATE")
    return engine


def _sqlite_readers(url: str) -> AsyncEngine:
    engine = create_async_engine(url, pool_size=4, max_overflow=8, pool_timeout=60, **HIDDEN)
    _prepare(engine, "BEGIN")
    return engine


def _prepare(engine: AsyncEngine, begin: str) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        if begin == "BEGIN":  # aiosqlite's driver must not begin transactions of its own; the writer's does not
            connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        if begin != "BEGIN":
            cursor.execute("PRAGMA busy_timeout=0")  # the writer tries again by itself, without blocking the loop
            cursor.execute("PRAGMA secure_delete=ON")  # what was sealed must not stay in a free corner of the file
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        # FULL: what was acknowledged survives a power cut, not only a killed process
        mode = connection.get_execution_options().get("synchronous", "FULL")
        connection.exec_driver_sql(f"PRAGMA synchronous={mode}")
        connection.exec_driver_sql(begin)
