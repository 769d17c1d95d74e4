"""The table of Official Accounts: how long, and how often, a follower may be written to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key


class ChannelWindow(Base):
    """Whoever writes opens a window: so many messages until then, and then no more before they write again."""

    __tablename__ = "channel_window"
    __table_args__ = (UniqueConstraint("account_id", "external_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    account_id: Mapped[int] = mapped_column(Key)
    external_id: Mapped[str] = mapped_column(String(64))
    community_id: Mapped[int] = mapped_column(Key)
    until: Mapped[datetime]
    remaining: Mapped[int] = mapped_column(default=0)
    noticed_at: Mapped[datetime | None]  # since they wrote last, they were told once that something waits
