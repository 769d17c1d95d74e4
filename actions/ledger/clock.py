"""What falls due: hours that end soon are told, then moved; tiers and honours by the rules of today."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.inserting import insert_once
from actions.ledger.book import OWN, Leg, hold_accounts, post
from actions.ledger.commands import DoLedger, LapseGift
from actions.ledger.gifts import due_gifts
from actions.ledger.lots import list_lots
from actions.ledger.model import EntryKind, ExpiryNotice, Holder, TimeAccount, TimePosting
from actions.ledger.rules import LedgerRules
from actions.ledger.standing import raise_standing
from actions.ledger.tell import changed, press, tell
from actions.outcome import Outcome


async def due_ledger(
    session: AsyncSession, now: datetime, limit: int, rules: LedgerRules
) -> list[DoLedger | LapseGift]:
    """What is due now."""
    today = rules.today(now)
    told = exists().where(
        ExpiryNotice.account_id == TimePosting.credit_id,
        ExpiryNotice.expires_on == TimePosting.expires_on,
        ExpiryNotice.reopened.is_(False),
    )
    soon = today + timedelta(days=rules.warn_days)
    warn = (
        select(TimePosting.credit_id, TimePosting.expires_on)
        .join(TimeAccount, TimeAccount.id == TimePosting.credit_id)
        .where(TimePosting.expires_on <= soon, TimeAccount.kind == Holder.RESIDENT, ~told)
    )
    move = select(ExpiryNotice.account_id, ExpiryNotice.expires_on).where(
        ExpiryNotice.moved_at.is_(None), ExpiryNotice.moves_on <= today
    )
    old = select(TimeAccount.id).where(
        TimeAccount.kind == Holder.RESIDENT, or_(TimeAccount.standing_on.is_(None), TimeAccount.standing_on < today)
    )
    ends = (await session.execute(warn.distinct().limit(limit))).tuples()
    found: list[DoLedger | LapseGift] = list(await due_gifts(session, now, limit))
    found += [DoLedger("warn", account_id, day) for account_id, day in ends if day is not None]
    found += [DoLedger("expire", *row) for row in (await session.execute(move.limit(limit))).tuples()]
    return found + [DoLedger("standing", one, today) for one in await session.scalars(old.limit(limit))]


async def do_ledger(session: AsyncSession, command: DoLedger, now: datetime, rules: LedgerRules) -> Outcome:
    """Doing it twice does nothing."""
    known = await session.get(TimeAccount, command.account_id)
    if known is None or known.kind != Holder.RESIDENT:
        return Outcome()
    account, expired = await hold_accounts(
        session, known.community_id, (Holder.RESIDENT, known.holder), (Holder.EXPIRED, OWN)
    )
    match command.what:
        case "warn":
            return await _warn(session, account, command, now, rules)
        case "expire":
            return await _expire(session, account, expired, command, now, rules)
    if account.standing_on is not None and account.standing_on >= rules.today(now):
        return Outcome()
    return Outcome(await raise_standing(session, account, now, rules), value=account.id)


async def _warn(
    session: AsyncSession, account: TimeAccount, command: DoLedger, now: datetime, rules: LedgerRules
) -> Outcome:
    """Told once, with what can still be done; nothing is left of it: nobody is bothered."""
    of_it = (ExpiryNotice.account_id == account.id, ExpiryNotice.expires_on == command.day)
    query = select(func.count(), func.count().filter(ExpiryNotice.reopened.is_(False))).where(*of_it)
    rounds, standing = (await session.execute(query)).tuples().one()
    if standing:
        return Outcome()
    today = rules.today(now)
    moves_on = max(command.day, today + timedelta(days=rules.warn_days))
    values = {
        "community_id": account.community_id,
        "account_id": account.id,
        "expires_on": command.day,
        "round": rounds + 1,
        "told_at": now,
        "moves_on": moves_on,
        "reopened": False,
    }
    notice = await insert_once(session, ExpiryNotice, values, ("account_id", "expires_on", "round"))
    left = sum(lot.minutes for lot in await list_lots(session, account.id) if lot.expires_on <= command.day)
    if notice is None or not left:
        return Outcome()
    params: dict[str, Any] = {"amount": rules.hours_words(left), "day": rules.day_words(moves_on)}
    buttons = (press("shop", "shop"), press("give", "give"))
    reply = tell(account.holder, account.community_id, "ledger.ends_soon", key=f"ends:{notice}", buttons=buttons,
                 **params)  # fmt: skip
    return Outcome((reply,), value=account.id)


async def _expire(
    session: AsyncSession, account: TimeAccount, expired: TimeAccount, command: DoLedger, now: datetime,
    rules: LedgerRules,
) -> Outcome:  # fmt: skip
    """What is left of the hours that were told to end."""
    query = select(ExpiryNotice).where(
        ExpiryNotice.account_id == account.id,
        ExpiryNotice.expires_on == command.day,
        ExpiryNotice.moved_at.is_(None),
        ExpiryNotice.moves_on <= rules.today(now),
    )
    notice = (await session.scalars(query.order_by(ExpiryNotice.id).limit(1))).first()
    if notice is None:
        return Outcome()
    notice.moved_at = now
    left = sum(lot.minutes for lot in await list_lots(session, account.id) if lot.expires_on <= command.day)
    if not left:
        return Outcome()
    await post(session, EntryKind.EXPIRE, f"expire:{notice.id}", [Leg(account, expired, left)], now)
    params: dict[str, Any] = {"amount": rules.hours_words(left), "balance": rules.hours_words(account.balance)}
    reply = tell(account.holder, account.community_id, "ledger.ended", key=f"ended:{notice.id}", **params)
    return Outcome((reply,), (changed(account.community_id),), account.id)
