"""Staff in a chat of their own: which talker of a channel is which staff member, and the codes that prove it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key


class Wants(StrEnum):
    """What a staff member is told in their own chat. What is urgent is told whatever they chose."""

    TEAM = "team"  # what their team is told
    ALL = "all"  # whatever the staff of the community are told
    URGENT = "urgent"  # only that


class StaffLink(Base):
    """A private chat in which a staff member works. ``resident_id`` is who they are for that channel."""

    __tablename__ = "staff_link"
    __table_args__ = (UniqueConstraint("resident_id"), Index("ix_staff_link_staff", "staff_id"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key, index=True)  # of the chat
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    wants: Mapped[str] = mapped_column(String(8), default=Wants.TEAM)
    linked_at: Mapped[datetime]


class StaffCode(Base):
    """A code shown in the console, to be written to the bot within minutes, once. Only its hash is kept."""

    __tablename__ = "staff_code"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"), primary_key=True, autoincrement=False)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
