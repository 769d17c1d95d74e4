"""Whether enough have taken part in a ballot."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.ballots.counting import TAKES_PART, Condition
from actions.ballots.model import Ballot, BallotVoter

HALF = (1, 2)


async def voted_area(session: AsyncSession, ballot_id: int) -> int:
    """The area of those who took part so far."""
    query = select(func.sum(BallotVoter.area)).where(BallotVoter.ballot_id == ballot_id, BallotVoter.via != "")
    return int(await session.scalar(query) or 0)


def conditions_of(ballot: Ballot, area: int) -> tuple[Condition, Condition]:
    """What the law asks of people and of area; ``area``: of those who took part."""
    people = Condition("people_took_part", ballot.voted, ballot.voters, *TAKES_PART)
    return people, Condition("area_took_part", area, ballot.area, *TAKES_PART)


async def has_enough(session: AsyncSession, ballot: Ballot) -> bool:
    """By law two thirds of both; where no law asks for anything, half of those who may vote."""
    if ballot.rule == "majority":
        return Condition("people_took_part", ballot.voted, ballot.voters, HALF, False).met
    return all(one.met for one in conditions_of(ballot, await voted_area(session, ballot.id)))
