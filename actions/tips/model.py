"""Tables of tips. What was said stands in ``sealed`` columns only; the rest says that something was said, and when."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key


class TipState(StrEnum):
    """received → read → checking ⇄ asked → handed_over | settled | unfounded."""

    RECEIVED = "received"
    READ = "read"
    CHECKING = "checking"
    ASKED = "asked"
    HANDED_OVER = "handed_over"
    SETTLED = "settled"
    UNFOUNDED = "unfounded"


class Source(StrEnum):
    """How it came."""

    CHAT = "chat"
    FORM = "form"  # the anonymous form
    DESK = "desk"  # written down by staff for somebody who phoned


class Tip(Base):
    """One case. ``ref`` ("X48291736") is random: it tells neither when it came nor how many there are."""

    __tablename__ = "tip"
    __table_args__ = (
        UniqueConstraint("ref"),
        UniqueConstraint("form_key"),
        Index("ix_tip_community", "community_id", "state"),
        Index("ix_tip_reporter", "reporter_id"),
        Index("ix_tip_remind", "remind_at"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    ref: Mapped[str] = mapped_column(String(16))
    service: Mapped[str] = mapped_column(String(48))  # for counts and the desk
    source: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(16), default=TipState.RECEIVED)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id"))  # who is told; None: anonymous
    public: Mapped[bytes]  # this case's key: seals
    wrapped: Mapped[bytes]  # this case's key: opens, itself sealed for the installation
    pass_salt: Mapped[bytes | None]
    pass_hash: Mapped[bytes | None]
    failed: Mapped[int] = mapped_column(default=0)  # wrong passphrases in a row
    locked_until: Mapped[datetime | None]
    form_key: Mapped[str | None] = mapped_column(String(64))  # hash of the form's own number: sent twice is one case
    received_at: Mapped[datetime]
    unread_since: Mapped[datetime | None]  # something of the reporter's that nobody has opened yet
    remind_at: Mapped[datetime | None]
    reminded: Mapped[int] = mapped_column(default=0)
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class TipEntry(Base):
    """One thing said or done. Never changed. ``for_reporter``: they may read it, too."""

    __tablename__ = "tip_entry"
    __table_args__ = (Index("ix_tip_entry_tip", "tip_id", "id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    tip_id: Mapped[int] = mapped_column(ForeignKey("tip.id"))
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(16))  # "said", "added", or a TipMove
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))  # None: the reporter
    for_reporter: Mapped[bool] = mapped_column(default=False)
    sealed: Mapped[bytes]


class TipReading(Base):
    """One opening of a case: who, when, why. Never changed."""

    __tablename__ = "tip_reading"
    __table_args__ = (Index("ix_tip_reading_tip", "tip_id", "id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    tip_id: Mapped[int] = mapped_column(ForeignKey("tip.id"))
    at: Mapped[datetime]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    name: Mapped[str] = mapped_column(String(64))  # as they were called then
    role: Mapped[str] = mapped_column(String(16))
    what: Mapped[str] = mapped_column(String(12))  # reading.Opening
    reason: Mapped[str] = mapped_column(String(16))  # reading.REASONS


class TipVault(Base):
    """The public half of the installation's key. One row."""

    __tablename__ = "tip_vault"

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    public: Mapped[bytes]
