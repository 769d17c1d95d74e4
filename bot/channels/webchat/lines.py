"""Lines and lists of chats as the page gets them: who spoke is named, what was recalled is empty."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actions.people.model import OrgUnit, Resident, StaffMember
from bot.messages import ChatKind
from bot.storage.tables import Chat, ChatMember, ChatMessage, Picture

BOT_NAME = "小邻"
RECALL_WITHIN = timedelta(minutes=2)
# Ids may be committed slightly out of order on PostgreSQL (30 s), and a line that was seen may have been
# recalled since, for as long as that is allowed.
OVERLAP = RECALL_WITHIN + timedelta(seconds=30)
PAGE = 30  # lines of one page of history
MOST_MISSED = 200  # lines of one catch-up; older ones come as history
QUOTED = 60  # characters shown of a quoted line
MOST_MEMBERS = 600

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Around:
    """What the lines refer to."""

    residents: Mapping[int, str] = field(default_factory=dict)
    staff: Mapping[int, str] = field(default_factory=dict)
    quoted: Mapping[int, ChatMessage] = field(default_factory=dict)
    sizes: Mapping[str, tuple[int, int]] = field(default_factory=dict)


async def load_lines(session: AsyncSession, chat_id: int, ids: Collection[int]) -> list[Line]:
    """These lines of the chat, in order."""
    query = select(ChatMessage).where(ChatMessage.chat_id == chat_id, ChatMessage.id.in_(ids))
    return await _build(session, (await session.execute(query.order_by(ChatMessage.id))).scalars().all())


async def load_history(session: AsyncSession, chat_id: int, before: int | None = None) -> tuple[list[Line], bool]:
    """One page of lines, the last or those before a line, in order; and whether there are older ones."""
    query = select(ChatMessage).where(ChatMessage.chat_id == chat_id)
    if before is not None:
        query = query.where(ChatMessage.id < before)
    query = query.order_by(ChatMessage.id.desc()).limit(PAGE + 1)
    rows = (await session.execute(query)).scalars().all()
    return await _build(session, rows[:PAGE][::-1]), len(rows) > PAGE


async def load_missed(session: AsyncSession, chat_id: int, seen: int) -> tuple[list[Line], bool]:
    """What came or changed after the line seen last; and whether that is too much to be without gaps."""
    last = await session.get(ChatMessage, seen)
    if last is None or last.chat_id != chat_id:
        lines, _ = await load_history(session, chat_id)
        return lines, True
    query = (
        select(ChatMessage)
        .where(ChatMessage.chat_id == chat_id)
        .where((ChatMessage.id > seen) | (ChatMessage.sent_at >= last.sent_at - OVERLAP))
        .order_by(ChatMessage.id.desc())
        .limit(MOST_MISSED + 1)
    )
    rows = (await session.execute(query)).scalars().all()
    return await _build(session, rows[:MOST_MISSED][::-1]), len(rows) > MOST_MISSED


async def find_recent(session: AsyncSession, chat_id: int, since: datetime) -> tuple[set[int], set[int]]:
    """Ids of the lines said since then, and of those taken back since then; among the last ones of the chat."""
    query = select(ChatMessage.id, ChatMessage.sent_at, ChatMessage.recalled_at).where(ChatMessage.chat_id == chat_id)
    rows = (await session.execute(query.order_by(ChatMessage.id.desc()).limit(MOST_MISSED))).all()
    said = {row.id for row in rows if row.sent_at >= since}
    return said, {row.id for row in rows if row.recalled_at is not None and row.recalled_at >= since}


async def load_chat_list(session: AsyncSession, resident_id: int, chats: Sequence[Chat]) -> list[dict[str, Any]]:
    """The resident's chats with the last line, the unread count and the number of members."""
    ids = [chat.id for chat in chats]
    last_ids = select(func.max(ChatMessage.id)).where(ChatMessage.chat_id.in_(ids)).group_by(ChatMessage.chat_id)
    rows = (await session.execute(select(ChatMessage).where(ChatMessage.id.in_(last_ids)))).scalars().all()
    last = {line["chat_id"]: line for line in await _build(session, rows)}
    unread = await _unread(session, resident_id, ids)
    counted = await session.execute(
        select(ChatMember.chat_id, func.count())
        .where(ChatMember.chat_id.in_(ids), ChatMember.left_at.is_(None))
        .group_by(ChatMember.chat_id)
    )
    members = {chat_id: count for chat_id, count in counted}
    return [
        {
            "id": chat.id,
            "kind": chat.kind,
            "name": BOT_NAME if chat.kind == ChatKind.PRIVATE else chat.name,
            "members": members.get(chat.id, 0),
            "unread": unread.get(chat.id, 0),
            "last": last.get(chat.id),
        }
        for chat in chats
    ]


async def _unread(session: AsyncSession, resident_id: int, chat_ids: Sequence[int]) -> dict[int, int]:
    member = aliased(ChatMember)
    query = (
        select(ChatMessage.chat_id, func.count())
        .outerjoin(member, (member.chat_id == ChatMessage.chat_id) & (member.resident_id == resident_id))
        .where(
            ChatMessage.chat_id.in_(chat_ids),
            ChatMessage.id > func.coalesce(member.read_to, 0),
            ChatMessage.recalled_at.is_(None),
            ChatMessage.resident_id.is_distinct_from(resident_id),
        )
        .group_by(ChatMessage.chat_id)
    )
    return {chat_id: count for chat_id, count in await session.execute(query)}


async def load_members(session: AsyncSession, chat_id: int) -> list[dict[str, Any]]:
    """Who is in the chat, for the @ list: nickname and building, never the room."""
    query = (
        select(Resident.id, Resident.nickname, OrgUnit.name)
        .join(ChatMember, ChatMember.resident_id == Resident.id)
        .outerjoin(OrgUnit, OrgUnit.id == Resident.building_id)
        .where(ChatMember.chat_id == chat_id, ChatMember.left_at.is_(None))
        .order_by(ChatMember.id)
        .limit(MOST_MEMBERS)
    )
    rows = await session.execute(query)
    return [{"id": id_, "name": nickname, "building": building or ""} for id_, nickname, building in rows]


async def _build(session: AsyncSession, rows: Sequence[ChatMessage]) -> list[Line]:
    around = await _look_around(session, rows)
    return [_line(row, around) for row in rows]


async def _look_around(session: AsyncSession, rows: Sequence[ChatMessage]) -> _Around:
    if not rows:
        return _Around()
    quoted_ids = {r.reply_to_id for r in rows if r.reply_to_id}
    found = await session.execute(select(ChatMessage).where(ChatMessage.id.in_(quoted_ids))) if quoted_ids else None
    quoted = {q.id: q for q in found.scalars()} if found else {}
    spoken = [*rows, *quoted.values()]
    residents = {r.resident_id for r in spoken} | {r.to_resident_id for r in spoken}
    pictures = {p for r in rows for p in r.pictures}
    sized = (
        await session.execute(select(Picture.id, Picture.width, Picture.height).where(Picture.id.in_(pictures)))
        if pictures
        else ()
    )
    return _Around(
        residents=await _names(session, Resident.id, Resident.nickname, residents),
        staff=await _names(session, StaffMember.id, StaffMember.name, {r.staff_id for r in spoken}),
        quoted=quoted,
        sizes={id_: (width, height) for id_, width, height in sized},
    )


async def _names(session: AsyncSession, key: Any, name: Any, ids: Collection[int | None]) -> dict[int, str]:
    wanted = {i for i in ids if i is not None}
    if not wanted:
        return {}
    return {id_: text for id_, text in await session.execute(select(key, name).where(key.in_(wanted)))}


def _line(row: ChatMessage, around: _Around) -> Line:
    line: Line = {
        "id": row.id,
        "chat_id": row.chat_id,
        "from": _speaker(row, around),
        "sent_at": row.sent_at.isoformat(),
        "recalled": row.recalled_at is not None,
    }
    if row.resident_id and row.external_id:
        line["client_id"] = row.external_id.partition(":")[2]
    if row.recalled_at is not None:
        return line
    line["text"] = row.text
    line["mentions"] = row.mentions
    line["pictures"] = [
        {"id": p, "width": around.sizes.get(p, (0, 0))[0], "height": around.sizes.get(p, (0, 0))[1]}
        for p in row.pictures
    ]
    line["reply_to"] = _quote(row, around)
    line["to"] = (
        {"id": row.to_resident_id, "name": around.residents.get(row.to_resident_id, "")} if row.to_resident_id else None
    )
    line["buttons"] = [{"label": b["label"], "value": b["value"]} for b in row.extra.get("buttons") or ()]
    line["card"] = row.extra.get("card")
    return line


def _speaker(row: ChatMessage, around: _Around) -> dict[str, Any]:
    if row.sender == "staff":
        return {"kind": "staff", "id": row.staff_id, "name": around.staff.get(row.staff_id or 0, "")}
    if row.sender == "bot":
        return {"kind": "bot", "id": None, "name": BOT_NAME}
    return {"kind": "resident", "id": row.resident_id, "name": around.residents.get(row.resident_id or 0, "")}


def _quote(row: ChatMessage, around: _Around) -> dict[str, Any] | None:
    quoted = around.quoted.get(row.reply_to_id or 0)
    if quoted is None or quoted.chat_id != row.chat_id:
        return None
    recalled = quoted.recalled_at is not None
    text = "" if recalled else quoted.text[:QUOTED]
    pictures = 0 if recalled else len(quoted.pictures)
    name = _speaker(quoted, around)["name"]
    return {"id": quoted.id, "name": name, "text": text, "pictures": pictures, "recalled": recalled}
