"""The book: accounts, and the one way in which minutes move between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import ActionError, InvalidInput
from actions.inserting import insert_many_once, insert_once
from actions.ledger.model import EntryKind, Holder, TimeAccount, TimeEntry, TimePosting

OWN = 0  # the holder of the community's own accounts


class InsufficientHours(ActionError):
    """An account holds less than is to be taken from it."""

    code = "insufficient_hours"
    phrase = "ledger.insufficient"


@dataclass(frozen=True, slots=True)
class Leg:
    """Minutes from one account to another."""

    debit: TimeAccount
    credit: TimeAccount
    minutes: int
    expires_on: date | None = None


async def hold_accounts(
    session: AsyncSession, community_id: int, *wanted: tuple[Holder, int]
) -> tuple[TimeAccount, ...]:
    """The accounts, opened where they were not there, fresh and held until the commit, in the order asked for."""
    keys = sorted({(str(kind), holder) for kind, holder in wanted})
    rows: list[dict[str, Any]] = [
        {"community_id": community_id, "kind": kind, "holder": holder, "balance": 0, "tier": "", "published": False}
        for kind, holder in keys
    ]
    await insert_many_once(session, TimeAccount, rows, ("community_id", "kind", "holder"))
    query = (
        select(TimeAccount)
        .where(TimeAccount.community_id == community_id, tuple_(TimeAccount.kind, TimeAccount.holder).in_(keys))
        .order_by(TimeAccount.id)  # everybody in the same order: nobody waits for somebody who waits for them
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = {(account.kind, account.holder): account for account in await session.scalars(query)}
    return tuple(found[(str(kind), holder)] for kind, holder in wanted)


async def find_account(session: AsyncSession, community_id: int, resident_id: int) -> TimeAccount | None:
    """A resident's account as it stands, or None where nothing was ever credited."""
    query = select(TimeAccount).where(
        TimeAccount.community_id == community_id,
        TimeAccount.kind == Holder.RESIDENT,
        TimeAccount.holder == resident_id,
    )
    found: TimeAccount | None = await session.scalar(query.execution_options(populate_existing=True))
    return found


async def find_entry(session: AsyncSession, community_id: int, source: str) -> TimeEntry | None:
    """The entry that came of a source, if it was made already."""
    query = select(TimeEntry).where(TimeEntry.community_id == community_id, TimeEntry.source == source)
    found: TimeEntry | None = await session.scalar(query)
    return found


async def post(
    session: AsyncSession, kind: EntryKind, source: str, legs: Sequence[Leg], now: datetime, *,
    staff_id: int | None = None, text: str = "", reverses_id: int | None = None,
) -> int | None:  # fmt: skip
    """Write an entry into the book; its id, or None if that source has one. The accounts must be held.

    Raises InsufficientHours, InvalidInput; then nothing is written.
    """
    community_id = legs[0].debit.community_id
    check_legs(legs)
    values = {
        "community_id": community_id,
        "kind": str(kind),
        "source": source,
        "at": now,
        "staff_id": staff_id,
        "text": text,
        "reverses_id": reverses_id,
    }
    entry_id = await insert_once(session, TimeEntry, values, ("community_id", "source"))
    if entry_id is None:
        return None
    for leg in legs:
        session.add(
            TimePosting(
                community_id=community_id,
                entry_id=entry_id,
                debit_id=leg.debit.id,
                credit_id=leg.credit.id,
                minutes=leg.minutes,
                expires_on=leg.expires_on,
            )
        )
    await session.flush()
    for account in {id(one): one for leg in legs for one in (leg.debit, leg.credit)}.values():
        await session.refresh(account)  # the database has summed up
    return entry_id


def check_legs(legs: Sequence[Leg]) -> None:
    """Raise for legs that move nothing, leave a community, do not come to zero, or take what is not there."""
    change: dict[int, int] = {}
    accounts = {}
    for leg in legs:
        if leg.minutes <= 0 or leg.debit.id == leg.credit.id or leg.debit.community_id != leg.credit.community_id:
            raise InvalidInput("no such posting", phrase="ledger.more_than_nothing")
        for account, minutes in ((leg.debit, -leg.minutes), (leg.credit, leg.minutes)):
            accounts[account.id] = account
            change[account.id] = change.get(account.id, 0) + minutes
    if sum(change.values()):
        raise AssertionError("the postings do not come to zero")
    for account_id, minutes in change.items():
        account = accounts[account_id]
        if account.kind != Holder.POOL and account.balance + minutes < 0:
            raise InsufficientHours(f"{account.kind} holds {account.balance}, {-minutes} asked for")
