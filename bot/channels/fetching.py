"""Fetches pictures that residents sent: at once, within limits, and never from inside our own network."""

from __future__ import annotations

import asyncio
import base64
import binascii
import ipaddress
import re
import socket
from collections.abc import Mapping

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from typing_extensions import override
from yarl import URL

from bot.channels.base import EMBEDDED, PictureLink

MOST_HOPS = 3
AT_ONCE = 4
# addresses that hold another one inside
_TUNNELS = tuple(ipaddress.ip_network(net) for net in ("2002::/16", "64:ff9b::/96", "2001::/32", "::/96"))
# what the system reads as an address although it is not written like one: 2130706433, 127.1, 0x7f.1
_NUMBER = re.compile(r"(?:(?:0x[0-9a-f]*|[0-9]+)(?:\.|$))+", re.IGNORECASE)


class FetchRefused(Exception):
    """The picture is not fetched; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def is_outside(address: str) -> bool:
    """Whether that is an address of the open internet and of nothing else."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_outside(str(found.ipv4_mapped))
        if any(found in net for net in _TUNNELS):
            return False
    return found.is_global and not found.is_multicast


class GuardedResolver(AbstractResolver):
    """Resolves names, and forgets what lies inside: what was checked is what is connected to."""

    def __init__(self) -> None:
        self._resolver = ThreadedResolver()

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = [one for one in await self._resolver.resolve(host, port, family) if is_outside(one["host"])]
        if not found:
            raise OSError(f"{host} is not outside")
        return found

    @override
    async def close(self) -> None:
        await self._resolver.close()


class Fetcher:
    """One session for pictures from outside, one for accounts whose bridge keeps them in our own network."""

    def __init__(self, most_bytes: int, timeout_s: float) -> None:
        self._most, self._timeout = most_bytes, ClientTimeout(total=timeout_s)
        self._sessions: dict[bool, ClientSession] = {}
        self._at_once = asyncio.Semaphore(AT_ONCE)

    async def fetch(self, link: PictureLink, *, inside: bool) -> bytes:
        """The bytes, whatever they are. Raises FetchRefused."""
        if link.file.startswith(EMBEDDED):
            return self._embedded(link.file)
        async with self._at_once:
            try:
                return await self._follow(_address(link.url), inside)
            except (ClientError, OSError, TimeoutError, ValueError) as error:
                raise FetchRefused("unreachable") from error

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()

    async def _follow(self, url: URL, inside: bool) -> bytes:
        for _ in range(MOST_HOPS):
            _check(url, inside)
            async with self._session(inside).get(url, allow_redirects=False) as answer:
                if answer.status in {301, 302, 303, 307, 308}:
                    url = url.join(_address(answer.headers.get("Location", ""), relative=True))
                    continue
                if answer.status != 200:
                    raise FetchRefused("unreachable")
                if (answer.content_length or 0) > self._most:
                    raise FetchRefused("too_large")
                body = bytearray()
                async for chunk in answer.content.iter_any():
                    body += chunk
                    if len(body) > self._most:
                        raise FetchRefused("too_large")
                return bytes(body)
        raise FetchRefused("too_many_hops")

    def _session(self, inside: bool) -> ClientSession:
        if inside not in self._sessions:
            connector = (
                TCPConnector(limit=AT_ONCE) if inside else TCPConnector(limit=AT_ONCE, resolver=GuardedResolver())
            )
            self._sessions[inside] = ClientSession(
                connector=connector, timeout=self._timeout, headers=_HEADERS, auto_decompress=False
            )
        return self._sessions[inside]

    def _embedded(self, file: str) -> bytes:
        text = file.removeprefix(EMBEDDED)
        if len(text) > self._most * 4 // 3 + 4:
            raise FetchRefused("too_large")
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise FetchRefused("unreachable") from error


# as it lies there: what is packed might be a thousand times as large
_HEADERS: Mapping[str, str] = {"User-Agent": "linan", "Accept-Encoding": "identity"}


def _address(text: str, *, relative: bool = False) -> URL:
    try:
        url = URL(text)
    except ValueError as error:
        raise FetchRefused("no_address") from error
    if not text or (not relative and (url.scheme not in {"http", "https"} or not url.host)):
        raise FetchRefused("no_address")
    return url


def _check(url: URL, inside: bool) -> None:
    """Names are judged when they are resolved; an address that stands in the link is judged here."""
    if url.scheme not in {"http", "https"} or not url.host or url.user or url.password:
        raise FetchRefused("no_address")
    host = url.host.strip("[]")
    if inside or is_outside(host):
        return
    if ":" in host or _NUMBER.fullmatch(host):
        raise FetchRefused("inside")
