"""What a batch of messages leaves behind, written in a few statements at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.inserting import replace_rows
from actions.outcome import Event
from actions.people.model import Resident
from actions.tickets.commands import Where
from bot.confidences import Hushed
from bot.conversations import Conversation
from bot.decide.decision import Awaited
from bot.messages import Message
from bot.outbox import Outgoing
from bot.storage.tables import Chat, ConversationRow, InboxRow

KEPT = "rows of this batch"  # the session holds rows weakly; a batch wants them for its whole time


class LostClaim(Exception):
    """Somebody else took a row over; what was done is rolled back."""


@dataclass(frozen=True, slots=True)
class Job:
    """One claimed message with what is remembered of its conversation."""

    inbox_id: int
    worker: str
    attempts: int
    message: Message
    conversation: Conversation
    home: Where = Where()
    awaited: Awaited | None = None
    roll_call: int | None = None
    handoff: int | None = None
    staff: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A message that was handled: the conversation as it stands now, what was decided and why."""

    job: Job
    conversation: Conversation
    decision: str
    understanding: dict[str, Any]


@dataclass(slots=True)
class Batch:
    """What a transaction gathers while its messages are handled one after the other."""

    now: datetime
    alone: bool
    outgoing: list[Outgoing] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    hushed: list[Hushed] = field(default_factory=list)
    confided: list[tuple[int, str]] = field(default_factory=list)  # resident and picture, sealed


async def hold(session: AsyncSession, jobs: Sequence[Job]) -> None:
    """Hold the claims until the commit and bring in what every step looks up. Raises LostClaim."""
    ids = [job.inbox_id for job in jobs]
    query = select(InboxRow.id).where(
        InboxRow.id.in_(ids), InboxRow.state == "doing", InboxRow.claimed_by == jobs[0].worker
    )
    held = (await session.execute(query.with_for_update())).scalars().all()
    if len(held) != len(ids):
        raise LostClaim(f"{len(ids) - len(held)} of {len(ids)} claims are lost")
    residents = select(Resident).where(Resident.id.in_({job.message.resident_id for job in jobs}))
    chats = select(Chat).where(Chat.id.in_({job.message.chat_id for job in jobs}))
    session.info[KEPT] = [*await session.scalars(residents), *await session.scalars(chats)]


_FINISH = (
    update(InboxRow)
    .where(InboxRow.id == bindparam("inbox_id"))
    .values(
        state="done",
        error="",
        done_at=bindparam("at"),
        decision=bindparam("decided"),
        understanding=bindparam("understood"),
    )
)


async def write_down(session: AsyncSession, batch: Batch) -> None:
    """Mark the messages done and keep the conversations that changed."""
    rows = [
        {
            "inbox_id": done.job.inbox_id,
            "at": batch.now,
            "decided": done.decision[:64],
            "understood": done.understanding,
        }
        for done in batch.done
    ]
    # through the connection: the ORM would look for a primary key in each row of values
    connection = await session.connection()
    await connection.execute(_FINISH, rows)
    changed = [done for done in batch.done if done.conversation != done.job.conversation]
    conversations = [
        {
            "chat_id": done.job.message.chat_id,
            "resident_id": done.job.message.resident_id,
            "community_id": done.job.message.community_id,
            "state": done.conversation.as_json(),
            "updated_at": batch.now,
        }
        for done in changed
    ]
    await replace_rows(session, ConversationRow, conversations, ("chat_id", "resident_id"))
