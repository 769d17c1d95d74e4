"""Tables of notices: the text, each sending of it, each arrival, what was answered; and the care of those alone."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key


class NoticeState(StrEnum):
    """draft → waiting → approved → sending → sent; beside them refused, recalled and missed (too late to be sent)."""

    DRAFT = "draft"
    WAITING = "waiting"
    APPROVED = "approved"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    RECALLED = "recalled"
    MISSED = "missed"


class Notice(Base):
    """A text for the residents of an area. ``due_at``: when it goes out next; one that repeats stays approved."""

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_due", "state", "due_at"),
        Index("ix_notice_community", "community_id", "id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    title: Mapped[str] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(Text)
    pictures: Mapped[list[str]] = mapped_column(default=list)
    unit_ids: Mapped[list[int]] = mapped_column(default=list)  # the community, grids or buildings
    private: Mapped[bool] = mapped_column(default=False)  # to each resident alone instead of to the groups
    template: Mapped[str] = mapped_column(String(32), default="")
    about: Mapped[str] = mapped_column(String(40), default="", server_default="")  # of another room: "bulletin:12"
    safety: Mapped[bool] = mapped_column(default=False)  # goes at night, and to who wants no notices
    state: Mapped[str] = mapped_column(String(12), default=NoticeState.DRAFT)
    repeat: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # repeats.Rule; empty: once
    due_at: Mapped[datetime | None]
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"))
    reason: Mapped[str] = mapped_column(String(200), default="")  # why it was refused or taken back
    author_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    written_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]


class BroadcastState(StrEnum):
    """sending → sent | recalled; or missed: its time was over when nobody was there to send it."""

    SENDING = "sending"
    SENT = "sent"
    RECALLED = "recalled"
    MISSED = "missed"


class Broadcast(Base):
    """One sending of a notice; at one time there is one."""

    __tablename__ = "broadcast"
    __table_args__ = (UniqueConstraint("notice_id", "due_at"), Index("ix_broadcast_state", "state"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    state: Mapped[str] = mapped_column(String(12), default=BroadcastState.SENDING)
    due_at: Mapped[datetime]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Delivery(Base):
    """One arrival of a broadcast: in a group, or with a resident. ``state``: todo → queued | cancelled."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("broadcast_id", "chat_id"),
        UniqueConstraint("broadcast_id", "resident_id"),
        UniqueConstraint("effect_key"),
        Index("ix_delivery_todo", "broadcast_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcast.id"))
    chat_id: Mapped[int | None] = mapped_column(Key)  # opaque to this room
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id"))
    effect_key: Mapped[str] = mapped_column(String(96))  # under which it is said, and never a second time
    state: Mapped[str] = mapped_column(String(12), default="todo")


class NoticeAnswer(Base):
    """收到 or 需要帮助 of one resident to one broadcast; the last word holds."""

    __tablename__ = "notice_answer"
    __table_args__ = (UniqueConstraint("broadcast_id", "resident_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcast.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    word: Mapped[str] = mapped_column(String(8))  # "ack", "help"
    said_at: Mapped[datetime]


class NoticeOptOut(Base):
    """A resident who wants no notices in private; what is for safety still comes."""

    __tablename__ = "notice_opt_out"

    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), primary_key=True, autoincrement=False)
    community_id: Mapped[int] = mapped_column(Key)
    since: Mapped[datetime]


class WelcomeText(Base):
    """What a community says to who has just come in, after the bot's own welcome."""

    __tablename__ = "welcome_text"

    community_id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(String(500))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    changed_at: Mapped[datetime]


class CarePerson(Base):
    """Somebody who lives alone and has agreed to be asked how they are. ``ended_at``: no longer on the list."""

    __tablename__ = "care_person"
    __table_args__ = (UniqueConstraint("resident_id"), Index("ix_care_person_community", "community_id"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    note: Mapped[str] = mapped_column(String(200), default="")  # how they agreed, whom to call
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    consented_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CareRound(Base):
    """Everybody on the list is asked once; who says nothing until ``answer_by`` is visited."""

    __tablename__ = "care_round"
    __table_args__ = (Index("ix_care_round_due", "ended_at", "answer_by"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    occasion: Mapped[str] = mapped_column(String(40), default="")
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    started_at: Mapped[datetime]
    answer_by: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CareEntry(Base):
    """One person of a round. ``word``: waiting → well | help | silent."""

    __tablename__ = "care_entry"
    __table_args__ = (UniqueConstraint("round_id", "resident_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    round_id: Mapped[int] = mapped_column(ForeignKey("care_round.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    word: Mapped[str] = mapped_column(String(8), default="waiting")
    said_at: Mapped[datetime | None]


class CarePlan(Base):
    """Rounds that begin by the clock. ``kind``: "week", "holiday"; of each a community has one."""

    __tablename__ = "care_plan"
    __table_args__ = (UniqueConstraint("community_id", "kind"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    kind: Mapped[str] = mapped_column(String(8))
    rule: Mapped[dict[str, Any]]  # repeats.Rule
    hours: Mapped[int]  # within which no answer means a visit
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    since: Mapped[datetime]  # occasions up to here were seen to
    paused: Mapped[bool] = mapped_column(default=False)


class CareStart(Base):
    """One occasion of a plan, and the round it began; empty: nobody to ask, or too late."""

    __tablename__ = "care_start"
    __table_args__ = (UniqueConstraint("plan_id", "due_at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    plan_id: Mapped[int] = mapped_column(ForeignKey("care_plan.id"))
    due_at: Mapped[datetime]
    at: Mapped[datetime]
    round_id: Mapped[int | None] = mapped_column(ForeignKey("care_round.id"))
