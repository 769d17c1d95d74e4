"""Guides for the console's pages: lists with how often they answered, and questions that none answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.knowledge.finding import holds_for
from actions.knowledge.model import Guide, GuideState, GuideUse, GuideVersion
from actions.knowledge.reminding import REMIND_BEFORE
from actions.people.model import OrgUnit
from actions.tickets.model import OPEN_STATUSES, Article, Ticket
from bot.storage.queries import Area, visible

PAGE = 30
MOST_VERSIONS = 20
SHOWN = ("live", "ending", "over", "sample", "unsolved", "retired")
_ASKED_WITHIN = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class GuideFilter:
    """What a reader wants to see of the guides. ``words``: of ``text``, as the index cut it."""

    community_id: int
    show: str = "live"
    text: str = ""
    words: tuple[str, ...] = ()
    page: int = 1


@dataclass(frozen=True, slots=True)
class GuideRow:
    """A guide with how often it answered and how often that did not help."""

    guide: Guide
    used: int
    unsolved: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A consult ticket: a question that no guide answered. ``answer``: what staff told the resident, if they did."""

    ticket: Ticket
    answer: str
    guide_title: str  # of the guide that had been given and did not help


async def list_guides(session: AsyncSession, wanted: GuideFilter, today: date) -> tuple[list[GuideRow], int]:
    """One page of guides, and how many there are."""
    counts = (
        select(
            GuideUse.guide_id,
            func.count(GuideUse.id).label("used"),
            func.count(GuideUse.unsolved_at).label("unsolved"),
        )
        .where(GuideUse.community_id == wanted.community_id)
        .group_by(GuideUse.guide_id)
        .subquery()
    )
    tests = [holds_for(wanted.community_id), *_shown(wanted.show, today, counts.c.unsolved), *_says(wanted)]
    base = select(Guide).outerjoin(counts, counts.c.guide_id == Guide.id).where(and_(*tests))
    total = await session.scalar(select(func.count()).select_from(base.subquery())) or 0
    used, unsolved = func.coalesce(counts.c.used, 0), func.coalesce(counts.c.unsolved, 0)
    order = (unsolved.desc(),) if wanted.show == "unsolved" else (Guide.valid_until,) if wanted.show == "ending" else ()
    query = base.add_columns(used, unsolved).order_by(*order, used.desc(), Guide.id)
    rows = (await session.execute(query.offset((wanted.page - 1) * PAGE).limit(PAGE))).tuples().all()
    return [GuideRow(guide, int(n), int(no)) for guide, n, no in rows], total


def _shown(show: str, today: date, unsolved: ColumnElement[int]) -> list[ColumnElement[bool]]:
    live, valid = Guide.state == GuideState.LIVE, Guide.valid_until >= today
    match show:
        case "ending":
            return [live, valid, Guide.valid_until <= today + REMIND_BEFORE]
        case "over":
            return [live, ~valid]
        case "sample":
            return [live, Guide.sample.is_(True)]
        case "unsolved":
            return [unsolved > 0]
        case "retired":
            return [Guide.state == GuideState.RETIRED]
        case _:
            return [live, valid]


def _says(wanted: GuideFilter) -> list[ColumnElement[bool]]:
    """Every word stands in the index, or the text stands in title or answer as it was typed."""
    if not wanted.text:
        return []
    exact = or_(Guide.title.contains(wanted.text, autoescape=True), Guide.answer.contains(wanted.text, autoescape=True))
    words = [Guide.search.contains(word, autoescape=True) for word in wanted.words]
    return [or_(exact, and_(*words)) if words else exact]


async def count_use(session: AsyncSession, community_id: int, guide_id: int) -> tuple[int, int, int]:
    """How often a guide answered, how often its details were opened, how often it did not help."""
    query = select(func.count(GuideUse.id), func.count(GuideUse.opened_at), func.count(GuideUse.unsolved_at)).where(
        GuideUse.community_id == community_id, GuideUse.guide_id == guide_id
    )
    used, opened, unsolved = (await session.execute(query)).tuples().one()
    return used, opened, unsolved


async def list_versions(session: AsyncSession, guide_id: int) -> Sequence[GuideVersion]:
    """What a guide said, the newest first."""
    query = select(GuideVersion).where(GuideVersion.guide_id == guide_id).order_by(GuideVersion.id.desc())
    return (await session.scalars(query.limit(MOST_VERSIONS))).all()


async def list_asked(session: AsyncSession, area: Area, now: datetime, *, only: int | None = None) -> list[Asked]:
    """Consult tickets of an area that no guide was made of, the newest first."""
    kept = select(Guide.ticket_id).where(Guide.ticket_id.is_not(None))
    query = (
        select(Ticket)
        .join(OrgUnit, OrgUnit.id == Ticket.org_unit_id)
        .where(visible(area), Ticket.service == "consult", Ticket.id.not_in(kept), Ticket.confidential.is_(False))
        .order_by(Ticket.id.desc())
        .limit(PAGE)
    )
    if only is not None:
        query = query.where(Ticket.id == only)
    else:
        query = query.where(Ticket.opened_at >= now - _ASKED_WITHIN)
    tickets = (await session.scalars(query)).all()
    answers, given = await _answers(session, tickets), await _given(session, tickets)
    return [Asked(t, answers.get(t.id, ""), given.get(t.message_id or 0, "")) for t in tickets]


async def find_kept(session: AsyncSession, area: Area, ticket_id: int) -> Guide | None:
    """The guide that a ticket of the area was made into already."""
    query = select(Guide).where(
        Guide.ticket_id == ticket_id,
        Guide.ticket_id.in_(select(Ticket.id).join(OrgUnit, OrgUnit.id == Ticket.org_unit_id).where(visible(area))),
    )
    found: Guide | None = await session.scalar(query.limit(1))
    return found


async def _answers(session: AsyncSession, tickets: Sequence[Ticket]) -> dict[int, str]:
    """What staff last told the resident in their own words."""
    query = (
        select(Article.ticket_id, Article.move, Article.text, Article.told)
        .where(
            Article.ticket_id.in_([t.id for t in tickets]),
            Article.actor == "staff",
            Article.internal.is_(False),
            Article.move.in_(("answer", "handle", "close")),
        )
        .order_by(Article.id)
    )
    found: dict[int, str] = {}
    for ticket_id, move, text, told in (await session.execute(query)).tuples():
        said = told if move == "close" else text
        if said.strip() and not said.startswith("ticket."):  # a phrase of ours is no answer
            found[ticket_id] = said if move == "answer" or ticket_id not in found else found[ticket_id]
    return found


async def _given(session: AsyncSession, tickets: Sequence[Ticket]) -> dict[int, str]:
    """Titles of guides that had been given for the same message."""
    query = (
        select(GuideUse.message_id, Guide.title)
        .join(Guide, Guide.id == GuideUse.guide_id)
        .where(GuideUse.message_id.in_([t.message_id for t in tickets if t.message_id]))
    )
    return {message_id: title for message_id, title in (await session.execute(query)).tuples()}


def is_open(ticket: Ticket) -> bool:
    """Whether somebody still works on it."""
    return ticket.status in OPEN_STATUSES
