"""What the bot remembers of one resident in one chat: the open question, the matter in hand, loose fragments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from actions.tickets.commands import Where

QUESTION_OPEN_FOR = timedelta(minutes=10)
FRAGMENTS_JOIN_FOR = timedelta(minutes=3)
CORRECTIONS_FOR = timedelta(minutes=10)
FRAGMENT_KEPT_FOR = timedelta(minutes=3)
SURVEYING_FOR = timedelta(minutes=30)  # since the last word of it
CONFIDING_FOR = timedelta(minutes=10)  # since the last word of it
MOST_FRAGMENTS = 4


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """What was asked and is not answered yet. ``kind``: "place" (of a ticket) or "choice" (between services)."""

    kind: str
    expires_at: datetime
    ticket_id: int | None = None
    options: tuple[str, ...] = ()  # service codes, in the order of the buttons
    text: str = ""  # what the resident had said
    message_id: int | None = None
    pictures: tuple[str, ...] = ()
    where: Where = Where()
    also: tuple[int, ...] = ()  # further tickets of the same message that wait for the same place


@dataclass(frozen=True, slots=True)
class Matter:
    """The ticket this conversation opened last; fragments join it, corrections change it."""

    ticket_id: int
    service: str
    last_at: datetime
    where: Where = Where()


@dataclass(frozen=True, slots=True)
class Fragment:
    """A place or pictures said on their own, kept for the words that follow."""

    at: datetime
    pictures: tuple[str, ...] = ()
    where: Where = Where()
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Confiding:
    """Something is being said in confidence. ``tip_id``: the case it goes into; None: there is none yet."""

    tip_id: int | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Surveying:
    """A survey is being answered question by question."""

    survey_id: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Conversation:
    """The whole of it. Values are frozen; a change makes a new one."""

    question: OpenQuestion | None = None
    matter: Matter | None = None
    fragments: tuple[Fragment, ...] = ()
    misunderstood: int = 0  # in a row
    script: str = "hans"
    confiding: Confiding | None = None
    misunderstood_at: datetime | None = None  # the last time, whatever was done since
    surveying: Surveying | None = None

    def open_question(self, now: datetime) -> OpenQuestion | None:
        """The question that an answer may still belong to."""
        question = self.question
        return question if question is not None and now < question.expires_at else None

    def confiding_now(self, now: datetime) -> Confiding | None:
        """The confidence that what is said next belongs to."""
        confiding = self.confiding
        return confiding if confiding is not None and now - confiding.since <= CONFIDING_FOR else None

    def surveying_now(self, now: datetime) -> Surveying | None:
        """The survey that what is said next may answer."""
        surveying = self.surveying
        return surveying if surveying is not None and now - surveying.since <= SURVEYING_FOR else None

    def misunderstood_lately(self, now: datetime) -> bool:
        """Whether the last misunderstanding is as fresh as an open question."""
        at = self.misunderstood_at
        return at is not None and now - at <= QUESTION_OPEN_FOR

    def matter_within(self, now: datetime, span: timedelta) -> Matter | None:
        """The matter in hand, if it was touched within ``span``."""
        matter = self.matter
        return matter if matter is not None and now - matter.last_at <= span else None

    def fresh_fragments(self, now: datetime) -> tuple[Fragment, ...]:
        return tuple(f for f in self.fragments if now - f.at <= FRAGMENT_KEPT_FOR)

    def with_fragment(self, fragment: Fragment, now: datetime) -> Conversation:
        kept = (*self.fresh_fragments(now), fragment)[-MOST_FRAGMENTS:]
        return replace(self, fragments=kept)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON; instants as ISO 8601."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Conversation:
        """The value that ``as_json`` gave."""
        question, matter, confiding = data.get("question"), data.get("matter"), data.get("confiding")
        misunderstood_at, surveying = data.get("misunderstood_at"), data.get("surveying")
        return cls(
            question=_question(question) if question else None,
            matter=_matter(matter) if matter else None,
            fragments=tuple(_fragment(f) for f in data.get("fragments", ())),
            misunderstood=int(data.get("misunderstood", 0)),
            script=str(data.get("script", "hans")),
            confiding=_confiding(confiding) if confiding else None,
            misunderstood_at=datetime.fromisoformat(misunderstood_at) if misunderstood_at else None,
            surveying=Surveying(surveying["survey_id"], datetime.fromisoformat(surveying["since"]))
            if surveying
            else None,
        )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value


def _question(data: Mapping[str, Any]) -> OpenQuestion:
    return OpenQuestion(
        kind=data["kind"],
        expires_at=datetime.fromisoformat(data["expires_at"]),
        ticket_id=data.get("ticket_id"),
        options=tuple(data.get("options", ())),
        text=data.get("text", ""),
        message_id=data.get("message_id"),
        pictures=tuple(data.get("pictures", ())),
        where=Where(**data.get("where", {})),
        also=tuple(data.get("also", ())),
    )


def _matter(data: Mapping[str, Any]) -> Matter:
    return Matter(
        ticket_id=data["ticket_id"],
        service=data["service"],
        last_at=datetime.fromisoformat(data["last_at"]),
        where=Where(**data.get("where", {})),
    )


def _confiding(data: Mapping[str, Any]) -> Confiding:
    return Confiding(data.get("tip_id"), datetime.fromisoformat(data["since"]))


def _fragment(data: Mapping[str, Any]) -> Fragment:
    return Fragment(
        at=datetime.fromisoformat(data["at"]),
        pictures=tuple(data.get("pictures", ())),
        where=Where(**data.get("where", {})),
        message_id=data.get("message_id"),
    )
