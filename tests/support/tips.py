"""What tests of tips look into: every row of every table, as plain text."""

from __future__ import annotations

from sqlalchemy import select

from bot.storage.engine import Database
from bot.storage.schema import METADATA


async def plain_rows(db: Database) -> list[tuple[str, str]]:
    """(table, everything that stands in the row) of the whole database; JSON and bytes as they are read."""
    rows = []
    async with db.read() as session:
        for table in METADATA.sorted_tables:
            rows += [(table.name, _plain(tuple(row))) for row in await session.execute(select(table))]
    return rows


def _plain(row: tuple[object, ...]) -> str:
    return " ".join(v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in row)
