"""Where bridges knock: reverse WebSockets and posted events. A stranger costs a look into memory and is counted."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import structlog
from aiohttp import WSMsgType, web

from bot.channels.bodies import BodyRefused, read_body
from bot.channels.counting import Counts
from bot.channels.deps import ChannelParts
from bot.channels.onebot.accounts import Account, Accounts
from bot.channels.onebot.cq import id_of
from bot.channels.onebot.lines import API, EVENT, UNIVERSAL, Line, Lines
from bot.channels.onebot.links import Pulse, SocketLink
from bot.channels.onebot.wire import MAX_FRAME, has_signature, token_of

log = structlog.get_logger()
PING_S = 30.0
GOODBYE_S = 2.0
STORED_WITHIN_S = 8.0
LOOK_AGAIN_S = 2.0  # how often an unknown token makes us read the accounts anew
ROLES = {"api": API, "event": EVENT, "universal": UNIVERSAL}


class Doors:
    """Handlers of /onebot/v11/…"""

    def __init__(self, deps: ChannelParts, accounts: Accounts, lines: Lines, counts: Counts) -> None:
        self._deps, self._accounts, self._lines, self._counts = deps, accounts, lines, counts
        self._looked_at = 0.0

    async def open(self, request: web.Request) -> web.StreamResponse:
        """A bridge that keeps a WebSocket to us."""
        token = token_of(request.headers.get("Authorization", ""), request.query.get("access_token", ""))
        account = await self._access(token)
        if account is None:
            return self._turn_away("token_missing" if not token else "token_wrong", 401 if not token else 403)
        self_id = id_of(request.headers.get("X-Self-ID", ""))
        if self_id and account.self_id and self_id != account.self_id:
            self._counts.fault(account, "another_bot", self_id)
            return web.Response(status=403, text="another bot has this token")
        if self_id and not account.self_id:
            await self._lines.learn_self(account, self_id)
            account = replace(account, self_id=self_id)
        return await self._serve(request, account)

    async def _serve(self, request: web.Request, account: Account) -> web.StreamResponse:
        said = request.headers.get("X-Client-Role", "").lower() or request.path.rstrip("/").rpartition("/")[2]
        role = ROLES.get(said, UNIVERSAL)
        socket = web.WebSocketResponse(heartbeat=PING_S, max_msg_size=MAX_FRAME, timeout=GOODBYE_S)
        await socket.prepare(request)

        async def close(_why: str) -> None:
            await socket.close()
            if request.transport is not None:  # half open: nobody answers a good-bye
                request.transport.abort()

        link = SocketLink(socket.send_str, close, self._deps.call_timeout_s, lambda: self._lines.is_deaf)
        line = Line(account, role, link if role != EVENT else None, close, Pulse() if role != API else None)
        await self._lines.open(line)
        try:
            async for message in socket:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    await self._lines.receive(line, message.data)
        finally:
            await self._lines.shut(line, "closed")
        return socket

    async def take(self, request: web.Request) -> web.StreamResponse:
        """An event that a bridge posts, signed; 204 when it is stored."""
        account = self._accounts.find_poster(id_of(request.headers.get("X-Self-ID", "")))
        signature = request.headers.get("X-Signature", "")
        if account is None or not signature:
            return self._turn_away("token_missing" if not signature else "token_wrong", 401 if not signature else 403)
        try:
            body = await read_body(request)
        except BodyRefused as refused:
            return self._turn_away(refused.code, refused.status)
        if not has_signature(account.secret, body, signature):
            self._counts.fault(account, "signature_wrong")
            return self._turn_away("token_wrong", 403)
        line = Line(account, EVENT, None, _nothing, None)
        task = await self._lines.receive(line, body)
        if task is not None:
            done, _ = await asyncio.wait((task,), timeout=STORED_WITHIN_S)
            if not done:  # it is kept and will be stored; if it is posted again, once
                return web.Response(status=503, headers={"Retry-After": "5"})
        return web.Response(status=204)

    async def _access(self, token: str) -> Account | None:
        found = self._accounts.find_by_token(token)
        if found is None and token and time.monotonic() - self._looked_at > LOOK_AGAIN_S:
            self._looked_at = time.monotonic()
            await self._accounts.load()  # it may have been added a moment ago
            found = self._accounts.find_by_token(token)
        return found

    def _turn_away(self, why: str, status: int) -> web.Response:
        self._counts.count(None, why)
        return web.Response(status=status, text=why)


async def _nothing(_why: str) -> None:
    """There is no line to close."""
