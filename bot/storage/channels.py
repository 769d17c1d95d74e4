"""Channel accounts, the groups and people met there, their counters and faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.base import UtcDateTime
from actions.inserting import insert_once, replace_row
from actions.people.model import OrgUnit, Resident
from bot.messages import ChatKind
from bot.storage.tables import OPEN_STATES, Chat, ChatMember, ChatMessage, OutboxRow
from bot.storage.tables_channels import ChannelAccount, ChannelCount, ChannelFault, ChannelGroup, ChannelPerson

TOPIC = "channels"  # an account or a mapping was changed
MOST_FAULTS = 50
RECENT_LINES = 2000  # how far back a quoted or recalled line is looked for
LEASE = timedelta(seconds=30)


def channel_key(kind: str, account_id: int) -> str:
    """What chats of an account have as their channel."""
    return f"{kind}:{account_id}"


def secret_name(account_id: int) -> str:
    """What secrets of an account are sealed for."""
    return f"channel account {account_id}"


@dataclass(frozen=True, slots=True)
class MappedGroup:
    """A group that belongs to a community."""

    id: int
    chat_id: int
    community_id: int


@dataclass(frozen=True, slots=True)
class Person:
    """A resident as an account knows them."""

    id: int
    resident_id: int
    community_id: int
    nickname: str
    private_chat_id: int
    group_id: int | None


async def list_live_accounts(session: AsyncSession, kind: str) -> Sequence[ChannelAccount]:
    """All accounts of a kind that were not given up."""
    query = select(ChannelAccount).where(ChannelAccount.kind == kind, ChannelAccount.retired_at.is_(None))
    return (await session.scalars(query.order_by(ChannelAccount.id))).all()


async def find_account(session: AsyncSession, account_id: int, communities: Sequence[int]) -> ChannelAccount | None:
    """The account, if it is of one of these communities."""
    account = await session.get(ChannelAccount, account_id)
    gone = account is None or account.retired_at is not None or account.community_id not in communities
    return None if gone else account


async def list_accounts(session: AsyncSession, communities: Sequence[int]) -> Sequence[ChannelAccount]:
    """The accounts of these communities."""
    query = select(ChannelAccount).where(
        ChannelAccount.community_id.in_(communities), ChannelAccount.retired_at.is_(None)
    )
    return (await session.scalars(query.order_by(ChannelAccount.id))).all()


async def hear_group(
    session: AsyncSession, account_id: int, community_id: int, external_id: str, name: str, now: datetime
) -> None:
    """Know that the group is there; a name once known is replaced by another, not by none."""
    values = {
        "community_id": community_id,
        "account_id": account_id,
        "external_id": external_id,
        "name": name[:64],
        "heard_at": now,
    }
    fresh = await insert_once(session, ChannelGroup, values, ("account_id", "external_id"))
    if fresh is None and name:
        ours = (ChannelGroup.account_id == account_id, ChannelGroup.external_id == external_id)
        await session.execute(update(ChannelGroup).where(*ours, ChannelGroup.name != name[:64]).values(name=name[:64]))


async def find_mapped(session: AsyncSession, account_id: int, external_id: str) -> MappedGroup | None:
    """The group with its chat, if it was given one."""
    query = (
        select(ChannelGroup.id, Chat.id, Chat.community_id)
        .join(Chat, Chat.id == ChannelGroup.chat_id)
        .where(ChannelGroup.account_id == account_id, ChannelGroup.external_id == external_id)
    )
    row = (await session.execute(query)).tuples().one_or_none()
    return MappedGroup(*row) if row else None


async def list_groups(session: AsyncSession, account_id: int) -> Sequence[tuple[ChannelGroup, Chat | None, str]]:
    """The groups of an account with chat and community, those without first."""
    query = (
        select(ChannelGroup, Chat, OrgUnit.name)
        .outerjoin(Chat, Chat.id == ChannelGroup.chat_id)
        .outerjoin(OrgUnit, OrgUnit.id == Chat.community_id)
        .where(ChannelGroup.account_id == account_id)
        .order_by(ChannelGroup.chat_id.is_not(None), ChannelGroup.id)
    )
    return [(group, chat, name or "") for group, chat, name in await session.execute(query)]


async def find_other_ear(session: AsyncSession, group: ChannelGroup, kind: str) -> ChannelAccount | None:
    """Another account of the kind that already speaks for the same group: everything would be heard twice."""
    query = (
        select(ChannelAccount)
        .join(ChannelGroup, ChannelGroup.account_id == ChannelAccount.id)
        .where(
            ChannelGroup.external_id == group.external_id,
            ChannelGroup.account_id != group.account_id,
            ChannelGroup.chat_id.is_not(None),
            ChannelAccount.kind == kind,
            ChannelAccount.retired_at.is_(None),
        )
    )
    found: ChannelAccount | None = await session.scalar(query.limit(1))
    return found


async def map_group(
    session: AsyncSession,
    group: ChannelGroup,
    kind: str,
    community_id: int,
    units: Sequence[int],
    now: datetime,
    *,
    of: ChatKind = ChatKind.GROUP,
) -> int:
    """Give the group a chat in the community; the one it had there before, if any. ``of``: residents, or staff."""
    channel, external_id = channel_key(kind, group.account_id), f"{of}:{community_id}:{group.external_id}"
    query = select(Chat).where(Chat.channel == channel, Chat.external_id == external_id)
    chat = await session.scalar(query)
    if chat is None:
        chat = Chat(
            community_id=community_id,
            channel=channel,
            kind=of,
            external_id=external_id,
            name=group.name or group.external_id,
            org_unit_ids=list(units),
            created_at=now,
        )
        session.add(chat)
        await session.flush()
    else:
        chat.name, chat.org_unit_ids = group.name or chat.name, list(units)
    group.chat_id = chat.id
    return chat.id


async def find_person(session: AsyncSession, account_id: int, community_id: int, external_id: str) -> Person | None:
    """Who that is here, if they have been heard before."""
    query = (
        select(ChannelPerson, Resident.nickname, Chat.id)
        .join(Resident, Resident.id == ChannelPerson.resident_id)
        .join(Chat, (Chat.resident_id == Resident.id) & (Chat.kind == ChatKind.PRIVATE))
        .where(
            ChannelPerson.account_id == account_id,
            ChannelPerson.community_id == community_id,
            ChannelPerson.external_id == external_id,
        )
    )
    row = (await session.execute(query.limit(1))).one_or_none()
    if row is None:
        return None
    known, nickname, chat_id = row
    return Person(known.id, known.resident_id, community_id, nickname, chat_id, known.group_id)


async def find_communities(session: AsyncSession, account_id: int, external_id: str) -> Sequence[int]:
    """The communities somebody was met in, the first one first."""
    query = select(ChannelPerson.community_id).where(
        ChannelPerson.account_id == account_id, ChannelPerson.external_id == external_id
    )
    return (await session.scalars(query.order_by(ChannelPerson.id))).all()


async def open_person(
    session: AsyncSession,
    channel: str,
    account_id: int,
    community_id: int,
    external_id: str,
    nickname: str,
    group: MappedGroup | None,
    now: datetime,
) -> Person:
    """A new resident of whom only the name is known, with a private chat on the same platform."""
    resident = Resident(community_id=community_id, nickname=nickname, created_at=now)
    session.add(resident)
    await session.flush()
    met_in = group.id if group else None
    values = {
        "community_id": community_id,
        "account_id": account_id,
        "external_id": external_id,
        "resident_id": resident.id,
        "group_id": met_in,
    }
    person_id = await insert_once(session, ChannelPerson, values, ("account_id", "community_id", "external_id"))
    if person_id is None:  # another process was first
        await session.delete(resident)
        await session.flush()
        found = await find_person(session, account_id, community_id, external_id)
        assert found is not None
        return found
    chat = Chat(
        community_id=community_id,
        channel=channel,
        kind=ChatKind.PRIVATE,
        external_id=f"private:{community_id}:{external_id}",
        name="小邻",
        org_unit_ids=[],
        resident_id=resident.id,
        created_at=now,
    )
    session.add(chat)
    await session.flush()
    for chat_id in (chat.id, *([group.chat_id] if group else [])):
        await add_chat_member(session, community_id, chat_id, resident.id, now)
    return Person(person_id, resident.id, community_id, nickname, chat.id, met_in)


async def add_chat_member(
    session: AsyncSession, community_id: int, chat_id: int, resident_id: int, now: datetime
) -> None:
    """Whoever speaks in a group is in it."""
    values = {
        "community_id": community_id,
        "chat_id": chat_id,
        "resident_id": resident_id,
        "joined_at": now,
        "left_at": None,
        "read_to": 0,
    }
    await replace_row(session, ChatMember, values, ("chat_id", "resident_id"), replace=("left_at",))


async def rename_resident(session: AsyncSession, resident_id: int, nickname: str) -> None:
    """They call themselves something else now."""
    await session.execute(update(Resident).where(Resident.id == resident_id).values(nickname=nickname))


async def is_stored(session: AsyncSession, chat_id: int, external_id: str) -> bool:
    """Whether what bears that name was stored before."""
    query = select(ChatMessage.id).where(ChatMessage.chat_id == chat_id, ChatMessage.external_id == external_id)
    return await session.scalar(query) is not None


async def find_line(session: AsyncSession, chat_id: int, message_id: str) -> ChatMessage | None:
    """The line that the platform calls so, among the last ones of the chat."""
    if not message_id:
        return None
    recent = (
        select(ChatMessage.id)
        .where(ChatMessage.chat_id == chat_id)
        .order_by(ChatMessage.id.desc())
        .limit(RECENT_LINES)
        .subquery()
    )
    query = select(ChatMessage).where(
        ChatMessage.id.in_(select(recent.c.id)),
        ChatMessage.external_id.contains(f"|{message_id}|", autoescape=True),
    )
    found: ChatMessage | None = await session.scalar(query.order_by(ChatMessage.id.desc()).limit(1))
    return found


async def find_last_said_to(
    session: AsyncSession, chat_id: int, resident_id: int, since: datetime
) -> ChatMessage | None:
    """What was last said to them there, by the bot or by staff."""
    query = select(ChatMessage).where(
        ChatMessage.chat_id == chat_id,
        ChatMessage.sender != "resident",
        or_(ChatMessage.to_resident_id == resident_id, ChatMessage.to_resident_id.is_(None)),
        ChatMessage.sent_at > since,
    )
    found: ChatMessage | None = await session.scalar(query.order_by(ChatMessage.id.desc()).limit(1))
    return found


async def recall_line(session: AsyncSession, line: ChatMessage, now: datetime) -> bool:
    """Take a resident's line back. Whether it still stood."""
    gone = update(ChatMessage).where(
        ChatMessage.id == line.id, ChatMessage.sender == "resident", ChatMessage.recalled_at.is_(None)
    )
    result = await session.execute(gone.values(recalled_at=now))
    return bool(getattr(result, "rowcount", 0))


async def send_again(session: AsyncSession, chat_id: int, since: datetime, now: datetime) -> int:
    """What could not be delivered to a private chat, now that it can; how many."""
    waiting = update(OutboxRow).where(
        OutboxRow.chat_id == chat_id, OutboxRow.state == "failed", OutboxRow.created_at > since
    )
    result = await session.execute(waiting.values(state="todo", due_at=now, attempts=0, error=""))
    return int(getattr(result, "rowcount", 0))


async def add_counts(
    session: AsyncSession, account_id: int, community_id: int, counts: Mapping[str, int], now: datetime
) -> None:
    """Add to the counters, whoever else does."""
    for what, more in counts.items():
        values = {"account_id": account_id, "what": what, "community_id": community_id, "more": more, "now": now}
        await session.execute(_ADD, values)


_ADD = text(
    "INSERT INTO channel_count (account_id, what, community_id, total, last_at) "
    "VALUES (:account_id, :what, :community_id, :more, :now) ON CONFLICT (account_id, what) "
    "DO UPDATE SET total = channel_count.total + excluded.total, last_at = excluded.last_at"
).bindparams(bindparam("now", type_=UtcDateTime()))


async def add_fault(
    session: AsyncSession, account_id: int, community_id: int, code: str, detail: str, now: datetime
) -> None:
    """Write down what went wrong; the oldest go."""
    fault = ChannelFault(community_id=community_id, account_id=account_id, at=now, code=code, detail=detail[:200])
    session.add(fault)
    await session.flush()
    kept = select(ChannelFault.id).where(ChannelFault.account_id == account_id).order_by(ChannelFault.id.desc())
    oldest = await session.scalar(kept.offset(MOST_FAULTS).limit(1))
    if oldest is not None:
        await session.execute(
            delete(ChannelFault).where(ChannelFault.account_id == account_id, ChannelFault.id <= oldest)
        )


async def set_state(session: AsyncSession, account_id: int, **values: Any) -> None:
    """How the connection stands."""
    await session.execute(update(ChannelAccount).where(ChannelAccount.id == account_id).values(**values))


async def find_state(session: AsyncSession, account_id: int) -> str:
    """How the connection stood last."""
    return await session.scalar(select(ChannelAccount.state).where(ChannelAccount.id == account_id)) or ""


async def try_hold(session: AsyncSession, account_id: int, holder: str, now: datetime) -> bool:
    """Take the connection of the account for a while, or keep it. Whether it is ours."""
    free = or_(ChannelAccount.held_by.is_(None), ChannelAccount.held_by == holder, ChannelAccount.held_until < now)
    taken = update(ChannelAccount).where(ChannelAccount.id == account_id, free)
    result = await session.execute(taken.values(held_by=holder, held_until=now + LEASE))
    return bool(getattr(result, "rowcount", 0))


async def let_go(session: AsyncSession, account_id: int, holder: str) -> None:
    """Another process may dial."""
    ours = update(ChannelAccount).where(ChannelAccount.id == account_id, ChannelAccount.held_by == holder)
    await session.execute(ours.values(held_by=None, held_until=None))


async def load_counts(session: AsyncSession, account_ids: Sequence[int]) -> dict[int, dict[str, ChannelCount]]:
    """The counters of accounts, by name."""
    found: dict[int, dict[str, ChannelCount]] = {}
    for one in await session.scalars(select(ChannelCount).where(ChannelCount.account_id.in_(account_ids))):
        found.setdefault(one.account_id, {})[one.what] = one
    return found


async def list_faults(session: AsyncSession, account_id: int, most: int = 20) -> Sequence[ChannelFault]:
    """What went wrong, the latest first."""
    query = select(ChannelFault).where(ChannelFault.account_id == account_id)
    return (await session.scalars(query.order_by(ChannelFault.id.desc()).limit(most))).all()


async def count_waiting(session: AsyncSession, channels: Sequence[str]) -> dict[str, int]:
    """How much waits to be said, by channel."""
    query = (
        select(OutboxRow.channel, func.count())
        .where(OutboxRow.channel.in_(channels), OutboxRow.state.in_(OPEN_STATES))
        .group_by(OutboxRow.channel)
    )
    return {channel: count for channel, count in await session.execute(query)}
