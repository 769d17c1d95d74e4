"""Tables of the community's rules and of its consultation index."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key


class VersionState(StrEnum):
    """draft → commenting → voting → adopted → replaced; or rejected, or dropped for a newer draft."""

    DRAFT = "draft"
    COMMENTING = "commenting"
    VOTING = "voting"
    ADOPTED = "adopted"
    REPLACED = "replaced"
    REJECTED = "rejected"
    DROPPED = "dropped"


SHOWN = ("commenting", "voting", "adopted", "replaced", "rejected", "dropped")


class Convention(Base):
    """Rules that residents give themselves: 社区公约, 安全公约."""

    __tablename__ = "convention"
    __table_args__ = (UniqueConstraint("community_id", "title"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    title: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime]


class ConventionVersion(Base):
    """One wording of it, paragraph by paragraph. ``base_id``: the version it was written from."""

    __tablename__ = "convention_version"
    __table_args__ = (UniqueConstraint("convention_id", "number"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key, index=True)
    convention_id: Mapped[int] = mapped_column(ForeignKey("convention.id"))
    number: Mapped[int]
    base_id: Mapped[int | None] = mapped_column(ForeignKey("convention_version.id"))
    paragraphs: Mapped[list[str]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(String(12))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    made_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    comments_until: Mapped[datetime | None]
    ballot_id: Mapped[int | None] = mapped_column(Key)
    decided_at: Mapped[datetime | None]


class ParagraphComment(Base):
    """What a resident says to a paragraph (counted from 0), and what was made of it."""

    __tablename__ = "paragraph_comment"
    __table_args__ = (
        UniqueConstraint("community_id", "source"),
        Index("ix_paragraph_comment_version", "version_id", "paragraph"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    version_id: Mapped[int] = mapped_column(ForeignKey("convention_version.id"))
    paragraph: Mapped[int]
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    source: Mapped[str] = mapped_column(String(64))
    hidden_at: Mapped[datetime | None]
    hidden_why: Mapped[str] = mapped_column(String(200), default="")
    reply: Mapped[str] = mapped_column(String(300), default="")


class Innovation(Base):
    """A new way of consulting, named by staff and confirmed by somebody of the street or the district."""

    __tablename__ = "consultation_innovation"
    __table_args__ = (UniqueConstraint("community_id", "title"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    month: Mapped[date]  # its first day
    title: Mapped[str] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(String(300), default="")
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    at: Mapped[datetime]


class IndexMonth(Base):
    """A published month: what was counted stays as it was counted then. ``value`` in tenths; None: no matter at all."""

    __tablename__ = "consultation_index"
    __table_args__ = (UniqueConstraint("community_id", "month"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    month: Mapped[date]  # its first day
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    rules: Mapped[dict[str, Any]] = mapped_column(default=dict)  # as they were
    value: Mapped[int | None]
    published_at: Mapped[datetime]
