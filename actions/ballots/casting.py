"""A household votes, changes its vote, and gets a receipt for it."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.ballots.access import find_voter, get_resident, lock_ballot
from actions.ballots.book import BallotTools
from actions.ballots.commands import Cast, CastVote
from actions.ballots.counting import new_code, which_counts
from actions.ballots.model import Ballot, BallotPaper, BallotState, BallotVote, BallotVoter, PaperState
from actions.ballots.tell import changed, instant_words, press, tell
from actions.ballots.votes import Opener, find_paper, find_vote, put, write_log
from actions.errors import InvalidInput, MoveRefused, NotFound
from actions.outcome import NOTHING_FITS, Audience, Button, Outcome, Reply
from actions.people.doors import verified_household
from actions.people.model import Resident
from actions.routing.rules import Rules

_OF_EVERY_BALLOT = re.compile(r"投票|表决|方案|这[个项次]|那[个项次]|小区|社区|关于|我们?家?")


async def cast_vote(
    session: AsyncSession, command: CastVote, now: datetime, rules: Rules, tools: BallotTools
) -> Outcome:
    """The last word of a household in time counts. Whatever is answered is answered in private."""
    resident = await get_resident(session, command.resident_id, command.community_id)
    found = await list_meant(session, command)
    if not found:
        return Outcome(value=NOTHING_FITS)
    named = [one for one in found if is_about(one[0], command.about)] if command.about else found
    if len(named) != 1:
        return _which(named or found, resident, command)
    found = named
    ballot, choice = found[0]
    if command.in_group and ballot.secret:
        told = tell(ballot, rules, tools.book, resident.id, "ballot.not_in_group", buttons=(press("show", ballot.id),))
        return Outcome((told,), value=Cast(ballot.id, False, hush=True))
    ballot = await lock_ballot(session, ballot.id)
    try:
        at = min(command.said_at or now, now)
        voter = await check_may_vote(session, ballot, resident, at)
        return await _take(session, ballot, voter, resident, choice, at, rules, tools)
    except (InvalidInput, MoveRefused) as refusal:
        if not command.in_chat:
            raise
        told = tell(ballot, rules, tools.book, resident.id, refusal.phrase, **refusal.params)
        return Outcome((told,), value=Cast(ballot.id, False, hush=ballot.secret))


async def list_meant(session: AsyncSession, command: CastVote) -> list[tuple[Ballot, int]]:
    """The ballots that may be meant, each with the option. Raises NotFound or InvalidInput for one named wrongly."""
    if command.ballot_id is not None:
        ballot = await session.get(Ballot, command.ballot_id)
        known = ballot is not None and ballot.state != BallotState.DRAFT
        if ballot is None or not known or ballot.community_id != command.community_id:
            raise NotFound(f"ballot {command.ballot_id}", phrase="ballot.none_such")
        choice = command.option if command.option is not None else find_option(ballot, command.word)
        if choice is None or not 0 <= choice < len(ballot.options):
            raise InvalidInput("no such option", phrase="ballot.which_option", options="、".join(ballot.options))
        return [(ballot, choice)]
    query = select(Ballot).where(Ballot.community_id == command.community_id, Ballot.state == BallotState.OPEN)
    each = [(ballot, find_option(ballot, command.word)) for ballot in await session.scalars(query.order_by(Ballot.id))]
    return [(ballot, choice) for ballot, choice in each if choice is not None]


def find_option(ballot: Ballot, word: str) -> int | None:
    """The option that was said: exactly, or as part of the only one that fits."""
    word = word.strip()
    if word in ballot.options:
        return ballot.options.index(word)
    near = [n for n, option in enumerate(ballot.options) if len(word) > 1 and (word in option or option in word)]
    return near[0] if len(near) == 1 else None


def is_about(ballot: Ballot, words: str) -> bool:
    """Whether two characters in a row of the words stand in the title: 停车的 of 《地面停车收费方案》."""
    plain = "".join(c for c in _OF_EVERY_BALLOT.sub(" ", words) if c.isalnum() or c == " ")
    pairs = [plain[i : i + 2] for i in range(len(plain) - 1)]
    return any(" " not in pair and pair in ballot.title for pair in pairs)


def _which(found: list[tuple[Ballot, int]], resident: Resident, command: CastVote) -> Outcome:
    buttons = tuple(
        Button("button.ballot.named", press("show", ballot.id).value, {"ballot": ballot.title}) for ballot, _ in found
    )
    reply = Reply("ballot.which", buttons=buttons)
    if command.in_group:
        reply = tell_plain(resident, "ballot.which", buttons)
    return Outcome((reply,), value=Cast(0, False, hush=any(ballot.secret for ballot, _ in found)))


def tell_plain(resident: Resident, phrase: str, buttons: tuple[Button, ...] = ()) -> Reply:
    """To a resident in private, of no ballot in particular."""
    own, here = resident.id, resident.community_id
    return Reply(phrase, to=Audience.PRIVATE, resident_id=own, community_id=here, buttons=buttons)


async def check_may_vote(session: AsyncSession, ballot: Ballot, resident: Resident, at: datetime) -> BallotVoter:
    """Whose vote they may give at that instant. Raises what says why not, and what to do."""
    if not ballot.takes_votes(at):
        phrase = "ballot.is_cancelled" if ballot.state == BallotState.CANCELLED else "ballot.closed"
        raise MoveRefused(f"is {ballot.state}", phrase=phrase, ballot=ballot.title)
    voter = await find_voter(session, ballot, resident)
    if voter is not None:
        return voter
    verified = await verified_household(session, resident.id) is not None
    raise InvalidInput(
        "not of the electorate", phrase="ballot.not_on_roll" if verified else "ballot.not_verified",
        ballot=ballot.title,
    )  # fmt: skip


async def _take(
    session: AsyncSession, ballot: Ballot, voter: BallotVoter, resident: Resident, choice: int, now: datetime,
    rules: Rules, tools: BallotTools,
) -> Outcome:  # fmt: skip
    vote, paper = await find_vote(session, voter.id), await find_paper(session, voter.id)
    first_at = vote.first_at if vote is not None else now
    if paper is not None and paper.state == PaperState.CONFIRMED:
        if which_counts(first_at, paper.entered_at) == "paper":
            raise MoveRefused("voted on paper", phrase="ballot.paper_counts", ballot=ballot.title)
    if vote is not None and vote.resident_id == resident.id and _same(ballot, vote, choice, tools):
        told = tell(ballot, rules, tools.book, resident.id, "ballot.same_already", buttons=_after(ballot))
        return Outcome((told,), value=Cast(ballot.id, True, hush=ballot.secret))
    code = new_code()
    columns = put(ballot, tools.seals, voter.id, choice, code)
    before = vote.resident_id if vote is not None else None
    if vote is None:
        session.add(
            BallotVote(
                community_id=ballot.community_id, ballot_id=ballot.id, voter_id=voter.id, resident_id=resident.id,
                first_at=now, cast_at=now, changes=0, **columns,
            )
        )  # fmt: skip
    else:
        vote.resident_id, vote.cast_at, vote.changes = resident.id, now, vote.changes + 1
        for name, value in columns.items():
            setattr(vote, name, value)
    what = "cast" if vote is None else "changed"
    write_log(session, ballot, voter, what, choice, code, now, resident_id=resident.id)
    mark_voted(ballot, voter, "online", now)
    await session.flush()
    replies = [
        tell(
            ballot, rules, tools.book, resident.id, f"ballot.{what}", buttons=_after(ballot),
            line=ballot.log_length, at=instant_words(now, rules, tools.book),
        ),
        *_beside(ballot, resident, before, paper, rules, tools),
    ]  # fmt: skip
    return Outcome(tuple(replies), (changed(ballot),), Cast(ballot.id, True, hush=ballot.secret))


def _same(ballot: Ballot, vote: BallotVote, choice: int, tools: BallotTools) -> bool:
    return Opener(ballot, tools.seals).open(vote)[0] == choice


def _after(ballot: Ballot) -> tuple[Button, ...]:
    return (press("receipt", ballot.id), press("show", ballot.id))


def _beside(
    ballot: Ballot, resident: Resident, before: int | None, paper: BallotPaper | None, rules: Rules, tools: BallotTools
) -> list[Reply]:
    """Whoever of the home voted before hears that it was changed; that a paper waits is said."""
    replies = []
    if before is not None and before != resident.id:
        replies.append(tell(ballot, rules, tools.book, before, "ballot.changed_by_home", name=resident.nickname,
                            buttons=(press("show", ballot.id),)))  # fmt: skip
    if paper is not None and paper.state in (PaperState.ENTERED, PaperState.DIFFERS):
        replies.append(tell(ballot, rules, tools.book, resident.id, "ballot.paper_waits"))
    return replies


def mark_voted(ballot: Ballot, voter: BallotVoter, via: str, at: datetime) -> None:
    """That somebody has voted, once."""
    if not voter.via:
        ballot.voted += 1
        voter.voted_at = at
    voter.via = via
