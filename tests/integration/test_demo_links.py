"""The ready-made resident's link of the demo, on the real pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actions.people.model import Resident
from bot.channels.webchat.signing import COOKIE, make_token
from tests.integration.webchat_world import World, open_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


async def make_link(world: World, nickname: str) -> str:
    """A new resident's personal link."""
    async with world.db.write() as session:
        resident = Resident(community_id=1, nickname=nickname, created_at=world.clock.now())
        session.add(resident)
        await session.flush()
        return f"/r/{make_token(session, resident.id, world.clock.now())}"


async def test_a_personal_link_opens_the_chat_as_that_resident(world: World) -> None:
    browser = world.browser()
    answer = await browser.get(await make_link(world, "王阿姨"), allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/chat")
    assert (await browser.get("/chat", allow_redirects=False)).status == 200


async def test_a_personal_link_does_not_take_over_a_browser_that_is_signed_in(world: World) -> None:
    browser = await world.join("张阿姨")
    own = next(cookie.value for cookie in browser.session.cookie_jar if cookie.key == COOKIE)
    answer = await browser.get(await make_link(world, "王阿姨"), allow_redirects=False)
    assert answer.headers["Location"] == "/chat"
    assert next(cookie.value for cookie in browser.session.cookie_jar if cookie.key == COOKIE) == own


async def test_a_made_up_link_leads_nowhere(world: World) -> None:
    browser = world.browser()
    assert (await browser.get(f"/r/{'x' * 43}")).status == 404
    assert (await browser.get("/chat", allow_redirects=False)).headers["Location"] == "/"
