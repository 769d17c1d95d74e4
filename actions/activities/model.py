"""Tables of activities: the activity with its places, and each resident's sign-up."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key

CHECK_IN_BEFORE = timedelta(hours=1)
CHECK_IN_AFTER = timedelta(hours=1)  # after the end; then it is closed


class ActivityState(StrEnum):
    """draft → proposed → open → ended; or declined, cancelled."""

    DRAFT = "draft"  # read from a notice in the chat, waits for its author's word
    PROPOSED = "proposed"  # a resident's, waits for staff
    OPEN = "open"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    ENDED = "ended"


class SignupState(StrEnum):
    """confirmed or waitlisted; cancelled; and afterwards attended or absent."""

    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    CANCELLED = "cancelled"
    ATTENDED = "attended"
    ABSENT = "absent"


HOLDS_PLACE = (SignupState.CONFIRMED, SignupState.ATTENDED, SignupState.ABSENT)
COMES = (SignupState.CONFIRMED, SignupState.WAITLISTED)


class Activity(Base):
    """Something residents can join. ``taken``: places given to persons, never more than ``capacity``."""

    __tablename__ = "activity"
    __table_args__ = (
        CheckConstraint("capacity > 0", name="capacity"),
        CheckConstraint("taken >= 0 AND taken <= capacity", name="taken"),
        CheckConstraint("ends_at > starts_at", name="times"),
        Index("ix_activity_calendar", "community_id", "state", "starts_at"),
        Index("ix_activity_due", "next_at"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    title: Mapped[str] = mapped_column(String(40))
    about: Mapped[str] = mapped_column(Text, default="")
    place: Mapped[str] = mapped_column(String(60))
    for_whom: Mapped[str] = mapped_column(String(60), default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    closes_at: Mapped[datetime]  # until when one may sign up
    capacity: Mapped[int]
    homes_only: Mapped[bool] = mapped_column(default=False)  # only for members of a verified household
    org_unit_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"))  # whose groups are told
    state: Mapped[str] = mapped_column(String(10))
    code: Mapped[str] = mapped_column(String(4))  # shown at the door
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))  # who made or approved it
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id"))  # who proposed it
    made_at: Mapped[datetime]
    announced_at: Mapped[datetime | None]
    taken: Mapped[int] = mapped_column(default=0)
    next_number: Mapped[int] = mapped_column(default=1)  # of the next sign-up in line
    sequence: Mapped[int] = mapped_column(default=0)  # grows with every change, as calendars want it
    day_told: Mapped[bool] = mapped_column(default=False)
    hour_told: Mapped[bool] = mapped_column(default=False)
    start_told: Mapped[bool] = mapped_column(default=False)  # those who waited in vain
    next_at: Mapped[datetime | None]  # when the clock looks at it next
    reason: Mapped[str] = mapped_column(String(200), default="")  # why it was declined or cancelled
    thanked_at: Mapped[datetime | None]
    pictures: Mapped[list[str]] = mapped_column(default=list)

    @property
    def left(self) -> int:
        """Places left."""
        return self.capacity - self.taken

    @property
    def over_at(self) -> datetime:
        """When nobody can check in any more."""
        return self.ends_at + CHECK_IN_AFTER

    def takes_signups(self, now: datetime) -> bool:
        """Whether one may sign up now."""
        return self.state == ActivityState.OPEN and now < self.closes_at

    def takes_check_ins(self, now: datetime) -> bool:
        """Whether somebody who stands at the door may check in."""
        return self.state == ActivityState.OPEN and self.starts_at - CHECK_IN_BEFORE <= now < self.over_at


class Signup(Base):
    """A resident's place in an activity, for themselves and who comes along. Without a resident: one who phoned."""

    __tablename__ = "activity_signup"
    __table_args__ = (
        UniqueConstraint("activity_id", "resident_id"),
        CheckConstraint("headcount > 0", name="headcount"),
        Index("ix_activity_signup_line", "activity_id", "state", "number"),
        Index("ix_activity_signup_resident", "resident_id", "state"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"))
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id"))
    name: Mapped[str] = mapped_column(String(32))  # as called in the chat, or the name of who phoned
    headcount: Mapped[int] = mapped_column(default=1)  # persons
    own: Mapped[bool] = mapped_column(default=True)  # the resident is one of them
    guests: Mapped[list[str]] = mapped_column(default=list)  # those of them who were named
    state: Mapped[str] = mapped_column(String(10))
    number: Mapped[int]  # place in line
    signed_at: Mapped[datetime]
    checked_in_at: Mapped[datetime | None]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))  # who wrote it down for them
