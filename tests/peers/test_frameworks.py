"""The bridge of our tests beside applications that others wrote: what they take from it and tell it, ours does, too."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiocqhttp
import nonebot
import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from aiohttp.test_utils import TestServer
from hypercorn.asyncio import serve
from hypercorn.config import Config
from nonebot.adapters.onebot import v11

from bot.channel_accounts import AccountForm
from tests.peers.bridge import ReverseBridge, ServingBridge
from tests.peers.town import TOKEN, open_town

FAULT = "3栋2单元的电梯又停了，麻烦派人修一下"


@asynccontextmanager
async def cqhttp(answers: list[Any]) -> AsyncIterator[str]:
    """An application of aiocqhttp that answers in the group, naming who wrote and quoting what they wrote."""
    bot = aiocqhttp.CQHttp(access_token=TOKEN, api_timeout_sec=5, message_class=aiocqhttp.Message)

    @bot.on_message
    async def _(event: aiocqhttp.Event) -> None:
        segment = aiocqhttp.MessageSegment
        message = segment.reply(event.message_id) + segment.at(event.user_id) + segment.text(" 收到")
        answers.append(await bot.send_group_msg(group_id=event.group_id, message=message))

    listener = socket.create_server(("127.0.0.1", 0))  # it listens before it is served: nobody comes too early
    port = listener.getsockname()[1]
    config, stop = Config(), asyncio.Event()
    config.bind, config.accesslog, config.errorlog = [f"fd://{listener.detach()}"], None, None
    serving = asyncio.create_task(serve(bot.asgi, config, shutdown_trigger=stop.wait))  # type: ignore[arg-type]
    try:
        yield f"http://127.0.0.1:{port}/ws"
    finally:
        stop.set()
        await serving


@asynccontextmanager
async def nonebot2(url: str, answers: list[Any]) -> AsyncIterator[None]:
    """An application of nonebot2 that dials a bridge and answers in the group, quoting what it answers to."""
    nonebot.init(driver="~aiohttp", onebot_ws_urls=[url], onebot_access_token=TOKEN, log_level="CRITICAL")
    driver = nonebot.get_driver()
    driver.register_adapter(v11.Adapter)
    matcher = nonebot.on_message()

    async def answer(bot: v11.Bot, event: v11.GroupMessageEvent) -> None:
        answers.append(await bot.send(event, v11.MessageSegment.at(event.user_id) + " 收到", reply_message=True))

    matcher.append_handler(answer)
    await driver._lifespan.startup()
    try:
        yield
    finally:
        await driver._lifespan.shutdown()
        matcher.destroy()


def shape(value: Any) -> Any:
    """The names and kinds of a call, without what is said in it."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return type(value).__name__


async def test_our_answer_has_the_shape_of_theirs_to_the_same_event(tmp_path: Path) -> None:
    answers: list[Any] = []
    async with cqhttp(answers) as url, ClientSession() as http, ReverseBridge(http, url, token=TOKEN) as bridge:
        await bridge.say(FAULT)
        theirs = (await bridge.until(bridge.sent))[0]["params"]
        await bridge.until(lambda: answers)  # its own echo, an object, has found its way back
    async with open_town(tmp_path) as town, town.bridge() as bridge:
        await bridge.say(FAULT)
        await town.heard(1, bridge)
        await town.world.settle()
        ours = (await bridge.until(bridge.sent))[0]["params"]
    kinds = [one["type"] for one in ours["message"]]
    assert kinds == ["reply", "at", "text", "text"]  # a blank stands between name and words
    assert shape({**ours, "message": ours["message"][:3]}) == shape(theirs)
    assert ours["message"][1] == theirs["message"][1] == {"type": "at", "data": {"qq": "222"}}


async def test_the_other_framework_dials_the_bridge_that_we_dial_and_answers_in_the_same_shape(tmp_path: Path) -> None:
    bridge, answers = ServingBridge(token=TOKEN), list[Any]()
    server = TestServer(bridge.app())
    await server.start_server()
    url = str(server.make_url("/")).replace("http", "ws")
    async with nonebot2(url, answers):
        await bridge.until(lambda: bridge.sockets)
        begun = {"post_type": "meta_event", "meta_event_type": "lifecycle", "sub_type": "connect", "time": 1}
        await bridge.sockets[-1].send_json({**begun, "self_id": bridge.self_id})
        await bridge.say(FAULT)
        await bridge.until(lambda: answers)  # its own echo, a text, has found its way back
        theirs = next(call for call in bridge.calls if call["action"] == "send_msg")["params"]
    bridge.calls.clear()
    form = AccountForm("东区", "forward", url, secrets={"token": TOKEN})
    async with open_town(tmp_path, form=form) as town:
        await bridge.until(lambda: len(bridge.sockets) == 2)
        await bridge.say(FAULT)
        await town.heard(1, bridge)
        await town.world.settle()
        ours = (await bridge.until(bridge.sent))[0]["params"]
    assert shape(ours["message"][:3]) == shape(theirs["message"][:3])
    assert ours["message"][1] == theirs["message"][1]
    assert (ours["group_id"], theirs["group_id"], theirs["message_type"]) == (555, 555, "group")
    await server.close()


async def test_strangers_are_turned_away_with_the_same_words_as_by_others(tmp_path: Path) -> None:
    async with cqhttp([]) as theirs, open_town(tmp_path) as town, ClientSession() as http:
        cases = (("", 401), ("wrong-token-wrong-token", 403))
        for url, (token, status) in itertools.product((theirs, town.url()), cases):
            headers = {"X-Self-ID": "10001", **({"Authorization": f"Bearer {token}"} if token else {})}
            with pytest.raises(WSServerHandshakeError) as refused:
                await http.ws_connect(url, headers=headers)
            assert refused.value.status == status, url
