"""Tables of surveys: the questionnaire, who has answered, what was answered — apart — and the draw of a prize quiz."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key
from actions.surveys.questions import Question, read_questions


class SurveyState(StrEnum):
    """draft → scheduled → open → closed."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    OPEN = "open"
    CLOSED = "closed"


class Who(StrEnum):
    """Who answers, and what counts as one: a verified household, a resident, a registered phone, a browser."""

    HOUSEHOLD = "household"
    RESIDENT = "resident"
    PHONE = "phone"
    LINK = "link"


class Purpose(StrEnum):
    """A questionnaire, or a quiz with right answers and prizes."""

    SURVEY = "survey"
    QUIZ = "quiz"


class Survey(Base):
    """A questionnaire. ``series_id``: the first of its rounds. ``next_at``: when the clock looks at it next."""

    __tablename__ = "survey"
    __table_args__ = (
        Index("ix_survey_community", "community_id", "state"),
        Index("ix_survey_due", "next_at"),
        Index("ix_survey_series", "series_id"),
        UniqueConstraint("token"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    purpose: Mapped[str] = mapped_column(String(8), default=Purpose.SURVEY)
    title: Mapped[str] = mapped_column(String(60))
    intro: Mapped[str] = mapped_column(Text, default="")
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    template: Mapped[str] = mapped_column(String(32), default="")
    series_id: Mapped[int | None] = mapped_column(Key)
    round: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(10), default=SurveyState.DRAFT)
    who: Mapped[str] = mapped_column(String(10), default=Who.HOUSEHOLD)
    anonymous: Mapped[bool] = mapped_column(default=True)
    unit_ids: Mapped[list[int]] = mapped_column(default=list)  # the community, grids or buildings
    token: Mapped[str] = mapped_column(String(32))  # of the link that needs no sign-in
    remind: Mapped[bool] = mapped_column(default=True)
    reminded: Mapped[int] = mapped_column(default=0)  # turns that are done
    remind_asked_at: Mapped[datetime | None]  # staff want a turn now
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    made_at: Mapped[datetime]
    found: Mapped[str] = mapped_column(Text, default="")  # what was learnt, for residents
    doing: Mapped[str] = mapped_column(Text, default="")  # what will be done about it
    published_at: Mapped[datetime | None]
    pass_score: Mapped[int] = mapped_column(default=0)  # right answers from which one is in the draw
    prizes: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # {"name", "count"}
    seed: Mapped[str] = mapped_column(String(64), default="")  # shown after the close only
    seed_hash: Mapped[str] = mapped_column(String(64), default="")

    @property
    def asked(self) -> list[Question]:
        """Its questions in order."""
        return read_questions(self.questions)

    @property
    def is_quiz(self) -> bool:
        """Whether there are right answers."""
        return self.purpose == Purpose.QUIZ

    def takes_answers(self, now: datetime) -> bool:
        """Whether one may answer now."""
        return self.state == SurveyState.OPEN and (self.closes_at is None or now < self.closes_at)


class Response(Base):
    """What was answered. Of an anonymous survey without a resident; its number is random and it bears a day only,
    so that neither order nor time leads to who has answered."""

    __tablename__ = "survey_response"
    __table_args__ = (Index("ix_survey_response_survey", "survey_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    community_id: Mapped[int] = mapped_column(Key)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id"))
    answers: Mapped[dict[str, Any]]
    answered_on: Mapped[date]
    how: Mapped[str] = mapped_column(String(8))  # "page", "chat", "link"


class Answered(Base):
    """That a household, resident, phone or browser has answered, and never what. ``voice``: "h12", "r7", "p…", "d…"."""

    __tablename__ = "survey_answered"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy's own; kept in the order of the key

    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"), primary_key=True, autoincrement=False)
    voice: Mapped[str] = mapped_column(String(80), primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)


class SurveyTalk(Base):
    """Somebody is being asked question by question in the chat; it is gone when they are through or it closes."""

    __tablename__ = "survey_talk"

    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"), primary_key=True, autoincrement=False)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), primary_key=True, autoincrement=False)
    community_id: Mapped[int] = mapped_column(Key)
    answers: Mapped[dict[str, Any]]


class SurveyReminder(Base):
    """Somebody was reminded; at most once a turn."""

    __tablename__ = "survey_reminder"

    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"), primary_key=True, autoincrement=False)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), primary_key=True, autoincrement=False)
    turn: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    community_id: Mapped[int] = mapped_column(Key)


class SurveyOptOut(Base):
    """A resident who wants no reminders of surveys."""

    __tablename__ = "survey_opt_out"

    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), primary_key=True, autoincrement=False)
    community_id: Mapped[int] = mapped_column(Key)


class SurveyChange(Base):
    """A slip of the pen that was put right after answers had come in."""

    __tablename__ = "survey_change"
    __table_args__ = (Index("ix_survey_change_survey", "survey_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    at: Mapped[datetime]
    before: Mapped[str] = mapped_column(String(200))
    after: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(String(200))


class QuizEntry(Base):
    """One try at a prize quiz. ``code`` is the resident's own; only its hash is ever published."""

    __tablename__ = "quiz_entry"
    __table_args__ = (UniqueConstraint("survey_id", "resident_id"), UniqueConstraint("entry_hash"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    code: Mapped[str] = mapped_column(String(32))
    entry_hash: Mapped[str] = mapped_column(String(64))
    score: Mapped[int]
    qualified: Mapped[bool]


class QuizPrize(Base):
    """A prize that was drawn for an entry, and whether it was handed out."""

    __tablename__ = "quiz_prize"
    __table_args__ = (UniqueConstraint("survey_id", "place"), UniqueConstraint("survey_id", "entry_hash"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id"))
    place: Mapped[int]
    name: Mapped[str] = mapped_column(String(40))
    entry_hash: Mapped[str] = mapped_column(String(64))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    handed_at: Mapped[datetime | None]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
