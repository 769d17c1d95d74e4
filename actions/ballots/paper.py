"""Votes on paper: one writes down what stands there, another reads it again; the first of paper and chat counts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.ballots.access import HANDS, HEADS, access_as_staff, access_paper, check_reason
from actions.ballots.book import BallotTools
from actions.ballots.casting import mark_voted
from actions.ballots.closing import count_ballot
from actions.ballots.commands import ConfirmPaperVote, EnterPaperVote, WithdrawPaperVote
from actions.ballots.counting import new_code, which_counts
from actions.ballots.model import Ballot, BallotDoor, BallotPaper, BallotState, BallotVoter, PaperState
from actions.ballots.tell import changed, tell
from actions.ballots.votes import Opener, find_paper, find_vote, members_of, put, write_log
from actions.errors import InvalidInput, MoveRefused, NotAllowed, NotFound
from actions.outcome import Outcome, Reply
from actions.routing.rules import Rules

WAITING = (PaperState.ENTERED, PaperState.DIFFERS)


async def enter_paper_vote(
    session: AsyncSession, command: EnterPaperVote, now: datetime, rules: Rules, tools: BallotTools
) -> Outcome:
    """It does not count until somebody else has read the same. A sheet that was read differently is entered anew."""
    ballot, staff = await access_as_staff(session, command.ballot_id, command.staff_id, HANDS)
    _check_option(ballot, command.option)
    voter = await _voter_of(session, ballot, command.household_id)
    paper = await find_paper(session, voter.id)
    again = paper is not None and paper.state == PaperState.DIFFERS
    if not ballot.takes_votes(now) and not (again and ballot.state in (BallotState.OPEN, BallotState.CLOSED)):
        raise MoveRefused("too late for papers", phrase="ballot.paper_too_late")
    if paper is not None and paper.state in (PaperState.ENTERED, PaperState.CONFIRMED):
        raise MoveRefused("entered already", phrase="ballot.paper_entered_already")
    columns = put(ballot, tools.seals, voter.id, command.option, new_code())
    if paper is None:
        paper = BallotPaper(community_id=ballot.community_id, ballot_id=ballot.id, voter_id=voter.id, entered_at=now)
        session.add(paper)
    elif paper.state == PaperState.WITHDRAWN:
        paper.entered_at = now
    paper.state, paper.entered_by, paper.reason = PaperState.ENTERED, staff.id, ""
    paper.confirmed_by = paper.confirmed_at = None
    for name, value in columns.items():
        setattr(paper, name, value)
    await session.flush()
    return Outcome(events=(changed(ballot),), value=paper.id)


def _check_option(ballot: Ballot, option: int) -> None:
    if not 0 <= option < len(ballot.options):
        raise InvalidInput("no such option", phrase="ballot.which_option", options="、".join(ballot.options))


async def _voter_of(session: AsyncSession, ballot: Ballot, household_id: int) -> BallotVoter:
    if ballot.counting == "resident":
        raise InvalidInput("residents vote themselves", phrase="ballot.no_papers")
    query = (
        select(BallotVoter)
        .join(BallotDoor, BallotDoor.voter_id == BallotVoter.id)
        .where(BallotDoor.ballot_id == ballot.id, BallotDoor.household_id == household_id)
    )
    voter = await session.scalar(query.execution_options(populate_existing=True))
    if voter is None:
        raise NotFound("not of the electorate", phrase="ballot.door_not_on_roll")
    return voter


async def confirm_paper_vote(
    session: AsyncSession, command: ConfirmPaperVote, now: datetime, rules: Rules, tools: BallotTools
) -> Outcome:
    """Not by who entered it. The household hears of it: a sheet that is not theirs comes to light."""
    ballot, paper, staff = await access_paper(session, command.paper_id, command.staff_id)
    _check_option(ballot, command.option)
    if ballot.state not in (BallotState.OPEN, BallotState.CLOSED) or paper.state != PaperState.ENTERED:
        raise MoveRefused(f"is {paper.state}", phrase="ballot.paper_settled")
    if paper.entered_by == staff.id:
        raise MoveRefused("a second person is needed", phrase="ballot.paper_second_person")
    choice, code = Opener(ballot, tools.seals).open(paper)
    paper.confirmed_by, paper.confirmed_at = staff.id, now
    if choice != command.option:
        paper.state = PaperState.DIFFERS
        await session.flush()
        return Outcome(events=(changed(ballot),), value=paper.state)
    paper.state = PaperState.CONFIRMED
    voter = await session.get_one(BallotVoter, paper.voter_id, populate_existing=True)
    vote = await find_vote(session, voter.id)
    counts = which_counts(vote.first_at if vote is not None else None, paper.entered_at)
    write_log(session, ballot, voter, "paper", choice, code, now, staff_id=staff.id)
    if counts == "paper":
        mark_voted(ballot, voter, "paper", paper.entered_at)
    await session.flush()
    phrase = "ballot.paper_taken" if vote is None else f"ballot.both_{counts}"
    told = await _tell_home(session, ballot, voter, phrase, f"paper:{paper.id}:{ballot.log_length}", rules, tools)
    outcome = Outcome(told, (changed(ballot),), paper.state)
    if ballot.state == BallotState.CLOSED and not await count_waiting(session, ballot.id):
        counted = await count_ballot(session, ballot, now, rules, tools)
        return Outcome((*outcome.replies, *counted.replies), (*outcome.events, *counted.events), outcome.value)
    return outcome


async def count_waiting(session: AsyncSession, ballot_id: int) -> int:
    """Sheets that a second person has not confirmed."""
    query = select(func.count()).where(BallotPaper.ballot_id == ballot_id, BallotPaper.state.in_(WAITING))
    return int(await session.scalar(query) or 0)


async def withdraw_paper_vote(
    session: AsyncSession, command: WithdrawPaperVote, now: datetime, rules: Rules, tools: BallotTools
) -> Outcome:
    """One that was confirmed is taken out by the heads only."""
    ballot, paper, staff = await access_paper(session, command.paper_id, command.staff_id)
    reason = check_reason(command.reason)
    if ballot.state not in (BallotState.OPEN, BallotState.CLOSED) or paper.state == PaperState.WITHDRAWN:
        raise MoveRefused(f"is {paper.state}", phrase="ballot.paper_settled")
    taken = paper.state == PaperState.CONFIRMED  # then its home was told
    if taken:
        if staff.role not in HEADS:
            raise NotAllowed("confirmed already", phrase="ballot.not_yours")
        await _take_out(session, ballot, paper, staff.id, now, tools)
    paper.state, paper.reason = PaperState.WITHDRAWN, reason
    paper.choice, paper.code, paper.sealed = None, "", b""
    await session.flush()
    voter = await session.get_one(BallotVoter, paper.voter_id)
    told = await _tell_home(
        session, ballot, voter, "ballot.paper_withdrawn", f"withdrawn:{paper.id}:{ballot.log_length}", rules, tools
    )
    outcome = Outcome(told if taken else (), (changed(ballot),), paper.id)
    if ballot.state == BallotState.CLOSED and not await count_waiting(session, ballot.id):
        counted = await count_ballot(session, ballot, now, rules, tools)
        return Outcome((*outcome.replies, *counted.replies), (*outcome.events, *counted.events), outcome.value)
    return outcome


async def _take_out(
    session: AsyncSession, ballot: Ballot, paper: BallotPaper, staff_id: int, now: datetime, tools: BallotTools
) -> None:
    """The same line stands in the log a second time: that is how it is taken back there."""
    voter = await session.get_one(BallotVoter, paper.voter_id, populate_existing=True)
    choice, code = Opener(ballot, tools.seals).open(paper)
    write_log(session, ballot, voter, "withdrawn", choice, code, now, staff_id=staff_id)
    if voter.via != "paper":
        return
    vote = await find_vote(session, voter.id)
    if vote is not None:
        voter.via = "online"
    else:
        voter.via, voter.voted_at = "", None
        ballot.voted -= 1


async def _tell_home(
    session: AsyncSession, ballot: Ballot, voter: BallotVoter, phrase: str, key: str, rules: Rules, tools: BallotTools
) -> tuple[Reply, ...]:
    members = (await members_of(session, [voter]))[voter.id]
    return tuple(
        tell(ballot, rules, tools.book, one.id, phrase, key=f"{key}:r{one.id}", immediate=False) for one in members
    )
