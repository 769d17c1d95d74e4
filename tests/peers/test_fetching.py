"""Pictures from outside: within limits, and by no name, number or detour from inside our own network."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.base import PictureLink
from bot.channels.fetching import Fetcher, FetchRefused, is_outside

LARGEST = 5000
PACKED = gzip.compress(b"\0" * 1_000_000)


class House:
    """A server on all addresses of this machine; ``visits``: what was asked for."""

    def __init__(self) -> None:
        self.visits: list[str] = []
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self.server = TestServer(app, host="0.0.0.0")

    def at(self, host: str, path: str = "/inside") -> str:
        return f"http://{host}:{self.server.port}{path}"

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.visits.append(request.path)
        match request.path:
            case "/much":
                answer = web.StreamResponse()
                await answer.prepare(request)
                for _ in range(100):
                    await answer.write(b"x" * 1000)
                return answer
            case "/never":
                await asyncio.Event().wait()
            case "/round":
                raise web.HTTPFound("/round")
            case "/away":
                raise web.HTTPFound(self.at(request.query["to"]))
            case "/packed":
                return web.Response(body=PACKED, headers={"Content-Encoding": "gzip"})
        return web.Response(body=b"a secret")


@pytest.fixture
async def house() -> AsyncIterator[House]:
    opened = House()
    await opened.server.start_server()
    yield opened
    await opened.server.close()


async def refused(url: str, file: str = "", *, inside: bool = False) -> str:
    """Why that is not fetched."""
    fetcher = Fetcher(LARGEST, 0.5)
    try:
        with pytest.raises(FetchRefused) as error:
            await fetcher.fetch(PictureLink(url, file), inside=inside)
    finally:
        await fetcher.close()
    return error.value.code


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1", "fe80::1%eth0",
     "fd00::1", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1", "no address"],
)  # fmt: skip
def test_what_is_inside_is_known(address: str) -> None:
    assert not is_outside(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "223.5.5.5", "2400:3200::1"])
def test_what_is_outside_is_known(address: str) -> None:
    assert is_outside(address)


INSIDE = {
    "127.0.0.1": "inside",
    "[::1]": "inside",
    "[::ffff:127.0.0.1]": "inside",
    "[::127.0.0.1]": "inside",
    "2130706433": "inside",  # the system reads all of these as 127.0.0.1
    "127.1": "inside",
    "0x7f.1": "inside",
    "0177.0.0.1": "inside",
    "127.0.0.1.": "inside",
    "①②⑦.0.0.1": "inside",
    "localhost": "unreachable",  # a name: judged by what it resolves to
    "localhost.": "unreachable",
    "u:p@localhost": "no_address",
}


@pytest.mark.parametrize(("host", "code"), INSIDE.items())
async def test_no_picture_is_fetched_from_inside_by_whatever_name(house: House, host: str, code: str) -> None:
    assert await refused(house.at(host)) == code
    assert house.visits == []


@pytest.mark.parametrize(("host", "code"), INSIDE.items())
async def test_nor_by_a_detour_over_somebody_outside(
    house: House, monkeypatch: pytest.MonkeyPatch, host: str, code: str
) -> None:
    monkeypatch.setattr("bot.channels.fetching.is_outside", lambda address: address == "127.0.0.2")
    assert await refused(f"{house.at('127.0.0.2', '/away')}?to={host}") == code
    assert house.visits == ["/away"]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/a", "", "http://[", "http:///a", "//x/a"])
async def test_what_is_no_address_of_the_web_is_none(url: str) -> None:
    assert await refused(url) == "no_address"


async def test_size_time_and_hops_of_a_picture_are_bounded(house: House) -> None:
    for path, code in (("/much", "too_large"), ("/round", "too_many_hops"), ("/never", "unreachable")):
        assert await refused(house.at("127.0.0.1", path), inside=True) == code
    assert await refused("", "base64://" + "A" * 10_000) == "too_large"
    fetcher = Fetcher(LARGEST, 0.5)
    packed = await fetcher.fetch(PictureLink(house.at("127.0.0.1", "/packed")), inside=True)
    assert packed == PACKED  # never unpacked: a picture is packed already, and a little can hold a great deal
    await fetcher.close()
