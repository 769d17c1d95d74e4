"""Groups that an app makes: it speaks there and hears nothing."""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.base import Finding
from bot.channels.wechat.accounts import Accounts
from bot.channels.wechat.api import Api
from bot.channels.wechat.api_wire import Verdict, build_group
from bot.channels.wechat.deps import WeChatParts
from bot.channels.wechat.testing import bad, explain, good
from bot.channels.wechat.tokens import TokenRefused
from bot.errors import DeliveryError
from bot.storage.channels import hear_group

LEAST_MEMBERS = 2


class Grouping:
    """Makes one."""

    def __init__(self, deps: WeChatParts, accounts: Accounts, api: Api) -> None:
        self._deps, self._accounts, self._api = deps, accounts, api

    async def make(self, account_id: int, name: str, owner: str, members: Sequence[str]) -> Finding:
        """Make it, and know it from then on; a community still has to be given to it."""
        account = self._accounts.get(account_id)
        if account is None or not account.is_app:
            return bad("no_groups_here")
        payload = build_group(name, owner, members)
        if len(payload["userlist"]) < LEAST_MEMBERS:
            return bad("too_few_members")
        try:
            answer = await self._api.call(account, "appchat/create", payload)
        except TokenRefused as refused:
            return explain(refused.answer)
        except DeliveryError:
            return bad("platform_silent")
        chat_id = str(answer.data.get("chatid", ""))
        if answer.verdict is not Verdict.DONE or not chat_id:
            return explain(answer)
        base = self._deps.base
        async with base.db.write() as session:
            await hear_group(session, account.id, account.community_id, chat_id[:64], name, base.clock.now())
        return good("group_made", name=name)
