"""What may be asked of the surveys room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from actions.surveys.questions import Question


@dataclass(frozen=True, slots=True)
class CreateSurvey:
    """A draft: empty, from a template, or a copy of one that is there (its next round). Outcome.value: its id."""

    community_id: int
    staff_id: int
    title: str = ""
    template: str = ""
    copy_of: int | None = None
    quiz: bool = False


@dataclass(frozen=True, slots=True)
class Prize:
    """So many of a prize."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Setting:
    """What a survey is, beside its questions. ``opens_at`` None: when it is opened by hand."""

    title: str
    intro: str = ""
    who: str = "household"
    anonymous: bool = True
    unit_ids: tuple[int, ...] = ()
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    remind: bool = True
    pass_score: int = 0
    prizes: tuple[Prize, ...] = ()


@dataclass(frozen=True, slots=True)
class SetSurvey:
    """Change it; once answers are in, only when it closes."""

    survey_id: int
    staff_id: int
    setting: Setting


@dataclass(frozen=True, slots=True)
class SaveQuestion:
    """Put a question in (``key`` empty: a new one at the end) or in the place of the one with its key."""

    survey_id: int
    staff_id: int
    question: Question


@dataclass(frozen=True, slots=True)
class MoveQuestion:
    """Change places with the one before (``up``) or behind."""

    survey_id: int
    staff_id: int
    key: str
    up: bool


@dataclass(frozen=True, slots=True)
class DropQuestion:
    """Take a question out."""

    survey_id: int
    staff_id: int
    key: str


@dataclass(frozen=True, slots=True)
class CorrectQuestion:
    """Put a slip of the pen right though answers are in. ``option`` None: in the question itself."""

    survey_id: int
    staff_id: int
    key: str
    text: str
    note: str
    option: int | None = None


@dataclass(frozen=True, slots=True)
class OpenSurvey:
    """At its time, or at once: the groups are told, and from then on it takes answers."""

    survey_id: int
    staff_id: int


@dataclass(frozen=True, slots=True)
class CloseSurvey:
    """Before its time."""

    survey_id: int
    staff_id: int


@dataclass(frozen=True, slots=True)
class RemindNow:
    """Staff want those reminded who have not answered; counts as one of the two turns."""

    survey_id: int
    staff_id: int


@dataclass(frozen=True, slots=True)
class RemindResidents:
    """Say it to these; ``last``: then the turn is over."""

    survey_id: int
    turn: int
    resident_ids: tuple[int, ...]
    last: bool


@dataclass(frozen=True, slots=True)
class DoSurvey:
    """What the clock has to do for a survey now; doing it twice does nothing."""

    survey_id: int


@dataclass(frozen=True, slots=True)
class PublishSurvey:
    """Residents are told what was found and what will be done about it."""

    survey_id: int
    staff_id: int
    found: str
    doing: str


@dataclass(frozen=True, slots=True)
class AnswerSurvey:
    """All answers at once, from a page. ``device``: of who is not signed in. Outcome.value: Thanked."""

    survey_id: int
    resident_id: int | None
    answers: Mapping[str, Any] = field(default_factory=dict)
    device: str = ""


@dataclass(frozen=True, slots=True)
class Thanked:
    """What who has answered is shown. ``score`` and ``code`` of a quiz."""

    score: int | None = None
    of: int = 0
    code: str = ""
    qualified: bool = False


@dataclass(frozen=True, slots=True)
class StartTalk:
    """Be asked question by question in private. Outcome.value: Talking."""

    community_id: int
    resident_id: int
    survey_id: int | None = None  # None: the one that is open, if there is only one
    in_group: bool = False


@dataclass(frozen=True, slots=True)
class AnswerTalk:
    """A word, or a pressed button, to the question that was asked. ``value`` "no": would rather not say.

    ``plain``: the word in simplified characters, as options are kept.
    """

    survey_id: int
    resident_id: int
    text: str = ""
    key: str = ""
    value: str = ""
    plain: str = ""


@dataclass(frozen=True, slots=True)
class StopTalk:
    """Not now; what was said is kept until it closes."""

    survey_id: int
    resident_id: int


@dataclass(frozen=True, slots=True)
class Talking:
    """Whether the next word in private belongs to the survey."""

    survey_id: int
    going: bool


@dataclass(frozen=True, slots=True)
class SetReminders:
    """A resident wants no reminders of surveys, or wants them again."""

    resident_id: int
    wanted: bool


@dataclass(frozen=True, slots=True)
class HandPrize:
    """A prize was fetched: who has it says the code of their entry."""

    survey_id: int
    staff_id: int
    place: int
    code: str
