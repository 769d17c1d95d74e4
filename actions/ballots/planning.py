"""When the clock has to look at a ballot: its opening, reminders, its end and, after that, what still waits."""

from __future__ import annotations

from datetime import datetime

from actions.ballots.book import BallotBook
from actions.ballots.model import Ballot, BallotState


def reminder_due(ballot: Ballot, now: datetime, book: BallotBook) -> int:
    """The number of the round of reminders that is due, 0 for none; of several that were missed only the last."""
    if ballot.closes_at is None or ballot.opened_at is None or now >= ballot.closes_at:
        return 0
    rounds = [
        n
        for n, before in enumerate(book.reminders, 1)
        if n > ballot.reminder and ballot.opened_at < ballot.closes_at - before <= now
    ]
    return max(rounds, default=0)


def plan(ballot: Ballot, now: datetime, book: BallotBook) -> None:
    """Set when the clock comes next."""
    if ballot.state == BallotState.DRAFT:
        ballot.next_at = ballot.opens_at if ballot.approved_by is not None else None
        return
    if ballot.state != BallotState.OPEN or ballot.closes_at is None or ballot.opened_at is None:
        ballot.next_at = None
        return
    rounds = [
        ballot.closes_at - before
        for n, before in enumerate(book.reminders, 1)
        if n > ballot.reminder and ballot.closes_at - before > max(now, ballot.opened_at)
    ]
    ballot.next_at = min([*rounds, ballot.closes_at + book.settle])
