"""The neighbour watch for the console's page. Who may read it is asked by the page."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actions.people.model import Resident
from actions.watch.model import MemberState, WatchGroup, WatchMember, Worry, WorryState

MOST_ROWS = 100

Members = list[tuple[WatchMember, str]]


async def list_groups(session: AsyncSession, community_id: int) -> list[tuple[WatchGroup, Members]]:
    """Groups that go on, each with those who were asked and have not left, and what they are called."""
    here = (WatchGroup.community_id == community_id, WatchGroup.active.is_(True))
    groups = (await session.scalars(select(WatchGroup).where(*here).order_by(WatchGroup.id).limit(MOST_ROWS))).all()
    found: dict[int, Members] = {group.id: [] for group in groups}
    query = (
        select(WatchMember, Resident.nickname)
        .join(Resident, Resident.id == WatchMember.resident_id)
        .where(WatchMember.group_id.in_(found), WatchMember.state != MemberState.LEFT)
        .order_by(WatchMember.id)
    )
    for member, name in await session.execute(query):
        found[member.group_id].append((member, name))
    return [(group, found[group.id]) for group in groups]


async def list_worries(session: AsyncSession, community_id: int, *states: WorryState) -> list[tuple[Worry, str, str]]:
    """Worries in those states with who said it and who went, the newest first."""
    goer = aliased(Resident)
    query = (
        select(Worry, Resident.nickname, goer.nickname)
        .join(Resident, Resident.id == Worry.resident_id)
        .outerjoin(goer, goer.id == Worry.goer_id)
        .where(Worry.community_id == community_id, Worry.state.in_(states))
        .order_by(Worry.id.desc())
        .limit(MOST_ROWS)
    )
    return [(worry, name, gone or "") for worry, name, gone in await session.execute(query)]
