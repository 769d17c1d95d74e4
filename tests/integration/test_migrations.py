"""A migrated database has the tables and indexes that the code declares: one chain of migrations leads there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from bot.storage.engine import Database
from bot.storage.migrate import migrate
from bot.storage.schema import METADATA
from tests.support.postgres import own_postgres


def differences(connection: Connection) -> list[Any]:
    return list(compare_metadata(MigrationContext.configure(connection), METADATA))


async def check(url: str) -> None:
    await migrate(url)
    db = Database(url)
    try:
        async with db.engine.connect() as connection:
            assert await connection.run_sync(differences) == []
    finally:
        await db.close()


async def test_on_sqlite_the_migrations_lead_to_the_tables_of_the_code(tmp_path: Path) -> None:
    await check(f"sqlite+aiosqlite:///{tmp_path / 'linan.db'}")


async def test_on_postgresql_they_do_so_too() -> None:
    async with own_postgres(empty=True) as url:
        await check(url)
