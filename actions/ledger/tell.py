"""Who hears what of the time bank. A balance is told to nobody but its owner."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.ledger.model import TimeClaim, TimeEntry, TimePosting
from actions.ledger.rules import LedgerRules
from actions.outcome import Button, Event
from actions.telling import tell_resident, tell_staff_group


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a statement: what an entry changed in an account."""

    entry: TimeEntry
    minutes: int
    balance: int  # after it
    note: str = ""
    reversed: bool = False


async def list_lines(session: AsyncSession, account_id: int, limit: int | None = None) -> list[Line]:
    """The statement of an account, the newest first; each line with the balance it left."""
    change = case((TimePosting.credit_id == account_id, TimePosting.minutes), else_=-TimePosting.minutes)
    mine = (TimePosting.credit_id == account_id) | (TimePosting.debit_id == account_id)
    moved = (
        select(TimePosting.entry_id, func.sum(change).label("minutes"))
        .where(mine)
        .group_by(TimePosting.entry_id)
        .subquery()
    )
    after = func.sum(moved.c.minutes).over(order_by=TimeEntry.id)
    back = select(TimeEntry.reverses_id).where(TimeEntry.reverses_id.is_not(None))
    query = (
        select(TimeEntry, moved.c.minutes, after, TimeClaim.kind, TimeEntry.id.in_(back))
        .join(moved, moved.c.entry_id == TimeEntry.id)
        .outerjoin(TimeClaim, TimeClaim.entry_id == TimeEntry.id)
        .order_by(TimeEntry.id.desc())
    )
    rows = await session.execute(query.limit(limit) if limit else query)
    return [
        Line(entry, int(minutes), int(balance), kind or "", gone) for entry, minutes, balance, kind, gone in rows
    ]


def what_words(line: Line, rules: LedgerRules) -> str:
    """What an entry was, in a word or two."""
    if line.note in rules.kinds:
        return rules.kinds[line.note].name
    return rules.words[line.entry.kind]


def signed_words(minutes: int, rules: LedgerRules) -> str:
    """ "+2小时", "-30分钟"."""
    return rules.words["minus" if minutes < 0 else "plus"] + rules.hours_words(abs(minutes))


def line_words(line: Line, rules: LedgerRules) -> str:
    """A line as it is said in a chat."""
    day = rules.day_words(rules.today(line.entry.at))
    amount = signed_words(line.minutes, rules)
    return rules.words["line"].format(day=day, what=what_words(line, rules), amount=amount)


def claim_params(claim: TimeClaim, rules: LedgerRules, nickname: str = "") -> dict[str, Any]:
    """What every text about a claim may use."""
    return {
        "what": rules.kinds[claim.kind].name if claim.kind in rules.kinds else claim.kind,
        "amount": rules.hours_words(claim.minutes or 0),
        "day": rules.day_words(claim.done_on) if claim.done_on else "",
        "who": nickname,
        "reason": claim.reason,
    }

tell = partial(tell_resident, "ledger")
tell_staff = partial(tell_staff_group, "ledger")


def press(phrase: str, what: str, *parts: int | str, **params: Any) -> Button:
    """A button of the time bank; its value comes back and is not trusted."""
    return Button(f"button.ledger.{phrase}", ":".join(("ledger", what, *map(str, parts))), params)


def changed(community_id: int) -> Event:
    """Something is new on the pages of the time bank."""
    return Event("HoursChanged", community_id)


def claim_source(claim_id: int) -> str:
    """What the entry of a claim comes of."""
    return f"claim:{claim_id}"
