"""Tries an account out from end to end, and says what is wrong and what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import ClientError, ClientSession, ClientWSTimeout

from bot.channels.base import Finding
from bot.channels.deps import ChannelParts
from bot.channels.onebot.accounts import Account, Accounts
from bot.channels.onebot.cq import id_of
from bot.channels.onebot.dialing import HttpLink, fault_of, headers_of
from bot.channels.onebot.doors import GOODBYE_S
from bot.channels.onebot.lines import Lines
from bot.channels.onebot.links import Link, SocketLink
from bot.channels.onebot.wire import Result, read_frame
from bot.errors import DeliveryError
from bot.storage.channels import list_groups
from bot.storage.tables_channels import ChannelAccount

TRY_S = 5.0


def good(phrase: str, **params: Any) -> Finding:
    return Finding(f"console.channel_test.{phrase}", True, params)


def bad(phrase: str, **params: Any) -> Finding:
    return Finding(f"console.channel_test.{phrase}", False, params)


class AccountTest:
    """One test."""

    def __init__(self, deps: ChannelParts, accounts: Accounts, lines: Lines, http: ClientSession) -> None:
        self._deps, self._accounts, self._lines, self._http = deps, accounts, lines, http

    async def run(self, account_id: int) -> Sequence[Finding]:
        """What was found, in the order it was looked at; the first that is bad is what to mend."""
        account = self._accounts.get(account_id)
        if account is None:
            return [bad("sealed")]
        if account.paused:
            return [bad("paused")]
        link = self._lines.link_of(account_id)
        if link is not None:
            return [good("connected"), *await self._ask(account, link)]
        if account.mode == "reverse":
            return [await self._why_not_here(account)]
        return await (self._dial(account) if account.mode == "forward" else self._call(account))

    async def _why_not_here(self, account: Account) -> Finding:
        async with self._deps.db.read() as session:
            row = await session.get_one(ChannelAccount, account.id)
        if self._lines.of(account.id):
            return bad("events_only")
        if row.state == "connected":
            return good("elsewhere")
        return bad("lost") if row.state_at is not None else bad("never")

    async def _dial(self, account: Account) -> list[Finding]:
        try:
            async with (
                asyncio.timeout(TRY_S),
                self._http.ws_connect(
                    account.url, headers=headers_of(account), timeout=ClientWSTimeout(ws_close=GOODBYE_S)
                ) as socket,
            ):

                async def close(_why: str) -> None:
                    await socket.close()

                link = SocketLink(socket.send_str, close, TRY_S / 2)
                reading = asyncio.create_task(self._read(socket, link))
                try:
                    return [good("connected"), *await self._ask(account, link)]
                finally:
                    reading.cancel()
        except (ClientError, OSError, TimeoutError, ValueError) as error:
            return [bad(fault_of(error), url=account.url)]

    async def _read(self, socket: Any, link: SocketLink) -> None:
        async for message in socket:
            frame = read_frame(message.data) if isinstance(message.data, str | bytes) else None
            if isinstance(frame, Result):
                link.answer(frame)

    async def _call(self, account: Account) -> list[Finding]:
        return await self._ask(account, HttpLink(self._http, account, TRY_S))

    async def _ask(self, account: Account, link: Link) -> list[Finding]:
        try:
            me = await link.call("get_login_info", {})
            status = await link.call("get_status", {})
        except DeliveryError as error:
            code = str(error)
            known = code in {"token_wrong", "no_host", "nobody_listens", "bad_certificate", "no_onebot"}
            return [bad(code if known else "no_answer", url=account.url)]
        if not me.done:
            return [bad("no_login", retcode=me.retcode, wording=me.wording or "—")]
        found = [self._who(account, me)]
        if status.done and isinstance(status.data, Mapping) and status.data.get("online") is False:
            found.append(bad("signed_out"))
        return [*found, await self._groups(account)]

    def _who(self, account: Account, me: Result) -> Finding:
        data = me.data if isinstance(me.data, Mapping) else {}
        self_id, name = id_of(data.get("user_id")), str(data.get("nickname") or "—")[:32]
        if account.self_id and self_id and self_id != account.self_id:
            return bad("another_bot", known=account.self_id, found=self_id)
        return good("signed_in", name=name, number=self_id or "—")

    async def _groups(self, account: Account) -> Finding:
        async with self._deps.db.read() as session:
            groups = await list_groups(session, account.id)
        mapped = sum(1 for _, chat, _ in groups if chat is not None)
        return good("groups", mapped=mapped, heard=len(groups)) if mapped else bad("no_group", heard=len(groups))
