"""What may be asked of the emergencies room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RaiseAlarm:
    """A ticket reports a danger, or says more exactly where. Doing it twice calls nobody twice."""

    community_id: int
    ticket_id: int
    ref: str
    kind: str
    title: str
    place: str
    placed: bool
    org_unit_id: int
    building: str = ""
    team_id: int | None = None
    chat_id: int | None = None


@dataclass(frozen=True, slots=True)
class AcknowledgeAlarm:
    """ "收到": this member of staff goes; nobody else is paged."""

    ticket_id: int
    staff_id: int


@dataclass(frozen=True, slots=True)
class EndAlarm:
    """All clear by staff. ``false_alarm``: there was nothing."""

    ticket_id: int
    staff_id: int
    false_alarm: bool = False


@dataclass(frozen=True, slots=True)
class SettleReport:
    """The ticket of a report is over. ``how``: "handled", "withdrawn" (there was nothing), "merged" into another."""

    ticket_id: int
    how: str
    staff_id: int | None = None


@dataclass(frozen=True, slots=True)
class DoAlarm:
    """What falls due for an alarm: the next one is paged. Doing it twice does nothing."""

    alarm_id: int


@dataclass(frozen=True, slots=True)
class AddShift:
    """Put somebody on the roster, ``days`` days in a row."""

    community_id: int
    org_unit_id: int
    staff_id: int
    starts_at: datetime
    ends_at: datetime
    by_id: int
    turn: int = 1
    days: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True)
class RemoveShift:
    """Take a shift off the roster; one that has begun ends now, so that it is still known who was on duty."""

    shift_id: int
    by_id: int


@dataclass(frozen=True, slots=True)
class HandOver:
    """交班: from now on the other one has the rest of the shift, with a note."""

    shift_id: int
    to_id: int
    by_id: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class StartRollCall:
    """Ask everybody in a building whether they are safe."""

    ticket_id: int
    building_id: int
    staff_id: int


@dataclass(frozen=True, slots=True)
class AnswerRollCall:
    """ "我平安", "需要帮助": for the whole household. ``word``: "safe" or "help"."""

    roll_call_id: int
    resident_id: int
    word: str


@dataclass(frozen=True, slots=True)
class MarkDoor:
    """Staff knocked at a door, and write down what they saw."""

    entry_id: int
    staff_id: int
    word: str


@dataclass(frozen=True, slots=True)
class RemindRollCall:
    """Ask once more who has not answered. Doing it twice does nothing."""

    roll_call_id: int
