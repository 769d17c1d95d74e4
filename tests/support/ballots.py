"""A community with homes in memory, staff who open ballots and households that vote; real seals, commands in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.pool import StaticPool

from actions.ballots.book import BallotTools, read_ballots
from actions.ballots.clock import due_ballots
from actions.ballots.commands import CastVote, DoBallot, DraftBallot, OpenBallot, SetArea
from actions.ballots.model import Ballot
from actions.base import Base
from actions.catalogue import build_catalogue
from actions.outcome import Event, Outcome, Reply
from actions.people.home_model import Residence
from actions.people.model import Household, Level, OrgUnit, Resident, Role, StaffMember
from bot.sealing import KeySeals
from tests.support.desk import NOON, ROOT, RULES, words
from tests.support.world import make_settings

TABLES = frozenset(
    "org_unit team staff_member household resident residence ballot ballot_voter ballot_door ballot_vote ballot_paper "
    "ballot_cast home_area".split()
)
BOOK = read_ballots((ROOT / "data" / "ballots.yml").read_text("utf-8"))
AREAS = (8937, 12050, 6400, 9999, 8900, 14000)  # of the homes, in order


@dataclass
class Polls:
    """One session on one community with a home for each of AREAS; two verified members in the first."""

    session: AsyncSession
    catalogue: Any
    seals: KeySeals
    community: int
    building: int
    homes: list[int]
    members: list[list[int]]  # of each home, residents' ids
    stranger: int
    staff: dict[str, int]
    now: datetime = NOON
    said: list[Reply] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    drafted: int = 0

    async def do(self, command: Any) -> Outcome:
        """Carry a command out; refused, it leaves nothing behind. Every text of its outcome is rendered."""
        async with self.session.begin_nested():
            outcome: Outcome = await self.catalogue[type(command)](self.session, command, self.now)
        for reply in outcome.replies:
            words(reply)
        self.said += outcome.replies
        self.events += outcome.events
        return outcome

    async def open(self, **more: Any) -> Ballot:
        """A ballot that the committee wrote and the admin opened, for three days."""
        self.drafted += 1
        given: dict[str, Any] = {"source": f"test:{self.drafted}", "title": "加装电梯", "text": "3栋加装电梯"}
        given |= {"closes_at": self.now + timedelta(days=3), **more}
        made = await self.do(DraftBallot(self.community, self.staff["committee"], **given))
        await self.do(OpenBallot(made.value, self.staff["admin"]))
        return await self.session.get_one(Ballot, made.value)

    async def measure(self) -> None:
        for home, area in zip(self.homes, AREAS, strict=True):
            await self.do(SetArea(home, self.staff["committee"], area))

    async def vote(self, ballot: Ballot, home: int, option: int, member: int = 0, **more: Any) -> Outcome:
        return await self.do(CastVote(self.community, self.members[home][member], ballot.id, option, **more))

    async def ring(self, **later: int) -> None:
        """Let time pass and do all that is due then."""
        self.now += timedelta(**later)
        while due := await due_ballots(self.session, self.now, 200):
            for one in due:
                await self.do(DoBallot(one))

    def heard(self, phrase: str) -> list[Reply]:
        return [reply for reply in self.said if reply.phrase == phrase]

    async def rows(self, model: Any) -> Sequence[Any]:
        query = select(model).order_by(model.id).execution_options(populate_existing=True)
        return (await self.session.scalars(query)).all()


@asynccontextmanager
async def open_polls(var: Path) -> AsyncIterator[Polls]:
    """On SQLite in memory; the key lies in ``var``."""
    seals = KeySeals(make_settings(var))
    seals.get_public(make=True)
    catalogue = build_catalogue(RULES, ballot_tools=BallotTools(BOOK, seals))
    engine = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
    wanted = [table for table in Base.metadata.sorted_tables if table.name in TABLES]
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all, tables=wanted)
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield await _fill(session, catalogue, seals)
    await engine.dispose()


async def _fill(session: AsyncSession, catalogue: Any, seals: KeySeals) -> Polls:
    here = OrgUnit(level=Level.COMMUNITY, name="桂花社区", path="/1/")
    session.add(here)
    await session.flush()
    here.community_id = here.id
    building = OrgUnit(
        level=Level.BUILDING, name="3栋", code="3", path="/1/2/", parent_id=here.id, community_id=here.id
    )
    staff = [
        StaffMember(community_id=here.id, org_unit_id=here.id, login=role, name=role, role=role, password_hash="",
                    created_at=NOON)
        for role in Role
    ]  # fmt: skip
    session.add_all([building, *staff])
    await session.flush()
    homes = [
        Household(community_id=here.id, building_id=building.id, unit="1", room=f"{n + 1}01", listed=True)
        for n in range(len(AREAS))
    ]
    session.add_all(homes)
    await session.flush()
    members = []
    for n, home in enumerate(homes):
        members.append([await _member(session, home, f"住户{n}-{m}") for m in range(2 if n == 0 else 1)])
    stranger = Resident(community_id=here.id, nickname="新邻居", created_at=NOON)
    session.add(stranger)
    await session.flush()
    ids = {one.role: one.id for one in staff}
    return Polls(session, catalogue, seals, here.id, building.id, [h.id for h in homes], members, stranger.id, ids)


async def _member(session: AsyncSession, home: Household, name: str) -> int:
    resident = Resident(community_id=home.community_id, nickname=name, household_id=home.id, created_at=NOON)
    session.add(resident)
    await session.flush()
    session.add(
        Residence(
            community_id=home.community_id, resident_id=resident.id, building_id=home.building_id, unit=home.unit,
            room=home.room, kind="member", state="verified", claimed_at=NOON, settled_at=NOON,
        )
    )  # fmt: skip
    await session.flush()
    return resident.id
