"""Look-ups and changes of what may still be answered in WeCom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.inserting import insert_rows_once
from bot.storage.tables import OPEN_STATES, Chat, ChatMessage, InboxRow, OutboxRow
from bot.storage.tables_channels import ChannelGroup
from bot.storage.tables_wecom import WecomTurn

KEPT = timedelta(days=2)  # nothing can be answered after one
LATELY = 50  # lines of a chat among which a quoted one is looked for


async def open_turns(session: AsyncSession, turns: Sequence[Mapping[str, Any]]) -> list[str]:
    """Turns of what was said, all of the same columns: new ones, or those of the first time it came. The names of
    their bubbles."""
    empty: dict[str, Any] = {"url_used_at": None, "handed": [], "shown": [], "asked_at": None}
    first: dict[tuple[int, str], dict[str, Any]] = {}
    for values in turns:  # the same one twice in a batch is one
        first.setdefault((values["chat_id"], values["said"]), {**empty, **values})
    unique = ("chat_id", "said")
    stored = await insert_rows_once(session, WecomTurn, list(first.values()), unique, (*unique, "stream_id"))
    names = {(chat_id, said): stream_id for chat_id, said, stream_id in stored}
    for chat_id, said in first.keys() - names.keys():
        query = select(WecomTurn.stream_id).where(WecomTurn.chat_id == chat_id, WecomTurn.said == said)
        names[chat_id, said] = (await session.scalars(query)).one()
    return [names[values["chat_id"], values["said"]] for values in turns]


async def find_turn(session: AsyncSession, account_id: int, chat_id: int, line_id: int | None) -> WecomTurn | None:
    """The turn in which that line was said, to be changed; none for an answer to another chat: what is private does
    not go under what was asked in a group."""
    if line_id is None:
        return None
    query = (
        select(WecomTurn)
        .join(ChatMessage, (ChatMessage.chat_id == WecomTurn.chat_id) & (ChatMessage.external_id == WecomTurn.said))
        .where(ChatMessage.id == line_id, WecomTurn.account_id == account_id, WecomTurn.chat_id == chat_id)
    )
    found: WecomTurn | None = await session.scalar(query.with_for_update(of=WecomTurn))
    return found


async def find_open_url(
    session: AsyncSession, account_id: int, chat_id: int, resident_id: int | None, since: datetime
) -> WecomTurn | None:
    """The latest turn in the chat whose address for answers was not used, of that resident if one is meant."""
    query = (
        select(WecomTurn)
        .join(ChatMessage, (ChatMessage.chat_id == WecomTurn.chat_id) & (ChatMessage.external_id == WecomTurn.said))
        .where(
            WecomTurn.account_id == account_id,
            WecomTurn.chat_id == chat_id,
            WecomTurn.sealed_url.is_not(None),
            WecomTurn.url_used_at.is_(None),
            WecomTurn.heard_at > since,
            WecomTurn.ended_at.is_not(None),  # an unfinished one may need it itself
        )
    )
    if resident_id is not None:
        query = query.where(ChatMessage.resident_id == resident_id)
    latest = query.order_by(WecomTurn.id.desc()).limit(1).with_for_update(of=WecomTurn)
    found: WecomTurn | None = await session.scalar(latest)
    return found


async def find_bubble(session: AsyncSession, account_id: int, stream_id: str) -> WecomTurn | None:
    """The turn whose bubble is asked about, to be changed."""
    query = select(WecomTurn).where(WecomTurn.account_id == account_id, WecomTurn.stream_id == stream_id)
    found: WecomTurn | None = await session.scalar(query.with_for_update())
    return found


async def is_settled(session: AsyncSession, turn: WecomTurn) -> bool:
    """Whether all that answers it has been handed over: it was handled, and nothing else waits to be said."""
    line = select(ChatMessage.id).where(ChatMessage.chat_id == turn.chat_id, ChatMessage.external_id == turn.said)
    line_id = await session.scalar(line)
    if line_id is None:
        return False
    unhandled = exists().where(InboxRow.message_id == line_id, InboxRow.state.in_(OPEN_STATES))
    handed = [int(one["id"]) for one in turn.handed]
    waiting = exists().where(
        OutboxRow.answers_id == line_id,
        OutboxRow.chat_id == turn.chat_id,
        OutboxRow.state.in_(OPEN_STATES),
        OutboxRow.id.not_in(handed),
        OutboxRow.due_at < turn.heard_at + timedelta(minutes=5),
    )
    return not await session.scalar(select(unhandled | waiting))


async def confirm_soon(session: AsyncSession, outbox_ids: Sequence[int], now: datetime) -> None:
    """The outbox may look again: these have been fetched."""
    theirs = update(OutboxRow).where(OutboxRow.id.in_(outbox_ids), OutboxRow.state == "todo")
    await session.execute(theirs.values(due_at=now))


async def drop_old_turns(session: AsyncSession, now: datetime) -> None:
    """Forget what cannot be answered any more."""
    await session.execute(delete(WecomTurn).where(WecomTurn.heard_at < now - KEPT))


async def find_answered(session: AsyncSession, outbox_id: int) -> int | None:
    """The line that a message of ours answers."""
    found: int | None = await session.scalar(select(OutboxRow.answers_id).where(OutboxRow.id == outbox_id))
    return found


async def find_said(session: AsyncSession, outbox_id: int) -> ChatMessage | None:
    """The bot's line that came with a delivery."""
    found: ChatMessage | None = await session.scalar(select(ChatMessage).where(ChatMessage.outbox_id == outbox_id))
    return found


async def find_alike(session: AsyncSession, chat_id: int, text: str) -> ChatMessage | None:
    """The latest line of the chat that says just this: a quote comes without any name of what is quoted."""
    said = "".join(text.split())
    query = select(ChatMessage).where(ChatMessage.chat_id == chat_id, ChatMessage.recalled_at.is_(None))
    for line in await session.scalars(query.order_by(ChatMessage.id.desc()).limit(LATELY)):
        mine = "".join(line.text.split())
        if said and mine and (said == mine or (len(mine) > 8 and mine in said)):
            return line
    return None


async def has_spoken(session: AsyncSession, chat_id: int) -> bool:
    """Whether anything was ever said there."""
    return bool(await session.scalar(select(exists().where(ChatMessage.chat_id == chat_id))))


async def find_group_of(session: AsyncSession, chat: Chat, account_id: int) -> ChannelGroup | None:
    """The account's group that the chat belongs to, or None when it was taken off."""
    query = select(ChannelGroup).where(ChannelGroup.chat_id == chat.id, ChannelGroup.account_id == account_id)
    found: ChannelGroup | None = await session.scalar(query)
    return found
