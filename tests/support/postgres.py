"""A PostgreSQL database of a test's own."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.needs import postgres_url


@asynccontextmanager
async def own_postgres() -> AsyncIterator[str]:
    """Its address; it is empty, and dropped at the end. Skips where there is no server."""
    url = postgres_url()
    name = f"linan_{secrets.token_hex(6)}"
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        yield url.rpartition("/")[0] + f"/{name}"
    finally:
        async with engine.connect() as connection:
            await connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        await engine.dispose()
