"""Lists and figures of tickets for the console. Every query is bound to what its reader may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import OrgUnit, StaffMember, Team
from actions.tickets.model import OPEN_STATUSES, Article, Status, Ticket

PAGE = 25
LAST = 200  # entries of the histories looked at for what is new: the table only grows
QUEUES = ("mine", "team", "area", "escalated", "overseen", "late", "waiting", "closed")
SORTS = ("due", "new", "old", "urged")
RUNNING = OPEN_STATUSES - {Status.HANDLED, Status.CHECKED, Status.SUSPENDED}  # their deadline counts


@dataclass(frozen=True, slots=True)
class Area:
    """What somebody may see, as plain values. ``trusted``: also what was said in confidence in their area."""

    staff_id: int
    team_id: int | None
    community_id: int | None  # None: above the communities
    path: str
    trusted: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """What a reader wants to see of a queue."""

    queue: str = "area"
    service: str = ""  # a code, or a family: "dispute/*"
    building: str = ""
    status: str = ""
    level: str = ""
    emergency: bool = False
    text: str = ""
    words: tuple[str, ...] = ()  # of ``text``, as the index cut it
    sort: str = "due"
    page: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a queue."""

    ticket: Ticket
    team: str
    assignee: str


def visible(area: Area) -> ColumnElement[bool]:
    """The tickets of an area; the query joins OrgUnit."""
    working = Ticket.assignee_id == area.staff_id
    if area.team_id is not None:
        working = or_(working, Ticket.team_id == area.team_id)
    inside: ColumnElement[bool] = OrgUnit.path.startswith(area.path, autoescape=True)
    if not area.trusted:
        inside = and_(inside, Ticket.confidential.is_(False))
    seen = or_(working, inside)
    if area.community_id is None:
        return seen
    return and_(Ticket.community_id == area.community_id, seen)


async def find_ticket(session: AsyncSession, area: Area, ticket_id: int) -> Ticket | None:
    """The ticket, if it lies in the area."""
    query = select(Ticket).join(OrgUnit, OrgUnit.id == Ticket.org_unit_id)
    found: Ticket | None = await session.scalar(query.where(Ticket.id == ticket_id, visible(area)))
    return found


async def has_changed(session: AsyncSession, area: Area, since: datetime) -> bool:
    """Whether anything was written to the history of a ticket of the area after ``since`` or at that instant."""
    last = select(Article.ticket_id, Article.at).order_by(Article.id.desc()).limit(LAST).subquery()
    query = select(Ticket.id).join(last, last.c.ticket_id == Ticket.id)
    query = query.join(OrgUnit, OrgUnit.id == Ticket.org_unit_id)
    return await session.scalar(query.where(last.c.at >= since, visible(area)).limit(1)) is not None


async def list_tickets(session: AsyncSession, area: Area, wanted: Filter, now: datetime) -> tuple[list[Row], int]:
    """One page of a queue, and how many tickets it holds in all."""
    conditions = [visible(area), _in_queue(wanted.queue, area, now), *_filters(wanted)]
    count = await session.scalar(_joined(select(func.count(Ticket.id))).where(*conditions)) or 0
    query = (
        _joined(select(Ticket, Team.name, StaffMember.name))
        .outerjoin(Team, Team.id == Ticket.team_id)
        .outerjoin(StaffMember, StaffMember.id == Ticket.assignee_id)
        .where(*conditions)
        .order_by(*_order(wanted, now))
        .limit(PAGE)
        .offset((wanted.page - 1) * PAGE)
    )
    rows = (await session.execute(query)).tuples().all()
    return [Row(ticket, team or "", person or "") for ticket, team, person in rows], count


async def count_queues(session: AsyncSession, area: Area, now: datetime) -> Mapping[str, int]:
    """How many open tickets stand in each queue. What is closed is not counted: it only grows."""
    columns = [
        func.coalesce(func.sum(case((_in_queue(name, area, now), 1), else_=0)), 0).label(name)
        for name in QUEUES
        if name != "closed"
    ]
    query = _joined(select(*columns)).where(visible(area), Ticket.status.in_(OPEN_STATUSES))
    return dict((await session.execute(query)).one()._mapping)


async def count_levels(session: AsyncSession, area: Area) -> Mapping[str, int]:
    """How many open tickets stand at each level."""
    query = _joined(select(Ticket.level, func.count())).where(visible(area), Ticket.status.in_(OPEN_STATUSES))
    return {level: count for level, count in (await session.execute(query.group_by(Ticket.level))).tuples()}


async def list_buildings(session: AsyncSession, area: Area) -> Sequence[str]:
    """The buildings that tickets of the area name."""
    query = _joined(select(Ticket.building).distinct()).where(visible(area), Ticket.building != "")
    return sorted((await session.scalars(query)).all(), key=lambda code: (len(code), code))


async def list_articles(session: AsyncSession, ticket: Ticket) -> Sequence[Article]:
    """The history of a ticket, oldest first."""
    query = select(Article).where(Article.community_id == ticket.community_id, Article.ticket_id == ticket.id)
    return (await session.scalars(query.order_by(Article.id))).all()


async def count_today(session: AsyncSession, area: Area, start: datetime, now: datetime) -> Mapping[str, Any]:
    """Figures of the day that began at ``start``."""
    opened = Ticket.opened_at >= start
    closed = Ticket.closed_at >= start
    is_open = Ticket.status.in_(OPEN_STATUSES)
    danger = and_(Ticket.emergency != "", Ticket.status.in_((Status.REPORTED, Status.RETURNED)))
    columns: dict[str, ColumnElement[bool]] = {
        "opened": opened,
        "open": is_open,
        "late": _in_queue("late", area, now),
        "unacknowledged": danger,
        "closed": closed,
        "waiting": Ticket.status == Status.SUSPENDED,
    }
    sums = [func.coalesce(func.sum(case((test, 1), else_=0)), 0).label(key) for key, test in columns.items()]
    rated = func.avg(case((Ticket.rating.is_not(None), Ticket.rating))).label("rating")
    raters = func.count(Ticket.rating).label("raters")
    query = _joined(select(*sums, rated, raters)).where(visible(area), or_(is_open, opened, closed))
    return dict((await session.execute(query)).one()._mapping)


def _joined(query: Select[Any]) -> Select[Any]:
    return query.select_from(Ticket).join(OrgUnit, OrgUnit.id == Ticket.org_unit_id)


def _in_queue(queue: str, area: Area, now: datetime) -> ColumnElement[bool]:
    is_open = Ticket.status.in_(OPEN_STATUSES)
    match queue:
        case "mine":
            return and_(is_open, Ticket.assignee_id == area.staff_id)
        case "team":
            return and_(is_open, Ticket.team_id == (area.team_id or 0))
        case "escalated":
            climbed = exists().where(
                Article.community_id == Ticket.community_id,
                Article.ticket_id == Ticket.id,
                Article.move == "escalate",
            )
            return and_(is_open, climbed)
        case "overseen":
            return and_(is_open, Ticket.overseen_until.is_not(None))
        case "late":
            return and_(Ticket.status.in_(RUNNING), Ticket.due_at < now)
        case "waiting":
            return Ticket.status == Status.SUSPENDED
        case "closed":
            return Ticket.status.not_in(OPEN_STATUSES)
        case _:
            return is_open


def _filters(wanted: Filter) -> list[ColumnElement[bool]]:
    tests: list[ColumnElement[bool]] = []
    if wanted.service.endswith("/*"):
        tests.append(Ticket.service.startswith(wanted.service[:-1], autoescape=True))
    elif wanted.service:
        tests.append(Ticket.service == wanted.service)
    if wanted.building:
        tests.append(Ticket.building == wanted.building)
    if wanted.status:
        tests.append(Ticket.status == wanted.status)
    if wanted.level:
        tests.append(Ticket.level == wanted.level)
    if wanted.emergency:
        tests.append(Ticket.emergency != "")
    if wanted.text:
        tests.append(_says(wanted))
    return tests


def _says(wanted: Filter) -> ColumnElement[bool]:
    """Every word stands in the index, or the text stands in the ticket as it was typed."""
    exact = or_(Ticket.text.contains(wanted.text, autoescape=True), Ticket.ref.contains(wanted.text, autoescape=True))
    if not wanted.words:
        return exact
    return or_(exact, and_(*(Ticket.search.contains(word, autoescape=True) for word in wanted.words)))


def _order(wanted: Filter, now: datetime) -> tuple[ColumnElement[Any], ...]:
    newest = Ticket.id.desc()
    if wanted.queue == "closed" and wanted.sort == "due":
        return (newest,)
    match wanted.sort:
        case "new":
            return (newest,)
        case "old":
            return (Ticket.id.asc(),)
        case "urged":
            return (Ticket.urged.desc(), Ticket.affected.desc(), newest)
        case _:
            danger = case((Ticket.emergency != "", 0), else_=1)
            no_date = case((Ticket.due_at.is_(None), 1), else_=0)
            stopped = case((Ticket.status.in_(RUNNING), 0), else_=1)  # what is handled can wait
            overdue = and_(Ticket.status.in_(RUNNING), Ticket.overseen_until < now)
            return (case((overdue, 0), else_=1), stopped, danger, no_date, Ticket.due_at.asc(), newest)
