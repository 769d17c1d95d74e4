"""Tiers by all that was ever given, honours by what was given in a year; who agrees stands on the list."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput
from actions.inserting import insert_once
from actions.ledger.book import hold_accounts
from actions.ledger.commands import SetPublished
from actions.ledger.model import ClaimState, Holder, TimeAccount, TimeClaim, TimeHonour
from actions.ledger.rules import LedgerRules
from actions.ledger.tell import changed, press, tell
from actions.outcome import Outcome, Reply
from actions.people.model import Resident


async def given_by(
    session: AsyncSession, account: TimeAccount, *, kinds: frozenset[str] | None = None, year: int | None = None
) -> int:
    """Minutes somebody gave as they were confirmed; caps and spending do not lessen what was given."""
    query = select(func.sum(TimeClaim.minutes)).where(
        TimeClaim.community_id == account.community_id,
        TimeClaim.resident_id == account.holder,
        TimeClaim.state == ClaimState.CONFIRMED,
    )
    if kinds is not None:
        query = query.where(TimeClaim.kind.in_(kinds))
    if year is not None:
        query = query.where(TimeClaim.done_on.between(date(year, 1, 1), date(year, 12, 31)))
    return int(await session.scalar(query) or 0)


async def raise_standing(
    session: AsyncSession, account: TimeAccount, now: datetime, rules: LedgerRules
) -> tuple[Reply, ...]:
    """Work out tier and honours as the rules stand now; what is new is told."""
    today, before = rules.today(now), account.tier
    given = await given_by(session, account)
    tier = rules.tier_of(given)
    account.tier, account.standing_on = tier.code if tier else "", today
    replies = []
    ranks = [""] + [one.code for one in rules.tiers]
    if tier is not None and (before not in ranks or ranks.index(tier.code) > ranks.index(before)):
        replies.append(
            tell(account.holder, account.community_id, "ledger.tier_reached", key=f"tier:{account.id}:{tier.code}",
                 tier=tier.name, given=rules.hours_words(given))
        )  # fmt: skip
    for year in (today.year, today.year - 1):  # what is confirmed in January may be of December
        replies += await _honours(session, account, year, now, rules)
    return tuple(replies)


async def _honours(
    session: AsyncSession, account: TimeAccount, year: int, now: datetime, rules: LedgerRules
) -> list[Reply]:
    replies = []
    for honour in rules.honours.values():
        if await given_by(session, account, kinds=honour.kinds, year=year) < honour.minutes:
            of_it = (TimeHonour.account_id == account.id, TimeHonour.code == honour.code, TimeHonour.year == year)
            await session.execute(delete(TimeHonour).where(*of_it))  # what it was given for was taken back
            continue
        values = {
            "community_id": account.community_id,
            "account_id": account.id,
            "code": honour.code,
            "year": year,
            "given_at": now,
        }
        if await insert_once(session, TimeHonour, values, ("account_id", "code", "year")) is None:
            continue
        phrase = "ledger.honoured" if account.published else "ledger.honoured_ask"
        buttons = () if account.published else (press("publish", "show", 1), press("not_publish", "show", 0))
        replies.append(
            tell(account.holder, account.community_id, phrase, key=f"honour:{account.id}:{honour.code}:{year}",
                 buttons=buttons, honour=honour.name, year=year)
        )  # fmt: skip
    return replies


async def set_published(session: AsyncSession, command: SetPublished, now: datetime, rules: LedgerRules) -> Outcome:
    """Only they themselves say so, and may take it back at any time."""
    resident = await session.get(Resident, command.resident_id)
    if resident is None or resident.community_id != command.community_id:
        raise InvalidInput("no such resident", phrase="ledger.no_such_resident")
    (mine,) = await hold_accounts(session, command.community_id, (Holder.RESIDENT, command.resident_id))
    mine.published = command.published
    phrase = "ledger.published" if command.published else "ledger.not_published"
    reply = tell(command.resident_id, command.community_id, phrase, immediate=True)
    return Outcome((reply,), (changed(command.community_id),), value=mine.id)
