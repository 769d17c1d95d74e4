"""Tries an AI bot out, and says what is wrong and what to do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any

from bot.channels.base import Finding
from bot.channels.deps import ChannelParts
from bot.channels.wecom.aibot_accounts import DISPLACED, REFUSED, SOCKET, Accounts, Bot
from bot.channels.wecom.aibot_dialing import BotDialer
from bot.storage.channels import list_groups
from bot.storage.tables_channels import ChannelAccount

TRY_S = 5.0
PATH = "/wecom/bot"


def good(phrase: str, **params: Any) -> Finding:
    return Finding(f"console.channel_test.{phrase}", True, params)


def bad(phrase: str, **params: Any) -> Finding:
    return Finding(f"console.channel_test.{phrase}", False, params)


class BotTest:
    """One test."""

    def __init__(
        self, parts: ChannelParts, accounts: Accounts, dialer: Callable[[int], BotDialer | None], try_s: float = TRY_S
    ) -> None:
        self._parts, self._accounts, self._dialer, self._try_s = parts, accounts, dialer, try_s

    async def run(self, account_id: int) -> Sequence[Finding]:
        """What was found, in the order it was looked at; the first that is bad is what to mend."""
        bot = self._accounts.bots.get(account_id)
        if bot is None:
            return [bad("sealed")]
        if bot.paused:
            return [bad("paused")]
        found = await (self._socket(bot) if bot.mode == SOCKET else self._callback(bot))
        return [found, *await self._groups(bot)] if found.good else [found]

    async def _socket(self, bot: Bot) -> Finding:
        dialer = self._dialer(bot.id)
        if dialer is not None and dialer.line is None and not dialer.last_fault:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._try_s):
                    await dialer.changed.wait()
        if dialer is not None and dialer.line is not None:
            return good("bot_connected")
        state = await self._state(bot)
        if state in (REFUSED, DISPLACED):
            return bad("bot_refused" if state == REFUSED else "bot_displaced")
        if state == "connected" and (dialer is None or not dialer.last_fault):
            return good("elsewhere")
        fault = dialer.last_fault if dialer is not None else ""
        return bad(fault if fault in ("wecom_unreachable", "wecom_refuses", "bad_certificate") else "bot_lost",
                   url="企业微信")  # fmt: skip

    async def _callback(self, bot: Bot) -> Finding:
        url = f"{self._parts.public_url}{PATH}/{bot.id}"
        if bot.crypt is None:
            return bad("sealed")
        if await self._state(bot) == "connected":
            return good("bot_called")
        return bad("bot_never_called", url=url) if url.startswith("https://") else bad("bot_not_public", url=url)

    async def _state(self, bot: Bot) -> str:
        async with self._parts.db.read() as session:
            return (await session.get_one(ChannelAccount, bot.id)).state

    async def _groups(self, bot: Bot) -> list[Finding]:
        async with self._parts.db.read() as session:
            groups = await list_groups(session, bot.id)
        if not groups:
            return [good("bot_no_group_yet")]
        mapped = sum(1 for _, chat, _ in groups if chat is not None)
        known = {"mapped": mapped, "heard": len(groups)}
        found = [good("groups", **known) if mapped else bad("no_group", **known)]
        if bot.mode != SOCKET and any(c is not None and self._accounts.find_voice(g.id) is None for g, c, _ in groups):
            found.append(good("bot_no_voice"))
        return found
