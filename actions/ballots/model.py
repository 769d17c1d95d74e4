"""Tables of ballots: the question, who may vote, what was voted, papers, the log of casts, and areas of homes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key


class BallotState(StrEnum):
    """draft → open → closed → tallied; or cancelled. A draft with ``approved_by`` waits for its time to open."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"  # nobody can vote any more; papers are still confirmed
    TALLIED = "tallied"
    CANCELLED = "cancelled"


LIVE = (BallotState.DRAFT, BallotState.OPEN, BallotState.CLOSED)


class PaperState(StrEnum):
    """entered → confirmed, or differs (the second person read something else); withdrawn: entered by mistake."""

    ENTERED = "entered"
    DIFFERS = "differs"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


class Ballot(Base):
    """A question put to the vote. Areas are whole hundredths of a square metre.

    Of a secret one, votes are sealed for ``public``; ``wrapped`` holds the other half, and is dropped with all sealed
    votes once they are counted: then nobody can say any more who voted what.
    """

    __tablename__ = "ballot"
    __table_args__ = (
        UniqueConstraint("community_id", "source"),
        UniqueConstraint("ref"),
        CheckConstraint("voted >= 0 AND voted <= voters", name="voted"),
        Index("ix_ballot_community", "community_id", "state"),
        Index("ix_ballot_due", "next_at"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    ref: Mapped[str] = mapped_column(String(12))  # public: stands in the file of the count
    source: Mapped[str] = mapped_column(String(80))  # what it came of, once and no more
    title: Mapped[str] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(Text, default="")
    options: Mapped[list[str]] = mapped_column(default=list)
    counting: Mapped[str] = mapped_column(String(10))  # "household", "area", "resident"
    rule: Mapped[str] = mapped_column(String(32))
    item: Mapped[str] = mapped_column(String(16), default="")  # of data/ballots.yml
    secret: Mapped[bool]
    org_unit_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"))
    state: Mapped[str] = mapped_column(String(10), default=BallotState.DRAFT)
    author_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    drafted_at: Mapped[datetime]
    opens_at: Mapped[datetime | None]  # empty: as soon as it is approved
    closes_at: Mapped[datetime | None]  # empty: when staff close it
    first_end: Mapped[datetime | None]  # the end it had before it was extended
    why_longer: Mapped[str] = mapped_column(String(200), default="")
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    tallied_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(200), default="")  # why it was cancelled
    voters: Mapped[int] = mapped_column(default=0)  # fixed when it opens
    area: Mapped[int] = mapped_column(default=0)
    voted: Mapped[int] = mapped_column(default=0)  # how many of them have
    log_length: Mapped[int] = mapped_column(default=0)
    log_head: Mapped[str] = mapped_column(String(64), default="")
    public: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    wrapped: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # counting.Tally.as_json
    count_file: Mapped[str] = mapped_column(Text, default="")  # what anybody can count again
    digest: Mapped[str] = mapped_column(String(64), default="")  # of that file
    reminder: Mapped[int] = mapped_column(default=0)  # the round of reminders that is going or was last
    next_at: Mapped[datetime | None]  # when the clock looks at it next

    @property
    def by_area(self) -> bool:
        return self.counting == "area"

    def takes_votes(self, at: datetime) -> bool:
        """Whether a vote that was given at that instant is in time."""
        return self.state == BallotState.OPEN and (self.closes_at is None or at < self.closes_at)


class BallotVoter(Base):
    """One that has a vote: a household, an owner with all homes of theirs, or a resident."""

    __tablename__ = "ballot_voter"
    __table_args__ = (
        UniqueConstraint("ballot_id", "name"),
        Index("ix_ballot_voter_open", "ballot_id", "via", "reminded"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"))
    name: Mapped[str] = mapped_column(String(48))  # "home:12", "owner:甲", "resident:7"
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id"))  # where residents are counted
    area: Mapped[int] = mapped_column(default=0)
    via: Mapped[str] = mapped_column(String(6), default="")  # "online", "paper"; empty: has not voted
    voted_at: Mapped[datetime | None]
    wants_paper_at: Mapped[datetime | None]
    reminded: Mapped[int] = mapped_column(default=0)


class BallotDoor(Base):
    """A home of the electorate and whose vote it belongs to."""

    __tablename__ = "ballot_door"
    __table_args__ = (UniqueConstraint("ballot_id", "household_id"), Index("ix_ballot_door_voter", "voter_id"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"))
    voter_id: Mapped[int] = mapped_column(ForeignKey("ballot_voter.id"))
    area: Mapped[int] = mapped_column(default=0)


class BallotVote(Base):
    """What was voted online; the last one of a voter. Of a secret ballot choice and code lie in ``sealed``."""

    __tablename__ = "ballot_vote"
    __table_args__ = (UniqueConstraint("voter_id"), Index("ix_ballot_vote_ballot", "ballot_id"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"))
    voter_id: Mapped[int] = mapped_column(ForeignKey("ballot_voter.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))  # who gave it last
    choice: Mapped[int | None]
    code: Mapped[str] = mapped_column(String(20), default="")
    sealed: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    first_at: Mapped[datetime]
    cast_at: Mapped[datetime]
    changes: Mapped[int] = mapped_column(default=0)


class BallotPaper(Base):
    """A sheet of paper: one writes down what stands on it, another reads it again."""

    __tablename__ = "ballot_paper"
    __table_args__ = (UniqueConstraint("voter_id"), Index("ix_ballot_paper_ballot", "ballot_id", "state"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"))
    voter_id: Mapped[int] = mapped_column(ForeignKey("ballot_voter.id"))
    state: Mapped[str] = mapped_column(String(10))
    choice: Mapped[int | None]
    code: Mapped[str] = mapped_column(String(20), default="")
    sealed: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    entered_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    entered_at: Mapped[datetime]  # of the first entry: the sheet was there
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    confirmed_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(200), default="")  # why it was withdrawn


class BallotCast(Base):
    """The log of a ballot: that somebody voted, changed, or that a paper was taken; never what was voted.

    ``commitment`` hides the choice behind the voter's code; ``head`` is chained to the line before.
    """

    __tablename__ = "ballot_cast"
    __table_args__ = (UniqueConstraint("ballot_id", "number"), Index("ix_ballot_cast_voter", "voter_id"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"))
    number: Mapped[int]  # from 1
    voter_id: Mapped[int] = mapped_column(ForeignKey("ballot_voter.id"))
    what: Mapped[str] = mapped_column(String(10))  # "cast", "changed", "paper", "withdrawn"
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    at: Mapped[datetime]
    commitment: Mapped[str] = mapped_column(String(64))
    head: Mapped[str] = mapped_column(String(64))


class HomeArea(Base):
    """How large a home is by its deed. Homes with the same ``owner`` mark belong to one owner, who is one person."""

    __tablename__ = "home_area"
    __table_args__ = (UniqueConstraint("household_id"), CheckConstraint("area > 0", name="area"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key, index=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"))
    area: Mapped[int]
    owner: Mapped[str] = mapped_column(String(32), default="")
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    updated_at: Mapped[datetime]
