"""The HTTP way to a Rasa server, where it goes wrong. (Where it goes right: test_parity.)"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web

from bot.errors import UnderstandError
from bot.understand.rasa_server import RasaServer
from bot.understand.rasa_server_wire import build_request, read_parse

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[[Answer], Awaitable[str]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    runners: list[web.AppRunner] = []

    async def start(answer: Answer) -> str:
        app = web.Application()
        app.router.add_post("/model/parse", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        runners.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        return f"http://{host}:{port}"

    yield start
    for runner in runners:
        await runner.cleanup()


async def test_answers_keep_the_order_of_the_texts(serve: Serve) -> None:
    async def answer(request: web.Request) -> web.Response:
        text = (await request.json())["text"]
        await asyncio.sleep(0.05 if text == "slow" else 0)
        return web.json_response({"intent": {"name": text, "confidence": 1.0}})

    async with RasaServer(await serve(answer)) as server:
        parses = await server.parse_batch(["slow", "quick"])

    assert [parse.intent for parse in parses] == ["slow", "quick"]


@pytest.mark.parametrize(
    ("status", "body"), [(500, "{}"), (404, "{}"), (200, "not json"), (200, "[]"), (200, '{"intent": {}}')]
)
async def test_whatever_is_not_a_parse_is_an_understanding_error(
    serve: Serve, status: int, body: str
) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, text=body)

    async with RasaServer(await serve(answer)) as server:
        with pytest.raises(UnderstandError):
            await server.parse_batch(["电梯坏了"])


async def test_a_server_that_does_not_answer_in_time_is_given_up(serve: Serve) -> None:
    async def answer(request: web.Request) -> web.Response:
        await asyncio.sleep(0.5)
        return web.Response()

    async with RasaServer(await serve(answer), timeout=0.1) as server:
        with pytest.raises(UnderstandError, match=r"did not answer in 0\.1 s"):
            await server.parse_batch(["电梯坏了"])


async def test_a_server_that_is_not_there_is_an_understanding_error() -> None:
    async with RasaServer("http://127.0.0.1:9") as server:
        with pytest.raises(UnderstandError, match="cannot be asked"):
            await server.parse_batch(["电梯坏了"])


def test_an_empty_text_is_sent_as_a_space_since_rasa_fails_on_none() -> None:
    assert build_request("", "7") == {"text": " ", "message_id": "7"}


def test_a_parse_of_a_stock_pipeline_has_no_category() -> None:
    payload = {
        "intent": {"name": "consult", "confidence": 0.5},
        "intent_ranking": [{"name": "consult", "confidence": 0.5}, {"name": "chitchat", "confidence": 0.25}],
        "entities": [{"entity": "building", "value": "3栋", "start": 0, "end": 2}],
    }

    parse = read_parse("3栋怎么走", payload)

    assert (parse.intent, parse.category, parse.category_ranking) == ("consult", None, ())
    assert parse.probability("chitchat") == 0.25
    assert parse.entity_values() == {"building": "3栋"}
