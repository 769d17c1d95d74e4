"""Windows in which a follower may be written to; counted in the table, whoever writes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.base import UtcDateTime
from actions.inserting import insert_once
from bot.storage.tables_wechat import ChannelWindow

AFTER_WORDS, AFTER_TAP = timedelta(hours=48), timedelta(minutes=1)
WORDS_ALLOW, TAP_ALLOWS = 5, 3  # messages, as the platform has it now


async def open_window(
    session: AsyncSession, account_id: int, community_id: int, external_id: str, until: datetime, left: int
) -> None:
    """They have written, or tapped: at least so many messages, at least until then."""
    values = {
        "account_id": account_id,
        "external_id": external_id,
        "community_id": community_id,
        "until": until,
        "remaining": left,
        "noticed_at": None,
    }
    fresh = await insert_once(session, ChannelWindow, values, ("account_id", "external_id"))
    if fresh is not None:
        return
    ours = _ours(account_id, external_id)
    later = literal(until, UtcDateTime())
    longer = case((ChannelWindow.until < later, later), else_=ChannelWindow.until)
    more = case((ChannelWindow.remaining < left, left), else_=ChannelWindow.remaining)
    await session.execute(update(ChannelWindow).where(*ours).values(until=longer, remaining=more, noticed_at=None))


async def take_turn(session: AsyncSession, account_id: int, external_id: str, now: datetime) -> bool:
    """Take one of the messages that are allowed. Whether there was one."""
    open_still = (*_ours(account_id, external_id), ChannelWindow.until > now, ChannelWindow.remaining > 0)
    result = await session.execute(
        update(ChannelWindow).where(*open_still).values(remaining=ChannelWindow.remaining - 1)
    )
    return bool(getattr(result, "rowcount", 0))


async def give_back(session: AsyncSession, account_id: int, external_id: str) -> None:
    """It was not sent."""
    ours = _ours(account_id, external_id)
    await session.execute(update(ChannelWindow).where(*ours).values(remaining=ChannelWindow.remaining + 1))


async def shut_window(session: AsyncSession, account_id: int, external_id: str) -> None:
    """The platform says that there is none."""
    await session.execute(update(ChannelWindow).where(*_ours(account_id, external_id)).values(remaining=0))


async def try_notice(session: AsyncSession, account_id: int, external_id: str, now: datetime) -> bool:
    """Whether they have not been told yet, since they wrote, that something waits; they are now."""
    untold = (*_ours(account_id, external_id), ChannelWindow.noticed_at.is_(None))
    result = await session.execute(update(ChannelWindow).where(*untold).values(noticed_at=now))
    return bool(getattr(result, "rowcount", 0))


async def take_notice_back(session: AsyncSession, account_id: int, external_id: str) -> None:
    """They were not told after all: what comes next may try."""
    await session.execute(update(ChannelWindow).where(*_ours(account_id, external_id)).values(noticed_at=None))


async def count_open(session: AsyncSession, account_id: int, now: datetime) -> int:
    """How many followers may be written to now."""
    query = select(func.count()).where(
        ChannelWindow.account_id == account_id, ChannelWindow.until > now, ChannelWindow.remaining > 0
    )
    return await session.scalar(query) or 0


def _ours(account_id: int, external_id: str) -> tuple[Any, ...]:
    return ChannelWindow.account_id == account_id, ChannelWindow.external_id == external_id
