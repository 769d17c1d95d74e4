"""A small community on a real database, with the real road, a fixed clock and the trained model."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import Level, OrgUnit, Resident, Role, StaffMember, Team
from actions.people.units import add_unit
from bot.bootstrap import Engine, Parts, build_engine, build_jobs, open_parts
from bot.clock import Clock, FixedClock
from bot.messages import Arrival, ChatKind
from bot.scheduling.jobs import Jobs
from bot.scheduling.timetable import (
    ACTIVITIES,
    ALARMS,
    BALLOTS,
    HANDOFFS,
    INDEX,
    LEDGER,
    MEDIATION,
    NOTICES,
    POOL,
    PROPOSALS,
    SHIFTS,
    SURVEYS,
    TIMERS,
    TIPS,
)
from bot.settings import Settings
from bot.storage.chats import open_private_chat
from bot.storage.migrate import migrate
from bot.storage.tables import Chat, ChatMember, ChatMessage
from bot.understand.local import LocalModel
from tests.support.sqlite import copy_migrated

ROOT = Path(__file__).resolve().parents[2]
START = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)  # Wednesday, 10:00 in the community
BUILDINGS = 8
#: nickname → (building, unit, room); "" where a resident gave none
CAST = {
    "王阿姨": ("3", "2", "501"),
    "老李": ("5", "1", "302"),
    "小陈": ("1", "1", "1203"),
    "阿芬": ("2", "3", "604"),
    "新邻居": ("", "", ""),
}
COMMUNITY_BODIES = {
    "party": "桂花社区党委",
    "committee": "桂花社区居委会",
    "workstation": "桂花社区工作站",
    "property": "桂花物业",
    "police": "桂花社区警务室",
    "mediation": "桂花社区调委会",
    "volunteers": "桂花志愿队",
}
STAFF = {
    "李师傅": (Role.STEWARD, "property"),
    "赵网格": (Role.GRID_WORKER, "grid"),
    "钱主任": (Role.COMMITTEE, "committee"),
    "孙调解": (Role.MEDIATOR, "mediation"),
    "周警官": (Role.POLICE, "police"),
    "吴社工": (Role.WORKSTATION, "workstation"),
    "郑街道": (Role.STREET, "street"),
    "冯区": (Role.DISTRICT, "district"),
    "管理员": (Role.ADMIN, None),
    "监督员": (Role.SUPERVISOR, None),
}


@dataclass
class World:
    """Everything a test needs to speak as somebody and to see what came of it."""

    parts: Parts
    engine: Engine
    jobs: Jobs
    clock: FixedClock
    community_id: int
    residents: dict[str, int]
    staff: dict[str, int]
    teams: dict[str, int]
    groups: dict[str, int]
    private: dict[str, int]
    staff_group: int
    said: int = field(default=0)
    rooms: dict[str, int] = field(default_factory=dict)  # of mediations, as scripts call them

    async def say(
        self,
        who: str,
        text: str = "",
        *,
        chat: str = "东区群",
        pictures: tuple[str, ...] = (),
        at_bot: bool = False,
        reply_to: int | None = None,
        button: str | None = None,
        mentions: tuple[str, ...] = (),
        external_id: str | None = None,
    ) -> int:
        """Hand a message in as the web channel would; the id of its line."""
        self.said += 1
        accepted = await self.parts.inbox.accept(
            Arrival(
                chat_id=self.chat_id(chat, who),
                resident_id=self.residents[who],
                external_id=external_id or f"{self.residents[who]}:{self.said}",
                text=text,
                pictures=pictures,
                mentions_bot=at_bot,
                reply_to_id=reply_to,
                button=button,
                mentions=tuple(self.residents[name] for name in mentions),
            )
        )
        return accepted.message_id

    def chat_id(self, chat: str, who: str) -> int:
        if chat in self.rooms:
            return self.rooms[chat]
        if chat == "私聊":
            return self.private[who]
        return self.staff_group if chat == "工作群" else self.groups[chat]

    async def settle(self) -> None:
        """Take everything down the road until nothing is left to do now."""
        for _ in range(100):
            if await self.engine.worker.run_once() == 0:
                return
        raise AssertionError("the road does not come to rest")

    async def tick(self) -> tuple[int, int]:
        """Let the clock ring once, then settle."""
        result = await self.jobs.run(TIMERS)
        await self.jobs.run(ALARMS)
        await self.jobs.run(TIPS)
        await self.jobs.run(MEDIATION)
        await self.jobs.run(NOTICES)
        await self.jobs.run(ACTIVITIES)
        await self.jobs.run(SHIFTS)
        await self.jobs.run(POOL)
        await self.jobs.run(HANDOFFS)
        await self.jobs.run(BALLOTS)
        await self.jobs.run(LEDGER)
        await self.jobs.run(PROPOSALS)
        await self.jobs.run(INDEX)
        await self.jobs.run(SURVEYS)
        await self.settle()
        return result


async def build_people(session: AsyncSession, now: datetime) -> World:
    """Units, teams, staff, residents and chats; a World without its engine."""
    district = await add_unit(session, Level.DISTRICT, "云溪区", None)
    street = await add_unit(session, Level.STREET, "望湖街道", district)
    community = await add_unit(session, Level.COMMUNITY, "桂花社区", street)
    grids = [await add_unit(session, Level.GRID, f"第{n}网格", community) for n in (1, 2)]
    buildings: dict[str, OrgUnit] = {}
    for n in range(1, BUILDINGS + 1):
        grid = grids[0] if n <= BUILDINGS // 2 else grids[1]
        buildings[str(n)] = await add_unit(session, Level.BUILDING, f"{n}栋", grid, code=str(n))
    teams = await _teams(session, community, grids, street, district)
    staff = await _staff(session, teams, community, grids[0], street, district, now)
    residents = await _residents(session, community, buildings, now)
    groups, private, staff_group = await _chats(session, community, buildings, residents, now)
    return World(
        parts=None,  # type: ignore[arg-type]
        engine=None,  # type: ignore[arg-type]
        jobs=None,  # type: ignore[arg-type]
        clock=None,  # type: ignore[arg-type]
        community_id=community.id,
        residents=residents,
        staff=staff,
        teams={body: team.id for body, team in teams.items()},
        groups=groups,
        private=private,
        staff_group=staff_group,
    )


async def _teams(
    session: AsyncSession, community: OrgUnit, grids: list[OrgUnit], street: OrgUnit, district: OrgUnit
) -> dict[str, Team]:
    teams = {
        body: Team(community_id=community.id, org_unit_id=community.id, body=body, name=name)
        for body, name in COMMUNITY_BODIES.items()
    }
    for n, grid in enumerate(grids, 1):
        teams["grid" if n == 1 else f"grid{n}"] = Team(
            community_id=community.id, org_unit_id=grid.id, body="grid", name=f"第{n}网格"
        )
    teams["street"] = Team(org_unit_id=street.id, body="street", name="望湖街道")
    teams["district"] = Team(org_unit_id=district.id, body="district", name="云溪区")
    teams["property"].duty_phone = "0571-00000000"
    session.add_all(teams.values())
    await session.flush()
    return teams


async def _staff(
    session: AsyncSession,
    teams: dict[str, Team],
    community: OrgUnit,
    grid: OrgUnit,
    street: OrgUnit,
    district: OrgUnit,
    now: datetime,
) -> dict[str, int]:
    places = {Role.GRID_WORKER: grid, Role.STREET: street, Role.DISTRICT: district}
    found = {}
    for number, (name, (role, body)) in enumerate(STAFF.items()):
        unit = places.get(role, community)
        member = StaffMember(
            community_id=None if role in {Role.STREET, Role.DISTRICT} else community.id,
            org_unit_id=unit.id,
            team_id=teams[body].id if body else None,
            login=f"staff{number}",
            name=name,
            role=role,
            password_hash="",
            created_at=now,
        )
        session.add(member)
        await session.flush()
        found[name] = member.id
    return found


async def _residents(
    session: AsyncSession, community: OrgUnit, buildings: dict[str, OrgUnit], now: datetime
) -> dict[str, int]:
    found = {}
    for nickname, (building, unit, room) in CAST.items():
        resident = Resident(
            community_id=community.id,
            nickname=nickname,
            building_id=buildings[building].id if building else None,
            unit=unit,
            room=room,
            created_at=now,
        )
        session.add(resident)
        await session.flush()
        found[nickname] = resident.id
    return found


async def _chats(
    session: AsyncSession, community: OrgUnit, buildings: dict[str, OrgUnit], residents: dict[str, int], now: datetime
) -> tuple[dict[str, int], dict[str, int], int]:
    def chat(name: str, kind: ChatKind, area: list[int]) -> Chat:
        return Chat(
            community_id=community.id,
            kind=kind,
            external_id=f"{kind}:{community.id}:{name}",
            name=name,
            org_unit_ids=area,
            invite=f"invite-{community.id}-{len(area)}" if kind is ChatKind.GROUP else None,
            created_at=now,
        )

    half = [b.id for code, b in buildings.items() if int(code) <= BUILDINGS // 2]
    east = chat("东区群", ChatKind.GROUP, half)
    west = chat("西区群", ChatKind.GROUP, [b.id for b in buildings.values() if b.id not in half][:-1])
    office = chat("工作群", ChatKind.STAFF, [])
    session.add_all([east, west, office])
    await session.flush()
    private = {}
    for nickname, resident_id in residents.items():
        own = await open_private_chat(session, resident_id, community.id, now)
        private[nickname] = own.id
        session.add_all(
            ChatMember(community_id=community.id, chat_id=one, resident_id=resident_id, joined_at=now)
            for one in (east.id, west.id, own.id)
        )
    return {"东区群": east.id, "西区群": west.id}, private, office.id


def make_settings(var: Path, url: str = "", **more: object) -> Settings:
    """Settings of a test installation in its own folder, with the model that `make train` left."""
    model = ROOT / "var" / "models" / "current.tar.gz"
    return Settings(var=var, database_url=url, model=model, **more)  # type: ignore[arg-type]


async def prepare_database(url: str) -> None:
    """Bring it to the newest version."""
    if url.startswith("sqlite"):
        await copy_migrated(Path(make_url(url).database or ""))
    else:
        await migrate(url)


@lru_cache(maxsize=2)
def _read_model(archive: Path) -> tuple[LocalModel, str]:
    """Unpacked once for all worlds of a process: it is only read."""
    model = LocalModel.load(archive)
    return model, model.version


@asynccontextmanager
async def open_world(
    var: Path, url: str = "", *, at: datetime = START, real_clock: Clock | None = None, **more: object
) -> AsyncIterator[World]:
    """Migrate, fill and wire a community; everything is closed at the end."""
    settings = make_settings(var, url, **more)
    await prepare_database(settings.database)
    clock = FixedClock(at)
    async with open_parts(settings, real_clock or clock) as parts:
        async with parts.db.write() as session:
            world = await build_people(session, at)
        world.parts, world.clock = parts, clock
        if settings.model is not None and not settings.nlu_url:
            parts.model.swap(*_read_model(settings.model))
        world.engine, world.jobs = build_engine(parts, name="test"), build_jobs(parts)
        yield world


def line_text(line: ChatMessage) -> str:
    """What a reader sees of a line: text, card and button labels."""
    card = (line.extra or {}).get("card") or {}
    buttons = [b["label"] for b in (line.extra or {}).get("buttons", ())]
    shown = " ".join(str(v) for v in card.values() if isinstance(v, str))
    return " ".join(part for part in (line.text, shown, *buttons) if part)
