"""Where we knock: forward WebSockets and the HTTP API, kept by one process, again and again with growing pauses."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import Mapping
from typing import Any

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    ClientWSTimeout,
    InvalidURL,
    WSMsgType,
    WSServerHandshakeError,
)

from bot.channels.counting import Counts
from bot.channels.deps import ChannelParts
from bot.channels.onebot.accounts import Account
from bot.channels.onebot.doors import GOODBYE_S, PING_S
from bot.channels.onebot.lines import UNIVERSAL, Line, Lines
from bot.channels.onebot.links import Link, Pulse, SocketLink
from bot.channels.onebot.wire import MAX_FRAME, Odd, Result, read_frame
from bot.ending import end
from bot.errors import DeliveryError, DeliveryUnknown
from bot.storage.channels import LEASE, let_go, try_hold

STABLE_S = 60.0  # a line that held so long was a good one: the next pause is short again
ASK_S = 30.0  # how often an HTTP API is asked whether it is there


def fault_of(error: BaseException) -> str:
    """What went wrong while dialling, as a code with words."""
    match error:
        case WSServerHandshakeError(status=401 | 403):
            return "token_wrong"
        case WSServerHandshakeError():
            return "no_onebot"
        case ClientConnectorDNSError():
            return "no_host"
        case ClientConnectorCertificateError():
            return "bad_certificate"
        case ClientConnectorError():
            return "nobody_listens"
        case TimeoutError():
            return "no_answer"
        case InvalidURL():
            return "no_host"
        case _:
            return "line_broke"


def headers_of(account: Account) -> dict[str, str]:
    return {"Authorization": f"Bearer {account.token}"} if account.token else {}


class HttpLink:
    """Calls the HTTP API of a bridge."""

    def __init__(self, http: ClientSession, account: Account, timeout_s: float) -> None:
        self._http, self._account, self._timeout = http, account, ClientTimeout(total=timeout_s)

    async def call(self, action: str, params: Mapping[str, Any], *, key: str = "") -> Result:
        """The result. Raises DeliveryError when it was not taken, DeliveryUnknown when no answer came."""
        url, headers = f"{self._account.url}/{action}", headers_of(self._account)
        try:
            async with self._http.post(
                url, json=dict(params), headers=headers, timeout=self._timeout, allow_redirects=False
            ) as answer:
                if answer.status in {401, 403}:
                    raise DeliveryError("token_wrong")
                if answer.status != 200:
                    return Result("", "failed", 1000 + answer.status if answer.status < 500 else -1, "", None, "")
                body = await answer.content.read(MAX_FRAME)
        except ClientConnectorError as error:
            raise DeliveryError(fault_of(error)) from error
        except (ClientError, TimeoutError, OSError) as error:
            raise DeliveryUnknown(f"{action}: {type(error).__name__}, it may have arrived") from error
        frame = read_frame(body)
        return frame if isinstance(frame, Result) else Result("", "failed", -1, "", None, _why(frame, body))


def _why(frame: object, body: bytes) -> str:
    return frame.reason if isinstance(frame, Odd) else json.dumps(body[:60].decode("utf-8", "replace"))


class Dialer:
    """Keeps the line of one account, while no other process does."""

    def __init__(self, deps: ChannelParts, lines: Lines, counts: Counts, http: ClientSession, account: Account) -> None:
        self._deps, self._lines, self._counts, self._http = deps, lines, counts, http
        self.account = account
        self._task = asyncio.create_task(self._keep_forever())

    async def close(self) -> None:
        await end(self._task)
        async with self._deps.db.write() as session:
            await let_go(session, self.account.id, self._deps.name)

    async def _keep_forever(self) -> None:
        first, longest = self._deps.reconnect_s
        pause = first
        while True:
            began = asyncio.get_running_loop().time()
            if await self._hold():
                try:
                    await (self._talk() if self.account.mode == "forward" else self._ask())
                except (ClientError, OSError, TimeoutError, ValueError, DeliveryError) as error:
                    code = str(error) if isinstance(error, DeliveryError) else fault_of(error)
                    self._counts.fault(self.account, code.partition(":")[0][:32])
            held_s = asyncio.get_running_loop().time() - began
            pause = first if held_s > STABLE_S else min(pause * 2, longest)
            # also after a good-bye in due form: two sides that return at once would never rest
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))

    async def _hold(self) -> bool:
        async with self._deps.db.write() as session:
            return await try_hold(session, self.account.id, self._deps.name, self._deps.clock.now())

    async def _talk(self) -> None:
        timeout = ClientWSTimeout(ws_close=GOODBYE_S)
        async with asyncio.timeout(self._deps.call_timeout_s):
            socket = await self._http.ws_connect(
                self.account.url,
                headers=headers_of(self.account),
                heartbeat=PING_S,
                max_msg_size=MAX_FRAME,
                timeout=timeout,
            )

        async def close(_why: str) -> None:
            await socket.close()

        link = SocketLink(socket.send_str, close, self._deps.call_timeout_s, lambda: self._lines.is_deaf)
        line = Line(self.account, UNIVERSAL, link, close, Pulse())
        await self._lines.open(line)
        holding = asyncio.create_task(self._hold_on(line))
        try:
            async for message in socket:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    await self._lines.receive(line, message.data)
        finally:
            holding.cancel()
            await socket.close()
            await self._lines.shut(line, "closed")

    async def _hold_on(self, line: Line) -> None:
        """Keep the lease while the line stands; without it another process dials, and this line ends."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            if not await self._hold():
                await line.close("taken")

    async def _ask(self) -> None:
        """No line stays open: the API is asked now and then."""
        link: Link = HttpLink(self._http, self.account, self._deps.call_timeout_s)
        gone = asyncio.Event()

        async def close(_why: str) -> None:
            gone.set()

        line = Line(self.account, UNIVERSAL, link, close, None)
        if not (await link.call("get_login_info", {})).done:
            raise DeliveryError("no_onebot")
        await self._lines.open(line)
        why = "closed"
        try:
            while not gone.is_set():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(ASK_S, LEASE.total_seconds() / 3)):
                        await gone.wait()
                if not await self._hold():
                    return
                await link.call("get_status", {})
        except DeliveryError:
            why = "no_answer"
        finally:
            await self._lines.shut(line, why)
