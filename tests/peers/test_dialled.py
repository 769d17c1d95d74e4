"""A bridge that we dial: over a WebSocket, and over HTTP with events posted back and signed."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from bot.channel_accounts import AccountForm
from bot.storage.channels import set_state
from tests.peers.bridge import ServingBridge, signed
from tests.peers.town import SECRET, TOKEN, Town, open_town

QUICK = {"reconnect_s": (0.01, 0.05), "call_timeout_s": 1.0}


@pytest.fixture
async def bridge() -> ServingBridge:
    return ServingBridge(token=TOKEN)


@pytest.fixture
async def server(bridge: ServingBridge) -> AsyncIterator[TestServer]:
    opened = TestServer(bridge.app())
    await opened.start_server()
    yield opened
    await opened.close()


def forward(server: TestServer, token: str = TOKEN) -> AccountForm:
    return AccountForm("东区", "forward", str(server.make_url("/")).replace("http", "ws"), secrets={"token": token})


def http(server: TestServer) -> AccountForm:
    url = str(server.make_url("")).rstrip("/")
    return AccountForm("东区", "http", url, "10001", secrets={"secret": SECRET, "token": TOKEN})


async def heard(town: Town, count: int, bridge: ServingBridge) -> list[str]:
    return [line.text for line in await town.heard(count, bridge)]


async def test_we_dial_hear_answer_and_dial_again_after_a_good_bye_and_after_none(
    bridge: ServingBridge, server: TestServer, tmp_path: Path
) -> None:
    async with open_town(tmp_path, form=forward(server), **QUICK) as town:
        await bridge.until(lambda: bridge.sockets)
        await bridge.say("3栋2单元的电梯又停了，麻烦派人修一下")
        assert len(await heard(town, 1, bridge)) == 1
        await town.world.settle()
        assert "电梯" in (await bridge.until(bridge.sent))[0]["text"]
        await bridge.sockets[-1].close()
        await bridge.until(lambda: len(bridge.sockets) == 2)
        await bridge.say("又连上了")
        await heard(town, 2, bridge)
        transport = bridge.sockets[-1]._req.transport  # type: ignore[union-attr]
        transport.abort()  # type: ignore[union-attr]
        await bridge.until(lambda: len(bridge.sockets) == 3)
        await bridge.say("还是连上了")
        assert await heard(town, 3, bridge) == ["3栋2单元的电梯又停了，麻烦派人修一下", "又连上了", "还是连上了"]
        assert await town.counted("connected") == 3


async def test_an_account_is_dialled_by_one_process_only_and_not_while_it_is_paused(
    bridge: ServingBridge, server: TestServer, tmp_path: Path
) -> None:
    async with open_town(tmp_path, form=forward(server), **QUICK) as town:
        await bridge.until(lambda: bridge.sockets)
        async with town.world.parts.db.write() as session:
            await set_state(session, town.account_id, paused_at=town.world.clock.now())
        await bridge.until(lambda: bridge.sockets[-1].closed)
        assert len(bridge.sockets) == 1
        async with town.world.parts.db.write() as session:
            later = town.world.clock.now().replace(year=2099)
            await set_state(session, town.account_id, paused_at=None, held_by="another", held_until=later)
        await town.service.look()
        await town.service.look()
        assert len(bridge.sockets) == 1


async def test_events_are_posted_with_a_signature_and_answers_go_over_the_api(
    bridge: ServingBridge, server: TestServer, tmp_path: Path
) -> None:
    async with open_town(tmp_path, form=http(server), **QUICK) as town, ClientSession() as poster:
        await bridge.until(lambda: town.service.lines.of(town.account_id))

        async def post(body: bytes, headers: dict[str, str]) -> int:
            async with poster.post(town.url("/onebot/v11/http"), data=io.BytesIO(body), headers=headers) as answer:
                return answer.status

        body = json.dumps(bridge.event("3栋2单元的电梯又停了，麻烦派人修一下")).encode()
        assert await post(body, signed(SECRET, 10001, body)) == 204
        assert await post(body, signed(SECRET, 10001, body)) == 204  # once more: a retry, or somebody who has listened
        assert await post(body, signed("another-secret-2026", 10001, body)) == 403
        assert await post(body + b" ", signed(SECRET, 10001, body)) == 403
        assert await post(body, {"X-Self-ID": "10001"}) == 401
        assert await post(b"x" * (1024 * 1024 + 1), signed(SECRET, 10001, b"")) == 413
        assert await post(b"no json", signed(SECRET, 10001, b"no json")) == 204
        assert len(await heard(town, 1, bridge)) == 1
        await town.world.settle()
        assert "电梯" in (await bridge.until(bridge.sent))[0]["text"]
        assert len(bridge.sent()) == 1
        assert await town.counted("repeated") == 1
        assert "signature_wrong" in await town.faults()


async def found(town: Town) -> list[str]:
    """What the test button says."""
    return [one.phrase.rpartition(".")[2] for one in await town.service.test(town.account_id)]


@pytest.mark.parametrize("mode", ["forward", "http"])
async def test_the_test_says_exactly_what_is_wrong(
    bridge: ServingBridge, server: TestServer, tmp_path: Path, mode: str
) -> None:
    bridge.token = "another-token-2026-11"
    form = forward(server) if mode == "forward" else http(server)
    async with open_town(tmp_path, form=form, **QUICK) as town:
        assert await found(town) == ["token_wrong"]
        await server.close()
        assert await found(town) == ["nobody_listens"]
        config: dict[str, Any] = {"mode": mode, "url": form.url.replace("127.0.0.1", "no-such-host.invalid")}
        async with town.world.parts.db.write() as session:
            await set_state(session, town.account_id, config=config)
        assert await found(town) == ["no_host"]


async def test_the_test_of_a_bridge_that_dials_us(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        assert await found(town) == ["never"]
        async with town.bridge() as bridge:
            await bridge.until(lambda: town.service.lines.of(town.account_id))
            assert await found(town) == ["connected", "signed_in", "groups"]
            bridge.reply = lambda action, _: (
                {"status": "ok", "retcode": 0, "data": {"online": False}} if "status" in action else {}
            )
            assert await found(town) == ["connected", "signed_in", "signed_out", "groups"]
            bridge.self_id = 20002
            assert (await found(town))[1] == "another_bot"
        await bridge.until(lambda: not town.service.lines.of(town.account_id))
        assert await found(town) == ["lost"]
        phrases = town.world.parts.phrases
        assert "没有连着" in phrases.render("console.channel_test.lost")
