"""Proposals, conventions and the index for pages. Who may read them is asked by the pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import OrgUnit, Resident, StaffMember, Team
from actions.proposals.convention_model import (
    SHOWN,
    Convention,
    ConventionVersion,
    IndexMonth,
    Innovation,
    ParagraphComment,
)
from actions.proposals.model import (
    Argument,
    Attendance,
    Meeting,
    Milestone,
    Opinion,
    Proposal,
    ProposalTicket,
    Step,
    Support,
    Task,
)
from actions.proposals.rules import ProposalRules
from actions.routing.likeness import likeness
from actions.tickets.model import OPEN_STATUSES, Ticket

MOST_ROWS = 100
CLUSTERED = ("suggestion", "service_request")  # families whose tickets may be a matter for everybody
_LATELY = timedelta(days=60)
_MOST_COMPARED = 300


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A line of a list. ``percent``: of its tasks together; ``late``: a task is overdue."""

    proposal: Proposal
    proposer: str
    percent: int | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class ArgumentRow:
    """An argument as it is shown. ``own``: what the resident who looks said to it, or None."""

    argument: Argument
    who: str
    yes: int
    no: int
    own: bool | None = None


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task with its body and milestones."""

    task: Task
    owner: str
    milestones: tuple[Milestone, ...]


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """A meeting and who came."""

    meeting: Meeting
    came: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Tickets that say much the same: worth talking over. ``words``: of the first."""

    tickets: tuple[Ticket, ...]
    words: str


async def list_proposals(
    session: AsyncSession, communities: Sequence[int], states: Sequence[str], today: date | None = None
) -> list[ProposalRow]:
    """Those in such states, the newest first."""
    query = (
        select(Proposal, Resident.nickname)
        .outerjoin(Resident, Resident.id == Proposal.resident_id)
        .where(Proposal.community_id.in_(communities), Proposal.state.in_(states))
        .order_by(Proposal.id.desc())
        .limit(MOST_ROWS)
    )
    rows = (await session.execute(query)).tuples().all()
    tasks: dict[int, list[Task]] = defaultdict(list)
    ids = [proposal.id for proposal, _ in rows]
    for task in await session.scalars(select(Task).where(Task.proposal_id.in_(ids))):
        tasks[task.proposal_id].append(task)
    return [_row(proposal, name or "", tasks[proposal.id], today) for proposal, name in rows]


def _row(proposal: Proposal, name: str, tasks: Sequence[Task], today: date | None) -> ProposalRow:
    percent = sum(task.percent for task in tasks) // len(tasks) if tasks else None
    late = any(task.done_at is None and today is not None and task.due_on < today for task in tasks)
    return ProposalRow(proposal, name, percent, late)


async def list_arguments(session: AsyncSession, proposal_id: int, resident_id: int = 0) -> list[ArgumentRow]:
    """In the order they were said; hidden ones too: the page shows that something is hidden, not what."""
    query = (
        select(Argument, Resident.nickname)
        .join(Resident, Resident.id == Argument.resident_id)
        .where(Argument.proposal_id == proposal_id)
        .order_by(Argument.id)
    )
    rows = (await session.execute(query)).tuples().all()
    opinions: dict[int, list[Opinion]] = defaultdict(list)
    ids = [argument.id for argument, _ in rows]
    for opinion in await session.scalars(select(Opinion).where(Opinion.argument_id.in_(ids))):
        opinions[opinion.argument_id].append(opinion)
    return [_argument(argument, name, opinions[argument.id], resident_id) for argument, name in rows]


def _argument(argument: Argument, name: str, opinions: Sequence[Opinion], resident_id: int) -> ArgumentRow:
    yes = sum(opinion.agrees for opinion in opinions)
    own = next((opinion.agrees for opinion in opinions if opinion.resident_id == resident_id), None)
    return ArgumentRow(argument, name, yes, len(opinions) - yes, own)


async def list_steps(session: AsyncSession, proposal_id: int) -> Sequence[Step]:
    """The whole way, from its beginning."""
    return (await session.scalars(select(Step).where(Step.proposal_id == proposal_id).order_by(Step.id))).all()


async def list_tasks(session: AsyncSession, proposal_id: int) -> list[TaskRow]:
    """With the bodies that answer for them."""
    query = select(Task, Team.name).join(Team, Team.id == Task.team_id).where(Task.proposal_id == proposal_id)
    rows = (await session.execute(query.order_by(Task.id))).tuples().all()
    ids = [task.id for task, _ in rows]
    milestones: dict[int, list[Milestone]] = defaultdict(list)
    for one in await session.scalars(select(Milestone).where(Milestone.task_id.in_(ids)).order_by(Milestone.due_on)):
        milestones[one.task_id].append(one)
    return [TaskRow(task, owner, tuple(milestones[task.id])) for task, owner in rows]


async def list_meetings(session: AsyncSession, proposal_id: int) -> list[MeetingRow]:
    """With who came, as called in the chat."""
    query = select(Meeting).where(Meeting.proposal_id == proposal_id).order_by(Meeting.starts_at)
    meetings = (await session.scalars(query)).all()
    here = (
        select(Attendance.meeting_id, Resident.nickname)
        .join(Resident, Resident.id == Attendance.resident_id)
        .where(Attendance.meeting_id.in_([one.id for one in meetings]))
        .order_by(Attendance.id)
    )
    came: dict[int, list[str]] = defaultdict(list)
    for meeting_id, name in await session.execute(here):
        came[meeting_id].append(name)
    return [MeetingRow(one, tuple(came[one.id])) for one in meetings]


async def list_behind(session: AsyncSession, proposal_id: int) -> list[tuple[str, str]]:
    """Who is behind it: name and how."""
    query = select(Resident.nickname, Support.kind).join(Resident, Resident.id == Support.resident_id)
    rows = await session.execute(query.where(Support.proposal_id == proposal_id).order_by(Support.id))
    return [(name, kind) for name, kind in rows]


async def list_its_tickets(session: AsyncSession, proposal_id: int) -> Sequence[Ticket]:
    """The tickets that it came of."""
    query = select(Ticket).join(ProposalTicket, ProposalTicket.ticket_id == Ticket.id)
    return (await session.scalars(query.where(ProposalTicket.proposal_id == proposal_id).order_by(Ticket.id))).all()


async def list_teams(session: AsyncSession, community_id: int) -> Sequence[Team]:
    """The bodies of the responsibility list that are there."""
    return (await session.scalars(select(Team).where(Team.community_id == community_id).order_by(Team.id))).all()


async def find_residents(session: AsyncSession, community_id: int, names: Sequence[str]) -> dict[str, int]:
    """Residents by what they are called; only those who are alone with their name."""
    query = select(Resident.nickname, Resident.id).where(
        Resident.community_id == community_id, Resident.nickname.in_(names)
    )
    found: dict[str, list[int]] = defaultdict(list)
    for name, resident_id in await session.execute(query):
        found[name].append(resident_id)
    return {name: ids[0] for name, ids in found.items() if len(ids) == 1}


async def find_clusters(session: AsyncSession, community_id: int, now: datetime, rules: ProposalRules) -> list[Cluster]:
    """Open tickets of the last two months that say much the same, or ask the same service at the same place."""
    taken = select(ProposalTicket.ticket_id).where(ProposalTicket.community_id == community_id)
    query = (
        select(Ticket)
        .where(
            Ticket.community_id == community_id,
            Ticket.status.in_(OPEN_STATUSES),
            Ticket.opened_at > now - _LATELY,
            Ticket.confidential.is_(False),
            Ticket.emergency == "",
            Ticket.id.not_in(taken),
        )
        .order_by(Ticket.id.desc())
        .limit(_MOST_COMPARED)
    )
    groups: list[list[Ticket]] = []
    for ticket in await session.scalars(query):
        if ticket.service.partition("/")[0] not in CLUSTERED:
            continue
        near = next((group for group in groups if _near(group, ticket, rules.alike)), None)
        if near is None:
            groups.append([ticket])
        else:
            near.append(ticket)
    found = [Cluster(tuple(group), group[0].text) for group in groups if _count(group) >= rules.cluster]
    return sorted(found, key=lambda cluster: -_count(cluster.tickets))


def _count(tickets: Sequence[Ticket]) -> int:
    """People, not tickets: one who says it five times is one."""
    return len({ticket.reporter_id or -ticket.id for ticket in tickets})


def _near(group: Sequence[Ticket], ticket: Ticket, least: float) -> bool:
    return any(_alike(one, ticket, least) for one in group)


def _alike(one: Ticket, other: Ticket, least: float) -> bool:
    if one.building and other.building and one.building != other.building:
        return False
    same_place = bool(one.building) and one.building == other.building
    if one.service == other.service and one.service != "suggestion" and same_place:
        return True
    return likeness(one.text, other.text) >= least


async def list_conventions(
    session: AsyncSession, communities: Sequence[int], *, shown: bool = False
) -> list[tuple[Convention, ConventionVersion]]:
    """Each with its newest version; ``shown``: that residents may see."""
    query = (
        select(Convention, ConventionVersion)
        .join(ConventionVersion, ConventionVersion.convention_id == Convention.id)
        .where(Convention.community_id.in_(communities))
        .order_by(Convention.id, ConventionVersion.number)
    )
    if shown:
        query = query.where(ConventionVersion.state.in_(SHOWN))
    newest = {convention.id: (convention, version) for convention, version in await session.execute(query)}
    return list(newest.values())


async def list_versions(
    session: AsyncSession, convention_id: int, *, shown: bool = False
) -> Sequence[ConventionVersion]:
    """The newest first."""
    query = select(ConventionVersion).where(ConventionVersion.convention_id == convention_id)
    if shown:
        query = query.where(ConventionVersion.state.in_(SHOWN))
    return (await session.scalars(query.order_by(ConventionVersion.number.desc()))).all()


async def list_comments(session: AsyncSession, version_id: int) -> dict[int, list[tuple[ParagraphComment, str]]]:
    """By paragraph, with who said it."""
    query = (
        select(ParagraphComment, Resident.nickname)
        .join(Resident, Resident.id == ParagraphComment.resident_id)
        .where(ParagraphComment.version_id == version_id)
        .order_by(ParagraphComment.id)
    )
    found: dict[int, list[tuple[ParagraphComment, str]]] = defaultdict(list)
    for comment, name in await session.execute(query):
        found[comment.paragraph].append((comment, name))
    return found


async def list_index(session: AsyncSession, community_id: int) -> Sequence[IndexMonth]:
    """The published months, the newest first."""
    query = select(IndexMonth).where(IndexMonth.community_id == community_id)
    return (await session.scalars(query.order_by(IndexMonth.month.desc()).limit(24))).all()


async def list_innovations(
    session: AsyncSession, communities: Sequence[int], month: date | None = None
) -> list[tuple[Innovation, str, str]]:
    """With the names of who named it and of its community."""
    query = (
        select(Innovation, StaffMember.name, OrgUnit.name)
        .join(StaffMember, StaffMember.id == Innovation.staff_id)
        .join(OrgUnit, OrgUnit.id == Innovation.community_id)
        .where(Innovation.community_id.in_(communities))
        .order_by(Innovation.id.desc())
        .limit(MOST_ROWS)
    )
    if month is not None:
        query = query.where(Innovation.month == month)
    return [(innovation, who, where) for innovation, who, where in await session.execute(query)]


async def find_own_support(session: AsyncSession, proposal_id: int, resident_id: int) -> Support | None:
    """How the resident stands behind it, or None."""
    query = select(Support).where(Support.proposal_id == proposal_id, Support.resident_id == resident_id)
    found: Support | None = await session.scalar(query)
    return found
