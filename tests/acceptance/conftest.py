"""What the tests in a real browser share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.acceptance.test_browser import Town, fill
from tests.needs import chromium
from tests.support.browser import free_port, installation, people_of, settings_of


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """A running installation with people who hold real browsers; nothing may have gone wrong in them at the end."""
    chromium()
    var = tmp_path_factory.mktemp("var")
    invites = await fill(var / "linan.db")
    async with installation(var, settings_of(var, free_port())) as base, people_of(base) as people:
        yield Town(people, var / "linan.db", invites)
        await people.leave()
        assert people.watch.wrong == []
