"""Accept a message once, commit, acknowledge; claim the next ones of each conversation; mark them done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actions.errors import NotFound
from actions.inserting import insert_many_once, insert_rows_once
from bot.clock import Clock
from bot.live import INBOX, LiveFeed, chat_topic
from bot.messages import Arrival
from bot.storage.engine import Database
from bot.storage.tables import OPEN_STATES, Chat, ChatMessage, InboxRow
from bot.storage.together import Together

LEASE = timedelta(seconds=30)
MOST_ATTEMPTS = 5
BACKOFF = (timedelta(seconds=1), timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2))
MAX_TEXT = 4000  # characters kept of one message; longer ones are cut, which the resident is told


@dataclass(frozen=True, slots=True)
class Accepted:
    """The acknowledgement: ``fresh`` is false when the same message had been accepted before."""

    message_id: int
    fresh: bool
    sent_at: datetime


def conversation_key(chat_id: int, resident_id: int) -> str:
    """The name of the thing that one message at a time may work on."""
    return f"{chat_id}:{resident_id}"


class Inbox:
    """Arrivals that come together share one transaction; each is acknowledged only after its commit."""

    def __init__(self, db: Database, clock: Clock, live: LiveFeed) -> None:
        self._db, self._clock, self._live = db, clock, live
        self._together = Together(self._store)
        self._chats: dict[int, int] = {}  # chat id → community id; a chat never moves

    async def accept(self, arrival: Arrival) -> Accepted:
        """Store the message once and say so. Raises NotFound for an unknown chat, or what the database raised."""
        return await self._together.put(arrival)

    async def close(self) -> None:
        """Wait until everything handed in is committed."""
        await self._together.close()

    async def _store(self, batch: Sequence[Arrival]) -> list[Accepted]:
        now = self._clock.now()
        async with self._db.write() as session:
            await self._learn_chats(session, {arrival.chat_id for arrival in batch})
            rows = [_message_values(arrival, self._community(arrival.chat_id), now) for arrival in batch]
            results, told = await _insert_once(session, rows, now)
        for values, message_id in told:
            payload = line_payload({**values, "id": message_id})
            await self._live.publish(chat_topic(values["chat_id"]), payload)
        if told:
            await self._live.publish(INBOX, {})
        return results

    async def _learn_chats(self, session: AsyncSession, chat_ids: set[int]) -> None:
        unknown = chat_ids - self._chats.keys()
        if unknown:
            rows = await session.execute(select(Chat.id, Chat.community_id).where(Chat.id.in_(unknown)))
            self._chats.update((row.id, row.community_id) for row in rows)

    def _community(self, chat_id: int) -> int:
        try:
            return self._chats[chat_id]
        except KeyError:
            raise NotFound(f"chat {chat_id} is not known") from None


def line_payload(values: Mapping[str, Any]) -> dict[str, Any]:
    """A chat line for the live feed: the row as plain JSON, instants as ISO 8601."""
    line = dict(values)
    line["sent_at"] = values["sent_at"].isoformat()
    return {"type": "line", "line": line}


def _message_values(arrival: Arrival, community_id: int, now: datetime) -> dict[str, Any]:
    return {
        "community_id": community_id,
        "chat_id": arrival.chat_id,
        "sender": "resident",
        "resident_id": arrival.resident_id,
        "external_id": arrival.external_id,
        "text": arrival.text.replace("\x00", "")[:MAX_TEXT],  # PostgreSQL takes no NUL in text
        "pictures": list(arrival.pictures),
        "reply_to_id": arrival.reply_to_id,
        "mentions_bot": arrival.mentions_bot,
        "mentions": list(arrival.mentions),
        "button": arrival.button,
        "extra": {},
        "sent_at": arrival.sent_at or now,
    }


async def _insert_once(
    session: AsyncSession, rows: Sequence[dict[str, Any]], now: datetime
) -> tuple[list[Accepted], list[tuple[dict[str, Any], int]]]:
    """Store those that are new. An acknowledgement for each, and the new ones with their ids."""
    first: dict[tuple[int, str], dict[str, Any]] = {}
    for row in rows:  # the same one twice in a batch is one
        first.setdefault(_identity(row), row)
    unique = ("chat_id", "external_id")
    stored = await insert_rows_once(session, ChatMessage, list(first.values()), unique, ("id", *unique))
    fresh = {(chat_id, external_id): message_id for message_id, chat_id, external_id in stored}
    new = [(first[identity], message_id) for identity, message_id in sorted(fresh.items(), key=lambda i: i[1])]
    await insert_many_once(session, InboxRow, [_inbox_values(row, i, now) for row, i in new], ("message_id",))
    results = []
    for row in rows:
        identity = _identity(row)
        if identity in fresh and row is first[identity]:
            results.append(Accepted(fresh[identity], True, row["sent_at"]))
        else:
            results.append(await _seen_before(session, row))
    return results, new


def _identity(row: Mapping[str, Any]) -> tuple[int, str]:
    return row["chat_id"], row["external_id"]


async def _seen_before(session: AsyncSession, row: Mapping[str, Any]) -> Accepted:
    query = select(ChatMessage.id, ChatMessage.sent_at).where(
        ChatMessage.chat_id == row["chat_id"], ChatMessage.external_id == row["external_id"]
    )
    seen = (await session.execute(query)).one()
    return Accepted(seen.id, False, seen.sent_at)


def _inbox_values(row: Mapping[str, Any], message_id: int, now: datetime) -> dict[str, Any]:
    return {
        "community_id": row["community_id"],
        "chat_id": row["chat_id"],
        "message_id": message_id,
        "conversation": conversation_key(row["chat_id"], row["resident_id"]),
        "state": "todo",
        "attempts": 0,
        "error": "",
        "decision": "",
        "understanding": {},
        "available_at": now,
        "accepted_at": now,
    }


async def claim(session: AsyncSession, worker: str, now: datetime, limit: int) -> list[int]:
    """Claim the oldest open row of each conversation, at most ``limit``; a dead worker's leases run out.

    Returns inbox ids. A conversation with an open earlier row is left alone: one message at a time.
    """
    earlier = aliased(InboxRow)
    free = (InboxRow.state == "todo") | (InboxRow.claimed_until < now)
    blocked = (
        select(earlier.id)
        .where(
            earlier.conversation == InboxRow.conversation,
            earlier.id < InboxRow.id,
            earlier.state.in_(OPEN_STATES),
        )
        .exists()
    )
    due = (
        select(InboxRow.id)
        .where(InboxRow.state.in_(OPEN_STATES), InboxRow.available_at <= now, free, ~blocked)
        .order_by(InboxRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list((await session.execute(due)).scalars())
    if ids:
        await session.execute(
            update(InboxRow)
            .where(InboxRow.id.in_(ids))
            .values(
                state="doing",
                claimed_by=worker,
                claimed_until=now + LEASE,
                attempts=InboxRow.attempts + 1,
            )
        )
    return ids


async def release(session: AsyncSession, worker: str) -> int:
    """Give back what a worker of this name had claimed before it was killed."""
    result = await session.execute(
        update(InboxRow)
        .where(InboxRow.state == "doing", InboxRow.claimed_by == worker)
        .values(state="todo", claimed_by=None, claimed_until=None)
    )
    return int(getattr(result, "rowcount", 0))


async def mark_failed(session: AsyncSession, inbox_id: int, attempts: int, reason: str, now: datetime) -> bool:
    """Put a row back for later, or give it up after the last attempt. Whether it was given up."""
    gone = attempts >= MOST_ATTEMPTS
    later = now + BACKOFF[min(attempts, len(BACKOFF)) - 1] if attempts else now
    await session.execute(
        update(InboxRow)
        .where(InboxRow.id == inbox_id)
        .values(
            state="failed" if gone else "todo",
            available_at=later,
            claimed_by=None,
            claimed_until=None,
            error=reason[:300],
            done_at=now if gone else None,
        )
    )
    return gone


async def try_again(session: AsyncSession, inbox_id: int, community_id: int, now: datetime) -> bool:
    """Put a message that was given up back into the queue. Whether there was one in that community."""
    given_up = update(InboxRow).where(
        InboxRow.id == inbox_id, InboxRow.state == "failed", InboxRow.community_id == community_id
    )
    result = await session.execute(given_up.values(state="todo", available_at=now, attempts=0, done_at=None))
    return bool(getattr(result, "rowcount", 0))
