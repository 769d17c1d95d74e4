"""Tables of WeCom's bots: what may still be answered, and what was spent of the platform's limits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key


class WecomTurn(Base):
    """One thing said to an AI bot, and the ways in which it can still be answered.

    ``handed`` is what our outbox gave to the bubble that the platform asks about again and again, each
    ``{"id": outbox id, "text": …, "card": …, "pictures": […]}``; ``shown`` the ids of those that it has fetched.
    """

    __tablename__ = "wecom_turn"
    __table_args__ = (UniqueConstraint("chat_id", "said"), Index("ix_wecom_turn_heard", "account_id", "heard_at"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"))
    chat_id: Mapped[int] = mapped_column(Key)
    said: Mapped[str] = mapped_column(String(160))  # the line's external id: the turn is there before the line is
    req_id: Mapped[str] = mapped_column(String(256), default="")  # of the long connection
    stream_id: Mapped[str] = mapped_column(String(48), unique=True)
    sealed_url: Mapped[bytes | None] = mapped_column(LargeBinary)  # an address to answer at, once
    url_used_at: Mapped[datetime | None]
    handed: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    shown: Mapped[list[int]] = mapped_column(default=list)
    heard_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]  # when the platform last asked about the bubble
    ended_at: Mapped[datetime | None]  # when it was told that the bubble is finished


class ChannelSpend(Base):
    """One call that counts against a platform's limit for a chat; kept for an hour."""

    __tablename__ = "channel_spend"
    __table_args__ = (Index("ix_channel_spend_chat", "account_id", "chat", "at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    account_id: Mapped[int] = mapped_column(Key)
    community_id: Mapped[int] = mapped_column(Key)
    chat: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]
