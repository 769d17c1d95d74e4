"""Tables of guides: the guide, its versions, each time it was given as an answer."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key

SHARED = 0  # community of a guide that ships: it holds for every community that has none of its own under its key


class GuideState(StrEnum):
    """Whether it is used. Out of date is no state: the calendar says so."""

    LIVE = "live"
    RETIRED = "retired"


class Guide(Base):
    """One thing that residents ask about, with the answer, where it is from and until when it holds."""

    __tablename__ = "guide"
    __table_args__ = (
        UniqueConstraint("community_id", "key"),
        Index("ix_guide_until", "state", "valid_until"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)  # SHARED for what ships
    key: Mapped[str] = mapped_column(String(48))
    title: Mapped[str] = mapped_column(String(60))
    questions: Mapped[list[str]] = mapped_column(default=list)  # as residents type them
    answer: Mapped[str] = mapped_column(String(160))
    details: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(120))
    source_on: Mapped[date]
    valid_until: Mapped[date]  # the last day on which it is used
    org_unit_id: Mapped[int | None] = mapped_column(ForeignKey("org_unit.id"))  # area; None: the whole community
    owner: Mapped[str] = mapped_column(String(32))  # body of data/routing.yml that keeps it true
    state: Mapped[str] = mapped_column(String(8), default=GuideState.LIVE)
    sample: Mapped[bool] = mapped_column(default=False)  # made up, to be replaced by the community's own
    search: Mapped[str] = mapped_column(Text, default="")  # jieba words, for the console's search
    ticket_id: Mapped[int | None] = mapped_column(Key)  # whose answer it was; opaque to this room
    version: Mapped[int] = mapped_column(default=1)
    reminded_for: Mapped[date | None]  # the end of validity its owner was reminded of
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]  # by staff; None: as it ships

    # two edits at once: the second is refused, not lost
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    def is_valid(self, on: date) -> bool:
        """Whether it may be said on that day."""
        return self.state == GuideState.LIVE and on <= self.valid_until


class GuideVersion(Base):
    """What a guide said after a change, and who made it. Never changed; the newest id tells that something changed."""

    __tablename__ = "guide_version"
    __table_args__ = (Index("ix_guide_version_guide", "guide_id", "id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    guide_id: Mapped[int] = mapped_column(ForeignKey("guide.id"))
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(Key)
    staff_name: Mapped[str] = mapped_column(String(64), default="")
    what: Mapped[str] = mapped_column(String(12))  # "ship", "write", "edit", "renew", "retire", "restore"
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)


class GuideUse(Base):
    """One answer given to a resident. What was asked stands in the chat, not here."""

    __tablename__ = "guide_use"
    __table_args__ = (Index("ix_guide_use_guide", "community_id", "guide_id", "at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    guide_id: Mapped[int] = mapped_column(ForeignKey("guide.id"))
    resident_id: Mapped[int] = mapped_column(Key)
    chat_id: Mapped[int] = mapped_column(Key)  # opaque to this room, like message_id
    message_id: Mapped[int] = mapped_column(Key)
    at: Mapped[datetime]
    score: Mapped[float] = mapped_column(default=0.0)
    opened_at: Mapped[datetime | None]  # the details were looked at
    unsolved_at: Mapped[datetime | None]  # "没有解决" was pressed
