"""Tables of emergencies: the alarm, who reported it, who was paged; who is on duty when."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key


class AlarmState(StrEnum):
    """ringing → acknowledged → ended; somebody who needs help makes it ring again."""

    RINGING = "ringing"
    ACKNOWLEDGED = "acknowledged"
    ENDED = "ended"


class Alarm(Base):
    """One danger at one place. Who is paged next falls due at ``next_at``; nothing does while that is empty."""

    __tablename__ = "alarm"
    __table_args__ = (
        Index("ix_alarm_due", "state", "next_at"),
        Index("ix_alarm_community", "community_id", "state"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    ticket_id: Mapped[int] = mapped_column(Key, index=True)  # its first report; opaque to this room
    ref: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(64))
    place: Mapped[str] = mapped_column(String(128))  # in words, never with a door
    placed: Mapped[bool] = mapped_column(default=False)  # whether somebody said where
    org_unit_id: Mapped[int] = mapped_column(Key)
    building: Mapped[str] = mapped_column(String(16), default="")
    team_id: Mapped[int | None] = mapped_column(Key)  # who answers for such things there
    chat_id: Mapped[int | None] = mapped_column(Key)  # where it was said; opaque to this room
    state: Mapped[str] = mapped_column(String(16), default=AlarmState.RINGING)
    reason: Mapped[str] = mapped_column(String(8), default="alarm")  # of the pages: "alarm" or "help"
    round: Mapped[int] = mapped_column(default=1)
    next_at: Mapped[datetime | None]
    warned: Mapped[list[int]] = mapped_column(default=list)  # places whose neighbours were told; 0: where it was said
    raised_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))  # None: its reporter, or the clock
    false_alarm: Mapped[bool] = mapped_column(default=False)


class AlarmReport(Base):
    """A ticket that reports the danger; two neighbours who see the same fire make one alarm."""

    __tablename__ = "alarm_report"
    __table_args__ = (UniqueConstraint("ticket_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    alarm_id: Mapped[int] = mapped_column(ForeignKey("alarm.id"), index=True)
    ticket_id: Mapped[int] = mapped_column(Key)
    said_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class AlarmPage(Base):
    """One call to one person. ``answered_at`` empty: they did not answer (yet)."""

    __tablename__ = "alarm_page"
    __table_args__ = (UniqueConstraint("alarm_id", "number"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    alarm_id: Mapped[int] = mapped_column(ForeignKey("alarm.id"))
    number: Mapped[int]
    round: Mapped[int]
    reason: Mapped[str] = mapped_column(String(8))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    name: Mapped[str] = mapped_column(String(64))  # as they were called then
    paged_at: Mapped[datetime]
    answer_by: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class DutyShift(Base):
    """Somebody is on duty for an org unit from then to then. Lower ``turn`` is paged first."""

    __tablename__ = "duty_shift"
    __table_args__ = (Index("ix_duty_shift_time", "community_id", "ends_at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    org_unit_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"), index=True)
    turn: Mapped[int] = mapped_column(default=1)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    taken_from_id: Mapped[int | None] = mapped_column(ForeignKey("duty_shift.id"))  # handed over out of that shift
    note: Mapped[str] = mapped_column(String(500), default="")  # what the one before wanted them to know
    added_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))


class Word(StrEnum):
    """How somebody is, as far as it is known."""

    WAITING = "waiting"
    SAFE = "safe"
    HELP = "help"


class RollCall(Base):
    """报平安: who lives in a building is asked whether they are safe. One an alarm."""

    __tablename__ = "roll_call"
    __table_args__ = (UniqueConstraint("alarm_id"), Index("ix_roll_call_due", "remind_at"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    alarm_id: Mapped[int] = mapped_column(ForeignKey("alarm.id"))
    building_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"))
    started_at: Mapped[datetime]
    started_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    remind_at: Mapped[datetime | None]  # empty: nobody is reminded any more
    ended_at: Mapped[datetime | None]


class RollCallEntry(Base):
    """One person who was asked, or a flat of which nobody is in the chat. What one says holds for the household."""

    __tablename__ = "roll_call_entry"
    __table_args__ = (
        UniqueConstraint("roll_call_id", "resident_id"),
        Index("ix_roll_call_entry_resident", "resident_id", "roll_call_id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    roll_call_id: Mapped[int] = mapped_column(ForeignKey("roll_call.id"))
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id"))
    unit: Mapped[str] = mapped_column(String(16), default="")
    room: Mapped[str] = mapped_column(String(16), default="")
    word: Mapped[str] = mapped_column(String(8), default=Word.WAITING)
    said_at: Mapped[datetime | None]
    said_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))  # staff who knocked; None: they said so
