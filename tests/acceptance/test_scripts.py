"""Every chat script, on SQLite and on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.runner import Player, Script, read_script
from tests.support.postgres import own_postgres
from tests.support.world import open_world

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.yml"))


@pytest.fixture(params=SCRIPTS, ids=lambda path: path.stem)
def script(request: pytest.FixtureRequest) -> Script:
    return read_script(request.param)


async def test_script_plays_on_sqlite(script: Script, tmp_path: Path) -> None:
    async with open_world(tmp_path, at=script.at, **script.settings) as world:
        await Player(world, script).play()


async def test_script_plays_on_postgresql(script: Script, tmp_path: Path) -> None:
    async with own_postgres() as url, open_world(tmp_path, url, at=script.at, **script.settings) as world:
        await Player(world, script).play()


def test_there_are_at_least_eighty_scripts() -> None:
    assert len(SCRIPTS) >= 80
