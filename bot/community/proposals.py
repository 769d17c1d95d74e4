"""What residents have put forward and is talked over, and what was answered. Who is behind it is never read."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.proposals.model import Proposal, ProposalState
from bot.community.section import Line, Place, Section, day_words

MOST = 20
RUNS = (ProposalState.GATHERING, ProposalState.DISCUSSING)


async def load_open(session: AsyncSession, place: Place) -> Sequence[Line]:
    """Those that take supporters or are talked over, the youngest first."""
    wanted = (Proposal.community_id == place.community_id, Proposal.state.in_(RUNS))
    found = await session.scalars(select(Proposal).where(*wanted).order_by(Proposal.id.desc()).limit(MOST))
    return [_open(one, place) for one in found]


def _open(one: Proposal, place: Place) -> Line:
    gathers = one.state == ProposalState.GATHERING
    text = place.say("community.proposal.support", {"count": one.supporters, "threshold": one.threshold})
    until = one.gather_until if gathers else one.discuss_until
    if until is not None:
        text += place.say("community.until", {"day": day_words(until)})
    return Line(one.title, text, mark=place.say(f"community.mark.{one.state}"))


async def load_decided(session: AsyncSession, place: Place) -> Sequence[Line]:
    """Those answered in the month."""
    wanted = (
        Proposal.community_id == place.community_id,
        Proposal.verdict != "",
        Proposal.answered_at >= place.start,
        Proposal.answered_at < place.end,
    )
    found = await session.scalars(select(Proposal).where(*wanted).order_by(Proposal.answered_at.desc()).limit(MOST))
    return [Line(one.title, one.answer, mark=place.say(f"community.mark.{one.verdict}")) for one in found]


OPEN = Section("proposals", "on", load_open)
DECIDED = Section("answered", "decided", load_decided)
