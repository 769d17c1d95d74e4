"""Hours for one neighbour by name: laid aside, asked, taken; or back to who gave them, as if nothing had been."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotFound
from actions.ledger.access import access_resident, lock_row
from actions.ledger.book import OWN, InsufficientHours, Leg, find_account, find_entry, hold_accounts, post
from actions.ledger.claims import check_minutes
from actions.ledger.commands import AnswerGift, GiveHours, LapseGift, OfferGift
from actions.ledger.lots import list_lots
from actions.ledger.model import EntryKind, GiftState, Holder, TimeAccount, TimeEntry, TimeGift, TimePosting
from actions.ledger.rules import LedgerRules
from actions.ledger.spending import undo
from actions.ledger.tell import changed, press, tell
from actions.outcome import Outcome, Reply
from actions.people.model import Resident

MOST_OFFERED = 3  # by one resident at a time
_OFFERED_MINUTES = (60, 120, 300)


async def offer_gift(session: AsyncSession, command: OfferGift, now: datetime, rules: LedgerRules) -> Outcome:
    """Who is meant must be the only one called so. Without a number, ask how many."""
    if command.minutes is not None:
        check_minutes(command.minutes, rules)
    query = select(Resident).where(Resident.community_id == command.community_id, Resident.nickname == command.name)
    found = (await session.scalars(query.limit(2))).all()
    if len(found) != 1:
        raise InvalidInput(f"{len(found)} are called so", phrase="ledger.gift_whom")
    _check_two(command.resident_id, found[0].id)
    account = await find_account(session, command.community_id, command.resident_id)
    balance = account.balance if account is not None else 0
    wanted = (command.minutes,) if command.minutes is not None else _OFFERED_MINUTES
    buttons = tuple(
        press("gift", "gift", found[0].id, minutes, command.offer, amount=rules.hours_words(minutes))
        for minutes in wanted
        if minutes <= balance
    )
    phrase = "ledger.offer_gift" if buttons else "ledger.too_few_to_give"
    own = tell(command.resident_id, command.community_id, phrase, buttons=buttons, immediate=True,
               balance=rules.hours_words(balance), name=found[0].nickname, days=rules.gift_days)  # fmt: skip
    here = (Reply("ledger.told_in_private"),) if command.in_group else ()
    return Outcome((*here, own))


def _check_two(giver_id: int, taker_id: int) -> None:
    if giver_id == taker_id:
        raise InvalidInput("oneself", phrase="ledger.gift_yourself")


async def give_hours(session: AsyncSession, command: GiveHours, now: datetime, rules: LedgerRules) -> Outcome:
    """Laid aside, the oldest first; each keeps the day it ends on, if there is time to use it."""
    here, minutes = command.community_id, check_minutes(command.minutes, rules)
    _check_two(command.resident_id, command.taker_id)
    giver = await access_resident(session, here, command.resident_id)
    taker = await access_resident(session, here, command.taker_id)
    mine, hold = await hold_accounts(session, here, (Holder.RESIDENT, giver.id), (Holder.HOLD, OWN))
    if await find_entry(session, here, command.source) is not None:
        return Outcome()
    open_ones = (TimeGift.giver_id == giver.id, TimeGift.state == GiftState.OFFERED)
    if int(await session.scalar(select(func.count(TimeGift.id)).where(*open_ones)) or 0) >= MOST_OFFERED:
        raise MoveRefused("several wait", phrase="ledger.gift_too_many", most=MOST_OFFERED)
    legs = await _oldest(session, mine, hold, minutes)
    entry_id = await post(session, EntryKind.GIFT, command.source, legs, now)
    if entry_id is None:
        return Outcome()
    gift = TimeGift(
        community_id=here, source=command.source, giver_id=giver.id, taker_id=taker.id, minutes=minutes,
        state=GiftState.OFFERED, offered_at=now, ends_at=now + timedelta(days=rules.gift_days), entry_id=entry_id,
    )  # fmt: skip
    session.add(gift)
    await session.flush()
    amount, day = rules.hours_words(minutes), rules.day_words(rules.today(gift.ends_at))
    back = (press("take_back", "untake", gift.id),)
    answers = (press("take", "take", gift.id), press("decline", "untake", gift.id))
    replies = (
        tell(giver.id, here, "ledger.gift_given", buttons=back, immediate=True, amount=amount, name=taker.nickname,
             balance=rules.hours_words(mine.balance)),
        tell(taker.id, here, "ledger.gift_asked", key=f"gift:{gift.id}", buttons=answers, amount=amount, day=day,
             name=giver.nickname),
    )  # fmt: skip
    return Outcome(replies, (changed(here),), gift.id)


async def _oldest(session: AsyncSession, mine: TimeAccount, hold: TimeAccount, minutes: int) -> list[Leg]:
    legs, left = [], minutes
    for lot in await list_lots(session, mine.id):
        taken = min(left, lot.minutes)
        if taken:
            legs.append(Leg(mine, hold, taken, lot.expires_on))
        left -= taken
    if left:
        raise InsufficientHours(f"{left} are missing")
    return legs


async def answer_gift(session: AsyncSession, command: AnswerGift, now: datetime, rules: LedgerRules) -> Outcome:
    """Only the two know of it; what is settled stays so."""
    gift = await lock_row(session, TimeGift, command.gift_id)
    if command.resident_id not in (gift.giver_id, gift.taker_id):
        raise NotFound(f"gift {gift.id}", phrase="ledger.none_such")
    by_taker = command.resident_id == gift.taker_id
    if command.takes and not by_taker:
        raise NotFound(f"gift {gift.id}", phrase="ledger.none_such")
    if gift.state != GiftState.OFFERED:
        settled = tell(command.resident_id, gift.community_id, "ledger.gift_settled", immediate=True)
        return Outcome((settled,))
    if command.takes:
        return await _take(session, gift, now, rules)
    return await _return(session, gift, GiftState.DECLINED if by_taker else GiftState.WITHDRAWN, now, rules)


async def _take(session: AsyncSession, gift: TimeGift, now: datetime, rules: LedgerRules) -> Outcome:
    here = gift.community_id
    hold, theirs = await hold_accounts(session, here, (Holder.HOLD, OWN), (Holder.RESIDENT, gift.taker_id))
    if theirs.balance + gift.minutes > rules.holding:
        raise MoveRefused("holds the most", phrase="ledger.gift_full")
    query = select(TimePosting).where(TimePosting.entry_id == gift.entry_id).order_by(TimePosting.id)
    least = rules.at_least(rules.today(now))  # nobody is given what is about to end
    legs = [Leg(hold, theirs, one.minutes, max(one.expires_on or least, least)) for one in await session.scalars(query)]
    await post(session, EntryKind.RECEIVE, f"taken:{gift.id}", legs, now)
    gift.state, gift.settled_at = GiftState.ACCEPTED, now
    await session.flush()
    giver, taker = await _names(session, gift)
    replies = (
        tell(gift.taker_id, here, "ledger.gift_taken", immediate=True, name=giver,
             balance=rules.hours_words(theirs.balance)),
        tell(gift.giver_id, here, "ledger.gift_was_taken", key=f"gift:{gift.id}:end", name=taker,
             amount=rules.hours_words(gift.minutes)),
    )  # fmt: skip
    return Outcome(replies, (changed(here),), gift.id)


async def _return(
    session: AsyncSession, gift: TimeGift, state: GiftState, now: datetime, rules: LedgerRules
) -> Outcome:
    """The laying aside is taken back; both hear it, who pressed at once."""
    here, entry = gift.community_id, await session.get_one(TimeEntry, gift.entry_id)
    _, moved = await undo(session, entry, now)
    gift.state, gift.settled_at = state, now
    await session.flush()
    giver, taker = await _names(session, gift)
    amount, balance = rules.hours_words(gift.minutes), rules.hours_words(moved[0][0].balance)
    own, key = state == GiftState.WITHDRAWN, f"gift:{gift.id}:end"
    replies = [
        tell(gift.giver_id, here, f"ledger.gift_{state}", key=None if own else key, immediate=own, name=taker,
             amount=amount, balance=balance, days=rules.gift_days)
    ]  # fmt: skip
    if state == GiftState.DECLINED:
        replies.append(tell(gift.taker_id, here, "ledger.gift_refused", immediate=True))
    else:
        phrase = "ledger.gift_taken_back" if own else "ledger.gift_over"
        replies.append(tell(gift.taker_id, here, phrase, key=f"{key}:taker", name=giver, amount=amount))
    return Outcome(tuple(replies), (changed(here),), gift.id)


async def _names(session: AsyncSession, gift: TimeGift) -> tuple[str, str]:
    giver = await session.get_one(Resident, gift.giver_id)
    return giver.nickname, (await session.get_one(Resident, gift.taker_id)).nickname


async def due_gifts(session: AsyncSession, now: datetime, limit: int) -> Sequence[LapseGift]:
    """Those that nobody answered in time."""
    query = select(TimeGift.id).where(TimeGift.state == GiftState.OFFERED, TimeGift.ends_at <= now)
    return [LapseGift(one) for one in await session.scalars(query.order_by(TimeGift.ends_at).limit(limit))]


async def lapse_gift(session: AsyncSession, command: LapseGift, now: datetime, rules: LedgerRules) -> Outcome:
    """Back to who gave it; twice does nothing."""
    gift = await lock_row(session, TimeGift, command.gift_id)
    if gift.state != GiftState.OFFERED or gift.ends_at > now:
        return Outcome()
    return await _return(session, gift, GiftState.LAPSED, now, rules)
