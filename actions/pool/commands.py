"""What may be asked of the pool."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class AskForHelp:
    """ "想请人帮我妈买菜". What is missing is asked in private. No such kind: Outcome.value is NOTHING_FITS.

    ``staff_id``: staff write it down for somebody; then everything must be said. ``on_day`` None and ``any_day``: any.
    """

    community_id: int
    resident_id: int
    text: str
    source: str
    on_day: date | None = None
    part: str = ""
    any_day: bool = False
    at_home: bool | None = None
    in_group: bool = False
    staff_id: int | None = None


@dataclass(frozen=True, slots=True)
class CompleteNeed:
    """What was asked: in how many days (-1: any day), which part of the day, at home or not."""

    need_id: int
    resident_id: int
    days: int | None = None
    part: str = ""
    at_home: bool | None = None


@dataclass(frozen=True, slots=True)
class CancelNeed:
    """It is not needed any more: by who asked, or by staff with a reason."""

    need_id: int
    resident_id: int | None = None
    staff_id: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class OfferHelp:
    """ "我会修小家电，周末有空": somebody helps. No skill named: Outcome.value is NOTHING_FITS.

    ``kinds``: ticked on the page; they and ``free`` are then all of it, whatever was known before.
    """

    community_id: int
    resident_id: int
    text: str
    free: tuple[str, ...] = ()
    in_group: bool = False
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RestVolunteer:
    """No more offers for now."""

    community_id: int
    resident_id: int


@dataclass(frozen=True, slots=True)
class AllowVisits:
    """Staff know this volunteer, and let them into homes; or no longer."""

    volunteer_id: int
    staff_id: int
    allowed: bool


@dataclass(frozen=True, slots=True)
class AnswerOffer:
    """A volunteer takes it, or cannot this time. The first who takes it has it."""

    match_id: int
    resident_id: int
    takes: bool


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Who took it cannot do it after all."""

    need_id: int
    resident_id: int


@dataclass(frozen=True, slots=True)
class SayHelped:
    """It was done: by who helped, with the minutes, or by who asked."""

    need_id: int
    resident_id: int
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class SayNoShow:
    """Who asked says that nobody came."""

    need_id: int
    resident_id: int


@dataclass(frozen=True, slots=True)
class SettleNeed:
    """Staff say how it ended: minutes that were given, 0 for none."""

    need_id: int
    staff_id: int
    minutes: int


@dataclass(frozen=True, slots=True)
class DoNeed:
    """What the clock has to do for a need now; doing it twice does nothing."""

    need_id: int
