"""Look-ups of chats: a resident's private one, a community's staff group; made where they are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import OrgUnit
from bot.messages import ChatKind
from bot.storage.tables import Chat, ChatMember
from bot.storage.tables_channels import ChannelGroup

MOST_KEPT = 50_000
OPENED_HERE = "chats opened in this transaction"  # not kept in memory: it may yet fail


class ChatBook:
    """Chats by id, by resident, by community. A chat's kind, channel and community never change."""

    def __init__(self) -> None:
        self._by_id: dict[int, Chat] = {}
        self._private: dict[int, Chat] = {}
        self._staff: dict[int, Chat] = {}

    async def find(self, session: AsyncSession, chat_id: int) -> Chat | None:
        """The chat, or None."""
        if chat_id in self._by_id:
            return self._by_id[chat_id]
        chat = await session.get(Chat, chat_id)
        return chat if chat_id in session.info.get(OPENED_HERE, ()) else self._keep(session, chat)

    async def get_private(self, session: AsyncSession, resident_id: int, community_id: int, now: datetime) -> Chat:
        """The resident's private chat with the bot, opened if there was none."""
        if resident_id in self._private:
            return self._private[resident_id]
        query = select(Chat).where(Chat.resident_id == resident_id, Chat.kind == ChatKind.PRIVATE)
        chat = (await session.execute(query.limit(1))).scalar_one_or_none()
        if chat is not None:
            if chat.id not in session.info.get(OPENED_HERE, ()):
                self._private[resident_id] = chat
                self._keep(session, chat)
            return chat
        return await open_private_chat(session, resident_id, community_id, now)

    async def find_staff(self, session: AsyncSession, community_id: int) -> Chat | None:
        """The community's staff group, or None."""
        if community_id not in self._staff:
            query = select(Chat).where(Chat.community_id == community_id, Chat.kind == ChatKind.STAFF)
            query = query.where(Chat.channel == "web")  # those of other platforms hear the same (``staff_links``)
            chat = (await session.execute(query.order_by(Chat.id).limit(1))).scalar_one_or_none()
            if chat is None:
                return None
            self._staff[community_id] = chat
            self._keep(session, chat)
        return self._staff[community_id]

    def _keep(self, session: AsyncSession, chat: Chat | None) -> Chat | None:
        if chat is not None:
            session.expunge(chat)  # or a rollback would take its values away
            if len(self._by_id) > MOST_KEPT:
                self._by_id.clear()
            self._by_id[chat.id] = chat
        return chat


async def open_private_chat(session: AsyncSession, resident_id: int, community_id: int, now: datetime) -> Chat:
    """A new private chat of a resident with the bot. Not kept in memory: the transaction may yet fail."""
    chat = Chat(
        community_id=community_id,
        channel="web",
        kind=ChatKind.PRIVATE,
        external_id=f"private:{resident_id}",
        name="小邻",
        org_unit_ids=[],
        resident_id=resident_id,
        created_at=now,
    )
    session.add(chat)
    await session.flush()
    session.info.setdefault(OPENED_HERE, set()).add(chat.id)
    return chat


async def open_mediation_room(
    session: AsyncSession, community_id: int, key: str, name: str, resident_ids: Sequence[int], now: datetime
) -> int:
    """A room of a mediation with those in it, found again by its key. Nobody else can come in: it has no invite."""
    external_id = f"mediation:{key}"
    query = select(Chat.id).where(Chat.channel == "web", Chat.external_id == external_id)
    known: int | None = await session.scalar(query)
    if known is not None:
        return known
    chat = Chat(
        community_id=community_id,
        channel="web",
        kind=ChatKind.MEDIATION,
        external_id=external_id,
        name=name,
        org_unit_ids=[],
        created_at=now,
    )
    session.add(chat)
    await session.flush()
    session.info.setdefault(OPENED_HERE, set()).add(chat.id)
    session.add_all(
        ChatMember(community_id=community_id, chat_id=chat.id, resident_id=one, joined_at=now) for one in resident_ids
    )
    await session.flush()
    return chat.id


async def find_groups(
    session: AsyncSession, community_id: int, org_unit_id: int | None, said_in: int | None
) -> Sequence[int]:
    """The residents' groups around a place; where none is, or nobody knows where it is, the group it was said in."""
    heard = or_(Chat.channel == "web", Chat.id.in_(select(ChannelGroup.chat_id)))  # not those that were taken off
    query = select(Chat).where(Chat.community_id == community_id, Chat.kind == ChatKind.GROUP, heard)
    groups = (await session.scalars(query.order_by(Chat.id))).all()
    place = await session.get(OrgUnit, org_unit_id) if org_unit_id is not None else None
    ids = {unit_id for group in groups for unit_id in group.org_unit_ids}
    areas = {unit.id: unit for unit in await session.scalars(select(OrgUnit).where(OrgUnit.id.in_(ids)))}
    around = [group.id for group in groups if place is not None and _lies_around(group, areas, place)]
    return around or [group.id for group in groups if group.id == said_in]


def _lies_around(group: Chat, areas: Mapping[int, OrgUnit], place: OrgUnit) -> bool:
    """A group without an area is that of the whole community."""
    known = [areas[unit_id] for unit_id in group.org_unit_ids if unit_id in areas]
    return not group.org_unit_ids or any(area.covers(place) or place.covers(area) for area in known)
