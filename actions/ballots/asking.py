"""What residents ask: what is voted on and how, whether their home has voted, their receipt, a sheet of paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.ballots.access import find_voter, get_resident, lock_ballot
from actions.ballots.book import BallotTools
from actions.ballots.casting import check_may_vote, tell_plain
from actions.ballots.commands import AskBallots, AskOwnVote, ShowReceipt, WantPaper
from actions.ballots.counting import spell
from actions.ballots.model import Ballot, BallotPaper, BallotState, BallotVote, BallotVoter, PaperState
from actions.ballots.tell import changed, instant_words, option_buttons, press, tell, tell_staff
from actions.ballots.votes import Opener, find_paper, find_vote
from actions.errors import ActionError, NotFound
from actions.outcome import NOTHING_FITS, Button, Outcome, Reply
from actions.people.model import Resident
from actions.routing.rules import Rules


async def list_open(session: AsyncSession, community_id: int) -> Sequence[Ballot]:
    """Those that take votes, the one that ends first in front."""
    query = select(Ballot).where(Ballot.community_id == community_id, Ballot.state == BallotState.OPEN)
    return (await session.scalars(query.order_by(Ballot.closes_at, Ballot.id))).all()


async def get_ballot(session: AsyncSession, ballot_id: int, community_id: int) -> Ballot:
    """A ballot that residents of that community may know of. Raises NotFound."""
    ballot = await session.get(Ballot, ballot_id)
    if ballot is None or ballot.community_id != community_id or ballot.state == BallotState.DRAFT:
        raise NotFound(f"ballot {ballot_id}", phrase="ballot.none_such")
    return ballot


async def ask_ballots(
    session: AsyncSession, command: AskBallots, now: datetime, rules: Rules, tools: BallotTools
) -> Outcome:
    """One with its options, in private; several to choose from."""
    resident = await get_resident(session, command.resident_id, command.community_id)
    if command.ballot_id is not None:
        found: Sequence[Ballot] = [await get_ballot(session, command.ballot_id, command.community_id)]
    else:
        found = await list_open(session, command.community_id)
    if not found:
        return Outcome(value=NOTHING_FITS) if command.tentative else Outcome((Reply("ballot.none_open"),))
    if len(found) == 1:
        shown = await _show(session, found[0], resident, now, rules, tools)
    else:
        buttons = tuple(Button("button.ballot.named", press("show", b.id).value, {"ballot": b.title}) for b in found)
        shown = tell_plain(resident, "ballot.which", buttons)
    here = (Reply("ballot.told_in_private"),) if command.in_group else ()
    return Outcome((*here, shown), value=found[0].id)


async def _show(
    session: AsyncSession, ballot: Ballot, resident: Resident, now: datetime, rules: Rules, tools: BallotTools
) -> Reply:
    try:
        await check_may_vote(session, ballot, resident, now)
    except ActionError as refusal:
        return tell(ballot, rules, tools.book, resident.id, refusal.phrase, card=True, **refusal.params)
    kind = "secret" if ballot.secret else "plain"
    return tell(
        ballot, rules, tools.book, resident.id, f"ballot.shown.{kind}",
        buttons=(*option_buttons(ballot), press("paper", ballot.id)), card=True, text=ballot.text,
    )  # fmt: skip


async def ask_own_vote(
    session: AsyncSession, command: AskOwnVote, now: datetime, rules: Rules, tools: BallotTools
) -> Outcome:
    """Whether, by whom of the home, when and how; not what."""
    resident = await get_resident(session, command.resident_id, command.community_id)
    found = await list_open(session, command.community_id)
    if not found:
        return Outcome(value=NOTHING_FITS) if command.tentative else Outcome((Reply("ballot.none_open"),))
    here = (Reply("ballot.told_in_private"),) if command.in_group else ()
    told = [await _state_of(session, ballot, resident, now, rules, tools) for ballot in found]
    return Outcome((*here, *told), value=found[0].id)


async def _state_of(
    session: AsyncSession, ballot: Ballot, resident: Resident, now: datetime, rules: Rules, tools: BallotTools
) -> Reply:
    try:
        voter = await check_may_vote(session, ballot, resident, now)
    except ActionError as refusal:
        return tell(ballot, rules, tools.book, resident.id, refusal.phrase, **refusal.params)
    show, receipt = press("show", ballot.id), press("receipt", ballot.id)
    if voter.via == "paper":
        return tell(ballot, rules, tools.book, resident.id, "ballot.own.paper", buttons=(receipt,))
    vote = await find_vote(session, voter.id)
    if vote is None:
        paper = await find_paper(session, voter.id)
        waits = paper is not None and paper.state in (PaperState.ENTERED, PaperState.DIFFERS)
        phrase = "ballot.own.paper_waits" if waits else "ballot.own.not_yet"
        return tell(ballot, rules, tools.book, resident.id, phrase, buttons=(show,))
    by = await session.get_one(Resident, vote.resident_id)
    at = instant_words(vote.cast_at, rules, tools.book)
    own = vote.resident_id == resident.id
    return tell(
        ballot, rules, tools.book, resident.id, "ballot.own.voted" if own else "ballot.own.voted_by_home",
        name=by.nickname, at=at, buttons=(receipt, show) if own else (show,),
    )  # fmt: skip


async def show_receipt(
    session: AsyncSession, command: ShowReceipt, now: datetime, rules: Rules, tools: BallotTools
) -> Outcome:
    """To who gave the vote; of a sheet of paper to the household. After the count it is no longer known."""
    resident = await session.get(Resident, command.resident_id)
    if resident is None:
        raise NotFound(f"resident {command.resident_id}", phrase="ballot.none_such")
    ballot_id = command.ballot_id or await _last_voted(session, resident)
    if ballot_id is None:
        return Outcome((Reply("ballot.none_voted"),))
    ballot = await get_ballot(session, ballot_id, resident.community_id)
    found = await find_receipt(session, ballot, resident, tools)
    if found is None:
        gone = ballot.secret and ballot.state in (BallotState.TALLIED, BallotState.CANCELLED)
        phrase = "ballot.receipt_gone" if gone else "ballot.no_receipt"
        return Outcome((tell(ballot, rules, tools.book, resident.id, phrase),))
    return Outcome((tell(ballot, rules, tools.book, resident.id, "ballot.receipt", receipt=spell(found[1])),))


async def _last_voted(session: AsyncSession, resident: Resident) -> int | None:
    query = select(BallotVote.ballot_id).where(BallotVote.resident_id == resident.id)
    found: int | None = await session.scalar(query.order_by(BallotVote.cast_at.desc()).limit(1))
    return found


async def find_receipt(
    session: AsyncSession, ballot: Ballot, resident: Resident, tools: BallotTools
) -> tuple[int, str] | None:
    """(choice, code) of the vote of theirs that counts, or None if it is not theirs to see or no longer known."""
    voter = await find_voter(session, ballot, resident)
    row = await _row_of(session, voter, resident) if voter is not None else None
    if row is None or (ballot.secret and (not ballot.wrapped or not row.sealed)):
        return None
    return Opener(ballot, tools.seals).open(row)


async def _row_of(session: AsyncSession, voter: BallotVoter, resident: Resident) -> BallotVote | BallotPaper | None:
    if voter.via == "paper":
        return await find_paper(session, voter.id)
    vote = await find_vote(session, voter.id)
    return vote if vote is not None and vote.resident_id == resident.id else None


async def want_paper(
    session: AsyncSession, command: WantPaper, now: datetime, rules: Rules, tools: BallotTools
) -> Outcome:
    """It stands in the list of those who go from door to door."""
    resident = await get_resident(session, command.resident_id, command.community_id)
    open_ones = await list_open(session, command.community_id)
    found = [one for one in open_ones if command.ballot_id in (None, one.id)]
    if not found:
        return Outcome(value=NOTHING_FITS) if command.tentative else Outcome((Reply("ballot.none_open"),))
    by_home = [one for one in found if one.counting != "resident"]
    ballot = await lock_ballot(session, (by_home or found)[0].id)
    if ballot.counting == "resident":
        return Outcome((tell(ballot, rules, tools.book, resident.id, "ballot.no_papers"),))
    try:
        voter = await check_may_vote(session, ballot, resident, now)
    except ActionError as refusal:
        return Outcome((tell(ballot, rules, tools.book, resident.id, refusal.phrase, **refusal.params),))
    asked = voter.wants_paper_at is None
    voter.wants_paper_at = voter.wants_paper_at or now
    await session.flush()
    told = tell(ballot, rules, tools.book, resident.id, "ballot.paper_comes", buttons=(press("show", ballot.id),))
    if not asked:
        return Outcome((told,), value=ballot.id)
    staff = tell_staff(ballot, rules, tools.book, "ballot.staff.paper_wanted", f"paper:{voter.id}")
    return Outcome((told, staff), (changed(ballot),), ballot.id)
