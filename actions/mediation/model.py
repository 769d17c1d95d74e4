"""Tables of mediation: the case with its parties and rooms, sessions, notes, agreement, performance, visits."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key


class CaseState(StrEnum):
    """submitted → accepted → in_mediation → agreed → closed, and how it may end before that."""

    SUBMITTED = "submitted"  # 已申请, waits for a mediator
    ACCEPTED = "accepted"  # 已受理, the parties are asked
    IN_MEDIATION = "in_mediation"  # 调解中, all have consented
    AGREED = "agreed"  # 达成协议, performance and visits
    CLOSED = "closed"  # 结案
    FAILED = "failed"  # 调解不成
    DECLINED = "declined"  # a party does not want it
    WITHDRAWN = "withdrawn"  # 撤回申请
    REFERRED = "referred"  # 移送：公安、法院、律师


RUNNING = frozenset({CaseState.SUBMITTED, CaseState.ACCEPTED, CaseState.IN_MEDIATION, CaseState.AGREED})


class Consent(StrEnum):
    """Whether a party wants to be mediated."""

    NONE = "none"  # not asked yet
    ASKED = "asked"
    GIVEN = "given"
    REFUSED = "refused"


class MediationCase(Base):
    """One dispute that is to be settled by talking. ``ref`` ("调2026-0007") is unique in its community."""

    __tablename__ = "mediation_case"
    __table_args__ = (
        UniqueConstraint("community_id", "ref"),
        UniqueConstraint("ticket_id"),
        Index("ix_mediation_case_queue", "community_id", "state"),
        Index("ix_mediation_case_room", "common_chat_id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    ref: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(48))  # a service of the family "dispute"
    place: Mapped[str] = mapped_column(String(128), default="")  # in words, never with a door
    org_unit_id: Mapped[int] = mapped_column(Key)
    text: Mapped[str] = mapped_column(Text, default="")  # what the applicant said: for the mediator alone
    ticket_id: Mapped[int | None] = mapped_column(Key)  # what it came of; opaque to this room
    quarrel_id: Mapped[int | None] = mapped_column(Key, index=True)
    state: Mapped[str] = mapped_column(String(16), default=CaseState.SUBMITTED)
    mediator_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    common_chat_id: Mapped[int | None] = mapped_column(Key)  # the room of all; opaque to this room
    opened_at: Mapped[datetime]
    agreed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    referred_to: Mapped[str] = mapped_column(String(16), default="")
    version: Mapped[int] = mapped_column(default=1)

    # two moves at once: the second is refused, not lost
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class MediationParty(Base):
    """Somebody in the dispute. Without a resident they are not in the chat and are spoken to in person."""

    __tablename__ = "mediation_party"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        UniqueConstraint("case_id", "resident_id"),
        Index("ix_mediation_party_room", "chat_id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    case_id: Mapped[int] = mapped_column(ForeignKey("mediation_case.id"))
    number: Mapped[int]  # 1: who applied
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id"))
    name: Mapped[str] = mapped_column(String(32), default="")  # the real one, for the paper
    phone: Mapped[str] = mapped_column(String(32), default="")
    home: Mapped[str] = mapped_column(String(64), default="")  # address on the paper
    consent: Mapped[str] = mapped_column(String(8), default=Consent.NONE)
    answered_at: Mapped[datetime | None]
    recorded_by: Mapped[int | None] = mapped_column(Key)  # staff who took the consent down on paper
    chat_id: Mapped[int | None] = mapped_column(Key)  # their room with the mediator; opaque to this room
    said_at: Mapped[datetime | None]  # their last words in a room
    heard_at: Mapped[datetime | None]  # when the mediator last answered


class MediatorAssignment(Base):
    """Who was the mediator of a case, from when to when, and why no longer."""

    __tablename__ = "mediator_assignment"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    case_id: Mapped[int] = mapped_column(ForeignKey("mediation_case.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"), index=True)
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    why: Mapped[str] = mapped_column(String(16), default="")  # "recused", "objected", "replaced"


class MediatorProfile(Base):
    """What a mediator is good at and where: empty lists mean everything, everywhere."""

    __tablename__ = "mediator_profile"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"), primary_key=True, autoincrement=False)
    community_id: Mapped[int] = mapped_column(Key)
    fields: Mapped[list[str]] = mapped_column(default=list)  # services of the family "dispute"
    org_unit_ids: Mapped[list[int]] = mapped_column(default=list)  # grids


class MediationSession(Base):
    """A meeting: with all, or with one of them (``party_id``)."""

    __tablename__ = "mediation_session"
    __table_args__ = (Index("ix_mediation_session_due", "remind_at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    case_id: Mapped[int] = mapped_column(ForeignKey("mediation_case.id"), index=True)
    party_id: Mapped[int | None] = mapped_column(ForeignKey("mediation_party.id"))
    at: Mapped[datetime]
    place: Mapped[str] = mapped_column(String(64))
    remind_at: Mapped[datetime | None]  # empty: nobody is reminded any more
    held_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    summary: Mapped[str] = mapped_column(Text, default="")  # for the mediator alone
    planned_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))


class MediationNote(Base):
    """What the mediator writes down. ``audience``: "mediator", "party" (that one alone) or "all"."""

    __tablename__ = "mediation_note"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    case_id: Mapped[int] = mapped_column(ForeignKey("mediation_case.id"), index=True)
    at: Mapped[datetime]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    audience: Mapped[str] = mapped_column(String(8))
    party_id: Mapped[int | None] = mapped_column(ForeignKey("mediation_party.id"))
    text: Mapped[str] = mapped_column(Text)


class AgreementState(StrEnum):
    """draft → offered → signed; a new version replaces what was not signed."""

    DRAFT = "draft"
    OFFERED = "offered"
    SIGNED = "signed"
    REPLACED = "replaced"


class MediationAgreement(Base):
    """A version of the agreement. It holds from the moment the last one has signed."""

    __tablename__ = "mediation_agreement"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    case_id: Mapped[int] = mapped_column(ForeignKey("mediation_case.id"))
    number: Mapped[int]
    facts: Mapped[str] = mapped_column(Text)  # 纠纷的主要事实、争议事项
    terms: Mapped[str] = mapped_column(Text)  # 协议内容
    way: Mapped[str] = mapped_column(Text, default="")  # 履行方式
    state: Mapped[str] = mapped_column(String(8), default=AgreementState.DRAFT)
    made_at: Mapped[datetime]
    made_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    signed_at: Mapped[datetime | None]


class MediationSignature(Base):
    """Somebody put their name under a version: in the chat, or on paper as staff saw it. ``number`` 0: mediator."""

    __tablename__ = "mediation_signature"
    __table_args__ = (UniqueConstraint("agreement_id", "number"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("mediation_agreement.id"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    how: Mapped[str] = mapped_column(String(8))  # "chat" or "paper"
    recorded_by: Mapped[int | None] = mapped_column(Key)


class ItemState(StrEnum):
    """open → said (by who owes it) → done, or broken."""

    OPEN = "open"
    SAID = "said"
    DONE = "done"
    BROKEN = "broken"


class PerformanceItem(Base):
    """One thing that one party has promised to do by a day."""

    __tablename__ = "mediation_performance"
    __table_args__ = (Index("ix_mediation_performance_due", "next_at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    case_id: Mapped[int] = mapped_column(ForeignKey("mediation_case.id"), index=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("mediation_agreement.id"), index=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("mediation_party.id"))
    what: Mapped[str] = mapped_column(String(200))
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(8), default=ItemState.OPEN)
    next_at: Mapped[datetime | None]  # when the clock speaks up next; only once the agreement holds
    reminded: Mapped[bool] = mapped_column(default=False)
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None] = mapped_column(Key)


class MediationVisit(Base):
    """回访: how things stand 7, 30 and 90 days after the agreement."""

    __tablename__ = "mediation_visit"
    __table_args__ = (UniqueConstraint("case_id", "days"), Index("ix_mediation_visit_due", "asked_at", "due_at"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    case_id: Mapped[int] = mapped_column(ForeignKey("mediation_case.id"))
    days: Mapped[int]
    due_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    note: Mapped[str] = mapped_column(Text, default="")


class VisitAnswer(Base):
    """What a party pressed when asked how things stand: "well" or "trouble"."""

    __tablename__ = "mediation_visit_answer"
    __table_args__ = (UniqueConstraint("visit_id", "party_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    visit_id: Mapped[int] = mapped_column(ForeignKey("mediation_visit.id"))
    party_id: Mapped[int] = mapped_column(ForeignKey("mediation_party.id"))
    word: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime]


class MediationEntry(Base):
    """An entry of a case's history. Never changed; ``text`` is for the mediator alone."""

    __tablename__ = "mediation_entry"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    case_id: Mapped[int] = mapped_column(ForeignKey("mediation_case.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(8))  # "resident", "staff", "clock"
    name: Mapped[str] = mapped_column(String(64), default="")
    what: Mapped[str] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text, default="")


class MediationCounter(Base):
    """The last case number given out in a community in a year."""

    __tablename__ = "mediation_counter"

    community_id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(default=0)


class HeatedWord(Base):
    """Somebody was heated in a group: who and when, never what was said."""

    __tablename__ = "heated_word"
    __table_args__ = (UniqueConstraint("message_id"), Index("ix_heated_word_chat", "chat_id", "at"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    chat_id: Mapped[int] = mapped_column(Key)
    resident_id: Mapped[int] = mapped_column(Key)
    message_id: Mapped[int] = mapped_column(Key)
    at: Mapped[datetime]


class Quarrel(Base):
    """A quarrel that flared up in a group, and in which a way out was offered: once a day and group."""

    __tablename__ = "quarrel"
    __table_args__ = (UniqueConstraint("chat_id", "day"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    chat_id: Mapped[int] = mapped_column(Key)
    day: Mapped[date]
    offered_at: Mapped[datetime]
    resident_ids: Mapped[list[int]] = mapped_column(default=list)
