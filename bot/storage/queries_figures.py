"""The histories that the figures are counted from, bound to what their reader may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import OrgUnit, Team
from actions.tickets.commands import Move
from actions.tickets.model import Article, Ticket
from bot.storage.figures import Entry, Period, Seat, Story
from bot.storage.queries import Area, visible


async def load_stories(session: AsyncSession, area: Area, period: Period) -> list[Story]:
    """The tickets of the area that were opened in the period or still lived in it. What is confidential counts too."""
    touched = _touched(area, period)
    tickets = (await session.execute(_joined(_TICKET).where(touched).order_by(Ticket.id))).all()
    query = _joined(_ARTICLE).join(Article, Article.ticket_id == Ticket.id).where(touched)
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in await session.execute(query.order_by(Article.id)):
        rows[row.ticket_id].append(row)
    return [_story(ticket, rows[ticket.id]) for ticket in tickets if rows[ticket.id]]


async def name_teams(session: AsyncSession, seats: Iterable[Seat]) -> Mapping[int, str]:
    """What the teams are called."""
    ids = {seat.team_id for seat in seats if seat.team_id is not None}
    query = select(Team.id, Team.name).where(Team.id.in_(ids))
    return dict((await session.execute(query)).tuples().all())


_TICKET = select(
    Ticket.id, Ticket.service, Ticket.opened_at, Ticket.reporter_id, Ticket.team_id, Ticket.level
)  # fmt: skip
_ARTICLE = select(
    Article.ticket_id, Article.at, Article.actor, Article.move, Article.status_from, Article.status_to,
    Article.internal, Article.team_id, Article.level,
    case((Article.move == Move.RATE, func.substr(Article.text, 1, 1)), else_="").label("score"),
)  # fmt: skip


def _joined(query: Select[Any]) -> Select[Any]:
    return query.select_from(Ticket).join(OrgUnit, OrgUnit.id == Ticket.org_unit_id)


def _touched(area: Area, period: Period) -> ColumnElement[bool]:
    """Whatever ended before the period began has nothing in it: reopening makes the end void."""
    lived = or_(Ticket.opened_at >= period.start, Ticket.closed_at.is_(None), Ticket.closed_at >= period.start)
    return and_(visible(replace(area, trusted=True)), Ticket.opened_at < period.end, lived)


def _story(ticket: Any, rows: Sequence[Any]) -> Story:
    now = Seat(ticket.level, ticket.team_id)
    entries = tuple(
        Entry(
            row.at, row.actor, row.move, row.status_from, row.status_to, row.internal,
            # histories from before this was written down: whose it is today
            Seat(row.level, row.team_id) if row.level else now,
            int(row.score) if row.score.isdigit() else 0,
        )
        for row in rows
    )  # fmt: skip
    return Story(ticket.service, ticket.opened_at, ticket.reporter_id is not None, entries)
