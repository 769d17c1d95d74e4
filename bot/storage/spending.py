"""What was spent of a platform's limits for a chat: in a table, so that a restart forgets none of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.tables_channels import ChannelAccount
from bot.storage.tables_wecom import ChannelSpend

KEPT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many calls within so long."""

    span: timedelta
    most: int


@dataclass(frozen=True, slots=True)
class Purse:
    """Whose limits: those of one chat of an account."""

    account_id: int
    community_id: int
    chat: str


async def try_spend(session: AsyncSession, purse: Purse, limits: Sequence[Limit], now: datetime) -> datetime | None:
    """Count one more call and return None; where there is no room, count nothing and return when there will be."""
    await _alone(session, purse)
    ours = (ChannelSpend.account_id == purse.account_id, ChannelSpend.chat == purse.chat)
    await session.execute(delete(ChannelSpend).where(*ours, ChannelSpend.at <= now - KEPT))
    free_at = [now]
    for limit in limits:
        # when the oldest of those that fill it has left the span, there is room for one
        nth = select(ChannelSpend.at).where(*ours, ChannelSpend.at > now - limit.span)
        oldest = await session.scalar(nth.order_by(ChannelSpend.at.desc()).offset(limit.most - 1).limit(1))
        if oldest is not None:
            free_at.append(oldest + limit.span)
    if max(free_at) > now:
        return max(free_at)
    await session.execute(insert(ChannelSpend).values(**_row(purse, now)))
    return None


async def spend_all(session: AsyncSession, purse: Purse, limit: Limit, now: datetime) -> datetime:
    """The platform says that the limit is reached: nothing more within its span. When there is room again."""
    await _alone(session, purse)
    spent = select(func.count()).where(
        ChannelSpend.account_id == purse.account_id, ChannelSpend.chat == purse.chat, ChannelSpend.at == now
    )
    missing = limit.most - (await session.scalar(spent) or 0)
    if missing > 0:
        await session.execute(insert(ChannelSpend), [_row(purse, now)] * missing)
    return now + limit.span


def _row(purse: Purse, now: datetime) -> dict[str, object]:
    return {"account_id": purse.account_id, "community_id": purse.community_id, "chat": purse.chat, "at": now}


async def _alone(session: AsyncSession, purse: Purse) -> None:
    """Two processes must not spend the same last call."""
    await session.execute(select(ChannelAccount.id).where(ChannelAccount.id == purse.account_id).with_for_update())
