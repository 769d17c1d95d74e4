"""How the addresses of the channels are asked. See ``tests/support/access_asks.py``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.channel_accounts import AccountForm, open_account
from bot.secret_box import SecretBox
from bot.storage.channels import hear_group
from bot.storage.tables_channels import ChannelGroup
from tests.support.access_asks import GONE, Make
from tests.support.access_town import Ask, Town
from tests.support.world import START

FORM = {"name": "东区机器人", "mode": "reverse", "token": "", "number": "", "url": ""}


async def _account(town: Town) -> int:
    parts = town.office.parts
    form = AccountForm("东区机器人", "reverse", secrets={"token": f"guihua-token-2026-{town.count()}"})
    async with parts.db.write() as session:
        box, here = SecretBox(parts.settings), town.here.community_id
        return (await open_account(session, box, here, "onebot", form, START)).id


async def _new(town: Town) -> Ask:
    return Ask("/channels", {**FORM, "community": town.community, "token": f"guihua-token-new-{town.count()}"})


def _on_account(path: str = "", form: Mapping[str, Any] | None = None, *, reads: bool = False) -> Make:
    async def make(town: Town) -> Ask:
        account = await _account(town)
        gone = Ask(f"/channels/{GONE}{path}", form or {}, reads=reads)
        return Ask(f"/channels/{account}{path}", form or {}, gone, reads=reads)

    return make


async def _group(town: Town) -> Ask:
    account, here = await _account(town), town.here.community_id
    async with town.office.parts.db.write() as session:
        await hear_group(session, account, here, f"55{town.count()}", "桂花苑东区群", START)
    group, form = await town.newest(ChannelGroup), {"place": f"{here}:"}
    missing = Ask(f"/channels/{account}/groups/{GONE}", form)
    return Ask(f"/channels/{account}/groups/{group.id}", form, missing)


async def _make_group(town: Town) -> Ask:
    account, form = await _account(town), {"name": "通知群", "owner": "a", "members": "b"}
    gone = Ask(f"/channels/{GONE}/groups", form, reads=True)
    # no part of this process knows the platform: that is what whoever may ask is told
    return Ask(f"/channels/{account}/groups", form, gone, reads=True, refusal="没有这个页面")


CHANNELS: dict[str, Make] = {
    "POST /channels": _new,
    "GET /channels/{id}": _on_account(),
    "POST /channels/{id}": _on_account("", {**FORM, "name": "西区机器人"}),
    "POST /channels/{id}/state": _on_account("/state", {"do": "pause"}),
    "POST /channels/{id}/test": _on_account("/test", reads=True),
    "POST /channels/{id}/groups": _make_group,
    "POST /channels/{id}/groups/{group}": _group,
}
