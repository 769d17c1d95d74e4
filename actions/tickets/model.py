"""Tables of tickets: the ticket, its articles (history), who follows it, its timers."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key


class Status(StrEnum):
    """The eight steps of the loop and the states beside it."""

    REPORTED = "reported"  # 上报
    VERIFIED = "verified"  # 核查
    ACCEPTED = "accepted"  # 受理
    DISPATCHED = "dispatched"  # 派件
    HANDLED = "handled"  # 处置
    CHECKED = "checked"  # 核查（复核）
    CLOSED = "closed"  # 结案
    RATED = "rated"  # 满意度反馈 given, or 未评价 after the wait
    RETURNED = "returned"  # 退回: wrong desk, waits for a new one
    SUSPENDED = "suspended"  # 挂起: waits for the resident, clock stopped
    WITHDRAWN = "withdrawn"  # 撤销
    MERGED = "merged"  # 合并 into another


OPEN_STATUSES = frozenset(
    {
        Status.REPORTED,
        Status.VERIFIED,
        Status.ACCEPTED,
        Status.DISPATCHED,
        Status.HANDLED,
        Status.CHECKED,
        Status.RETURNED,
        Status.SUSPENDED,
    }
)


class Ticket(Base):
    """One request that somebody must settle. ``ref`` ("20261122-0007") is unique in its community."""

    __tablename__ = "ticket"
    __table_args__ = (
        UniqueConstraint("community_id", "ref"),
        Index("ix_ticket_queue", "community_id", "status", "team_id"),
        Index("ix_ticket_reporter", "community_id", "reporter_id"),
        Index("ix_ticket_fault", "community_id", "fault", "status"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    ref: Mapped[str] = mapped_column(String(16))
    service: Mapped[str] = mapped_column(String(48))  # code in data/services.yml: "service_request/elevator"
    text: Mapped[str] = mapped_column(Text)  # what the resident wrote, fragments joined by newline
    pictures: Mapped[list[str]] = mapped_column(default=list)
    org_unit_id: Mapped[int] = mapped_column(Key)  # the smallest known unit: building, grid or community
    building: Mapped[str] = mapped_column(String(16), default="")
    unit: Mapped[str] = mapped_column(String(16), default="")
    floor: Mapped[str] = mapped_column(String(16), default="")
    room: Mapped[str] = mapped_column(String(16), default="")
    spot: Mapped[str] = mapped_column(String(64), default="")  # "北门", "地下车库"
    place_presumed: Mapped[bool] = mapped_column(default=False)  # taken from the reporter's home, not said
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id"))
    on_behalf: Mapped[str] = mapped_column(String(8), default="", server_default="")  # "母亲": for whom it was said
    source: Mapped[str] = mapped_column(String(8), default="chat", server_default="chat")  # or phone, visit, patrol
    caller_id: Mapped[int | None] = mapped_column(Key)  # people.Contact of who phoned
    call_back: Mapped[bool] = mapped_column(default=False, server_default=false())  # hears by phone how it ended
    chat_id: Mapped[int | None] = mapped_column(Key)  # where it was said; opaque to this room
    message_id: Mapped[int | None] = mapped_column(Key)  # the message that opened it
    confidential: Mapped[bool] = mapped_column(default=False)
    emergency: Mapped[str] = mapped_column(String(16), default="")  # kind of danger, or ""
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    level: Mapped[str] = mapped_column(
        String(16)
    )  # people.Level it stands at: grid, community, street, district
    status: Mapped[str] = mapped_column(String(16))
    status_before: Mapped[str] = mapped_column(String(16), default="")  # to come back to from suspended
    due_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    urged: Mapped[int] = mapped_column(default=0)  # how often it was urged on
    affected: Mapped[int] = mapped_column(default=1)  # households, not persons
    fault: Mapped[str] = mapped_column(String(32), default="")  # what is broken, as data/faults.yml calls it
    crowd: Mapped[int] = mapped_column(default=0)  # the last mark of households that was passed
    returned: Mapped[int] = mapped_column(default=0)
    settled_at: Mapped[datetime | None]  # whose it is was decided for good after it was returned
    overseen_until: Mapped[datetime | None]  # 督办: the deadline of a leader's own
    reopened: Mapped[int] = mapped_column(default=0)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    rating: Mapped[int | None]  # 1–5; None with status rated: 未评价
    understanding: Mapped[dict[str, Any]] = mapped_column(default=dict)  # intent, confidence, why
    search: Mapped[str] = mapped_column(Text, default="")  # jieba words, for the console's search
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    # two moves at once: the second is refused, not lost
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    @property
    def open311_status(self) -> str:
        """Open311 GeoReport v2 knows only ``open`` and ``closed``."""
        return "open" if self.status in OPEN_STATUSES else "closed"


class Article(Base):
    """An entry in a ticket's history: who, when, which move, why, what was told. Never changed."""

    __tablename__ = "article"
    __table_args__ = (Index("ix_article_ticket", "community_id", "ticket_id", "id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(16))  # "resident", "staff", "clock", "bot"
    actor_id: Mapped[int | None] = mapped_column(Key)
    actor_name: Mapped[str] = mapped_column(String(64), default="")
    move: Mapped[str] = mapped_column(
        String(24)
    )  # a Move, or "open", "add", "correct", "urge", "note", "answer"
    level: Mapped[str] = mapped_column(String(16), default="", server_default="")  # where the ticket stood then
    team_id: Mapped[int | None] = mapped_column(Key)
    status_from: Mapped[str] = mapped_column(String(16), default="")
    status_to: Mapped[str] = mapped_column(String(16), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    told: Mapped[str] = mapped_column(Text, default="")  # phrase key or text that the resident was told
    internal: Mapped[bool] = mapped_column(default=False)
    pictures: Mapped[list[str]] = mapped_column(default=list)


class TicketReturn(Base):
    """One time a ticket was sent back as not theirs: which desk, why, and which desk it came to."""

    __tablename__ = "ticket_return"
    __table_args__ = (Index("ix_ticket_return_community", "community_id", "at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    at: Mapped[datetime]
    service: Mapped[str] = mapped_column(String(48))
    reason: Mapped[str] = mapped_column(String(16))
    from_team_id: Mapped[int | None] = mapped_column(Key)
    to_team_id: Mapped[int | None] = mapped_column(Key)


class Follower(Base):
    """A resident who is told what becomes of a ticket: its reporter, those merged in, "我家也是"."""

    __tablename__ = "follower"
    __table_args__ = (UniqueConstraint("ticket_id", "resident_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    since: Mapped[datetime]
    reported: Mapped[bool] = mapped_column(default=False)  # said it in words of their own: hears every step
    via_ticket_id: Mapped[int | None] = mapped_column(Key)  # came with that ticket when it was merged in


class JoinedReport(Base):
    """What somebody said that joined an open ticket instead of opening one; it can be parted again."""

    __tablename__ = "joined_report"
    __table_args__ = (Index("ix_joined_report_ticket", "community_id", "ticket_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    at: Mapped[datetime]
    service: Mapped[str] = mapped_column(String(48))
    text: Mapped[str] = mapped_column(Text)
    place: Mapped[dict[str, Any]] = mapped_column(default=dict)  # as said: building, unit, floor, room, spot
    pictures: Mapped[list[str]] = mapped_column(default=list)
    chat_id: Mapped[int | None] = mapped_column(Key)
    message_id: Mapped[int | None] = mapped_column(Key)
    understanding: Mapped[dict[str, Any]] = mapped_column(default=dict)
    parted_at: Mapped[datetime | None]


class Likeness(Base):
    """A ticket that may be about the same fault as an older one, and what staff said of it."""

    __tablename__ = "likeness"
    __table_args__ = (UniqueConstraint("ticket_id", "other_id"), Index("ix_likeness_other", "other_id"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    found_at: Mapped[datetime]
    verdict: Mapped[str] = mapped_column(String(12), default="")  # "", "same" or "different"
    decided_by: Mapped[int | None] = mapped_column(Key)
    decided_at: Mapped[datetime | None]


class Merging(Base):
    """One merge: what the ticket comes back to if it is undone."""

    __tablename__ = "merging"
    __table_args__ = (Index("ix_merging_ticket", "ticket_id"), Index("ix_merging_into", "into_id"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    into_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(16))
    undone_at: Mapped[datetime | None]


class Timer(Base):
    """Something that falls due for a ticket. A tick claims and does it; ``key`` makes it happen once."""

    __tablename__ = "timer"
    __table_args__ = (UniqueConstraint("key"), Index("ix_timer_due", "state", "due_at"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[str] = mapped_column(String(24))  # see tickets.timers
    key: Mapped[str] = mapped_column(String(64))
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12), default="todo")  # todo, done, cancelled, failed
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(String(200), default="")


class TicketCounter(Base):
    """The last ticket number given out in a community on a (local) day."""

    __tablename__ = "ticket_counter"

    community_id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    counted_on: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(default=0)
