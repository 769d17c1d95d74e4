"""The two official clients beside ours on the gateway of our tests: it is as they expect, and we speak as they do."""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from tests.needs import node_package
from tests.peers.wecom_gateway import BOT, SECRET, Gateway, serve
from tests.peers.wecom_town import open_wecom

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # it names an old class of its WebSocket library
    import aibot
    import aibot.ws

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)
IN_NODE = """
const { WSClient } = require(process.argv[1]);
const [wsUrl, botId, secret] = JSON.parse(process.argv[2]);
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const client = new WSClient({ wsUrl, botId, secret, logger: quiet, heartbeatInterval: 50, maxAuthFailureAttempts: 1,
                              maxReconnectAttempts: 1, reconnectInterval: 10 });
const tell = (what) => console.log(JSON.stringify(what));
client.on('authenticated', () => tell('authenticated'));
client.on('error', (error) => tell('error'));
client.on('event.disconnected_event', () => { tell('displaced'); });
client.on('message.text', async (frame) => {
  await client.replyStream(frame, 'stream-1', '收到', true);
  await client.sendMessage(frame.body.chatid, { msgtype: 'markdown', markdown: { content: '**通知**' } });
  const media = await client.uploadMedia(Buffer.alloc(600 * 1024, 'x'), { type: 'image', filename: 'a.png' });
  tell(['heard', frame.body.text.content, media.media_id]);
});
client.on('event.enter_chat', async (frame) => {
  await client.replyWelcome(frame, { msgtype: 'text', text: { content: '您好' } });
  tell('welcomed');
});
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
client.connect();
"""


@pytest.fixture
async def gateway() -> Gateway:
    return Gateway(lambda: NOW)


@pytest.fixture
async def server(gateway: Gateway) -> AsyncIterator[TestServer]:
    async with serve(gateway) as opened:
        yield opened


def address(server: TestServer) -> str:
    return str(server.make_url("/")).replace("http", "ws").rstrip("/")


class Node:
    """The client of Node, and what it tells."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def told(self) -> Any:
        assert self.process.stdout is not None
        async with asyncio.timeout(20):
            return json.loads(await self.process.stdout.readline())

    async def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        await self.process.wait()


async def node(server: TestServer, secret: str = SECRET) -> Node:
    package = str(node_package("@wecom/aibot-node-sdk"))
    asked = json.dumps([address(server), BOT, secret])
    pipe = asyncio.subprocess.PIPE
    return Node(await asyncio.create_subprocess_exec("node", "-e", IN_NODE, package, asked, stdin=pipe, stdout=pipe))


async def test_nodes_client_is_content_with_our_gateway_and_steps_back_for_another(
    gateway: Gateway, server: TestServer
) -> None:
    client = await node(server)
    assert await client.told() == "authenticated"
    await gateway.say("@小邻 在吗")
    assert await client.told() == ["heard", "@小邻 在吗", "media-1"]
    assert gateway.uploads == [b"x" * 600 * 1024]
    await gateway.tell(gateway.event("enter_chat", chat=""))
    assert await client.told() == "welcomed"
    await gateway.until(lambda: gateway.sent("ping"))
    assert gateway.words() == ["收到", "**通知**"]
    assert not gateway.broken
    other = await node(server)
    assert {await client.told(), await other.told()} == {"displaced", "authenticated"}
    await client.end()
    await other.end()


async def test_nodes_client_hears_no_to_a_wrong_secret(gateway: Gateway, server: TestServer) -> None:
    client = await node(server, "wrong-secret-wrong-secret")
    assert await client.told() == "error"
    assert gateway.subscribed == {}
    await client.end()


async def test_pythons_client_is_content_with_our_gateway(
    gateway: Gateway, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = aibot.ws.websockets.connect

    def plainly(url: str, **more: Any) -> Any:  # it always speaks TLS
        return connect(url, **{name: value for name, value in more.items() if name != "ssl"})

    monkeypatch.setattr(aibot.ws.websockets, "connect", plainly)
    client = aibot.WSClient(aibot.WSClientOptions(bot_id=BOT, secret=SECRET, ws_url=address(server)))
    heard: list[str] = []

    async def answer(frame: dict[str, Any]) -> None:
        heard.append(frame["body"]["text"]["content"])
        await client.reply_stream(frame, "stream-1", "收到", finish=True)
        await client.send_message(frame["body"]["chatid"], {"msgtype": "markdown", "markdown": {"content": "通知"}})

    client.on("message.text", answer)
    await client.connect()
    await gateway.until(lambda: gateway.subscribed)
    await gateway.say("@小邻 在吗")
    await gateway.until(lambda: gateway.words() == ["收到", "通知"])
    assert heard == ["@小邻 在吗"]
    assert not gateway.broken
    client.disconnect()
    await gateway.until(lambda: not gateway.subscribed)


def shape(value: Any) -> Any:
    """What a frame is made of, whatever stands in it."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items() if key != "feedback"}
    return type(value).__name__


async def test_to_the_same_words_our_frames_have_the_shape_of_theirs(
    gateway: Gateway, server: TestServer, tmp_path: Path
) -> None:
    client = await node(server)
    await client.told()
    await gateway.say("@小邻 你好")
    await client.told()
    await client.end()
    async with open_wecom(tmp_path) as town:
        await town.connected()
        await town.gateway.say("@小邻 你好")
        await town.heard(1)
        await town.world.settle()
        await town.put()
        await town.settled("sent")
        for cmd in ("aibot_subscribe", "aibot_respond_msg", "aibot_send_msg", "ping"):
            await town.gateway.until(lambda cmd=cmd: town.gateway.sent(cmd))
            ours, theirs = shape(town.gateway.sent(cmd)[0]), shape((gateway.sent(cmd) or [{}])[0])
            ours.get("body", {}).pop("chat_type", None)  # they let the platform guess
            assert ours == (theirs or ours), cmd
