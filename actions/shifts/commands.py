"""What may be asked of the shifts room."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class DutyDetails:
    """What a duty is, as the form says it. ``rule``: when and whom it needs, in plain words. ``points``: the route."""

    title: str
    place: str
    rule: str
    kind: str
    about: str = ""
    points: tuple[str, ...] = ()
    org_unit_id: int | None = None  # None: the whole community


@dataclass(frozen=True, slots=True)
class SaveDuty:
    """A new duty, or another form of ``duty_id``. Its coming shifts follow. Outcome.value: its id."""

    community_id: int
    staff_id: int
    details: DutyDetails
    duty_id: int | None = None


@dataclass(frozen=True, slots=True)
class EndDuty:
    """It comes no more; who had signed up for a coming shift is told why."""

    duty_id: int
    staff_id: int
    text: str


@dataclass(frozen=True, slots=True)
class MakeShifts:
    """The clock makes what lies in the next weeks; doing it twice makes nothing twice."""

    duty_id: int


@dataclass(frozen=True, slots=True)
class CancelShift:
    """One shift does not take place; who had signed up is told why."""

    shift_id: int
    staff_id: int
    text: str


@dataclass(frozen=True, slots=True)
class WhichShift:
    """Which shift is meant, as far as it was said. ``hours``: between which hours of the day it begins."""

    shift_id: int | None = None
    days: tuple[date, ...] = ()
    hours: tuple[int, int] = (0, 24)
    text: str = ""


@dataclass(frozen=True, slots=True)
class JoinShift:
    """ "周二晚上的巡逻算我一个". ``role``: "lead", else "patrol". Nothing fits: Outcome.value is NOTHING_FITS.

    ``addressed``: an answer is owed where nothing fits.
    """

    community_id: int
    resident_id: int
    which: WhichShift = field(default_factory=WhichShift)
    role: str = "patrol"
    addressed: bool = False


@dataclass(frozen=True, slots=True)
class LeaveShift:
    """Somebody does not come. ``wants_stand_in``: the place stays theirs until a neighbour takes it over."""

    community_id: int
    resident_id: int
    which: WhichShift = field(default_factory=WhichShift)
    wants_stand_in: bool = False
    addressed: bool = False


@dataclass(frozen=True, slots=True)
class TakeOver:
    """ "我替他": the first who says so has the place. ``offer_id`` None: the latest that is open here."""

    community_id: int
    resident_id: int
    offer_id: int | None = None


@dataclass(frozen=True, slots=True)
class OfferSwap:
    """ "我周二的班跟老李周四的换": the other is asked in private."""

    community_id: int
    resident_id: int
    name: str
    mine: WhichShift = field(default_factory=WhichShift)
    theirs: WhichShift = field(default_factory=WhichShift)


@dataclass(frozen=True, slots=True)
class AnswerSwap:
    """The other says yes or no."""

    offer_id: int
    resident_id: int
    agrees: bool


@dataclass(frozen=True, slots=True)
class AskShifts:
    """ "有哪些巡逻班次", "我的班次" (``own``)."""

    community_id: int
    resident_id: int
    which: WhichShift = field(default_factory=WhichShift)
    own: bool = False


@dataclass(frozen=True, slots=True)
class CheckInShift:
    """Somebody is there; without ``code`` only who signed up."""

    community_id: int
    resident_id: int
    shift_id: int | None = None
    addressed: bool = False


@dataclass(frozen=True, slots=True)
class CheckOutShift:
    """Somebody is done: the time between is theirs."""

    community_id: int
    resident_id: int
    shift_id: int | None = None
    addressed: bool = False


@dataclass(frozen=True, slots=True)
class PassPoint:
    """A point of the route is passed: by the code on its card, which also checks in, or by its id on the page.

    ``tentative``: the digits may be no code at all; then Outcome.value is NOTHING_FITS.
    """

    community_id: int
    resident_id: int
    code: str = ""
    point_id: int | None = None
    shift_id: int | None = None
    note: str = ""
    pictures: tuple[str, ...] = ()
    tentative: bool = False


@dataclass(frozen=True, slots=True)
class NoteHazard:
    """A ticket was opened by somebody who says they found it on patrol: it is the shift's if they are on one."""

    community_id: int
    resident_id: int
    ticket_id: int


@dataclass(frozen=True, slots=True)
class NoteHazards:
    """All that somebody reported between checking in and out is the shift's."""

    signup_id: int
    ticket_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NoteClash:
    """Somebody who signed up has something else at that time; they are told."""

    shift_id: int
    resident_id: int
    other: str
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class AddToShift:
    """Staff write somebody down who phoned."""

    shift_id: int
    staff_id: int
    resident_id: int
    role: str = "patrol"


@dataclass(frozen=True, slots=True)
class RemoveFromShift:
    """Staff take a sign-up back for somebody who said so."""

    signup_id: int
    staff_id: int


@dataclass(frozen=True, slots=True)
class SettleSignup:
    """Staff say how long somebody was there; 0: they were not."""

    signup_id: int
    staff_id: int
    minutes: int


@dataclass(frozen=True, slots=True)
class DoShift:
    """What the clock has to do for a shift now; doing it twice does nothing."""

    shift_id: int


@dataclass(frozen=True, slots=True)
class DoStandIn:
    """Nobody has taken it over and the shift is near: staff are told, once."""

    offer_id: int
