"""Cases of mediation for the console's pages. Who may read which part is asked by the pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.mediation.agreements import list_items, list_signatures
from actions.mediation.model import (
    RUNNING,
    MediationAgreement,
    MediationCase,
    MediationEntry,
    MediationNote,
    MediationParty,
    MediationSession,
    MediationSignature,
    MediationVisit,
    MediatorProfile,
    PerformanceItem,
    VisitAnswer,
)
from actions.people.model import OrgUnit, Resident, Role, StaffMember
from bot.storage.tables import ChatMessage, OutboxRow

MOST_LINES = 80
MOST_CASES = 100
MOST_FOUND = 20


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A line of the queue. ``waits``: a party has spoken since the mediator last answered."""

    case: MediationCase
    mediator: str
    waits: bool


@dataclass(frozen=True, slots=True)
class PartyRow:
    """A party with what they are called in the chat."""

    party: MediationParty
    nickname: str

    @property
    def called(self) -> str:
        """The real name where it is known."""
        return self.party.name or self.nickname


@dataclass(frozen=True, slots=True)
class Said:
    """A line of a room. ``sent`` is false while it is on its way."""

    who: str  # "party", "staff" or "bot"
    name: str
    text: str
    at: datetime
    pictures: Sequence[str] = ()
    sent: bool = True


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the agreement with what was promised in it and who has signed."""

    agreement: MediationAgreement
    items: Sequence[PerformanceItem]
    signatures: Mapping[int, MediationSignature]


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit with what each party answered, by party."""

    visit: MediationVisit
    answers: Mapping[int, str]


async def list_cases(session: AsyncSession, communities: Sequence[int], *, ended: bool = False) -> list[CaseRow]:
    """Those that go on, or those that ended; the latest first."""
    query = (
        select(MediationCase, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == MediationCase.mediator_id)
        .where(MediationCase.community_id.in_(communities))
        .where(MediationCase.state.not_in(RUNNING) if ended else MediationCase.state.in_(RUNNING))
        .order_by(MediationCase.id.desc())
        .limit(MOST_CASES)
    )
    rows = (await session.execute(query)).tuples().all()
    unheard = MediationParty.heard_at.is_(None) | (MediationParty.said_at > MediationParty.heard_at)
    spoke = select(MediationParty.case_id).where(
        MediationParty.case_id.in_([case.id for case, _ in rows]), MediationParty.said_at.is_not(None), unheard
    )
    waiting = set(await session.scalars(spoke))
    return [CaseRow(case, name or "", case.id in waiting) for case, name in rows]


async def find_case(session: AsyncSession, case_id: int) -> MediationCase | None:
    """One case, or None."""
    return await session.get(MediationCase, case_id)


async def find_case_of_ticket(session: AsyncSession, ticket_id: int) -> MediationCase | None:
    """The case that a ticket became, or None."""
    found: MediationCase | None = await session.scalar(
        select(MediationCase).where(MediationCase.ticket_id == ticket_id)
    )
    return found


async def list_party_rows(session: AsyncSession, case: MediationCase) -> list[PartyRow]:
    """The parties, the applicant first."""
    query = (
        select(MediationParty, Resident.nickname)
        .outerjoin(Resident, Resident.id == MediationParty.resident_id)
        .where(MediationParty.case_id == case.id)
        .order_by(MediationParty.number)
    )
    return [PartyRow(party, nickname or "") for party, nickname in (await session.execute(query)).tuples()]


async def list_said(session: AsyncSession, chat_id: int) -> list[Said]:
    """The last lines of a room, oldest first, with what is on its way there."""
    query = (
        select(ChatMessage, Resident.nickname, StaffMember.name)
        .outerjoin(Resident, Resident.id == ChatMessage.resident_id)
        .outerjoin(StaffMember, StaffMember.id == ChatMessage.staff_id)
        .where(ChatMessage.chat_id == chat_id, ChatMessage.recalled_at.is_(None))
        .order_by(ChatMessage.id.desc())
        .limit(MOST_LINES)
    )
    rows = (await session.execute(query)).tuples().all()
    lines = [
        Said("party" if line.sender == "resident" else line.sender, nick or staff or "", line.text, line.sent_at,
             line.pictures)
        for line, nick, staff in reversed(rows)
    ]  # fmt: skip
    coming = (
        select(OutboxRow, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == OutboxRow.body["staff_id"].as_integer())
        .where(OutboxRow.chat_id == chat_id, OutboxRow.state.in_(("todo", "doing")))
        .order_by(OutboxRow.id)
    )
    for row, name in (await session.execute(coming)).tuples():
        who = "staff" if row.body.get("staff_id") else "bot"
        lines.append(Said(who, name or "", str(row.body.get("text", "")), row.created_at, sent=False))
    return lines


async def list_notes(session: AsyncSession, case: MediationCase) -> Sequence[tuple[MediationNote, str]]:
    """The notes with who wrote them, the latest first."""
    query = (
        select(MediationNote, StaffMember.name)
        .join(StaffMember, StaffMember.id == MediationNote.staff_id)
        .where(MediationNote.case_id == case.id)
        .order_by(MediationNote.id.desc())
    )
    return (await session.execute(query)).tuples().all()


async def list_sessions(session: AsyncSession, case: MediationCase) -> Sequence[MediationSession]:
    """The meetings in their order."""
    query = select(MediationSession).where(MediationSession.case_id == case.id)
    return (await session.scalars(query.order_by(MediationSession.at, MediationSession.id))).all()


async def list_entries(session: AsyncSession, case: MediationCase) -> Sequence[MediationEntry]:
    """The history, the latest first."""
    query = select(MediationEntry).where(MediationEntry.case_id == case.id)
    return (await session.scalars(query.order_by(MediationEntry.id.desc()))).all()


async def find_version(session: AsyncSession, case: MediationCase, *, signed: bool = False) -> Version | None:
    """The latest version of the agreement, or the latest that was signed."""
    query = select(MediationAgreement).where(MediationAgreement.case_id == case.id)
    if signed:
        query = query.where(MediationAgreement.state == "signed")
    agreement = await session.scalar(query.order_by(MediationAgreement.number.desc()).limit(1))
    if agreement is None:
        return None
    signatures = {one.number: one for one in await list_signatures(session, agreement)}
    return Version(agreement, await list_items(session, agreement), signatures)


async def list_visits(session: AsyncSession, case: MediationCase) -> list[VisitRow]:
    """The visits in their order."""
    visits = await session.scalars(
        select(MediationVisit).where(MediationVisit.case_id == case.id).order_by(MediationVisit.days)
    )
    found = []
    for visit in visits.all():
        answers = await session.execute(
            select(VisitAnswer.party_id, VisitAnswer.word).where(VisitAnswer.visit_id == visit.id)
        )
        found.append(VisitRow(visit, dict(answers.tuples().all())))
    return found


async def find_residents(session: AsyncSession, community_id: int, text: str) -> Sequence[tuple[Resident, str]]:
    """Residents of a community by nickname or room, with the building; few at a time."""
    query = (
        select(Resident, OrgUnit.name)
        .outerjoin(OrgUnit, OrgUnit.id == Resident.building_id)
        .where(Resident.community_id == community_id)
        .where(or_(Resident.nickname.contains(text, autoescape=True), Resident.room == text))
        .order_by(Resident.id)
        .limit(MOST_FOUND)
    )
    return [(resident, building or "") for resident, building in (await session.execute(query)).tuples()]


async def list_mediators(
    session: AsyncSession, communities: Sequence[int]
) -> Sequence[tuple[StaffMember, MediatorProfile | None]]:
    """The mediators with what they are good at."""
    query = (
        select(StaffMember, MediatorProfile)
        .outerjoin(MediatorProfile, MediatorProfile.staff_id == StaffMember.id)
        .where(
            StaffMember.community_id.in_(communities),
            StaffMember.role == Role.MEDIATOR,
            StaffMember.active.is_(True),
        )
        .order_by(StaffMember.id)
    )
    return (await session.execute(query)).tuples().all()
