"""What confirmed hours are worth: the rule's factor, the caps, and what goes beyond them to those who need it."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.ledger.book import OWN, Leg, hold_accounts, post
from actions.ledger.model import ClaimState, EntryKind, Holder, TimeAccount, TimeClaim
from actions.ledger.rules import Kind, LedgerRules
from actions.ledger.standing import raise_standing
from actions.ledger.tell import claim_params, claim_source, press, tell
from actions.outcome import Reply


@dataclass(frozen=True, slots=True)
class Worth:
    """How much of it the resident gets, and how much goes to the fund."""

    credited: int
    excess: int


def weigh(minutes: int, kind: Kind, on_day: int, in_month: int, balance: int, holding: int) -> Worth:
    """``on_day``, ``in_month``: minutes of that kind credited already. All caps at once; nothing is lost."""
    worth = max(1, minutes * kind.percent // 100)
    room = min(kind.day - on_day, kind.month - in_month, holding - balance)
    credited = max(0, min(worth, room))
    return Worth(credited, worth - credited)


async def credit_claim(
    session: AsyncSession, claim: TimeClaim, now: datetime, rules: LedgerRules, staff_id: int | None
) -> tuple[Reply, ...]:
    """Put confirmed hours into the book. The claim must be held."""
    assert claim.minutes is not None
    assert claim.done_on is not None
    kind = rules.kind(claim.kind)
    mine, pool, fund = await hold_accounts(
        session, claim.community_id, (Holder.RESIDENT, claim.resident_id), (Holder.POOL, OWN), (Holder.FUND, OWN)
    )
    used = await _used(session, claim, claim.done_on)
    worth = weigh(claim.minutes, kind, *used, mine.balance, rules.holding)
    legs = [Leg(pool, mine, worth.credited, rules.expires_on(rules.today(now)))] if worth.credited else []
    legs += [Leg(pool, fund, worth.excess)] if worth.excess else []
    entry_id = await post(
        session, EntryKind.EARN, claim_source(claim.id), legs, now, staff_id=staff_id, text=claim.note[:200]
    )
    if entry_id is None:
        return ()
    claim.state, claim.settled_at, claim.settled_by = ClaimState.CONFIRMED, now, staff_id
    claim.credited, claim.entry_id = worth.credited, entry_id
    await session.flush()
    return (*_told(claim, mine, worth, rules), *await raise_standing(session, mine, now, rules))


def _told(claim: TimeClaim, mine: TimeAccount, worth: Worth, rules: LedgerRules) -> tuple[Reply, ...]:
    params = claim_params(claim, rules) | {
        "credited": rules.hours_words(worth.credited),
        "excess": rules.hours_words(worth.excess),
        "balance": rules.hours_words(mine.balance),
    }
    phrase = "ledger.credited_beyond" if worth.excess else "ledger.credited"
    buttons = (press("balance", "mine"),)
    return (
        tell(claim.resident_id, claim.community_id, phrase, key=f"credited:{claim.id}", buttons=buttons, **params),
    )


async def _used(session: AsyncSession, claim: TimeClaim, day: date) -> tuple[int, int]:
    """Minutes of that kind credited for that day, and for its month."""
    last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
    query = (
        select(TimeClaim.done_on, func.sum(TimeClaim.credited))
        .where(
            TimeClaim.resident_id == claim.resident_id,
            TimeClaim.kind == claim.kind,
            TimeClaim.state == ClaimState.CONFIRMED,
            TimeClaim.done_on.between(day.replace(day=1), last),
        )
        .group_by(TimeClaim.done_on)
    )
    by_day = {on: int(minutes or 0) for on, minutes in await session.execute(query)}
    return by_day.get(day, 0), sum(by_day.values())
