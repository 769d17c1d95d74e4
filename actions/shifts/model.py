"""Tables of shifts: the recurring duty with its route, each shift of it, who goes, what they passed and found."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key

CHECK_IN_BEFORE = timedelta(minutes=30)
ASK_OUT_AFTER = timedelta(minutes=15)  # after the end: who has not checked out is asked
CLOSE_AFTER = timedelta(minutes=75)  # after the end


class PatrolRole(StrEnum):
    """What somebody does on a shift."""

    PATROL = "patrol"
    LEAD = "lead"


class ShiftState(StrEnum):
    """open → ended; or cancelled."""

    OPEN = "open"
    CANCELLED = "cancelled"
    ENDED = "ended"


class SignupState(StrEnum):
    """confirmed → on_duty → attended; or cancelled, absent; unsure: went and never checked out, staff say how long."""

    CONFIRMED = "confirmed"
    ON_DUTY = "on_duty"
    ATTENDED = "attended"
    UNSURE = "unsure"
    ABSENT = "absent"
    CANCELLED = "cancelled"


HOLDS_PLACE = (SignupState.CONFIRMED, SignupState.ON_DUTY, SignupState.ATTENDED, SignupState.UNSURE, SignupState.ABSENT)
COMES = (SignupState.CONFIRMED, SignupState.ON_DUTY)


class OfferState(StrEnum):
    """open → taken; or withdrawn, declined."""

    OPEN = "open"
    TAKEN = "taken"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"


class Duty(Base):
    """A patrol or duty that comes again and again. ``rule``: see ``plan.Plan``. ``kind``: of ``data/ledger.yml``."""

    __tablename__ = "duty"
    __table_args__ = (Index("ix_duty_community", "community_id", "active"), Index("ix_duty_due", "next_at"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    title: Mapped[str] = mapped_column(String(40))
    place: Mapped[str] = mapped_column(String(60))  # where one meets
    about: Mapped[str] = mapped_column(Text, default="")
    kind: Mapped[str] = mapped_column(String(32))
    rule: Mapped[str] = mapped_column(String(120))  # in plain words, as ``plan_words`` writes it
    org_unit_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"))  # whose groups are told
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    made_at: Mapped[datetime]
    active: Mapped[bool] = mapped_column(default=True)
    next_at: Mapped[datetime | None]  # when the clock makes further shifts


class RoutePoint(Base):
    """A place that a patrol passes. Its code stands on a card there; a point taken off the route keeps its visits."""

    __tablename__ = "route_point"
    __table_args__ = (UniqueConstraint("community_id", "code"), Index("ix_route_point_duty", "duty_id", "number"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    duty_id: Mapped[int] = mapped_column(ForeignKey("duty.id"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(5))
    active: Mapped[bool] = mapped_column(default=True)


class Shift(Base):
    """One stretch of volunteer time. ``patrol``, ``leads``: how many are needed; ``*_taken``: how many go."""

    __tablename__ = "shift"
    __table_args__ = (
        UniqueConstraint("duty_id", "on_day"),
        CheckConstraint("patrol_taken >= 0 AND patrol_taken <= patrol", name="patrol_taken"),
        CheckConstraint("leads_taken >= 0 AND leads_taken <= leads", name="leads_taken"),
        CheckConstraint("ends_at > starts_at", name="times"),
        Index("ix_shift_calendar", "community_id", "state", "starts_at"),
        Index("ix_shift_due", "next_at"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    duty_id: Mapped[int] = mapped_column(ForeignKey("duty.id"))
    on_day: Mapped[date]  # the day it begins
    title: Mapped[str] = mapped_column(String(40))
    place: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(32))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    patrol: Mapped[int]
    leads: Mapped[int]
    patrol_taken: Mapped[int] = mapped_column(default=0)
    leads_taken: Mapped[int] = mapped_column(default=0)
    org_unit_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"))
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(200), default="")  # why it was cancelled
    sequence: Mapped[int] = mapped_column(default=0)  # grows with every change
    group_asked: Mapped[bool] = mapped_column(default=False)
    staff_told: Mapped[bool] = mapped_column(default=False)
    reminded: Mapped[bool] = mapped_column(default=False)
    late_asked: Mapped[bool] = mapped_column(default=False)  # who has not checked in
    out_asked: Mapped[bool] = mapped_column(default=False)  # who has not checked out
    next_at: Mapped[datetime | None]

    @property
    def short(self) -> int:
        """How many are lacking."""
        return self.patrol - self.patrol_taken + self.leads - self.leads_taken

    @property
    def over_at(self) -> datetime:
        """When it is closed."""
        return self.ends_at + CLOSE_AFTER

    def free(self, role: str) -> int:
        """Places left in a role."""
        return self.leads - self.leads_taken if role == PatrolRole.LEAD else self.patrol - self.patrol_taken

    def take(self, role: str, count: int) -> None:
        """Give places, or free them (below zero)."""
        if role == PatrolRole.LEAD:
            self.leads_taken += count
        else:
            self.patrol_taken += count

    def takes_signups(self, now: datetime) -> bool:
        """Until it is over: who is late still helps."""
        return self.state == ShiftState.OPEN and now < self.ends_at

    def takes_check_ins(self, now: datetime) -> bool:
        """From half an hour before until it ends."""
        return self.state == ShiftState.OPEN and self.starts_at - CHECK_IN_BEFORE <= now < self.ends_at


class ShiftSignup(Base):
    """A resident's place in a shift. ``minutes``: what was given; ``proof``: "code" of a point, "word", or "staff"."""

    __tablename__ = "shift_signup"
    __table_args__ = (
        UniqueConstraint("shift_id", "resident_id"),
        Index("ix_shift_signup_resident", "resident_id", "state"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    shift_id: Mapped[int] = mapped_column(ForeignKey("shift.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    name: Mapped[str] = mapped_column(String(32))
    role: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(10))
    signed_at: Mapped[datetime]
    checked_in_at: Mapped[datetime | None]
    checked_out_at: Mapped[datetime | None]
    proof: Mapped[str] = mapped_column(String(8), default="")
    minutes: Mapped[int | None]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))


class StandIn(Base):
    """Somebody cannot come and asks who goes instead. ``for_signup_id``: a swap with that place, and nobody else's."""

    __tablename__ = "stand_in"
    __table_args__ = (Index("ix_stand_in_signup", "signup_id", "state"), Index("ix_stand_in_shift", "shift_id"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    shift_id: Mapped[int] = mapped_column(ForeignKey("shift.id"))
    signup_id: Mapped[int] = mapped_column(ForeignKey("shift_signup.id"))
    for_signup_id: Mapped[int | None] = mapped_column(ForeignKey("shift_signup.id"))
    state: Mapped[str] = mapped_column(String(10))
    asked_at: Mapped[datetime]
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("resident.id"))
    staff_told: Mapped[bool] = mapped_column(default=False)


class PointVisit(Base):
    """A point of the route was passed on a shift: once, whoever says it first."""

    __tablename__ = "point_visit"
    __table_args__ = (UniqueConstraint("shift_id", "point_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    shift_id: Mapped[int] = mapped_column(ForeignKey("shift.id"))
    point_id: Mapped[int] = mapped_column(ForeignKey("route_point.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    at: Mapped[datetime]
    by_code: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(String(200), default="")
    pictures: Mapped[list[str]] = mapped_column(default=list)


class HazardFound(Base):
    """A ticket that came of a shift."""

    __tablename__ = "hazard_found"
    __table_args__ = (UniqueConstraint("shift_id", "ticket_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    shift_id: Mapped[int] = mapped_column(ForeignKey("shift.id"))
    ticket_id: Mapped[int] = mapped_column(Key, index=True)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    at: Mapped[datetime]
