"""账目核对: recomputes every balance from the postings and shows whether the books come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.ledger.lots import list_lots
from actions.ledger.model import GiftState, Holder, TimeAccount, TimeClaim, TimeEntry, TimeGift, TimePosting


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not come out. ``what`` is a word of ``console.ledger.fault``; ``id`` of what."""

    what: str
    id: int
    found: int
    expected: int


@dataclass(frozen=True, slots=True)
class Proof:
    """What was counted. ``totals``: kind of account → sum of its balances; together they are zero."""

    entries: int
    postings: int
    accounts: int
    totals: dict[str, int]
    faults: Sequence[Fault]

    @property
    def sum(self) -> int:
        return sum(self.totals.values())

    @property
    def holds(self) -> bool:
        """Whether everything comes out."""
        return not self.faults and self.sum == 0


async def check_books(session: AsyncSession, community_id: int) -> Proof:
    """Every account of a community against its postings. Changes nothing."""
    here = TimeAccount.community_id == community_id
    accounts = (await session.scalars(select(TimeAccount).where(here).order_by(TimeAccount.id))).all()
    ins = await _sums(session, select(TimePosting.credit_id, func.sum(TimePosting.minutes)), community_id, "credit_id")
    outs = await _sums(session, select(TimePosting.debit_id, func.sum(TimePosting.minutes)), community_id, "debit_id")
    faults, totals = [], dict.fromkeys(map(str, Holder), 0)
    for account in accounts:
        summed = ins.get(account.id, 0) - outs.get(account.id, 0)
        totals[account.kind] = totals.get(account.kind, 0) + summed
        if summed != account.balance:
            faults.append(Fault("balance", account.id, account.balance, summed))
        if summed < 0 and account.kind != Holder.POOL:
            faults.append(Fault("below_zero", account.id, summed, 0))
        if account.kind == Holder.RESIDENT:
            left = sum(lot.minutes for lot in await list_lots(session, account.id))
            if left != summed:
                faults.append(Fault("lots", account.id, left, summed))
    faults += await _gifts(session, community_id, totals[Holder.HOLD])
    faults += await _reversals(session, community_id) + await _claims(session, community_id)
    entries = await session.scalar(select(func.count(TimeEntry.id)).where(TimeEntry.community_id == community_id))
    postings = await session.scalar(select(func.count(TimePosting.id)).where(TimePosting.community_id == community_id))
    return Proof(entries or 0, postings or 0, len(accounts), totals, faults)


async def _sums(
    session: AsyncSession, query: Select[tuple[int, int]], community_id: int, side: str
) -> dict[int, int]:
    column = TimePosting.__table__.c[side]
    rows = await session.execute(query.where(TimePosting.community_id == community_id).group_by(column))
    return {account: int(minutes) for account, minutes in rows.tuples()}


async def _gifts(session: AsyncSession, community_id: int, held: int) -> list[Fault]:
    """What is laid aside is what neighbours have not answered yet."""
    query = select(func.coalesce(func.sum(TimeGift.minutes), 0)).where(
        TimeGift.community_id == community_id, TimeGift.state == GiftState.OFFERED
    )
    offered = int(await session.scalar(query) or 0)
    return [] if held == offered else [Fault("hold", community_id, held, offered)]


async def _reversals(session: AsyncSession, community_id: int) -> list[Fault]:
    """A reversal moves exactly as much as what it takes back."""
    total = (
        select(TimePosting.entry_id, func.sum(TimePosting.minutes).label("minutes"))
        .where(TimePosting.community_id == community_id)
        .group_by(TimePosting.entry_id)
        .subquery()
    )
    first = total.alias()
    query = (
        select(TimeEntry.id, total.c.minutes, first.c.minutes)
        .join(total, total.c.entry_id == TimeEntry.id)
        .join(first, first.c.entry_id == TimeEntry.reverses_id)
        .where(TimeEntry.community_id == community_id, total.c.minutes != first.c.minutes)
    )
    return [Fault("reversal", *map(int, row)) for row in (await session.execute(query)).tuples()]


async def _claims(session: AsyncSession, community_id: int) -> list[Fault]:
    """What a claim says was credited is what the book says."""
    resident = select(TimeAccount.id).where(TimeAccount.kind == Holder.RESIDENT)
    booked = (
        select(TimePosting.entry_id, func.sum(TimePosting.minutes).label("minutes"))
        .where(TimePosting.community_id == community_id, TimePosting.credit_id.in_(resident))
        .group_by(TimePosting.entry_id)
        .subquery()
    )
    said = func.coalesce(booked.c.minutes, 0)
    query = (
        select(TimeClaim.id, TimeClaim.credited, said)
        .outerjoin(booked, booked.c.entry_id == TimeClaim.entry_id)
        .where(TimeClaim.community_id == community_id, TimeClaim.state == "confirmed", TimeClaim.credited != said)
    )
    return [Fault("claim", *map(int, row)) for row in (await session.execute(query)).tuples()]
