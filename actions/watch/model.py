"""Tables of the neighbour watch: groups, who agreed to be in one, and each worry that was said."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key


class MemberState(StrEnum):
    """asked → yes or no; left: they or staff ended it."""

    ASKED = "asked"
    YES = "yes"
    NO = "no"
    LEFT = "left"


class WorryState(StrEnum):
    """open → going → well or help; staff: nobody went in time, or nobody came back with a word."""

    OPEN = "open"
    GOING = "going"
    STAFF = "staff"
    WELL = "well"
    HELP = "help"


LIVE = (WorryState.OPEN, WorryState.GOING, WorryState.STAFF)


class WatchGroup(Base):
    """Neighbours with a lead. ``names``: what those they look after are called; none: they look after each other."""

    __tablename__ = "watch_group"
    __table_args__ = (
        UniqueConstraint("community_id", "source"),
        Index("ix_watch_group_community", "community_id", "active"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    source: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(32))
    names: Mapped[list[str]] = mapped_column(default=list)
    lead_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))  # who made it
    active: Mapped[bool] = mapped_column(default=True)
    made_at: Mapped[datetime]
    eve_on: Mapped[date | None]  # the last eve of a holiday on which the lead was asked


class WatchMember(Base):
    """Somebody who was asked to be in a group; the lead too."""

    __tablename__ = "watch_member"
    __table_args__ = (UniqueConstraint("group_id", "resident_id"), Index("ix_watch_member_who", "resident_id", "state"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    group_id: Mapped[int] = mapped_column(ForeignKey("watch_group.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    state: Mapped[str] = mapped_column(String(8))
    asked_at: Mapped[datetime]


class Worry(Base):
    """What somebody noticed. ``about``: the name it was found by; ``also``: who said the same meanwhile."""

    __tablename__ = "watch_worry"
    __table_args__ = (
        UniqueConstraint("community_id", "source"),
        Index("ix_watch_worry_due", "next_at"),
        Index("ix_watch_worry_group", "group_id", "state"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    source: Mapped[str] = mapped_column(String(80))
    group_id: Mapped[int] = mapped_column(ForeignKey("watch_group.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    about: Mapped[str] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(String(200))
    also: Mapped[list[int]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(String(8))
    goer_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))  # who settled it
    note: Mapped[str] = mapped_column(String(200), default="")
    made_at: Mapped[datetime]
    next_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
