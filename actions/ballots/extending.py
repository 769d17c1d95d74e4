"""A ballot in which too few have taken part gets more time, once; everybody on its roll hears of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.ballots.access import access_as_staff, check_reason
from actions.ballots.book import BallotTools
from actions.ballots.commands import ExtendBallot
from actions.ballots.model import Ballot, BallotState, BallotVoter
from actions.ballots.planning import plan
from actions.ballots.tell import changed, instant_words, press, tell, tell_groups
from actions.ballots.turnout import has_enough
from actions.ballots.votes import members_of
from actions.errors import InvalidInput, MoveRefused
from actions.outcome import Outcome, Reply
from actions.routing.rules import Rules

UNTOLD = -1  # stands in ``reminder`` and ``reminded`` until everybody has been told of the new end
AT_ONCE = 100  # voters told in one transaction


async def extend_ballot(
    session: AsyncSession, command: ExtendBallot, now: datetime, rules: Rules, tools: BallotTools
) -> Outcome:
    """Nobody knows yet for what was voted, so it favours no side; a second time it would be voting until it suits."""
    ballot, _ = await access_as_staff(session, command.ballot_id, command.staff_id)
    reason = check_reason(command.reason)
    earlier = await _check(session, ballot, command.closes_at, now, tools)
    ballot.first_end, ballot.closes_at, ballot.why_longer = earlier, command.closes_at, reason
    ballot.reminder, ballot.next_at = UNTOLD, now
    await session.execute(update(BallotVoter).where(BallotVoter.ballot_id == ballot.id).values(reminded=UNTOLD))
    told = tell_groups(
        ballot, rules, tools.book, "ballot.extended", "extended", card=True, **_said(ballot, rules, tools)
    )
    return Outcome((told,), (changed(ballot),), ballot.id)


async def _check(session: AsyncSession, ballot: Ballot, to: datetime, now: datetime, tools: BallotTools) -> datetime:
    """The end it has had. Raises MoveRefused where it may not be moved, InvalidInput for a day that will not do."""
    if ballot.state in (BallotState.DRAFT, BallotState.CANCELLED):
        raise MoveRefused(f"is {ballot.state}", phrase="ballot.extend.not_open")
    end = ballot.closes_at
    if ballot.state == BallotState.OPEN and end is None:
        raise MoveRefused("no end", phrase="ballot.extend.no_end")
    if ballot.state != BallotState.OPEN or end is None or now >= end:
        raise MoveRefused("closed", phrase="ballot.extend.closed")
    if ballot.first_end is not None:
        raise MoveRefused("once", phrase="ballot.extend.once")
    if await has_enough(session, ballot):
        raise MoveRefused("enough have voted", phrase="ballot.extend.enough")
    opened = ballot.opened_at or now
    if to - end < tools.book.shortest or to - opened > tools.book.longest:
        hours, days = int(tools.book.shortest.total_seconds() // 3600), tools.book.longest.days
        raise InvalidInput("end", phrase="ballot.extend.bad_end", hours=hours, days=days)
    return end


def _said(ballot: Ballot, rules: Rules, tools: BallotTools) -> dict[str, Any]:
    return {"earlier": instant_words(ballot.first_end, rules, tools.book), "reason": ballot.why_longer}


async def tell_extension(
    session: AsyncSession, ballot: Ballot, now: datetime, rules: Rules, tools: BallotTools
) -> Outcome:
    """A few in one transaction, also who has voted: a vote may be changed until the new end. Then reminders go on."""
    waiting = (BallotVoter.ballot_id == ballot.id, BallotVoter.reminded == UNTOLD)
    few = (await session.scalars(select(BallotVoter).where(*waiting).order_by(BallotVoter.id).limit(AT_ONCE))).all()
    replies: list[Reply] = []
    members = await members_of(session, few)
    for voter in few:
        voter.reminded = 0
        phrase = "ballot.extended_voted" if voter.via else "ballot.extended_own"
        replies += [
            tell(
                ballot, rules, tools.book, one.id, phrase, key=f"extended:r{one.id}", immediate=False,
                buttons=(press("show", ballot.id),), **_said(ballot, rules, tools),
            )
            for one in members[voter.id]
        ]  # fmt: skip
    if len(few) == AT_ONCE:
        ballot.next_at = now
        return Outcome(tuple(replies), value=True)
    ballot.reminder = 0
    plan(ballot, now, tools.book)
    return Outcome(tuple(replies), value=False)
