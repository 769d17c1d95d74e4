"""Tables of the responsibility list: its lines, each from one change to another, and the changes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key


class DutyChange(Base):
    """One change of a community's list. ``number`` counts them; the list as of any of them can be read again."""

    __tablename__ = "duty_change"
    __table_args__ = (UniqueConstraint("community_id", "number"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    number: Mapped[int]
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(Key)
    staff_name: Mapped[str] = mapped_column(String(64), default="")
    what: Mapped[str] = mapped_column(String(16))  # "seed", "add", "edit", "remove", "import", "restore", "correct"
    note: Mapped[str] = mapped_column(String(200), default="")
    bodies: Mapped[dict[str, Any]]  # code → name, as of this change


class DutyLine(Base):
    """A line of the list, in it from change ``since`` until change ``until``. Never changed, only ended."""

    __tablename__ = "duty_line"
    __table_args__ = (Index("ix_duty_line_now", "community_id", "until"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    key: Mapped[int]  # the same through all its changes
    position: Mapped[int]
    since: Mapped[int]
    until: Mapped[int | None]  # None: in the list now
    services: Mapped[list[str]]
    place: Mapped[str] = mapped_column(String(64), default="")
    bodies: Mapped[dict[str, Any]]  # level → body
    hours: Mapped[str] = mapped_column(String(32), default="")
    deputy: Mapped[str] = mapped_column(String(32), default="")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
