"""Tables of polls: the question, and one hand a resident."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key


class Poll(Base):
    """A show of hands. ``chat_id`` None: in all groups of its community. Open until ``closes_at`` or ``closed_at``."""

    __tablename__ = "poll"
    __table_args__ = (Index("ix_poll_community", "community_id", "closed_at"), Index("ix_poll_due", "next_at"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    chat_id: Mapped[int | None] = mapped_column(Key)  # opaque to this room
    title: Mapped[str] = mapped_column(String(80))
    options: Mapped[list[str]] = mapped_column(default=list)
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    made_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]  # when the clock looks at it

    def takes_hands(self, now: datetime) -> bool:
        """Whether one may raise a hand now."""
        return self.closed_at is None and now < self.closes_at


class PollHand(Base):
    """One resident's hand; the last word holds while it is open."""

    __tablename__ = "poll_hand"
    __table_args__ = (UniqueConstraint("poll_id", "resident_id"), CheckConstraint("option >= 0", name="option"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    poll_id: Mapped[int] = mapped_column(ForeignKey("poll.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    option: Mapped[int]  # place in the poll's options, from 0
    raised_at: Mapped[datetime]
