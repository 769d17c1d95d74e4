"""Where the platforms call us. A stranger costs a look into memory and one hash, and is counted."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import structlog
from aiohttp import ClientConnectionError, web

from bot.channels.bodies import BodyRefused, read_body
from bot.channels.counting import Counts
from bot.channels.wechat.accounts import Account, Accounts
from bot.channels.wechat.api_wire import build_passive
from bot.channels.wechat.callback_wire import Heard, Odd, Query, addressee_of, is_plainly_signed, read_query, read_told
from bot.channels.wechat.deps import WeChatParts
from bot.channels.wechat.hearing import Event, Hearing
from bot.channels.wechat.passive import Waiter, Waiters
from bot.channels.wecom.crypto import CryptError, SignatureWrong, is_fresh
from bot.channels.wecom.envelopes import (
    EnvelopeWrong,
    build_xml_answer,
    find_cipher,
    read_envelope,
)
from bot.storage.channels import set_state

log = structlog.get_logger()
MOST_SIGNED = 20_000  # plain signatures whose words are remembered
LOOK_AGAIN_S = 2.0  # how often an unknown address makes us read the accounts anew
NOTHING = "success"  # what both platforms understand as: nothing to say now
XML = "application/xml"


class Refusal(Exception):
    """It is turned away; ``code`` is counted and answered."""

    def __init__(self, code: str, status: int = 403) -> None:
        super().__init__(code)
        self.code, self.status = code, status


class Doors:
    """Handlers of the callback addresses, one a kind."""

    def __init__(
        self, deps: WeChatParts, accounts: Accounts, hearing: Hearing, counts: Counts, waiters: Waiters
    ) -> None:
        self._deps, self._accounts, self._hearing = deps, accounts, hearing
        self._counts, self._waiters = counts, waiters
        self._looked_at = 0.0
        self._signed: OrderedDict[tuple[int, str, str], bytes] = OrderedDict()

    async def verify(self, request: web.Request) -> web.StreamResponse:
        """The platform asks whether the address is ours: it gets back what it sent, opened, and nothing else."""
        account = await self._find(request)
        if account is None:
            return self._turn_away(None, Refusal("no_such_account", 404))
        query = read_query(request.query)
        try:
            echo = self._echo(account, query)
        except Refusal as refusal:
            return self._turn_away(account, refusal)
        self._counts.seen(account)
        async with self._deps.base.db.write(repeatable=True) as session:
            await set_state(session, account.id, state="connected", state_at=self._deps.base.clock.now())
        return web.Response(body=echo, content_type="text/plain")

    def _echo(self, account: Account, query: Query) -> bytes:
        self._check_time(query)
        if not account.is_app:  # an Official Account is asked plainly, whatever its mode
            if not is_plainly_signed(query, account.token):
                raise Refusal("signature_wrong")
            return query.echo.encode()
        return self._open(account, query, query.echo)

    def _check_time(self, query: Query) -> None:
        """What was signed long ago is not listened to; within the hour, what comes again is stored once."""
        if not is_fresh(query.timestamp, self._deps.base.clock.now(), self._deps.skew):
            raise Refusal("stale")

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Something was said: verified, stored, and only then acknowledged."""
        account = await self._find(request)
        if account is None:
            return self._turn_away(None, Refusal("no_such_account", 404))
        try:
            query = read_query(request.query)
            self._check_time(query)
            tree = self._read(account, query, await read_body(request))
        except BodyRefused as refused:
            return self._turn_away(None, Refusal(refused.code, refused.status))
        except Refusal as refusal:
            return self._turn_away(account, refusal)
        self._counts.seen(account)
        told = read_told(tree)
        to, agent_id = addressee_of(tree)
        if account.is_app and (to != account.owner_id or agent_id not in ("", "0", account.agent_id)):
            self._counts.count(account, "of_others")
        elif account.paused:
            self._counts.count(account, "paused")
        elif isinstance(told, Odd):
            self._counts.count(account, "odd")
        else:
            return await self._answer(request, account, told, to)
        return web.Response(text=NOTHING)

    async def _answer(self, request: web.Request, account: Account, event: Event, to: str) -> web.StreamResponse:
        waiter = None if account.is_app else Waiter(any_text=not isinstance(event, Heard))
        task = await self._hearing.take(account, event, waiter)
        done, _ = await asyncio.wait((task,), timeout=self._deps.stored_s)
        if not done:  # it is kept in memory; said again it will be one message all the same
            if waiter is not None:
                waiter.close(written=False)
            return web.Response(status=503, text="busy")
        if waiter is None:
            return web.Response(text=NOTHING)
        try:
            return await self._reply(request, account, event, to, waiter)
        finally:
            waiter.close(written=False)
            self._waiters.shut(waiter)

    async def _reply(
        self, request: web.Request, account: Account, event: Event, to: str, waiter: Waiter
    ) -> web.StreamResponse:
        """The answer in the response, where there is one in time; the same again to a callback that comes again."""
        clock, name = self._deps.base.clock, f"{account.id}{event.identity()}" if isinstance(event, Heard) else ""
        known = self._waiters.recall(name, clock.now()) if name else None
        if known is not None:
            return web.Response(text=known, content_type=XML)
        text = await waiter.wait(self._deps.passive_s)
        if text is None:
            return web.Response(text=NOTHING)
        body = self._seal(account, read_query(request.query), build_passive(event.user_id, to, text, clock.now()))
        response = web.Response(text=body, content_type=XML)
        try:
            await response.prepare(request)
            await response.write_eof()
        except (ClientConnectionError, ConnectionError, OSError):
            waiter.close(written=False)
            return response
        waiter.close(written=True)
        self._counts.count(account, "passive")
        if name:
            self._waiters.remember(name, body, clock.now())
        return response

    def _seal(self, account: Account, query: Query, text: str) -> str:
        crypt = self._accounts.crypt_of(account) if account.is_sealed else None
        return build_xml_answer(crypt.seal(text.encode(), query.timestamp, query.nonce)) if crypt else text

    def _read(self, account: Account, query: Query, body: bytes) -> Mapping[str, Any]:
        """What is said, out of its envelope. Raises Refusal."""
        if not account.is_sealed and not (is_plainly_signed(query, account.token) and self._fits(account, query, body)):
            raise Refusal("signature_wrong")  # before a byte of it is read
        try:
            tree = read_envelope(body)
        except EnvelopeWrong as error:
            raise Refusal("unreadable", 400) from error
        cipher = find_cipher(tree)
        if not account.is_sealed:
            if cipher and "MsgType" not in tree:
                raise Refusal("sealed_unasked")
            return tree
        if not cipher:
            raise Refusal("not_sealed")
        try:
            return read_envelope(self._open(account, query, cipher))
        except EnvelopeWrong as error:
            raise Refusal("unreadable", 400) from error

    def _fits(self, account: Account, query: Query, body: bytes) -> bool:
        """Without an envelope the signature says nothing of what is signed: whoever has seen one could put other
        words under it, so each serves for the words it came with first."""
        digest = hashlib.sha256(body).digest()
        known = self._signed.setdefault((account.id, query.timestamp, query.nonce), digest)
        while len(self._signed) > MOST_SIGNED:
            self._signed.popitem(last=False)
        return known == digest

    def _open(self, account: Account, query: Query, cipher: str) -> bytes:
        crypt = self._accounts.crypt_of(account)
        if crypt is None:
            raise Refusal("key_wrong")
        try:
            return crypt.open(query.msg_signature, query.timestamp, query.nonce, cipher)
        except SignatureWrong as error:
            raise Refusal("signature_wrong") from error
        except CryptError as error:
            raise Refusal(error.code) from error

    async def _find(self, request: web.Request) -> Account | None:
        kind = "wecomapp" if request.path.startswith("/wecom/") else "official"
        account_id = int(request.match_info["account"])
        found = self._accounts.get(account_id, kind)
        if found is None and time.monotonic() - self._looked_at > LOOK_AGAIN_S:
            self._looked_at = time.monotonic()
            await self._accounts.load()  # it may have been added a moment ago
            found = self._accounts.get(account_id, kind)
        return found

    def _turn_away(self, account: Account | None, refusal: Refusal) -> web.Response:
        if account is None:
            self._counts.count(None, refusal.code)
        else:
            self._counts.fault(account, refusal.code)
        return web.Response(status=refusal.status, text=refusal.code)
