"""What residents or colleagues have handed in and somebody of the staff is to say yes or no to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.activities.model import Activity, ActivityState
from actions.ballots.access import HEADS as BALLOT_HEADS
from actions.ballots.model import Ballot, BallotState
from actions.bulletins.access import HEADS as DEED_HEADS
from actions.bulletins.model import DeedState, GoodDeed
from actions.notices.model import Notice, NoticeState
from actions.people.model import Role
from actions.proposals.finding import DESKS
from actions.proposals.model import Proposal, ProposalState

ACTIVITY_DESKS = frozenset({Role.COMMITTEE, Role.WORKSTATION, Role.ADMIN})
TO_SAY = (ProposalState.WAITING, ProposalState.ANSWERING)
TO_READ = (DeedState.AGREED, DeedState.WAITING)


async def count_to_decide(
    session: AsyncSession, communities: Sequence[int], role: str, staff_id: int, approvers: Collection[str]
) -> dict[str, int]:
    """Of each kind, what this person may decide; kinds of which nothing waits are left out."""
    asked: dict[str, tuple[Any, Collection[str], tuple[Any, ...]]] = {
        "proposals": (Proposal, DESKS, (Proposal.state.in_(TO_SAY),)),
        "activities": (Activity, ACTIVITY_DESKS, (Activity.state == ActivityState.PROPOSED,)),
        "ballots": (
            Ballot,
            BALLOT_HEADS,
            (Ballot.state == BallotState.DRAFT, Ballot.approved_by.is_(None), Ballot.author_id != staff_id),
        ),
        "notices": (Notice, approvers, (Notice.state == NoticeState.WAITING, Notice.author_id != staff_id)),
        "deeds": (GoodDeed, DEED_HEADS, (GoodDeed.state.in_(TO_READ),)),
    }
    own = {
        code: select(func.count(table.id)).where(table.community_id.in_(communities), *wanted).scalar_subquery()
        for code, (table, roles, wanted) in asked.items()
        if role in roles
    }
    if not own:
        return {}
    counts = (await session.execute(select(*own.values()))).one()
    return {code: int(n) for code, n in zip(own, counts, strict=True) if n}
