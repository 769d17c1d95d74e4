"""What is connected, how it stands, which groups it hears. Secrets are never shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import OrgUnit
from bot.channel_accounts import ENDED, SPEAKS_FOR, access_account
from bot.channels.kinds import KINDS, ONEBOT, WECOM_BOT
from bot.console import pages
from bot.console.access import TEACHERS, check_page, community_ids, viewer_of
from bot.console.parts import console_of
from bot.messages import ChatKind
from bot.storage.channels import channel_key, count_waiting, list_accounts, list_faults, list_groups, load_counts
from bot.storage.tables import Chat
from bot.storage.tables_channels import ChannelAccount, ChannelGroup

STRANGERS = 0  # whose counters are nobody's


async def show_channels(request: web.Request) -> web.Response:
    """The accounts, and a form for another one, of the kind that is asked for."""
    return await render_list(request, {"kind": request.query.get("new", "")})


async def render_list(request: web.Request, filled: Mapping[str, Any], *, status: int = 200) -> web.Response:
    """The list; ``filled`` is what was typed and refused, without its secrets."""
    console, viewer = console_of(request), viewer_of(request)
    check_page(viewer, TEACHERS)
    kind = KINDS.get(str(filled.get("kind")), ONEBOT)
    async with console.db.read() as db:
        ids = await community_ids(db, viewer)
        accounts = await list_accounts(db, ids)
        context = {
            "accounts": accounts,
            "counts": await load_counts(db, [STRANGERS, *(account.id for account in accounts)]),
            "waiting": await count_waiting(db, [channel_key(one.kind, one.id) for one in accounts]),
            "communities": await load_communities(db, ids),
            "kinds": KINDS,
            "kind": kind,
            "chosen": dict(filled) if filled.get("mode") else kind.switches,
            "filled": defaultdict(str, filled),
            "address": console.settings.public_url,
        }
    return await pages.render(request, "channels/list.html", context, status=status)


async def show_channel(request: web.Request) -> web.Response:
    """One account."""
    return await render_one(request)


async def render_one(request: web.Request, *, status: int = 200) -> web.Response:
    """The account with its settings, groups, counters and last faults."""
    console, viewer = console_of(request), viewer_of(request)
    check_page(viewer, TEACHERS)
    async with console.db.read() as db:
        ids = await community_ids(db, viewer)
        account = await access_account(db, int(request.match_info["id"]), ids)
        kind = KINDS[account.kind]
        communities = await load_communities(db, ids)
        context = {
            "account": account,
            "kind": kind,
            "mode": kind.modes[account.config["mode"]],
            "groups": [
                row for row in await list_groups(db, account.id) if row[1] is None or row[1].community_id in ids
            ],
            "places": [*await _places(db, communities), *(await _heard(db, ids) if kind.own_group else ())],
            "is_ended": account.state in ENDED,
            "counts": (await load_counts(db, [account.id])).get(account.id, {}),
            "waiting": (await count_waiting(db, [channel_key(account.kind, account.id)])),
            "faults": await list_faults(db, account.id),
            "address": console.settings.public_url,
        }
    return await pages.render(request, "channels/account.html", context, status=status)


async def load_communities(db: AsyncSession, ids: Sequence[int]) -> Sequence[OrgUnit]:
    return (await db.scalars(select(OrgUnit).where(OrgUnit.id.in_(ids)).order_by(OrgUnit.id))).all()


@dataclass(frozen=True, slots=True)
class Place:
    """What a group may be the group of: a community, or a part of it. No ``buildings``: all of it. Without
    ``community_id``: a group that a bot hears, in which this account is to be its voice."""

    value: str
    name: str
    community_id: int
    buildings: frozenset[int]
    of: ChatKind = ChatKind.GROUP

    def is_of(self, chat: Chat | None, config: Mapping[str, Any]) -> bool:
        """Whether that chat is the group of this place, or the account the voice in this group."""
        if not self.community_id:
            return self.value == f"group:{config.get(SPEAKS_FOR)}"
        here = chat is not None and chat.community_id == self.community_id
        return here and chat is not None and chat.kind == self.of and frozenset(chat.org_unit_ids) == self.buildings


async def _places(db: AsyncSession, communities: Sequence[OrgUnit]) -> list[Place]:
    places = []
    for community in communities:
        places.append(Place(f"{community.id}:", f"{community.name}（全社区）", community.id, frozenset()))
        own = Place(f"{community.id}:staff", f"{community.name}（工作群）", community.id, frozenset(), ChatKind.STAFF)
        places.append(own)
        query = select(OrgUnit).where(OrgUnit.community_id == community.id, OrgUnit.level.in_(("grid", "building")))
        areas = (await db.scalars(query.order_by(OrgUnit.level.desc(), OrgUnit.id))).all()
        for area in areas:
            inside = frozenset(one.id for one in areas if one.level == "building" and area.covers(one))
            name = f"{community.name} {area.name}"
            places.append(Place(f"{community.id}:{area.id}", name, community.id, inside))
    return places


async def _heard(db: AsyncSession, communities: Sequence[int]) -> list[Place]:
    """Groups in which a bot hears what is said to it and may not speak first."""
    query = (
        select(ChannelGroup, ChannelAccount.name)
        .join(ChannelAccount, ChannelAccount.id == ChannelGroup.account_id)
        .where(
            ChannelAccount.kind == WECOM_BOT.code,
            ChannelAccount.retired_at.is_(None),
            ChannelAccount.community_id.in_(communities),
        )
    )
    rows = (await db.execute(query.order_by(ChannelGroup.id))).tuples()
    return [
        Place(f"group:{group.id}", f"替“{bot}”在群“{group.name or group.external_id}”里先开口", 0, frozenset())
        for group, bot in rows
    ]
