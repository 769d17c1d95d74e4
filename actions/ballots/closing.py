"""A ballot closes and is counted; what it takes to count it again is kept, who voted what is not."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.ballots.access import access_as_staff
from actions.ballots.book import BallotTools
from actions.ballots.commands import ABSTAIN, CloseBallot
from actions.ballots.counting import FORMAT, Counted, Tally, commitment, count_lines, tally, which_counts
from actions.ballots.drafting import forget_votes
from actions.ballots.model import Ballot, BallotCast, BallotPaper, BallotState, BallotVote, BallotVoter, PaperState
from actions.ballots.tell import (
    ballot_event,
    changed,
    result_words,
    tell_groups,
    tell_staff,
    verdict_phrase,
    votes_words,
)
from actions.ballots.votes import Opener
from actions.errors import MoveRefused
from actions.outcome import Outcome
from actions.routing.rules import Rules


async def close_ballot(
    session: AsyncSession, command: CloseBallot, now: datetime, rules: Rules, tools: BallotTools
) -> Outcome:
    """By hand only where no end was set or all have voted: nobody may end it when it suits them."""
    ballot, _ = await access_as_staff(session, command.ballot_id, command.staff_id)
    if ballot.state == BallotState.CLOSED:
        return await count_ballot(session, ballot, now, rules, tools)
    if ballot.state != BallotState.OPEN:
        raise MoveRefused(f"is {ballot.state}", phrase="ballot.over_already")
    if ballot.closes_at is not None and ballot.voted < ballot.voters:
        raise MoveRefused("not before its time", phrase="ballot.not_yet")
    return await end(session, ballot, now, now, rules, tools)


async def end(
    session: AsyncSession, ballot: Ballot, at: datetime, now: datetime, rules: Rules, tools: BallotTools
) -> Outcome:
    """Nobody votes after ``at``. Counted at once, unless papers wait for a second person."""
    ballot.state, ballot.closed_at, ballot.next_at = BallotState.CLOSED, at, None
    await session.flush()
    waiting = (PaperState.ENTERED, PaperState.DIFFERS)
    query = select(func.count()).where(BallotPaper.ballot_id == ballot.id, BallotPaper.state.in_(waiting))
    papers = int(await session.scalar(query) or 0)
    if not papers:
        return await count_ballot(session, ballot, now, rules, tools)
    told = tell_staff(ballot, rules, tools.book, "ballot.staff.papers_wait", "papers", papers=papers)
    return Outcome((told,), (changed(ballot),), ballot.id)


async def count_ballot(
    session: AsyncSession, ballot: Ballot, now: datetime, rules: Rules, tools: BallotTools
) -> Outcome:
    """The count, the file that lets anybody repeat it, and the result to the groups."""
    counted = await _collect(session, ballot, tools)
    result = tally(ballot.options, ballot.rule, ballot.by_area, ballot.voters, ballot.area, counted)
    query = select(BallotCast.commitment).where(BallotCast.ballot_id == ballot.id).order_by(BallotCast.number)
    log = list(await session.scalars(query))
    known = set(log)
    unlogged = sum(commitment(ballot.ref, one.code, one.choice) not in known for one in counted)
    ballot.state, ballot.tallied_at, ballot.next_at = BallotState.TALLIED, now, None
    ballot.result = {**result.as_json(), "unlogged": unlogged}
    ballot.count_file = write_file(ballot, result, log, counted)
    ballot.digest = hashlib.sha256(ballot.count_file.encode()).hexdigest()
    await forget_votes(session, ballot)
    await session.flush()
    told = tell_groups(
        ballot, rules, tools.book, f"ballot.result.{verdict_phrase(ballot)}", "tallied", card=True,
        votes=votes_words(ballot, tools.book), conditions=result_words(ballot, tools.book),
        leader=ballot.options[result.leader] if result.leader is not None else tools.book.words["for_none"],
    )  # fmt: skip
    return Outcome((told,), (changed(ballot), _tallied(ballot, result)), ballot.id)


async def _collect(session: AsyncSession, ballot: Ballot, tools: BallotTools) -> list[Counted]:
    """Each voter's vote that counts."""
    here = BallotVoter.ballot_id == ballot.id
    voters = {one.id: one for one in await session.scalars(select(BallotVoter).where(here))}
    votes = {
        one.voter_id: one for one in await session.scalars(select(BallotVote).where(BallotVote.ballot_id == ballot.id))
    }
    confirmed = (BallotPaper.ballot_id == ballot.id, BallotPaper.state == PaperState.CONFIRMED)
    papers = {one.voter_id: one for one in await session.scalars(select(BallotPaper).where(*confirmed))}
    opener, counted = Opener(ballot, tools.seals), []
    for voter_id, voter in voters.items():
        vote, paper = votes.get(voter_id), papers.get(voter_id)
        which = which_counts(vote.first_at if vote else None, paper.entered_at if paper else None)
        row = paper if which == "paper" else vote
        if row is not None:
            choice, code = opener.open(row)
            counted.append(Counted(choice, code, voter.area))
    return counted


def write_file(ballot: Ballot, result: Tally, log: list[str], counted: list[Counted]) -> str:
    """The file of the count, as JSON. It names nobody, and no home by its size."""
    closed = ballot.closed_at
    content: dict[str, Any] = {
        "format": FORMAT,
        "ref": ballot.ref,
        "title": ballot.title,
        "text": ballot.text,
        "options": ballot.options,
        "counting": ballot.counting,
        "rule": ballot.rule,
        "secret": ballot.secret,
        "opened_at": ballot.opened_at.isoformat() if ballot.opened_at else None,
        "closed_at": closed.isoformat() if closed else None,
        "voters": ballot.voters,
        "area": ballot.area,
        "log": log,
        "head": ballot.log_head,
        **count_lines(ballot.ref, counted, ballot.by_area),
        "result": result.as_json(),
    }
    return json.dumps(content, ensure_ascii=False, indent=1)


def _tallied(ballot: Ballot, result: Tally) -> Any:
    """For other rooms. Of a question with several options ``for_`` is the leading one's."""
    abstained = result.votes[ballot.options.index(ABSTAIN)] if ABSTAIN in ballot.options else 0
    for_ = result.votes[result.leader] if result.leader is not None else 0
    return ballot_event(
        "BallotTallied",
        ballot,
        passed=result.passed,
        voters=result.voters,
        took_part=result.took_part,
        for_=for_,
        against=result.took_part - for_ - abstained,
        abstained=abstained,
        area=result.area,
        took_area=result.took_area,
        leader=ballot.options[result.leader] if result.leader is not None else "",
    )
