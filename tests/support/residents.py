"""A community that stands in a database before its processes start: residents with chats and signed-in browsers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select, update

from actions.people.model import StaffMember
from bot.channels.webchat.signing import make_token
from bot.clock import SystemClock
from bot.storage.engine import Database
from bot.storage.tables import Chat, InboxRow, OutboxRow
from tests.benchmarks.crowd import Neighbour, build_crowd
from tests.support.console import HASH
from tests.support.world import open_world


@dataclass(frozen=True)
class Signed:
    """A resident with their chats and the token in their browser's cookie."""

    resident_id: int
    private_id: int
    group_id: int
    token: str


@dataclass(frozen=True)
class Community:
    """What the tests must know of it."""

    residents: list[Signed]
    invite: str
    staff: dict[str, str]  # role → login; the password is that of tests.support.console


async def settle_community(var: Path, url: str = "", *, size: int) -> Community:
    """Migrate an empty database and fill it."""
    async with open_world(var, url, real_clock=SystemClock()) as world:
        crowd = await build_crowd(world, size)
        async with world.parts.db.write() as session:
            now = world.parts.clock.now()
            residents = [_signed(one, make_token(session, one.resident_id, now)) for one in crowd]
            await session.execute(update(StaffMember).values(password_hash=HASH))
            logins = {s.role: s.login for s in await session.scalars(select(StaffMember))}
            invite = await session.scalar(select(Chat.invite).where(Chat.id == world.groups["东区群"]))
    assert invite is not None
    return Community(residents, invite, logins)


def _signed(one: Neighbour, token: str) -> Signed:
    return Signed(one.resident_id, one.private_id, one.group_id, token)


async def count_open(db: Database) -> int:
    """Rows of inbox and outbox that still wait or were given up."""
    async with db.read() as session:
        inbox = await session.scalar(select(func.count()).select_from(InboxRow).where(InboxRow.state != "done"))
        outbox = await session.scalar(select(func.count()).select_from(OutboxRow).where(OutboxRow.state != "sent"))
    return int(inbox or 0) + int(outbox or 0)


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """To look at what the processes left."""
    db = Database(url)
    try:
        yield db
    finally:
        await db.close()
