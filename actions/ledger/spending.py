"""Giving hours away, getting some from the fund, and taking an entry back by a new one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import MoveRefused
from actions.ledger.access import HEADS, access_resident, access_staff, check_reason, lock_row
from actions.ledger.book import OWN, Leg, find_account, hold_accounts, post
from actions.ledger.claims import check_minutes
from actions.ledger.commands import Donate, GrantHours, OfferDonation, ReverseEntry
from actions.ledger.model import (
    ClaimState,
    EntryKind,
    ExpiryNotice,
    Holder,
    TimeAccount,
    TimeClaim,
    TimeEntry,
    TimePosting,
)
from actions.ledger.rules import LedgerRules
from actions.ledger.standing import raise_standing
from actions.ledger.tell import changed, press, tell
from actions.outcome import Outcome, Reply

_OFFERED_MINUTES = (60, 120, 300)


async def offer_donation(session: AsyncSession, command: OfferDonation, now: datetime, rules: LedgerRules) -> Outcome:
    """Ask once more before hours go away for good; without a number, ask how many."""
    if command.minutes is not None:
        check_minutes(command.minutes, rules)
    account = await find_account(session, command.community_id, command.resident_id)
    balance = account.balance if account is not None else 0
    wanted = (command.minutes,) if command.minutes is not None else _OFFERED_MINUTES
    buttons = tuple(
        press("donate", "donate", minutes, command.offer, amount=rules.hours_words(minutes))
        for minutes in wanted
        if minutes <= balance
    )
    phrase = "ledger.offer_donation" if buttons else "ledger.too_few_to_donate"
    params: dict[str, Any] = {"balance": rules.hours_words(balance)}
    own = tell(command.resident_id, command.community_id, phrase, buttons=buttons, immediate=True, **params)
    here = (Reply("ledger.told_in_private"),) if command.in_group else ()
    return Outcome((*here, own))


async def donate(session: AsyncSession, command: Donate, now: datetime, rules: LedgerRules) -> Outcome:
    """Into the fund, with thanks."""
    minutes = check_minutes(command.minutes, rules)
    await access_resident(session, command.community_id, command.resident_id)
    mine, fund = await hold_accounts(
        session, command.community_id, (Holder.RESIDENT, command.resident_id), (Holder.FUND, OWN)
    )
    entry_id = await post(session, EntryKind.DONATE, command.source, [Leg(mine, fund, minutes)], now)
    if entry_id is None:
        return Outcome()
    params: dict[str, Any] = {"amount": rules.hours_words(minutes), "balance": rules.hours_words(mine.balance)}
    reply = tell(command.resident_id, command.community_id, "ledger.donated", immediate=True, **params)
    return Outcome((reply,), (changed(command.community_id),), entry_id)


async def grant_hours(session: AsyncSession, command: GrantHours, now: datetime, rules: LedgerRules) -> Outcome:
    """Out of the fund, to somebody who needs it."""
    await access_staff(session, command.staff_id, command.community_id, HEADS)
    await access_resident(session, command.community_id, command.resident_id)
    minutes, text = check_minutes(command.minutes, rules), check_reason(command.text)
    fund, theirs = await hold_accounts(
        session, command.community_id, (Holder.FUND, OWN), (Holder.RESIDENT, command.resident_id)
    )
    legs = [Leg(fund, theirs, minutes, rules.expires_on(rules.today(now)))]
    entry_id = await post(
        session, EntryKind.GRANT, command.source, legs, now, staff_id=command.staff_id, text=text
    )
    if entry_id is None:
        return Outcome()
    params: dict[str, Any] = {"amount": rules.hours_words(minutes), "balance": rules.hours_words(theirs.balance)}
    reply = tell(command.resident_id, command.community_id, "ledger.granted", key=f"granted:{entry_id}", **params)
    return Outcome((reply,), (changed(command.community_id),), entry_id)


async def reverse_entry(session: AsyncSession, command: ReverseEntry, now: datetime, rules: LedgerRules) -> Outcome:
    """The book is never changed: what was wrong is taken back by an entry of its own."""
    entry = await lock_row(session, TimeEntry, command.entry_id)
    await access_staff(session, command.staff_id, entry.community_id, HEADS)
    text = check_reason(command.text)
    if entry.reverses_id is not None:
        raise MoveRefused("is a reversal itself", phrase="ledger.is_a_reversal")
    if entry.kind == EntryKind.EXCHANGE:
        raise MoveRefused("an order is cancelled", phrase="ledger.cancel_the_order")
    if entry.kind in (EntryKind.GIFT, EntryKind.RECEIVE):
        raise MoveRefused("two neighbours have agreed", phrase="ledger.not_a_gift")
    return await take_back(session, entry, now, rules, staff_id=command.staff_id, text=text)


async def take_back(
    session: AsyncSession, entry: TimeEntry, now: datetime, rules: LedgerRules, *, staff_id: int | None, text: str
) -> Outcome:
    """The same postings the other way round; once. Raises InsufficientHours when they were spent meanwhile."""
    done, moved = await undo(session, entry, now, staff_id=staff_id, text=text)
    claim = await session.scalar(select(TimeClaim).where(TimeClaim.entry_id == entry.id))
    if claim is not None:
        claim.state, claim.credited, claim.reason = ClaimState.REVERSED, 0, text
        await session.flush()
    replies: list[Reply] = []
    for account, minutes in moved:
        replies.append(_told(account, minutes, done, text, rules))
        replies += await raise_standing(session, account, now, rules)
    return Outcome(tuple(replies), (changed(entry.community_id),), done)


async def undo(
    session: AsyncSession, entry: TimeEntry, now: datetime, *, staff_id: int | None = None, text: str = ""
) -> tuple[int, list[tuple[TimeAccount, int]]]:
    """Post it the other way round, once: the new entry, and what changed in whose account. Raises MoveRefused."""
    legs = await _legs_back(session, entry)
    done = await post(
        session, EntryKind.REVERSE, f"reverse:{entry.id}", legs, now, staff_id=staff_id, text=text,
        reverses_id=entry.id,
    )  # fmt: skip
    if done is None:
        raise MoveRefused("reversed already", phrase="ledger.reversed_already")
    theirs = {a.id: a for leg in legs for a in (leg.debit, leg.credit) if a.kind == Holder.RESIDENT}
    moved = []
    for account in theirs.values():
        minutes = sum(leg.minutes for leg in legs if leg.credit is account)
        minutes -= sum(leg.minutes for leg in legs if leg.debit is account)
        await session.execute(
            update(ExpiryNotice)
            .where(ExpiryNotice.account_id == account.id, ExpiryNotice.moved_at.is_not(None))
            .values(reopened=True)  # what came back is told once more before it goes
        )
        moved.append((account, minutes))
    return done, moved


def _told(account: TimeAccount, minutes: int, entry_id: int, text: str, rules: LedgerRules) -> Reply:
    amount = rules.words["minus" if minutes < 0 else "plus"] + rules.hours_words(abs(minutes))
    params: dict[str, Any] = {"amount": amount, "reason": text, "balance": rules.hours_words(account.balance)}
    return tell(account.holder, account.community_id, "ledger.reversed", key=f"reversed:{entry_id}", **params)


async def _legs_back(session: AsyncSession, entry: TimeEntry) -> list[Leg]:
    query = select(TimePosting).where(TimePosting.entry_id == entry.id).order_by(TimePosting.id)
    postings = (await session.scalars(query)).all()
    ids = {one for posting in postings for one in (posting.debit_id, posting.credit_id)}
    held = select(TimeAccount).where(TimeAccount.id.in_(ids)).order_by(TimeAccount.id).with_for_update()
    accounts = {a.id: a for a in await session.scalars(held.execution_options(populate_existing=True))}
    return [Leg(accounts[p.credit_id], accounts[p.debit_id], p.minutes) for p in postings]
