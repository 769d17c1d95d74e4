"""A ballot is written, opened by a second person, or called off."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.ballots.access import HEADS, WRITERS, access_as_staff, check_reason, get_staff, lock_ballot
from actions.ballots.book import BallotBook, BallotTools
from actions.ballots.commands import AGAINST, AGREE, YES_NO, CancelBallot, DraftBallot, OpenBallot
from actions.ballots.counting import NEEDED, first_head
from actions.ballots.electorate import fix_electorate
from actions.ballots.model import LIVE, Ballot, BallotPaper, BallotState, BallotVote
from actions.ballots.planning import plan
from actions.ballots.tell import COUNTS, ballot_event, changed, tell_groups, tell_staff
from actions.errors import InvalidInput, MoveRefused, NotFound
from actions.inserting import insert_once
from actions.outcome import Outcome
from actions.people.model import Level, OrgUnit
from actions.routing.rules import Rules

SHORTEST_TITLE, LONGEST_TITLE, LONGEST_TEXT = 2, 60, 4000
FEWEST_OPTIONS, MOST_OPTIONS, LONGEST_OPTION = 2, 12, 30
LONGEST_SOURCE = 80


async def draft_ballot(
    session: AsyncSession, command: DraftBallot, now: datetime, rules: Rules, tools: BallotTools
) -> Outcome:
    """The same source gives the same ballot, as it stands."""
    await get_staff(session, command.staff_id, command.community_id, WRITERS)
    if command.ballot_id is not None:
        return await _rewrite(session, command, now, rules, tools)
    known = await session.scalar(
        select(Ballot.id).where(Ballot.community_id == command.community_id, Ballot.source == command.source)
    )
    if known is not None:
        return Outcome(value=known)
    unit = await _check(session, command, now, tools.book)
    ref = secrets.token_hex(5)
    pair = tools.seals.new_case(tools.seals.get_public(make=False), ref.encode()) if command.secret else None
    values = {
        "community_id": command.community_id,
        "ref": ref,
        "source": command.source,
        "state": str(BallotState.DRAFT),
        "author_id": command.staff_id,
        "drafted_at": now,
        "reason": "",
        "why_longer": "",
        "voters": 0,
        "area": 0,
        "voted": 0,
        "log_length": 0,
        "log_head": first_head(ref),
        "public": pair.public if pair else b"",
        "wrapped": pair.wrapped if pair else b"",
        "count_file": "",
        "digest": "",
        "reminder": 0,
        **_words(command, unit),
    }
    ballot_id = await insert_once(session, Ballot, values, ("community_id", "source"))
    if ballot_id is None:  # somebody was first
        return await draft_ballot(session, command, now, rules, tools)
    ballot = await lock_ballot(session, ballot_id)
    waits = tell_staff(ballot, rules, tools.book, "ballot.staff.drafted", "drafted")
    return Outcome((waits,), (changed(ballot),), ballot.id)


def _words(command: DraftBallot, unit: OrgUnit) -> dict[str, object]:
    return {
        "title": command.title.strip(),
        "text": command.text.strip(),
        "options": [one.strip() for one in command.options],
        "counting": command.counting,
        "rule": command.rule,
        "item": command.item,
        "secret": command.secret,
        "org_unit_id": unit.id,
        "opens_at": command.opens_at,
        "closes_at": command.closes_at,
    }


async def _rewrite(
    session: AsyncSession, command: DraftBallot, now: datetime, rules: Rules, tools: BallotTools
) -> Outcome:
    """A draft only; whoever changed it last is its author, so that a second person looks at what was changed."""
    ballot, staff = await access_as_staff(session, command.ballot_id or 0, command.staff_id, WRITERS)
    if ballot.community_id != command.community_id:
        raise NotFound("of another community", phrase="ballot.none_such")
    if ballot.state != BallotState.DRAFT:
        raise MoveRefused(f"is {ballot.state}", phrase="ballot.is_fixed")
    unit = await _check(session, command, now, tools.book)
    for name, value in _words(command, unit).items():
        setattr(ballot, name, value)
    if command.secret and not ballot.public:
        pair = tools.seals.new_case(tools.seals.get_public(make=False), ballot.ref.encode())
        ballot.public, ballot.wrapped = pair.public, pair.wrapped
    ballot.author_id, ballot.approved_by, ballot.next_at = staff.id, None, None
    return Outcome(events=(changed(ballot),), value=ballot.id)


async def _check(session: AsyncSession, command: DraftBallot, now: datetime, book: BallotBook) -> OrgUnit:
    """The unit it is for. Raises InvalidInput with what must be put right."""
    if not SHORTEST_TITLE <= len(command.title.strip()) <= LONGEST_TITLE:
        raise InvalidInput("title", phrase="ballot.bad.title", most=LONGEST_TITLE)
    if len(command.text.strip()) > LONGEST_TEXT or not 0 < len(command.source) <= LONGEST_SOURCE:
        raise InvalidInput("text", phrase="ballot.bad.text", most=LONGEST_TEXT)
    if command.counting not in COUNTS or command.rule not in NEEDED:
        raise InvalidInput("no such way to count", phrase="ballot.bad.rule")
    _check_options(command)
    _check_rule(command, book)
    _check_times(command, now, book)
    unit = await session.get(OrgUnit, command.unit_id or command.community_id)
    if unit is None or unit.community_id != command.community_id:
        raise InvalidInput("no such area", phrase="ballot.bad.unit")
    if unit.level not in (Level.COMMUNITY, Level.GRID, Level.BUILDING):
        raise InvalidInput("no such area", phrase="ballot.bad.unit")
    return unit


def _check_options(command: DraftBallot) -> None:
    options = [one.strip() for one in command.options]
    fits = FEWEST_OPTIONS <= len(options) <= MOST_OPTIONS and len(set(options)) == len(options)
    if not fits or not all(0 < len(one) <= LONGEST_OPTION for one in options):
        raise InvalidInput("options", phrase="ballot.bad.options", most=MOST_OPTIONS, longest=LONGEST_OPTION)


def _check_rule(command: DraftBallot, book: BallotBook) -> None:
    by_law = command.rule != "majority"
    if by_law and command.counting != "area":
        raise InvalidInput("the law counts both", phrase="ballot.bad.law_needs_area")
    if by_law and tuple(command.options) not in (YES_NO, (AGREE, AGAINST)):
        raise InvalidInput("the law asks yes or no", phrase="ballot.bad.law_needs_yes_no")
    if not command.item:
        return
    item = book.items.get(command.item)
    if item is None or item.rule != command.rule:
        raise InvalidInput("another majority", phrase="ballot.bad.item_rule", item=item.name if item else command.item)


def _check_times(command: DraftBallot, now: datetime, book: BallotBook) -> None:
    opens = max(command.opens_at or now, now)
    if command.closes_at is not None and not book.shortest <= command.closes_at - opens <= book.longest:
        hours, days = int(book.shortest.total_seconds() // 3600), book.longest.days
        raise InvalidInput("times", phrase="ballot.bad.times", hours=hours, days=days)


async def open_ballot(
    session: AsyncSession, command: OpenBallot, now: datetime, rules: Rules, tools: BallotTools
) -> Outcome:
    """Not by who wrote it. Before its time it only waits for it."""
    ballot, staff = await access_as_staff(session, command.ballot_id, command.staff_id)
    if ballot.state != BallotState.DRAFT or ballot.approved_by is not None:
        raise MoveRefused("opened already", phrase="ballot.opened_already")
    if ballot.author_id == staff.id:
        raise MoveRefused("a second person is needed", phrase="ballot.second_person")
    if ballot.closes_at is not None and ballot.closes_at - max(now, ballot.opens_at or now) < tools.book.shortest:
        hours, days = int(tools.book.shortest.total_seconds() // 3600), tools.book.longest.days
        raise InvalidInput("too late", phrase="ballot.bad.times", hours=hours, days=days)
    ballot.approved_by = staff.id
    if ballot.opens_at is not None and ballot.opens_at > now:
        await fix_electorate_dry(session, ballot)
        plan(ballot, now, tools.book)
        return Outcome(events=(changed(ballot),), value=ballot.id)
    return await begin(session, ballot, now, rules, tools)


async def fix_electorate_dry(session: AsyncSession, ballot: Ballot) -> None:
    """Whether it could open as things are: said now, and not when its time has come. Raises InvalidInput."""
    trial = await session.begin_nested()
    try:
        await fix_electorate(session, ballot)
    finally:
        await trial.rollback()
        await session.refresh(ballot)


async def begin(session: AsyncSession, ballot: Ballot, now: datetime, rules: Rules, tools: BallotTools) -> Outcome:
    """It opens: the electorate is fixed, the groups are told."""
    await fix_electorate(session, ballot)
    ballot.state, ballot.opened_at = BallotState.OPEN, now
    plan(ballot, now, tools.book)
    await session.flush()
    card = tell_groups(ballot, rules, tools.book, "ballot.opened", "opened", card=True)
    return Outcome((card,), (changed(ballot), ballot_event("BallotOpened", ballot)), ballot.id)


async def cancel_ballot(
    session: AsyncSession, command: CancelBallot, now: datetime, rules: Rules, tools: BallotTools
) -> Outcome:
    """What was voted is not counted; of a secret ballot it is destroyed."""
    ballot, _ = await access_as_staff(session, command.ballot_id, command.staff_id, HEADS)
    reason = check_reason(command.reason)
    if ballot.state not in LIVE:
        raise MoveRefused(f"is {ballot.state}", phrase="ballot.over_already")
    was_told = ballot.state != BallotState.DRAFT
    ballot.state, ballot.reason, ballot.closed_at, ballot.next_at = BallotState.CANCELLED, reason, now, None
    await forget_votes(session, ballot)
    told = (tell_groups(ballot, rules, tools.book, "ballot.cancelled", "cancelled"),) if was_told else ()
    return Outcome(told, (changed(ballot), ballot_event("BallotCancelled", ballot)), ballot.id)


async def forget_votes(session: AsyncSession, ballot: Ballot) -> None:
    """Of a secret ballot: nobody can open a vote any more."""
    if not ballot.secret:
        return
    ballot.wrapped = b""
    await session.flush()
    for table in (BallotVote, BallotPaper):
        await session.execute(update(table).where(table.ballot_id == ballot.id).values(sealed=b""))
