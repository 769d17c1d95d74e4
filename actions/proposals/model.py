"""Tables of proposals: the proposal, who is behind it, what was argued, the meetings, and every step of its way."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key


class ProposalState(StrEnum):
    """draft → waiting → gathering → discussing → answering (→ voting) → doing → done; the rest are ends."""

    DRAFT = "draft"  # read back to its author, who has not said yes yet
    WAITING = "waiting"  # for staff
    GATHERING = "gathering"  # supporters
    DISCUSSING = "discussing"
    ANSWERING = "answering"  # talked over; waits for the official answer
    VOTING = "voting"
    DOING = "doing"  # decided; its tasks are under way
    DONE = "done"
    DECLINED = "declined"  # decided against, with reasons
    REFUSED = "refused"  # by the review
    MERGED = "merged"
    LAPSED = "lapsed"  # too few supporters in time
    WITHDRAWN = "withdrawn"


PUBLIC = frozenset({"gathering", "discussing", "answering", "voting", "doing", "done", "declined", "lapsed"})
TAKES_SUPPORT = frozenset({ProposalState.GATHERING, ProposalState.DISCUSSING, ProposalState.ANSWERING})
TAKES_ARGUMENTS = frozenset({ProposalState.GATHERING, ProposalState.DISCUSSING})
TO_ANSWER = frozenset({ProposalState.DISCUSSING, ProposalState.ANSWERING})
LIVE = frozenset({"waiting", "gathering", "discussing", "answering", "voting", "doing"})


class Behind(StrEnum):
    """How somebody stands behind a proposal. Who only came with a ticket hears of it but is not counted."""

    PROPOSER = "proposer"
    SUPPORTER = "supporter"
    REPORTER = "reporter"


COUNTED = (Behind.PROPOSER, Behind.SUPPORTER)


class Stance(StrEnum):
    """What an argument is."""

    FOR = "for"
    AGAINST = "against"
    QUESTION = "question"
    IDEA = "idea"


class Verdict(StrEnum):
    """What was decided."""

    ACCEPTED = "accepted"
    PARTLY = "partly"
    REFUSED = "refused"


class Proposal(Base):
    """Something residents put forward. ``supporters``: those counted; ``next_at``: when the clock looks at it."""

    __tablename__ = "proposal"
    __table_args__ = (
        UniqueConstraint("community_id", "number"),
        CheckConstraint("supporters >= 0", name="supporters"),
        Index("ix_proposal_list", "community_id", "state", "id"),
        Index("ix_proposal_due", "next_at"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    number: Mapped[int]  # within the community, from 1
    title: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12))
    org_unit_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"))  # whose groups are told
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id"))  # who put it forward
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))  # who drew it up from tickets
    made_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    review_due_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    reason: Mapped[str] = mapped_column(String(300), default="")  # of the review
    threshold: Mapped[int] = mapped_column(default=0)
    supporters: Mapped[int] = mapped_column(default=0)
    gather_until: Mapped[datetime | None]
    discuss_from: Mapped[datetime | None]
    discuss_until: Mapped[datetime | None]
    answer_due_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    verdict: Mapped[str] = mapped_column(String(10), default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    late: Mapped[int] = mapped_column(default=0)  # how often the overdue answer or review was called for (督办)
    ballot_id: Mapped[int | None] = mapped_column(Key)  # of the room of ballots
    ballot_task: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what is to be done if it passes
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("proposal.id"))
    summary: Mapped[dict[str, Any]] = mapped_column(default=dict)  # published: stance → sentences
    summarised_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]

    @property
    def public(self) -> bool:
        """Whether residents may know of it."""
        return self.state in PUBLIC

    def state_at(self, now: datetime) -> str:
        """Its state at that instant: the clock may come a little later to write down that a time is over."""
        if self.state == ProposalState.GATHERING and self.gather_until is not None and now >= self.gather_until:
            return ProposalState.LAPSED
        if self.state == ProposalState.DISCUSSING and self.discuss_until is not None and now >= self.discuss_until:
            return ProposalState.ANSWERING
        return self.state


class Support(Base):
    """Somebody behind a proposal; hears every step unless ``muted``. ``tell_at``: when they hear the next news."""

    __tablename__ = "proposal_support"
    __table_args__ = (
        UniqueConstraint("proposal_id", "resident_id"),
        Index("ix_proposal_support_news", "tell_at"),
        Index("ix_proposal_support_resident", "resident_id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    kind: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]
    muted: Mapped[bool] = mapped_column(default=False)
    told_step: Mapped[int] = mapped_column(Key, default=0)  # the last step they heard of
    tell_at: Mapped[datetime | None]


class ProposalTicket(Base):
    """A ticket that became part of a proposal; a ticket is in one only."""

    __tablename__ = "proposal_ticket"
    __table_args__ = (UniqueConstraint("ticket_id"), Index("ix_proposal_ticket_proposal", "proposal_id"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    ticket_id: Mapped[int] = mapped_column(Key)
    at: Mapped[datetime]


class Argument(Base):
    """What somebody said in the discussion, without private numbers. ``source``: said once, kept once."""

    __tablename__ = "proposal_argument"
    __table_args__ = (
        UniqueConstraint("community_id", "source"),
        Index("ix_proposal_argument_proposal", "proposal_id", "id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    stance: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    source: Mapped[str] = mapped_column(String(64))
    hidden_at: Mapped[datetime | None]
    hidden_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    hidden_why: Mapped[str] = mapped_column(String(200), default="")


class Opinion(Base):
    """A resident agrees with an argument or does not; one word each, the last one counts."""

    __tablename__ = "proposal_opinion"
    __table_args__ = (UniqueConstraint("argument_id", "resident_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    argument_id: Mapped[int] = mapped_column(ForeignKey("proposal_argument.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    agrees: Mapped[bool]
    at: Mapped[datetime]


class Step(Base):
    """One step of a proposal's way, never changed. ``data`` fills the words of its kind."""

    __tablename__ = "proposal_step"
    __table_args__ = (Index("ix_proposal_step_proposal", "proposal_id", "id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    kind: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))


class MeetingState(StrEnum):
    """planned → held; or cancelled."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class Meeting(Base):
    """A council, hearing or joint meeting about a proposal."""

    __tablename__ = "proposal_meeting"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="times"),
        Index("ix_proposal_meeting_proposal", "proposal_id"),
        Index("ix_proposal_meeting_due", "remind_at"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    form: Mapped[str] = mapped_column(String(16))
    matter: Mapped[str] = mapped_column(String(40), default="")  # of the form's list of matters
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    place: Mapped[str] = mapped_column(String(60))
    bodies: Mapped[list[str]] = mapped_column(default=list)  # names of who is invited
    agenda: Mapped[str] = mapped_column(Text, default="")
    minutes: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(10))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    made_at: Mapped[datetime]
    held_at: Mapped[datetime | None]  # when its minutes were written down
    remind_at: Mapped[datetime | None]


class Attendance(Base):
    """A resident who was at a meeting."""

    __tablename__ = "proposal_attendance"
    __table_args__ = (UniqueConstraint("meeting_id", "resident_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("proposal_meeting.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    at: Mapped[datetime]


class Task(Base):
    """What a decision asks of a body, until when, and how far it is. ``late``: how often it was called for (督办)."""

    __tablename__ = "proposal_task"
    __table_args__ = (
        CheckConstraint("percent >= 0 AND percent <= 100", name="percent"),
        Index("ix_proposal_task_proposal", "proposal_id"),
        Index("ix_proposal_task_due", "next_at"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    title: Mapped[str] = mapped_column(String(60))
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))  # a body of the responsibility list
    due_on: Mapped[date]
    percent: Mapped[int] = mapped_column(default=0)
    late: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]


class Milestone(Base):
    """A part of a task with a day of its own."""

    __tablename__ = "proposal_milestone"
    __table_args__ = (Index("ix_proposal_milestone_task", "task_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    task_id: Mapped[int] = mapped_column(ForeignKey("proposal_task.id"))
    name: Mapped[str] = mapped_column(String(40))
    due_on: Mapped[date]
    done_at: Mapped[datetime | None]
