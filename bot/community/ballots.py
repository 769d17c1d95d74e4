"""What is put to the vote, and what was decided by one. Who voted what is never read."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.ballots.model import Ballot, BallotState
from bot.community.section import Line, Place, Section, day_words

MOST = 20


async def load_open(session: AsyncSession, place: Place) -> Sequence[Line]:
    """Those one may vote in, which end first in front."""
    wanted = (Ballot.community_id == place.community_id, Ballot.state == BallotState.OPEN)
    found = await session.scalars(select(Ballot).where(*wanted).order_by(Ballot.closes_at, Ballot.id).limit(MOST))
    return [_open(one, place) for one in found]


def _open(one: Ballot, place: Place) -> Line:
    text = place.say("community.ballot.part", {"voted": one.voted, "voters": one.voters})
    if one.closes_at is not None:
        text += place.say("community.until", {"day": day_words(one.closes_at)})
    return Line(one.title, text, href=f"/ballots/{one.id}", mark=place.say("community.mark.ballot"))


async def load_decided(session: AsyncSession, place: Place) -> Sequence[Line]:
    """Those counted in the month, the youngest first."""
    wanted = (
        Ballot.community_id == place.community_id,
        Ballot.state == BallotState.TALLIED,
        Ballot.tallied_at >= place.start,
        Ballot.tallied_at < place.end,
    )
    found = await session.scalars(select(Ballot).where(*wanted).order_by(Ballot.tallied_at.desc()).limit(MOST))
    return [_decided(one, place) for one in found]


def _decided(one: Ballot, place: Place) -> Line:
    result = one.result or {}
    counted = zip(one.options, result.get("votes", ()), strict=False)
    votes = "，".join(place.say("community.ballot.option", {"option": option, "count": n}) for option, n in counted)
    params = {"took_part": result.get("took_part", 0), "voters": one.voters, "votes": votes}
    came = "passed" if result.get("passed") else "failed"
    return Line(
        one.title,
        place.say("community.ballot.result", params),
        href=f"/ballots/{one.id}",
        mark=place.say(f"community.mark.{came}"),
    )


OPEN = Section("ballots", "on", load_open)
DECIDED = Section("tallied", "decided", load_decided)
