"""A community with staff and residents for tests of the rooms: commands in, outcomes out, no chat."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from actions.base import Base
from actions.catalogue import build_catalogue
from actions.outcome import Outcome, Reply
from actions.people.commands import CreateOrgUnit, CreateStaff, CreateTeam
from actions.people.model import Level, OrgUnit, Resident, Role, StaffMember, Team
from actions.routing.faults import read_faults
from actions.routing.rules import Rules
from actions.routing.rules_file import read_rules
from actions.tickets.commands import Actor, DoTimer, Move, MoveTicket, OpenTicket, Where
from actions.tickets.model import Article, Ticket, Timer
from actions.tickets.timers import due_timers
from bot.phrases import Phrases
from nlu.model.folding import fold

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 11, 18, 4, tzinfo=UTC)  # a Wednesday, 12:00 in the community
CHAT = 77
BODIES = ("committee", "workstation", "property", "police", "mediation")
STAFF = {
    Role.GRID_WORKER: ("grid", "grid"),
    Role.STEWARD: ("community", "property"),
    Role.COMMITTEE: ("community", "committee"),
    Role.MEDIATOR: ("community", "mediation"),
    Role.POLICE: ("community", "police"),
    Role.WORKSTATION: ("community", "workstation"),
    Role.STREET: ("street", "street"),
    Role.DISTRICT: ("district", "district"),
    Role.ADMIN: ("community", ""),
    Role.SUPERVISOR: ("community", ""),
}


def read_our_rules() -> Rules:
    """The rules that ship."""
    data = ROOT / "data"
    faults = read_faults((data / "faults.yml").read_text("utf-8"), fold=fold)
    services, routing = (data / "services.yml").read_text("utf-8"), (data / "routing.yml").read_text("utf-8")
    return read_rules(services, routing, faults=faults)


RULES = read_our_rules()
PHRASES = Phrases.load(ROOT / "data" / "phrases")


@dataclass
class Desk:
    """One session on one community, and short ways to ask for things."""

    session: AsyncSession
    now: datetime = NOON
    rules: Rules = RULES

    async def do(self, command: Any) -> Outcome:
        """Carry a command out now. Every text of its outcome is rendered: a missing phrase fails the test."""
        outcome = await build_catalogue(self.rules)[type(command)](self.session, command, self.now)
        for reply in outcome.replies:
            words(reply)
        return outcome

    async def open(
        self, service: str = "service_request/water_drainage", text: str = "水管漏水", **more: Any
    ) -> Ticket:
        """A ticket of the resident in building 3, said in the group."""
        more.setdefault("where", Where("3", "2"))
        who = more.pop("who", "amei")
        command = OpenTicket(
            await self.community_id(), service, text, await self.resident(who), chat_id=CHAT, **more
        )
        return await self.ticket((await self.do(command)).value.ticket_id)

    async def move(self, ticket: Ticket, move: Move, role: str = Role.ADMIN, **more: Any) -> Outcome:
        """A move by the staff member of that role."""
        more.setdefault("text", "因为如此")
        return await self.do(MoveTicket(ticket.id, move, await self.staff(role), **more))

    async def moves(self, ticket: Ticket, *names: str) -> Ticket:
        """Some moves in a row by the workers they usually belong to."""
        for name in names:
            await self.move(ticket, Move(name), Role.STEWARD if name == "take" else Role.COMMITTEE)
        return ticket

    async def closed(self, **more: Any) -> Ticket:
        """A ticket that went through the whole loop."""
        ticket = await self.open(**more)
        return await self.moves(ticket, "accept", "take", "handle", "check", "close")

    async def ticket(self, ticket_id: int) -> Ticket:
        return (await self.session.scalars(select(Ticket).where(Ticket.id == ticket_id))).one()

    async def articles(self, ticket: Ticket) -> list[Article]:
        query = select(Article).where(Article.ticket_id == ticket.id).order_by(Article.id)
        return list(await self.session.scalars(query))

    async def timers(self, ticket: Ticket, state: str = "todo") -> dict[str, datetime]:
        query = select(Timer).where(Timer.ticket_id == ticket.id, Timer.state == state).order_by(Timer.id)
        return {timer.kind: timer.due_at for timer in await self.session.scalars(query)}

    async def ring(self, later: timedelta) -> list[Reply]:
        """Let time pass and do every timer that is due then, in order; all that is said."""
        self.now += later
        said: list[Reply] = []
        for timer_id in await due_timers(self.session, self.now, 100):
            said += (await self.do(DoTimer(timer_id))).replies
        return said

    async def unit(self, level: str, name: str = "") -> OrgUnit:
        query = select(OrgUnit).where(OrgUnit.level == level).order_by(OrgUnit.id)
        return (await self.session.scalars(query.where(OrgUnit.name == name) if name else query)).first()  # type: ignore[return-value]

    async def community_id(self) -> int:
        return (await self.unit(Level.COMMUNITY)).id

    async def staff_row(self, role: str) -> StaffMember:
        return (await self.session.scalars(select(StaffMember).where(StaffMember.role == role))).one()

    async def staff(self, role: str) -> Actor:
        return Actor("staff", (await self.staff_row(role)).id)

    async def resident_row(self, nickname: str) -> Resident:
        return (await self.session.scalars(select(Resident).where(Resident.nickname == nickname))).one()

    async def resident(self, nickname: str) -> Actor:
        return Actor("resident", (await self.resident_row(nickname)).id)

    async def team(self, body: str) -> Team:
        return (await self.session.scalars(select(Team).where(Team.body == body).order_by(Team.id))).first()  # type: ignore[return-value]


def words(reply: Reply) -> str:
    """The text as people read it, with the labels of its buttons."""
    labels = [PHRASES.render(button.phrase, button.params) for button in reply.buttons]
    return " ".join([PHRASES.render(reply.phrase, reply.params), *labels])


def phrases_of(outcome: Outcome) -> list[str]:
    return [reply.phrase for reply in outcome.replies]


def replies_to(outcome: Outcome, to: str) -> list[Reply]:
    return [reply for reply in outcome.replies if reply.to == to]


async def build_community(desk: Desk) -> None:
    """District, street, community, two grids, three buildings, a team of each body, one of each role."""
    units: dict[str, int] = {}
    above: int | None = None
    for level, name in (("district", "云溪区"), ("street", "望湖街道"), ("community", "桂花社区")):
        above = units[level] = (await desk.do(CreateOrgUnit(level, name, above))).value
    for name in ("一网格", "二网格"):
        units[name] = (await desk.do(CreateOrgUnit("grid", name, above))).value
    units["grid"] = units["一网格"]
    home: dict[str, int] = {}
    for code, grid in (("3", "一网格"), ("5", "一网格"), ("8", "二网格")):
        made = await desk.do(CreateOrgUnit("building", f"{code}栋", units[grid], code, (f"{code}号楼",)))
        home[code] = made.value
    teams = {body: await desk.do(CreateTeam(units["community"], body, body)) for body in BODIES}
    ids = {body: made.value for body, made in teams.items()}
    for level in ("grid", "street", "district"):
        ids[level] = (await desk.do(CreateTeam(units[level], level, level, "0571-88880000"))).value
    for role, (seat, body) in STAFF.items():
        await desk.do(CreateStaff(role, f"员工{role}", role, units[seat], "hash", ids.get(body)))
    for nickname, code, unit, room in (("amei", "3", "2", "501"), ("laoli", "8", "1", "302")):
        desk.session.add(_resident(units["community"], nickname, home[code], unit, room))
    desk.session.add(_resident(units["community"], "xinlai", None, "", ""))


def _resident(community_id: int, nickname: str, building_id: int | None, unit: str, room: str) -> Resident:
    return Resident(
        community_id=community_id,
        nickname=nickname,
        building_id=building_id,
        unit=unit,
        room=room,
        created_at=NOON,
    )


@asynccontextmanager
async def open_desk(path: Path) -> AsyncIterator[Desk]:
    """A desk on the database in that file."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
    async with async_sessionmaker(engine, expire_on_commit=False)() as session:
        yield Desk(session)
    await engine.dispose()


async def _make_template(path: Path) -> None:
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await engine.dispose()
    async with open_desk(path) as desk:
        await build_community(desk)
        await desk.session.commit()


@pytest.fixture(scope="session")
def community_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The community as a database file, built once; tests work on copies."""
    path = tmp_path_factory.mktemp("desk") / "community.db"
    asyncio.run(_make_template(path))
    return path


@pytest.fixture
async def desk(community_file: Path, tmp_path: Path) -> AsyncIterator[Desk]:
    """A fresh desk."""
    path = shutil.copy(community_file, tmp_path / "desk.db")
    async with open_desk(Path(path)) as opened:
        yield opened
