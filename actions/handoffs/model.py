"""Tables of hand-offs: who waits for a person or talks with one, in which chats, and what was done."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key


class State(StrEnum):
    """waiting ⇄ taken → ended."""

    WAITING = "waiting"
    TAKEN = "taken"
    ENDED = "ended"


class Why(StrEnum):
    """What it came of."""

    ASKED = "asked"
    ANGER = "anger"
    MISUNDERSTOOD = "misunderstood"
    STEPPED_IN = "stepped_in"


class Ending(StrEnum):
    """Who or what ended it."""

    STAFF = "staff"
    RESIDENT = "resident"  # waited no longer
    SILENT = "silent"  # neither said anything for long
    UNANSWERED = "unanswered"  # nobody came, or the last word was left without an answer: a ticket was opened


class Handoff(Base):
    """One resident who is given to a person. ``next_at``: when the clock has something to do here."""

    __tablename__ = "handoff"
    __table_args__ = (
        Index("ix_handoff_community", "community_id", "state"),
        Index("ix_handoff_resident", "resident_id"),
        Index("ix_handoff_next", "next_at"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    chat_id: Mapped[int] = mapped_column(Key)  # where it began
    in_group: Mapped[bool] = mapped_column(default=False)
    org_unit_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"))  # where the resident lives, for the desk
    why: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(8), default=State.WAITING)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    level: Mapped[str] = mapped_column(String(16), default="")
    meant_for: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))  # passed on to this colleague
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    opened_at: Mapped[datetime]
    waits_since: Mapped[datetime]  # anew when it was passed on
    taken_at: Mapped[datetime | None]
    first_word_at: Mapped[datetime | None]  # of a person, the first time
    last_at: Mapped[datetime]  # last word of either
    unanswered_since: Mapped[datetime | None]  # the resident's word that nobody has answered yet
    reminded: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_how: Mapped[str] = mapped_column(String(12), default="")
    changed_at: Mapped[datetime]


class HandoffThread(Base):
    """A chat in which the bot keeps out of a resident's talk. ``thread`` names both while that holds, then nothing."""

    __tablename__ = "handoff_thread"
    __table_args__ = (UniqueConstraint("thread"), UniqueConstraint("handoff_id", "chat_id"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    handoff_id: Mapped[int] = mapped_column(ForeignKey("handoff.id"))
    chat_id: Mapped[int] = mapped_column(Key)
    private: Mapped[bool] = mapped_column(default=False)
    thread: Mapped[str | None] = mapped_column(String(48))  # "<chat id>:<resident id>", as the inbox has it
    since: Mapped[datetime]


class HandoffStep(Base):
    """One thing done. Never changed. ``key``: the same is not done twice."""

    __tablename__ = "handoff_step"
    __table_args__ = (UniqueConstraint("handoff_id", "key"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    handoff_id: Mapped[int] = mapped_column(ForeignKey("handoff.id"))
    at: Mapped[datetime]
    what: Mapped[str] = mapped_column(String(16))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    key: Mapped[str] = mapped_column(String(48))
    text: Mapped[str] = mapped_column(String(300), default="")  # a note to colleagues; never what was said


def thread_name(chat_id: int, resident_id: int) -> str:
    """One resident's talk in one chat, as the inbox calls it."""
    return f"{chat_id}:{resident_id}"
