"""Every chat script, on SQLite and on PostgreSQL."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.acceptance.runner import Player, Script, read_script
from tests.needs import postgres_url
from tests.support.world import open_world

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.yml"))


@pytest.fixture(params=SCRIPTS, ids=lambda path: path.stem)
def script(request: pytest.FixtureRequest) -> Script:
    return read_script(request.param)


@pytest.fixture
async def postgres() -> AsyncIterator[str]:
    """An empty PostgreSQL database of its own, dropped afterwards."""
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


async def test_script_plays_on_sqlite(script: Script, tmp_path: Path) -> None:
    async with open_world(tmp_path, at=script.at, **script.settings) as world:
        await Player(world, script).play()


async def test_script_plays_on_postgresql(script: Script, tmp_path: Path, postgres: str) -> None:
    async with open_world(tmp_path, postgres, at=script.at, **script.settings) as world:
        await Player(world, script).play()


def test_there_are_at_least_eighty_scripts() -> None:
    assert len(SCRIPTS) >= 80
