"""A PostgreSQL database of a test's own."""

from __future__ import annotations

import asyncio
import atexit
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.storage.migrate import migrate
from tests.needs import postgres_url

_templates: dict[str, str] = {}  # server → database of this process with all tables and nothing in them


@asynccontextmanager
async def own_postgres(*, empty: bool = False) -> AsyncIterator[str]:
    """Its address, dropped at the end; migrated unless it is to be ``empty``. Skips where there is no server."""
    url = postgres_url()
    template = None if empty else await _template(url)
    name = f"linan_{secrets.token_hex(6)}"
    await _on_server(url, f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
    try:
        yield _address(url, name)
    finally:
        await _on_server(url, f'DROP DATABASE "{name}" WITH (FORCE)')


async def _template(url: str) -> str:
    """Migrations are run once; a copy of the outcome takes a tenth of the time."""
    if url not in _templates:
        name = f"linan_template_{secrets.token_hex(6)}"
        await _on_server(url, f'CREATE DATABASE "{name}"')
        atexit.register(lambda: asyncio.run(_on_server(url, f'DROP DATABASE "{name}" WITH (FORCE)')))
        await migrate(_address(url, name))
        _templates[url] = name
    return _templates[url]


def _address(url: str, name: str) -> str:
    return url.rpartition("/")[0] + f"/{name}"


async def _on_server(url: str, statement: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.execute(text(statement))
    finally:
        await engine.dispose()
