"""Standard replies by state and service, and the rehearsal that shows what a resident will see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from actions.routing.rules import Rules
from actions.tickets.cards import ticket_params
from actions.tickets.model import Ticket
from bot.console.parts import Console
from bot.errors import PhraseMissing
from bot.phrases import Phrases
from bot.storage.tables import Chat, OutboxRow


@dataclass(frozen=True, slots=True)
class Preview:
    """One message as it would go out."""

    private: bool
    chat_name: str
    body: dict[str, Any]
    due_at: datetime
    later: bool


def standard_replies(phrases: Phrases, rules: Rules, ticket: Ticket, step: str) -> Sequence[str]:
    """The texts kept for a move (or "answer"), those of the very service first."""
    code = rules.service(ticket.service).code
    family = code.partition("/")[0]
    params = ticket_params(ticket, rules, room=False)
    found: list[str] = []
    for about in (code, family, "any"):
        prefix = f"standard.{step}.{about}."
        keys = sorted(key for key in phrases.keys() if key.startswith(prefix) and "." not in key[len(prefix) :])
        for key in keys:
            try:
                found.append(phrases.render(key, params))
            except PhraseMissing:  # an admin used a word we do not know: the text is not offered
                continue
    return list(dict.fromkeys(found))


class _Rehearsed(Exception):
    """Takes everything back."""


async def rehearse(console: Console, command: Any) -> list[Preview]:
    """Carry the command out, look at what residents would be told, take it back. Raises ActionError."""
    previews: list[Preview] = []
    now = console.clock.now()
    try:
        async with console.db.write() as db:
            last = await db.scalar(select(func.max(OutboxRow.id))) or 0
            await console.performer.perform(db, command, now)
            query = (
                select(OutboxRow, Chat)
                .join(Chat, Chat.id == OutboxRow.chat_id)
                .where(OutboxRow.id > last, Chat.kind != "staff")
                .order_by(OutboxRow.id)
            )
            rows = (await db.execute(query)).tuples().all()
            previews = [
                Preview(chat.kind == "private", chat.name, row.body, row.due_at, row.due_at > now) for row, chat in rows
            ]
            raise _Rehearsed
    except _Rehearsed:
        return previews
