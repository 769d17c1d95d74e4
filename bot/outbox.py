"""What is to be said: enqueued in the transaction of the change, delivered afterwards, never lost.

Delivery to our own pages is one transaction with its mark and so happens once. To a foreign platform a killed
process may deliver twice; the channel gets the row's id to say so where the platform can compare.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.inserting import insert_many_once, insert_rows_once
from bot.channels.base import Channel
from bot.clock import Clock
from bot.errors import DeliveryError, DeliveryLater, DeliveryRefused, DeliveryUnknown
from bot.inbox import line_payload
from bot.live import LiveFeed, chat_topic
from bot.messages import OutgoingButton, OutgoingMessage
from bot.storage.engine import Database
from bot.storage.tables import OPEN_STATES, Chat, ChatMessage, OutboxRow

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 8
BACKOFF = tuple(timedelta(seconds=s) for s in (2, 10, 30, 120, 300, 900, 1800))
MINUTE = timedelta(minutes=1)
BATCH = 64
FOREIGN_BATCH = 16  # within the lease also where every call takes long
MAX_EXTERNAL = 160
LOCAL = "web"  # the channel whose delivery is a row of our own
Refused = Callable[[AsyncSession, OutboxRow, datetime], Awaitable[None]]  # in the transaction that gives it up


def body_of(message: OutgoingMessage) -> dict[str, Any]:
    """The JSON kept in the outbox; what the columns hold is not kept twice."""
    return {
        "text": message.text,
        "to_resident_id": message.to_resident_id,
        "buttons": [{"label": b.label, "value": b.value} for b in message.buttons],
        "card": dict(message.card) if message.card else None,
        "pictures": list(message.pictures),
        "reply_to_id": message.reply_to_id,
        "staff_id": message.staff_id,
        "extra": dict(message.extra),
    }


def message_of(row: OutboxRow) -> OutgoingMessage:
    """The message a row holds."""
    body = dict(row.body)
    body["buttons"] = tuple(OutgoingButton(**b) for b in body.get("buttons", ()))
    body["pictures"] = tuple(body.get("pictures", ()))
    return OutgoingMessage(chat_id=row.chat_id, urgent=row.urgent, effect_key=row.effect_key, **body)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message with the chat it goes to and, where it answers one, the line it answers."""

    message: OutgoingMessage
    chat: Chat
    answers_id: int | None = None


def in_one(outgoing: Sequence[Outgoing]) -> list[Outgoing]:
    """What answers one message said in one, where it can be: tickets keep a message each, whose card can be quoted."""
    found: list[Outgoing] = []
    for one in outgoing:
        at = next((n for n, before in enumerate(found) if _fit_together(before.message, one.message)), None)
        if at is None:
            found.append(one)
        else:
            found[at] = replace(found[at], message=_joined(found[at].message, one.message))
    return found


def _fit_together(first: OutgoingMessage, second: OutgoingMessage) -> bool:
    for one in (first, second):
        if one.reply_to_id is None or one.staff_id or one.effect_key or one.pictures or one.urgent:
            return False
    return not (first.card and second.card) and (first.chat_id, first.to_resident_id, first.due_at) == (
        second.chat_id,
        second.to_resident_id,
        second.due_at,
    )


def _joined(first: OutgoingMessage, second: OutgoingMessage) -> OutgoingMessage:
    last, other = (first, second) if first.card else (second, first)  # the card's ticket is the one it is quoted for
    return replace(
        first,
        text=f"{first.text}\n{second.text}",
        buttons=(*first.buttons, *second.buttons),
        card=last.card,
        extra={**other.extra, **last.extra},
    )


async def enqueue(session: AsyncSession, outgoing: Sequence[Outgoing], now: datetime) -> None:
    """Add messages to the outbox in the caller's transaction. A known ``effect_key`` adds nothing."""
    rows = [
        {
            "community_id": one.chat.community_id,
            "chat_id": one.chat.id,
            "channel": one.chat.channel,
            "effect_key": one.message.effect_key,
            "answers_id": one.answers_id,
            "body": body_of(one.message),
            "urgent": one.message.urgent,
            "state": "todo",
            "due_at": one.message.due_at or now,
            "attempts": 0,
            "error": "",
            "created_at": now,
        }
        for one in outgoing
    ]
    await insert_many_once(session, OutboxRow, rows, ("effect_key",))


class Outbox:
    """Delivers what is due, a chat in order, within each chat's rate."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        live: LiveFeed,
        channels: Mapping[str, Channel],
        *,
        group_rate: int,
        refused: Refused | None = None,
    ) -> None:
        self._db, self._clock, self._live = db, clock, live
        self._channels = channels  # those within reach now; it may change
        self._rate, self._refused = group_rate, refused
        # lanes whose limit is reached: until when, and which row has to wait for it. Nothing overtakes that
        self._waits: dict[tuple[int, bool], tuple[datetime, int]] = {}

    async def deliver_due(self, worker: str) -> int:
        """Deliver one batch; how many rows were settled (sent, put off or given up)."""
        return await self._deliver_local() + await self.deliver_foreign(worker)

    async def deliver_foreign(self, worker: str) -> int:
        """The same for platforms within reach of this process alone."""
        foreign = 0
        if self._channels:
            by_channel: dict[str, list[OutboxRow]] = {}
            for row in await self._claim_foreign(worker):
                by_channel.setdefault(row.channel, []).append(row)
            foreign = sum(await asyncio.gather(*(self._deliver_in_order(rows) for rows in by_channel.values())))
        return foreign

    async def _deliver_local(self) -> int:
        now = self._clock.now()
        async with self._db.write(repeatable=True) as session:
            rows = await _due_local(session, now)
            if not rows:
                return 0
            within = await self._within_rate(session, rows, now)
            lines = await _write_lines(session, within, now)
            await session.execute(
                update(OutboxRow).where(OutboxRow.id.in_([r.id for r in within])).values(state="sent", sent_at=now)
            )
        for line in lines:
            await self._live.publish(chat_topic(line["chat_id"]), line_payload(line))
        return len(rows)

    async def _within_rate(
        self, session: AsyncSession, rows: Sequence[OutboxRow], now: datetime
    ) -> Sequence[OutboxRow]:
        """Those the chat's bucket has room for; the rest is put off until it has. The urgent always goes."""
        spent = await _spent(session, {r.chat_id for r in rows if not r.urgent}, now)
        within: list[OutboxRow] = []
        late: dict[datetime, list[int]] = {}
        for row in rows:
            until = self._waiting(row, now)
            if until is None and not row.urgent and spent.get(row.chat_id, 0) >= self._rate:
                until = now + MINUTE / self._rate
                self._waits[_lane(row)] = until, row.id
            if until is not None:
                late.setdefault(until, []).append(row.id)
            else:
                spent[row.chat_id] = spent.get(row.chat_id, 0) + 1
                within.append(row)
        for wait, ids in late.items():
            await session.execute(update(OutboxRow).where(OutboxRow.id.in_(ids)).values(due_at=wait))
        return within

    def _waiting(self, row: OutboxRow, now: datetime) -> datetime | None:
        """Until when a row has to wait for what came before it in its chat; the urgent waits for nothing."""
        until, first = self._waits.get(_lane(row), (now, 0))
        if until <= now:
            self._waits.pop(_lane(row), None)
            return None
        return until if row.id > first and not row.urgent else None

    async def _claim_foreign(self, worker: str) -> Sequence[OutboxRow]:
        now, reachable = self._clock.now(), tuple(self._channels)
        async with self._db.read() as session:  # a look costs nobody anything, a transaction holds up who writes
            if await session.scalar(_due_query(now, reachable).with_only_columns(OutboxRow.id).limit(1)) is None:
                return ()
        async with self._db.write(repeatable=True) as session:
            due = _due_query(now, reachable).limit(FOREIGN_BATCH).with_for_update(skip_locked=True)
            rows = await self._within_rate(session, (await session.scalars(due)).all(), now)
            await session.execute(
                update(OutboxRow)
                .where(OutboxRow.id.in_([r.id for r in rows]))
                .values(
                    state="doing",
                    claimed_by=worker,
                    claimed_until=now + LEASE,
                    attempts=OutboxRow.attempts + 1,
                )
            )
        return rows

    async def _deliver_in_order(self, rows: Sequence[OutboxRow]) -> int:
        """The rows of one channel; when it has gone away, the rest waits without having been tried."""
        held: dict[tuple[int, bool], datetime] = {}
        for n, row in enumerate(rows):
            if not await self._deliver_foreign(row, held):
                rest = [one.id for one in rows[n + 1 :]]
                async with self._db.write(repeatable=True) as session:
                    untried = {"state": "todo", "attempts": OutboxRow.attempts - 1, "claimed_by": None}
                    await session.execute(update(OutboxRow).where(OutboxRow.id.in_(rest)).values(**untried))
                return n + 1
        return len(rows)

    async def _deliver_foreign(self, row: OutboxRow, held: dict[tuple[int, bool], datetime]) -> bool:
        """Whether the channel has answered, be it with a refusal. ``held``: lanes in which something waits by now."""
        changes: dict[str, Any]
        there, refused, called, now = True, False, "", self._clock.now()
        again = row.attempts > 1
        try:
            if not row.urgent and _lane(row) in held:
                raise DeliveryLater(held[_lane(row)], "what came before it in the chat waits")
            called = await self._channels[row.channel].send(message_of(row), delivery_id=row.id, again=again)
            changes = {"state": "sent", "sent_at": self._clock.now(), "error": ""}
        except DeliveryLater as error:
            if error.whole_chat and not row.urgent and _lane(row) not in held:
                held[_lane(row)] = error.until
                self._waits[_lane(row)] = error.until, row.id
            waits = {"due_at": error.until, "attempts": row.attempts - 1, "claimed_by": None, "claimed_until": None}
            changes = {"state": "todo", **waits, "error": row.error}
        except DeliveryRefused as error:
            refused, changes = True, {"state": "failed", "error": str(error)[:300]}
        except (DeliveryError, KeyError) as error:
            there, reason = False, f"{type(error).__name__}: {error}"
            twice = isinstance(error, DeliveryUnknown) and row.error.startswith(DeliveryUnknown.__name__)
            attempts = MOST_ATTEMPTS if twice else row.attempts
            changes = _put_off(attempts, reason, self._clock.now())
        async with self._db.write() as session:  # on the disk: after a power cut it would be said again
            await session.execute(update(OutboxRow).where(OutboxRow.id == row.id).values(**changes))
            named = f"{called}:bot:{row.id}"[:MAX_EXTERNAL] if called else None
            sent = changes["state"] == "sent"
            lines = await _write_lines(session, [row], self._clock.now(), named) if sent else []
            if refused and self._refused is not None:
                await self._refused(session, row, now)
        for line in lines:
            await self._live.publish(chat_topic(line["chat_id"]), line_payload(line))
        return there


def _lane(row: OutboxRow) -> tuple[int, bool]:
    """What keeps its order: answers of a chat among themselves, and what nobody asked for there."""
    return row.chat_id, row.answers_id is not None


def _put_off(attempts: int, reason: str, now: datetime) -> dict[str, Any]:
    if attempts >= MOST_ATTEMPTS:
        return {"state": "failed", "error": reason[:300]}
    return {
        "state": "todo",
        "due_at": now + BACKOFF[min(attempts, len(BACKOFF)) - 1],
        "error": reason[:300],
        "claimed_by": None,
        "claimed_until": None,
    }


async def _due_local(session: AsyncSession, now: datetime) -> Sequence[OutboxRow]:
    query = _due_query(now, (LOCAL,)).limit(BATCH).with_for_update(skip_locked=True)
    return (await session.execute(query)).scalars().all()


def _due_query(now: datetime, channels: Sequence[str]) -> Select[tuple[OutboxRow]]:
    """Rows to deliver now; those before them in the same chat come first by their id."""
    free = (OutboxRow.state == "todo") | ((OutboxRow.state == "doing") & (OutboxRow.claimed_until < now))
    due = (OutboxRow.state.in_(OPEN_STATES), OutboxRow.due_at <= now, free, OutboxRow.channel.in_(channels))
    return select(OutboxRow).where(*due).order_by(OutboxRow.id)


async def _spent(session: AsyncSession, chat_ids: set[int], now: datetime) -> dict[int, int]:
    if not chat_ids:
        return {}
    query = (
        select(OutboxRow.chat_id, func.count())
        .where(OutboxRow.chat_id.in_(chat_ids), OutboxRow.sent_at > now - MINUTE)
        .group_by(OutboxRow.chat_id)
    )
    return {chat_id: count for chat_id, count in await session.execute(query)}


async def _write_lines(
    session: AsyncSession, rows: Sequence[OutboxRow], now: datetime, external_id: str | None = None
) -> list[dict[str, Any]]:
    """The lines of the chat; without those that stand there already. ``external_id``: as a platform calls it."""
    lines = [_line_values(row, now, external_id) for row in rows]
    stored = await insert_rows_once(session, ChatMessage, lines, ("outbox_id",), ("id", "outbox_id"))
    ids = {outbox_id: line_id for line_id, outbox_id in stored}
    return [{**line, "id": ids[line["outbox_id"]]} for line in lines if line["outbox_id"] in ids]


def _line_values(row: OutboxRow, now: datetime, external_id: str | None) -> dict[str, Any]:
    body = row.body
    return {
        "community_id": row.community_id,
        "chat_id": row.chat_id,
        "sender": "staff" if body.get("staff_id") else "bot",
        "staff_id": body.get("staff_id"),
        "outbox_id": row.id,
        "external_id": external_id,
        "text": body.get("text", ""),
        "pictures": list(body.get("pictures", ())),
        "reply_to_id": body.get("reply_to_id"),
        "mentions_bot": False,
        "mentions": [],
        "to_resident_id": body.get("to_resident_id"),
        "extra": {"buttons": body.get("buttons", []), "card": body.get("card"), **body.get("extra", {})},
        "sent_at": now,
    }


async def resend(session: AsyncSession, outbox_id: int, community_id: int | None, now: datetime) -> bool:
    """Put a dead letter back into the queue. Whether there was one (of that community, if given)."""
    ours = OutboxRow.community_id == community_id if community_id is not None else OutboxRow.id == outbox_id
    result = await session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == outbox_id, OutboxRow.state == "failed", ours)
        .values(state="todo", due_at=now, attempts=0)
    )
    return bool(getattr(result, "rowcount", 0))
