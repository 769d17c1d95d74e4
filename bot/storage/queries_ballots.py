"""Ballots for pages: lists, the electorate by door, sheets of paper, the log. Who may read which is asked there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.ballots.model import (
    Ballot,
    BallotCast,
    BallotDoor,
    BallotPaper,
    BallotState,
    BallotVote,
    BallotVoter,
    HomeArea,
)
from actions.people.doors import door_words
from actions.people.model import Household, OrgUnit, Resident

MOST_ROWS = 60


@dataclass(frozen=True, slots=True)
class DoorRow:
    """A home of the electorate (or a resident, without a home), whether it has voted and how."""

    voter: BallotVoter
    building: str
    door: str
    household_id: int | None
    area: int
    path: str  # of the building


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A sheet, whose it is, who entered it."""

    paper: BallotPaper
    door: str
    entered_by: int


@dataclass(frozen=True, slots=True)
class AreaRow:
    """A home and what is known of its size; ``area`` 0: nothing."""

    household: Household
    building: OrgUnit
    area: int
    owner: str


@dataclass(frozen=True, slots=True)
class Share:
    """How many of a building have voted, of how many."""

    building: str
    voted: int
    homes: int


async def list_ballots(session: AsyncSession, community_id: int, *, drafts: bool) -> Sequence[Ballot]:
    """The latest in front; ``drafts``: also what residents do not know of."""
    query = select(Ballot).where(Ballot.community_id == community_id)
    if not drafts:
        query = query.where(Ballot.state != BallotState.DRAFT)
    return (await session.scalars(query.order_by(Ballot.id.desc()).limit(MOST_ROWS))).all()


async def find_by_ref(session: AsyncSession, ref: str) -> Ballot | None:
    """The ballot of a public number."""
    found: Ballot | None = await session.scalar(select(Ballot).where(Ballot.ref == ref))
    return found


async def list_doors(session: AsyncSession, ballot: Ballot) -> list[DoorRow]:
    """The whole electorate in the order in which one walks it."""
    if ballot.counting == "resident":
        return await _residents(session, ballot)
    query = (
        select(BallotVoter, BallotDoor, Household, OrgUnit)
        .join(BallotDoor, BallotDoor.voter_id == BallotVoter.id)
        .join(Household, Household.id == BallotDoor.household_id)
        .join(OrgUnit, OrgUnit.id == Household.building_id)
        .where(BallotDoor.ballot_id == ballot.id)
        .order_by(OrgUnit.id, Household.unit, func.length(Household.room), Household.room)
    )
    return [
        DoorRow(voter, at.name, door_words(at, home.unit, home.room), home.id, door.area, at.path)
        for voter, door, home, at in (await session.execute(query)).tuples()
    ]


async def _residents(session: AsyncSession, ballot: Ballot) -> list[DoorRow]:
    query = (
        select(BallotVoter, Resident, OrgUnit)
        .join(Resident, Resident.id == BallotVoter.resident_id)
        .join(Household, Household.id == Resident.household_id)
        .join(OrgUnit, OrgUnit.id == Household.building_id)
        .where(BallotVoter.ballot_id == ballot.id)
        .order_by(Resident.building_id, Resident.unit, Resident.room, Resident.id)
    )
    return [
        DoorRow(voter, at.name, f"{door_words(at, one.unit, one.room)} {one.nickname}", None, 0, at.path)
        for voter, one, at in (await session.execute(query)).tuples()
    ]


def shares(doors: Sequence[DoorRow]) -> list[Share]:
    """Building by building, in the order of the doors."""
    names = list(dict.fromkeys(row.building for row in doors))
    return [
        Share(
            name,
            sum(row.building == name and bool(row.voter.via) for row in doors),
            sum(row.building == name for row in doors),
        )
        for name in names
    ]


async def list_papers(session: AsyncSession, ballot_id: int) -> list[PaperRow]:
    """All sheets, those that wait in front; the first of several homes of one owner names them."""
    query = (
        select(BallotPaper, Household, OrgUnit)
        .join(BallotDoor, BallotDoor.voter_id == BallotPaper.voter_id)
        .join(Household, Household.id == BallotDoor.household_id)
        .join(OrgUnit, OrgUnit.id == Household.building_id)
        .where(BallotPaper.ballot_id == ballot_id)
        .order_by(BallotPaper.entered_at, BallotPaper.id, BallotDoor.id)
    )
    found: dict[int, PaperRow] = {}
    for paper, home, at in (await session.execute(query)).tuples():
        found.setdefault(paper.id, PaperRow(paper, door_words(at, home.unit, home.room), paper.entered_by))
    return list(found.values())


async def list_both(session: AsyncSession, ballot_id: int) -> list[str]:
    """The homes that voted online and on paper."""
    query = (
        select(Household, OrgUnit)
        .join(BallotDoor, BallotDoor.household_id == Household.id)
        .join(OrgUnit, OrgUnit.id == Household.building_id)
        .join(BallotVote, BallotVote.voter_id == BallotDoor.voter_id)
        .join(BallotPaper, BallotPaper.voter_id == BallotDoor.voter_id)
        .where(BallotDoor.ballot_id == ballot_id, BallotPaper.state == "confirmed")
        .order_by(OrgUnit.id, Household.unit, Household.room)
    )
    return [door_words(at, home.unit, home.room) for home, at in (await session.execute(query)).tuples()]


async def choices_by_voter(session: AsyncSession, ballot: Ballot) -> dict[int, int]:
    """What counts, by voter; of an open ballot only: of a secret one nobody is told."""
    if ballot.secret:
        return {}
    votes = await session.execute(
        select(BallotVote.voter_id, BallotVote.choice).where(BallotVote.ballot_id == ballot.id)
    )
    found = {voter: choice for voter, choice in votes.tuples() if choice is not None}
    papers = await session.execute(
        select(BallotPaper.voter_id, BallotPaper.choice)
        .join(BallotVoter, BallotVoter.id == BallotPaper.voter_id)
        .where(BallotPaper.ballot_id == ballot.id, BallotPaper.state == "confirmed", BallotVoter.via == "paper")
    )
    return found | {voter: choice for voter, choice in papers.tuples() if choice is not None}


async def list_log(session: AsyncSession, ballot_id: int) -> Sequence[BallotCast]:
    """The log, the latest in front."""
    query = select(BallotCast).where(BallotCast.ballot_id == ballot_id).order_by(BallotCast.number.desc())
    return (await session.scalars(query.limit(MOST_ROWS))).all()


async def find_line(session: AsyncSession, ballot_id: int, commitments: Sequence[str]) -> int:
    """The number of the line in the log that bears one of these, 0 for none."""
    query = select(BallotCast.number).where(BallotCast.ballot_id == ballot_id, BallotCast.commitment.in_(commitments))
    return int(await session.scalar(query.order_by(BallotCast.number)) or 0)


async def list_areas(session: AsyncSession, community_id: int, building_id: int | None = None) -> list[AreaRow]:
    """Every registered home with its size, in the order of doors."""
    query = (
        select(Household, OrgUnit, HomeArea.area, HomeArea.owner)
        .join(OrgUnit, OrgUnit.id == Household.building_id)
        .outerjoin(HomeArea, HomeArea.household_id == Household.id)
        .where(Household.community_id == community_id)
        .order_by(OrgUnit.id, Household.unit, func.length(Household.room), Household.room)
    )
    if building_id is not None:
        query = query.where(Household.building_id == building_id)
    return [AreaRow(h, at, area or 0, owner or "") for h, at, area, owner in (await session.execute(query)).tuples()]
