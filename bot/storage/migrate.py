"""Bring a database to the version of this code."""

from __future__ import annotations

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bot.errors import StorageError

FOLDER = Path(__file__).parent / "migrations"
LOCK_KEY = 20261122  # PostgreSQL advisory lock: two processes migrate one after the other


def make_config(connection: Connection | None = None) -> Config:
    """Alembic's settings without a file."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    if connection is not None:
        config.attributes["connection"] = connection
    return config


async def migrate(url: str) -> str:
    """Upgrade to the newest version and return it. Raises StorageError with what to do."""
    if url.startswith("sqlite"):
        Path(make_url(url).database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        return await _upgrade(engine)
    except CommandError as error:  # it is at a version this code has never heard of
        raise StorageError(f"cannot migrate the database: {error}: use the code that migrated it last") from error
    except (DBAPIError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        raise StorageError(f"cannot migrate the database: {type(cause).__name__}: {cause}") from error
    finally:
        await engine.dispose()


async def _upgrade(engine: AsyncEngine) -> str:
    async with engine.begin() as connection:
        await connection.run_sync(_upgrade_now)
    return newest()


def _upgrade_now(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK_KEY})")
    command.upgrade(make_config(connection), "head")


def newest() -> str:
    """The version this code needs."""
    return ScriptDirectory.from_config(make_config()).get_current_head() or ""


async def check_version(engine: AsyncEngine) -> None:
    """Raise StorageError when the tables are older or newer than the code."""
    async with engine.connect() as connection:
        current = await connection.run_sync(lambda c: MigrationContext.configure(c).get_current_revision())
    if current != newest():
        found = f"the database is at version {current or 'none'}, this code needs {newest()}"
        raise StorageError(f"{found}: run `python -m bot migrate`")


def migrate_now(url: str) -> str:
    """``migrate`` for callers without a loop."""
    return asyncio.run(migrate(url))
