"""A time bank in memory: a few residents, the desk that confirms, and commands in, outcomes out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.pool import StaticPool

from actions.base import Base
from actions.catalogue import build_catalogue
from actions.ledger.clock import due_ledger
from actions.ledger.commands import RecordHours
from actions.ledger.model import TimeAccount
from actions.ledger.proof import Proof, check_books
from actions.ledger.rules_file import read_ledger
from actions.outcome import Outcome, Reply
from actions.people.model import OrgUnit, Resident, Role, StaffMember
from tests.support.desk import NOON, ROOT, RULES, words

LEDGER = read_ledger((ROOT / "data" / "ledger.yml").read_text("utf-8"))
CATALOGUE = build_catalogue(RULES, hours=LEDGER)
NAMES = ("amei", "laoli", "xiaochen")
TABLES = frozenset(
    "org_unit team staff_member household resident "
    "time_account time_entry time_posting time_claim time_gift shop_item shop_order expiry_notice time_honour".split()
)


@dataclass
class Bank:
    """One session on one community."""

    session: AsyncSession
    community: int
    people: dict[str, int]
    staff: dict[str, int]
    now: Any = NOON
    said: list[Reply] = field(default_factory=list)
    used: int = 0

    async def do(self, command: Any) -> Outcome:
        """Carry a command out; refused, it leaves nothing behind. Every text of its outcome is rendered."""
        async with self.session.begin_nested():
            outcome = await CATALOGUE[type(command)](self.session, command, self.now)
        for reply in outcome.replies:
            words(reply)
        self.said += outcome.replies
        return outcome

    async def give(self, who: str, minutes: int, kind: str = "patrol", days_ago: int = 0, source: str = "") -> Outcome:
        """Hours that both sides have confirmed."""
        self.used += 1
        day = LEDGER.today(self.now) - timedelta(days=days_ago)
        key = source or f"test:{self.used}"
        return await self.do(RecordHours(self.community, self.people[who], kind, minutes, day, key))

    async def rich(self, who: str, minutes: int) -> None:
        """So many minutes of their own, given on as many days as the caps ask for."""
        days = 0
        while minutes > 0:
            await self.give(who, min(minutes, 240), days_ago=days)
            minutes, days = minutes - 240, days + 1

    async def balance(self, who: str = "", kind: str = "resident") -> int:
        holder = self.people[who] if who else 0
        query = select(func.coalesce(func.sum(TimeAccount.balance), 0))
        found = await self.session.scalar(query.where(TimeAccount.kind == kind, TimeAccount.holder == holder))
        return int(found or 0)

    async def proof(self) -> Proof:
        return await check_books(self.session, self.community)

    async def ring(self, **later: int) -> None:
        """Let time pass and do all that is due then."""
        self.now += timedelta(**later)
        for command in await due_ledger(self.session, self.now, 200, LEDGER):
            await self.do(command)


@asynccontextmanager
async def open_bank() -> AsyncIterator[Bank]:
    """On SQLite in memory, with the triggers of the book."""
    engine = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
    wanted = [table for table in Base.metadata.sorted_tables if table.name in TABLES]
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all, tables=wanted)
    async with AsyncSession(engine, expire_on_commit=False) as session:
        here = OrgUnit(level="community", name="桂花社区", path="/1/")
        session.add(here)
        await session.flush()
        here.community_id = here.id
        residents = [Resident(community_id=here.id, nickname=name, created_at=NOON) for name in NAMES]
        staff = [
            StaffMember(community_id=here.id, org_unit_id=here.id, login=role, name=role, role=role, password_hash="",
                        created_at=NOON)
            for role in Role
        ]  # fmt: skip
        session.add_all([*residents, *staff])
        await session.flush()
        yield Bank(session, here.id, {r.nickname: r.id for r in residents}, {s.role: s.id for s in staff})
    await engine.dispose()
