"""The eight steps of the closed loop and how far a ticket has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import Team
from actions.tickets.model import Article, Status, Ticket
from bot.phrases import Phrases

STEPS = (
    Status.REPORTED,
    Status.VERIFIED,
    Status.ACCEPTED,
    Status.DISPATCHED,
    Status.HANDLED,
    Status.CHECKED,
    Status.CLOSED,
    Status.RATED,
)


@dataclass(frozen=True, slots=True)
class Rung:
    """``state``: done, here, todo."""

    number: int
    label: str
    state: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A desk on the way through the four levels: since when, and by which move it came there."""

    level: str
    team: str
    at: datetime
    move: str


async def find_stops(db: AsyncSession, articles: Sequence[Article]) -> list[Stop]:
    """The way of a ticket, read from its history."""
    changes = [
        article
        for before, article in zip([None, *articles], articles, strict=False)
        if article.level and (before is None or (before.level, before.team_id) != (article.level, article.team_id))
    ]
    ids = {article.team_id for article in changes if article.team_id is not None}
    rows = (await db.execute(select(Team.id, Team.name).where(Team.id.in_(ids)))).tuples()
    names = dict(rows.all())
    return [Stop(a.level, names.get(a.team_id or 0, ""), a.at, a.move) for a in changes]


def ladder_of(phrases: Phrases, ticket: Ticket) -> list[Rung]:
    """The steps; beside the loop (returned, withdrawn…) the ladder shows where it left."""
    here = _reached(ticket)
    return [
        Rung(
            i + 1,
            phrases.render(f"console.step.{step}"),
            "done" if i < here else "here" if i == here else "todo",
        )
        for i, step in enumerate(STEPS)
    ]


def _reached(ticket: Ticket) -> int:
    status = ticket.status_before or Status.ACCEPTED if ticket.status == Status.SUSPENDED else ticket.status
    return STEPS.index(Status(status)) if status in STEPS else 0
