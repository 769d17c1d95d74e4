"""Tries an account out and says exactly what is wrong, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.channels.base import Finding
from bot.channels.wechat.accounts import Account, Accounts
from bot.channels.wechat.api import Api
from bot.channels.wechat.api_wire import Answer, Verdict
from bot.channels.wechat.deps import WeChatParts
from bot.channels.wechat.tokens import TokenRefused
from bot.errors import DeliveryError
from bot.storage.channels import set_state
from bot.storage.tables_channels import ChannelAccount
from bot.storage.windows import count_open

#: errcodes with a sentence of their own, and those that say the same
SAME: Mapping[int, int] = {
    40001: 40001, 40125: 40001, 40243: 40001, 40013: 40013, 60020: 60020, 40164: 60020, 61004: 60020, 301002: 301002,
    40056: 301002, 48001: 48001, 48002: 48002, 48004: 48004, 50001: 50001, 50002: 50001, 60011: 48002, 45009: 45009,
    45011: 45009, 89503: 60020, 40037: 40037, 81013: 81013, 60111: 81013, 40003: 81013, 40031: 81013, 86001: 86001,
    41002: 40013, 41004: 40001, 48006: 48004, 45033: 45009, 40014: 40014, 42001: 40014,
}  # fmt: skip


def good(phrase: str, **params: Any) -> Finding:
    return Finding(f"console.channel_test.{phrase}", True, params)


def bad(phrase: str, **params: Any) -> Finding:
    return Finding(f"console.channel_test.{phrase}", False, params)


def explain(answer: Answer) -> Finding:
    """What an errcode means for the person who set the account up."""
    known = SAME.get(answer.code)
    return bad(f"errcode_{known}" if known else "errcode", code=answer.code, words=ip_of(answer) or answer.words or "—")


def ip_of(answer: Answer) -> str:
    """The address of ours that the platform does not let in; it stands in its words."""
    _, found, rest = answer.words.partition("ip: ")
    if not found:
        _, found, rest = answer.words.partition("ip ")
    return rest.split(",")[0].split()[0] if found and rest.strip() else ""


class AccountTest:
    """One test."""

    def __init__(self, deps: WeChatParts, accounts: Accounts, api: Api) -> None:
        self._deps, self._accounts, self._api = deps, accounts, api

    async def run(self, account_id: int) -> Sequence[Finding]:
        """What was found, in the order it was looked at; the first that is bad is what to mend."""
        account = self._accounts.get(account_id)
        if account is None:
            return [bad("sealed")]
        if account.paused:
            return [bad("paused")]
        if account.is_sealed and self._accounts.crypt_of(account) is None:
            return [bad("aes_key")]
        if account.is_app and not account.agent_id.isdecimal():
            return [bad("agent_id")]
        try:
            self._api.tokens.forget(account)
            found = [good("token"), *await (self._app(account) if account.is_app else self._official(account))]
        except TokenRefused as refused:
            await self._mark(account, "refused")
            return [explain(refused.answer)]
        except DeliveryError:
            return [bad("platform_silent")]
        if all(one.good for one in found) and account.state == "refused":
            await self._mark(account, "connected")
        return [*found, await self._callback(account)]

    async def _app(self, account: Account) -> list[Finding]:
        answer = await self._api.call(account, "agent/get", params={"agentid": account.agent_id})
        if answer.verdict is not Verdict.DONE:
            return [explain(answer)]
        name = str(answer.data.get("name") or "—")[:32]
        if answer.data.get("close") == 1:
            return [bad("app_closed", name=name)]
        return [good("app", name=name)]

    async def _official(self, account: Account) -> list[Finding]:
        async with self._deps.base.db.read() as session:
            count = await count_open(session, account.id, self._deps.base.clock.now())
        found = [good("windows", count=count)]
        if account.template:
            answer = await self._api.call(account, "template/get_all_private_template")
            if answer.verdict is not Verdict.DONE:
                return [*found, explain(answer)]
            known = answer.data.get("template_list")
            ids = {str(one.get("template_id")) for one in known or () if isinstance(one, Mapping)}
            found.append(good("template") if account.template[0] in ids else bad("no_template"))
        elif not account.subscribe:
            found.append(bad("no_notice"))
        return found

    async def _callback(self, account: Account) -> Finding:
        async with self._deps.base.db.read() as session:
            row = await session.get_one(ChannelAccount, account.id)
        path = f"wecom/app/{account.id}" if account.is_app else f"wechat/official/{account.id}"
        url = f"{self._deps.home}/{path}"
        return good("called") if row.seen_at is not None else bad("never_called", url=url)

    async def _mark(self, account: Account, state: str) -> None:
        base = self._deps.base
        async with base.db.write() as session:
            await set_state(session, account.id, state=state, state_at=base.clock.now())
