"""Residents by the hundred for benchmarks and failure tests: each with a private chat, in groups of fifty."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import OrgUnit, Resident
from bot.messages import ChatKind
from bot.storage.tables import Chat, ChatMember
from tests.support.world import World

GROUP_SIZE = 50


@dataclass(frozen=True)
class Neighbour:
    """One resident of the crowd."""

    resident_id: int
    private_id: int
    group_id: int


async def build_crowd(world: World, size: int) -> list[Neighbour]:
    """Add ``size`` residents with their chats."""
    async with world.parts.db.write() as session:
        return await _build(session, world, size)


async def _build(session: AsyncSession, world: World, size: int) -> list[Neighbour]:
    now, community = world.parts.clock.now(), world.community_id
    building = await _some_building(session)
    residents = [
        Resident(community_id=community, nickname=f"居民{n}", building_id=building, unit="1", created_at=now)
        for n in range(size)
    ]
    session.add_all(residents)
    await session.flush()
    groups = [
        Chat(
            community_id=community,
            kind=ChatKind.GROUP,
            external_id=f"crowd:{residents[0].id}:{n}",
            name=f"{n}号群",
            created_at=now,
        )
        for n in range((size - 1) // GROUP_SIZE + 1)
    ]
    session.add_all(groups)
    await session.flush()
    private = [
        Chat(
            community_id=community,
            kind=ChatKind.PRIVATE,
            external_id=f"private:{r.id}",
            name="小邻",
            resident_id=r.id,
            created_at=now,
        )
        for r in residents
    ]
    session.add_all(private)
    await session.flush()
    crowd = [
        Neighbour(r.id, own.id, groups[n // GROUP_SIZE].id)
        for n, (r, own) in enumerate(zip(residents, private, strict=True))
    ]
    members = [
        {"community_id": community, "chat_id": chat, "resident_id": one.resident_id, "joined_at": now, "read_to": 0}
        for one in crowd
        for chat in (one.private_id, one.group_id)
    ]
    await session.execute(insert(ChatMember), members)
    return crowd


async def _some_building(session: AsyncSession) -> int:
    found = await session.scalar(select(OrgUnit.id).where(OrgUnit.level == "building").limit(1))
    assert found is not None
    return found
