"""What was decided, and the facts a decision is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from actions.outcome import Button
from actions.tickets.commands import Actor, Where
from bot.conversations import Conversation
from bot.messages import Message
from bot.understanding import Understanding


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Confidence from which we act, and below which we do not even guess."""

    sure: float = 0.60
    unsure: float = 0.35
    pressing: float = 0.85  # faults, hazards, quarrels told to nobody: speaking up on chatter is the worst sin
    unasked: float = 0.90  # questions, ideas, sign-ups said to nobody: neighbours say such things to each other
    emergency: float = 0.40  # a missed emergency costs more than a needless question
    emergency_in_earnest: float = 0.25  # the same, when what is said is hardly talk
    emergency_in_a_word: float = 0.80  # the same, in a few characters that may mean anything
    talk: float = 0.15  # up to here it is hardly talk
    emergency_in_jest: float = 0.97  # the same, when the rules take the words for a joke, a dream or an "if"
    emergency_in_strange_words: float = 0.80  # the same, when a joke is heard by the rules and hardly by the model
    actionable: float = 0.95  # not chatter, whatever else it is: worth a question in the group
    offered: float = 0.45  # said to the bot: the likeliest services together, to be offered as buttons
    advice: float = 0.935  # nearness to a question that a guide answers, from which on it is said
    category: float = 0.35  # below: "other" in the right queue


@dataclass(frozen=True, slots=True)
class Awaited:
    """A ticket that waits for a word of this resident, and since when."""

    ticket_id: int
    chat_id: int | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to an intent that an admin added; ``unasked``: also in a group when nobody called the bot."""

    text: str
    unasked: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """A guide that may answer a text, and how near the text is to what it answers."""

    guide_id: int
    score: float


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What must be known besides the message: where the resident lives, what services are called."""

    home: Where = Where()
    service_names: Mapping[str, str] = field(default_factory=dict)
    thresholds: Thresholds = Thresholds()
    awaited: Awaited | None = None
    answers: Mapping[str, Answer] = field(default_factory=dict)  # intent → what an admin has it answered with
    advice: Mapping[str, Advice] = field(default_factory=dict)  # text → the guide that may answer it
    sealed: frozenset[str] = frozenset()  # services that are never tickets: they are said in confidence
    roll_call: int | None = None  # the roll-call that waits for a word of this resident
    handoff: int | None = None  # the hand-off that holds in this talk: a person has it, or is to come
    staff: int | None = None  # who of the staff works in this chat
    hour_words: frozenset[str] = frozenset()  # words for what hours are given to: 巡逻, 调解 …


@dataclass(frozen=True, slots=True)
class Case:
    """Everything one decision looks at."""

    message: Message
    understanding: Understanding
    conversation: Conversation
    surroundings: Surroundings
    now: datetime

    @property
    def actor(self) -> Actor:
        return Actor("resident", self.message.resident_id, self.message.nickname)

    @property
    def sure(self) -> bool:
        return self.understanding.confidence >= self.surroundings.thresholds.sure


@dataclass(frozen=True, slots=True)
class Ignore:
    """Say nothing. ``keep`` is what may belong to the words that follow."""

    reason: str


@dataclass(frozen=True, slots=True)
class Say:
    """Say one text to the resident who wrote."""

    phrase: str
    params: Mapping[str, Any] = field(default_factory=dict)
    buttons: tuple[Button, ...] = ()
    misunderstood: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask which of a few services is meant; the answer belongs to the question for ten minutes."""

    phrase: str
    options: tuple[str, ...]
    buttons: tuple[Button, ...]
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """Have a command carried out. ``quiet``: nobody is answered, the effect is all.

    ``otherwise``: what is done instead when the command found nothing it could be about. ``tentative``: then nothing.
    ``instead``: then all that would have been decided without it.
    """

    command: Any
    quiet: bool = False
    otherwise: Any = None
    tentative: bool = False
    instead: Decision | None = None


@dataclass(frozen=True, slots=True)
class HandOff:
    """Give the resident to a person."""

    command: Any


Decision = Ignore | Say | Ask | Run | HandOff


def label(decision: Decision) -> str:
    """One word for inbox rows and logs."""
    match decision:
        case Ignore(reason):
            return f"ignore:{reason}"
        case Say(phrase):
            return f"say:{phrase}"
        case Ask(phrase):
            return f"ask:{phrase}"
        case Run(command) | HandOff(command):
            return f"{type(decision).__name__.lower()}:{type(command).__name__}"
