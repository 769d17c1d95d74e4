"""What falls due: opening, reminders to those who have not voted, the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.ballots.access import lock_ballot
from actions.ballots.book import BallotTools
from actions.ballots.closing import end
from actions.ballots.commands import DoBallot
from actions.ballots.drafting import begin
from actions.ballots.extending import UNTOLD, tell_extension
from actions.ballots.model import Ballot, BallotState, BallotVoter
from actions.ballots.planning import plan, reminder_due
from actions.ballots.tell import area_words, changed, press, tell, tell_groups, tell_staff
from actions.ballots.turnout import conditions_of, voted_area
from actions.ballots.votes import members_of
from actions.errors import ActionError
from actions.outcome import Outcome, Reply
from actions.routing.rules import Rules

AT_ONCE = 100  # voters reminded in one transaction


async def due_ballots(session: AsyncSession, now: datetime, limit: int) -> Sequence[int]:
    """Those the clock has to look at now."""
    query = select(Ballot.id).where(Ballot.next_at <= now).order_by(Ballot.next_at)
    return (await session.scalars(query.limit(limit))).all()


async def do_ballot(
    session: AsyncSession, command: DoBallot, now: datetime, rules: Rules, tools: BallotTools
) -> Outcome:
    """Doing it twice does nothing. ``value``: whether some of it is left for a next transaction."""
    ballot = await lock_ballot(session, command.ballot_id)
    if ballot.next_at is None or ballot.next_at > now:
        return Outcome(value=False)
    if ballot.state == BallotState.DRAFT:
        return await _open(session, ballot, now, rules, tools)
    if ballot.state == BallotState.OPEN and ballot.closes_at is not None:
        if now >= ballot.closes_at + tools.book.settle:
            ended = await end(session, ballot, ballot.closes_at, now, rules, tools)
            return Outcome(ended.replies, ended.events, False)
        if ballot.reminder == UNTOLD:
            return await tell_extension(session, ballot, now, rules, tools)
        return await _remind(session, ballot, now, rules, tools)
    ballot.next_at = None
    return Outcome(value=False)


async def _open(session: AsyncSession, ballot: Ballot, now: datetime, rules: Rules, tools: BallotTools) -> Outcome:
    """Its time has come. What cannot open any more goes back to its author, and is not tried for ever."""
    late = ballot.closes_at is not None and ballot.closes_at - now < tools.book.shortest
    try:
        if late:
            raise ActionError("too late", phrase="ballot.opens_too_late")
        trial = await session.begin_nested()
        try:
            begun = await begin(session, ballot, now, rules, tools)
            await trial.commit()
        except ActionError:
            await trial.rollback()
            await session.refresh(ballot)
            raise
    except ActionError:
        ballot.approved_by = ballot.next_at = None
        told = tell_staff(ballot, rules, tools.book, "ballot.staff.could_not_open", f"stuck:{now.isoformat()}")
        return Outcome((told,), (changed(ballot),), False)
    return Outcome(begun.replies, begun.events, False)


async def _remind(session: AsyncSession, ballot: Ballot, now: datetime, rules: Rules, tools: BallotTools) -> Outcome:
    """A few in one transaction; when all have heard, the groups hear how many took part."""
    due = reminder_due(ballot, now, tools.book)
    if not due:
        plan(ballot, now, tools.book)
        return Outcome(value=False)
    waiting = (BallotVoter.ballot_id == ballot.id, BallotVoter.via == "", BallotVoter.reminded < due)
    few = (await session.scalars(select(BallotVoter).where(*waiting).order_by(BallotVoter.id).limit(AT_ONCE))).all()
    replies: list[Reply] = []
    members = await members_of(session, few)
    which = due if ballot.first_end is None else f"longer:{due}"
    for voter in few:
        voter.reminded = due
        replies += [
            tell(
                ballot, rules, tools.book, one.id, "ballot.remind", key=f"remind:{which}:r{one.id}", immediate=False,
                buttons=tuple(press(what, ballot.id) for what in ("show", "paper")),
            )
            for one in members[voter.id]
        ]  # fmt: skip
    if len(few) == AT_ONCE:
        ballot.next_at = now
        return Outcome(_in_time(ballot, replies), value=True)
    ballot.reminder = due
    plan(ballot, now, tools.book)
    await session.flush()
    replies.append(await tell_progress(session, ballot, rules, tools, f"progress:{which}"))
    return Outcome(_in_time(ballot, replies), (changed(ballot),), False)


def _in_time(ballot: Ballot, replies: Sequence[Reply]) -> tuple[Reply, ...]:
    """Said before the end or not at all."""
    return tuple(replace(reply, until=ballot.closes_at) for reply in replies)


async def tell_progress(session: AsyncSession, ballot: Ballot, rules: Rules, tools: BallotTools, key: str) -> Reply:
    """How many took part, and how many are missing where the law asks for two thirds; never for what."""
    if ballot.rule == "majority":
        return tell_groups(ballot, rules, tools.book, "ballot.progress", key, card=True)
    area = await voted_area(session, ballot.id)
    people, size = conditions_of(ballot, area)
    enough = people.met and size.met
    return tell_groups(
        ballot, rules, tools.book, "ballot.progress_enough" if enough else "ballot.progress_by_law", key, card=True,
        voted_area=area_words(area, tools.book), area=area_words(ballot.area, tools.book),
        lacking=people.missing, lacking_area=area_words(size.missing, tools.book),
    )  # fmt: skip
