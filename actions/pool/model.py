"""Tables of the pool: volunteers with skills and free hours, needs, and to whom a need was offered."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key


class NeedState(StrEnum):
    """draft → open → matched → done; or cancelled; or staff: nobody was found, or the two do not say the same."""

    DRAFT = "draft"  # when or where is still asked
    OPEN = "open"
    MATCHED = "matched"
    STAFF = "staff"
    DONE = "done"
    CANCELLED = "cancelled"


class MatchState(StrEnum):
    """offered → accepted; or declined, passed (somebody else took it), given_back, no_show."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    PASSED = "passed"
    GIVEN_BACK = "given_back"
    NO_SHOW = "no_show"


LIVE = (NeedState.DRAFT, NeedState.OPEN, NeedState.MATCHED, NeedState.STAFF)


class Volunteer(Base):
    """Who helps with what. ``free``: "5a" is Saturday afternoon (m, a, e), empty: any time."""

    __tablename__ = "volunteer"
    __table_args__ = (UniqueConstraint("resident_id"), Index("ix_volunteer_community", "community_id", "active"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    kinds: Mapped[list[str]] = mapped_column(default=list)
    free: Mapped[list[str]] = mapped_column(default=list)
    active: Mapped[bool] = mapped_column(default=True)
    since: Mapped[datetime]
    visits_ok_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))  # may go into homes


class Need(Base):
    """Something asked for. The door is read from the resident when it is matched, and shown to nobody before."""

    __tablename__ = "need"
    __table_args__ = (
        UniqueConstraint("community_id", "source"),
        Index("ix_need_queue", "community_id", "state"),
        Index("ix_need_due", "next_at"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    source: Mapped[str] = mapped_column(String(80))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))  # who wrote it down for them
    kind: Mapped[str] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(String(200))
    on_day: Mapped[date | None]  # None: any day
    part: Mapped[str] = mapped_column(String(1), default="")  # m, a, e; "": any
    at_home: Mapped[bool | None]
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(200), default="")
    made_at: Mapped[datetime]
    next_at: Mapped[datetime | None]
    rounds: Mapped[int] = mapped_column(default=0)  # how often somebody was asked
    helper_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id"))
    helper_says: Mapped[int | None]  # minutes
    asker_says: Mapped[bool] = mapped_column(default=False)
    asked_done: Mapped[bool] = mapped_column(default=False)
    minutes: Mapped[int | None]


class Match(Base):
    """A need was offered to a volunteer: once."""

    __tablename__ = "need_match"
    __table_args__ = (UniqueConstraint("need_id", "resident_id"), Index("ix_need_match_helper", "resident_id", "state"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    need_id: Mapped[int] = mapped_column(ForeignKey("need.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    state: Mapped[str] = mapped_column(String(10))
    offered_at: Mapped[datetime]
