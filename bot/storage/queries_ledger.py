"""The time bank for pages: claims, orders, honours. Who may read which is asked by the pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actions.ledger.model import (
    ClaimState,
    GiftState,
    Holder,
    OrderState,
    ShopOrder,
    TimeAccount,
    TimeClaim,
    TimeEntry,
    TimeGift,
    TimeHonour,
    TimePosting,
)
from actions.people.model import Resident

MOST_ROWS = 100


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim with whose it is. ``twice``: the same day and kind is there already."""

    claim: TimeClaim
    nickname: str
    twice: bool


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order with whose it is."""

    order: ShopOrder
    nickname: str


@dataclass(frozen=True, slots=True)
class HonourRow:
    """An honour. ``published``: they have agreed to stand on the list."""

    nickname: str
    code: str
    year: int
    published: bool


async def list_claims(session: AsyncSession, community_id: int, *states: ClaimState) -> list[ClaimRow]:
    """Claims in those states, the longest waiting first."""
    query = (
        select(TimeClaim, Resident.nickname)
        .join(Resident, Resident.id == TimeClaim.resident_id)
        .where(TimeClaim.community_id == community_id, TimeClaim.state.in_(states))
        .order_by(TimeClaim.id)
        .limit(MOST_ROWS)
    )
    rows = (await session.execute(query)).tuples().all()
    others = await _others(session, [claim for claim, _ in rows])
    return [
        ClaimRow(claim, name, any(other.id != claim.id and _same(other, claim) for other in others))
        for claim, name in rows
    ]


async def _others(session: AsyncSession, claims: Sequence[TimeClaim]) -> Sequence[TimeClaim]:
    live = (ClaimState.RESIDENT, ClaimState.STAFF, ClaimState.DISPUTED, ClaimState.CONFIRMED)
    query = select(TimeClaim).where(
        TimeClaim.resident_id.in_({claim.resident_id for claim in claims}),
        TimeClaim.done_on.in_({claim.done_on for claim in claims}),
        TimeClaim.state.in_(live),
    )
    return (await session.scalars(query)).all() if claims else ()


def _same(one: TimeClaim, other: TimeClaim) -> bool:
    return (one.resident_id, one.kind, one.done_on) == (other.resident_id, other.kind, other.done_on)


async def count_to_settle(session: AsyncSession, community_id: int) -> int:
    """How many claims wait for staff."""
    waiting = (ClaimState.STAFF, ClaimState.DISPUTED)
    query = select(func.count(TimeClaim.id)).where(TimeClaim.community_id == community_id, TimeClaim.state.in_(waiting))
    return int(await session.scalar(query) or 0)


async def list_orders(
    session: AsyncSession, community_id: int, state: OrderState | None = None, resident_id: int | None = None
) -> list[OrderRow]:
    """Orders, the newest first."""
    query = select(ShopOrder, Resident.nickname).join(Resident, Resident.id == ShopOrder.resident_id)
    query = query.where(ShopOrder.community_id == community_id)
    if state is not None:
        query = query.where(ShopOrder.state == state)
    if resident_id is not None:
        query = query.where(ShopOrder.resident_id == resident_id)
    rows = await session.execute(query.order_by(ShopOrder.id.desc()).limit(MOST_ROWS))
    return [OrderRow(order, name) for order, name in rows]


async def list_honours(session: AsyncSession, community_id: int, *, published: bool = False) -> list[HonourRow]:
    """Honours, the newest year first; for residents only those who have agreed."""
    query = (
        select(Resident.nickname, TimeHonour.code, TimeHonour.year, TimeAccount.published)
        .join(TimeAccount, TimeAccount.id == TimeHonour.account_id)
        .join(Resident, Resident.id == TimeAccount.holder)
        .where(TimeHonour.community_id == community_id, TimeAccount.kind == Holder.RESIDENT)
        .order_by(TimeHonour.year.desc(), TimeHonour.code, TimeHonour.id)
        .limit(MOST_ROWS)
    )
    if published:
        query = query.where(TimeAccount.published.is_(True))
    return [HonourRow(*row) for row in (await session.execute(query)).tuples()]


async def list_holders(session: AsyncSession, community_id: int) -> list[tuple[TimeAccount, str]]:
    """Residents with an account, those with most in front."""
    query = (
        select(TimeAccount, Resident.nickname)
        .join(Resident, Resident.id == TimeAccount.holder)
        .where(TimeAccount.community_id == community_id, TimeAccount.kind == Holder.RESIDENT)
        .order_by(TimeAccount.balance.desc(), TimeAccount.id)
        .limit(MOST_ROWS)
    )
    return [(account, name) for account, name in await session.execute(query)]


async def find_entry_of(session: AsyncSession, community_id: int, entry_id: int) -> tuple[TimeEntry, int] | None:
    """An entry of that community with the resident it is about, or None."""
    entry = await session.get(TimeEntry, entry_id)
    if entry is None or entry.community_id != community_id:
        return None
    mine = select(TimeAccount.holder).where(
        TimeAccount.kind == Holder.RESIDENT,
        TimeAccount.id.in_(
            select(TimePosting.credit_id)
            .where(TimePosting.entry_id == entry_id)
            .union(select(TimePosting.debit_id).where(TimePosting.entry_id == entry_id))
        ),
    )
    return entry, int(await session.scalar(mine.limit(1)) or 0)


async def find_neighbour(session: AsyncSession, community_id: int, nickname: str) -> tuple[Resident | None, int]:
    """The resident of that nickname, and how many are called so: only one who is alone with it is found."""
    query = select(Resident).where(Resident.community_id == community_id, Resident.nickname == nickname)
    found = (await session.scalars(query.limit(2))).all()
    return (found[0] if len(found) == 1 else None), len(found)


@dataclass(frozen=True, slots=True)
class GiftRow:
    """Hours that wait for a neighbour's answer, with the names of both."""

    gift: TimeGift
    giver: str
    taker: str


async def list_open_gifts(session: AsyncSession, community_id: int, resident_id: int | None = None) -> list[GiftRow]:
    """Those of a community, or only those that a resident gave or may take; the longest waiting first."""
    giver, taker = aliased(Resident), aliased(Resident)
    query = (
        select(TimeGift, giver.nickname, taker.nickname)
        .join(giver, giver.id == TimeGift.giver_id)
        .join(taker, taker.id == TimeGift.taker_id)
        .where(TimeGift.community_id == community_id, TimeGift.state == GiftState.OFFERED)
    )
    if resident_id is not None:
        query = query.where(or_(TimeGift.giver_id == resident_id, TimeGift.taker_id == resident_id))
    rows = (await session.execute(query.order_by(TimeGift.id).limit(MOST_ROWS))).tuples()
    return [GiftRow(*row) for row in rows]
