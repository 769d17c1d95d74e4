"""Owners are told before their guides end: one message for each body and community, not one for each guide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.knowledge.commands import RemindOwners
from actions.knowledge.model import SHARED, Guide, GuideState
from actions.outcome import Audience, Outcome, Reply
from actions.people.model import Level, OrgUnit, Team
from actions.routing.rules import Rules

REMIND_BEFORE = timedelta(days=14)
_NAMED = 3  # titles told in the message


async def remind_owners(session: AsyncSession, command: RemindOwners, now: datetime, rules: Rules) -> Outcome:
    """Say which guides end within two weeks. What was said once for an end is not said again."""
    today = rules.calendar.local_day(now)
    ending = (
        select(Guide)
        .where(
            Guide.state == GuideState.LIVE,
            Guide.valid_until >= today,
            Guide.valid_until <= today + REMIND_BEFORE,
            or_(Guide.reminded_for.is_(None), Guide.reminded_for != Guide.valid_until),
        )
        .order_by(Guide.valid_until, Guide.id)
        .with_for_update()
    )
    guides = (await session.scalars(ending.execution_options(populate_existing=True))).all()
    if not guides:
        return Outcome()
    told: dict[tuple[int, str], list[Guide]] = defaultdict(list)
    for guide in guides:
        guide.reminded_for = guide.valid_until
        for community_id in await _communities(session, guide):
            told[community_id, guide.owner].append(guide)
    await session.flush()
    replies = [await _reminder(session, *key, listed, rules) for key, listed in told.items()]
    return Outcome(tuple(replies), value=len(guides))


async def _communities(session: AsyncSession, guide: Guide) -> Sequence[int]:
    """Where it holds: its community, or for one that ships all that have not made it their own."""
    if guide.community_id != SHARED:
        return (guide.community_id,)
    own = select(Guide.community_id).where(Guide.key == guide.key, Guide.community_id != SHARED)
    query = select(OrgUnit.id).where(OrgUnit.level == Level.COMMUNITY, OrgUnit.id.not_in(own))
    return (await session.scalars(query.order_by(OrgUnit.id))).all()


async def _reminder(
    session: AsyncSession, community_id: int, owner: str, guides: Sequence[Guide], rules: Rules
) -> Reply:
    query = select(Team).where(Team.community_id == community_id, Team.body == owner).order_by(Team.id)
    team = await session.scalar(query.limit(1))
    first = guides[0]
    return Reply(
        "guide.ending",
        {
            "count": len(guides),
            "titles": "、".join(f"《{guide.title}》" for guide in guides[:_NAMED]),
            "owner": team.name if team else rules.bodies.get(owner, owner),
            "until": f"{first.valid_until:%Y-%m-%d}",
        },
        to=Audience.STAFF,
        community_id=community_id,
        team_id=team.id if team else None,
        immediate=False,
        effect_key=f"guides:{community_id}:{owner}:{first.id}:{first.valid_until}",
    )
