"""What may be asked of the activities room."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Details:
    """What an activity is, as a form or a notice says it. ``closes_at`` None: until it starts."""

    title: str
    place: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    for_whom: str = ""
    about: str = ""
    closes_at: datetime | None = None
    homes_only: bool = False
    org_unit_id: int | None = None  # None: the whole community


@dataclass(frozen=True, slots=True)
class CreateActivity:
    """By staff it is open at once; by a resident it waits for staff. Outcome.value: its id."""

    community_id: int
    details: Details
    staff_id: int | None = None
    resident_id: int | None = None


@dataclass(frozen=True, slots=True)
class DraftActivity:
    """A notice that a resident pasted into the chat, read; it is shown for checking. ``lacks``: what was not found."""

    community_id: int
    resident_id: int
    details: Details | None
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SettleDraft:
    """The author says that it was read well, and it goes to staff; or that it was not."""

    activity_id: int
    resident_id: int
    well: bool


@dataclass(frozen=True, slots=True)
class DecideActivity:
    """Staff let a resident's activity happen, or say why not."""

    activity_id: int
    staff_id: int
    approved: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class ChangeActivity:
    """Everybody who signed up is told what is different."""

    activity_id: int
    staff_id: int
    details: Details


@dataclass(frozen=True, slots=True)
class CancelActivity:
    """It does not take place; everybody who signed up is told why."""

    activity_id: int
    staff_id: int
    text: str


@dataclass(frozen=True, slots=True)
class Which:
    """Which activity is meant, as far as it was said: by its card or button, by name, by day."""

    activity_id: int | None = None
    name: str = ""
    text: str = ""
    days: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Party:
    """How many come. ``total``: all of them; else ``more`` people beside what is known, and whether the speaker too."""

    total: int | None = None
    more: int = 0
    own: bool = True
    guests: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Just the speaker."""
        return self == Party()


@dataclass(frozen=True, slots=True)
class SignUp:
    """A resident wants to come, or comes with another number of people.

    ``tentative``: words that may mean anything ("+1"): only right after an activity was announced. Finds nothing that
    fits: Outcome.value is NOTHING_FITS.
    """

    community_id: int
    resident_id: int
    which: Which = field(default_factory=Which)
    party: Party = field(default_factory=Party)
    tentative: bool = False


@dataclass(frozen=True, slots=True)
class RelayLine:
    """A line of a 接龙 list: a name and how many come with it."""

    name: str
    more: int = 0


@dataclass(frozen=True, slots=True)
class JoinRelay:
    """A pasted list: who may be signed up by this resident is; nobody twice."""

    community_id: int
    resident_id: int
    lines: tuple[RelayLine, ...]
    which: Which = field(default_factory=Which)


@dataclass(frozen=True, slots=True)
class LeaveActivity:
    """A resident does not come after all; or one of those with them (``guest``)."""

    community_id: int
    resident_id: int
    which: Which = field(default_factory=Which)
    guest: str = ""


@dataclass(frozen=True, slots=True)
class AskActivities:
    """ "还有名额吗", "几点开始": how things stand. ``own``: "我报上了吗", of what they signed up for only."""

    community_id: int
    resident_id: int
    which: Which = field(default_factory=Which)
    own: bool = False


@dataclass(frozen=True, slots=True)
class CheckIn:
    """Somebody stands at the door and tells the code that is shown there."""

    community_id: int
    resident_id: int
    code: str
    activity_id: int | None = None


@dataclass(frozen=True, slots=True)
class AddByStaff:
    """Staff write somebody down who phoned or came by; ``name`` is a nickname of the chat or any name."""

    activity_id: int
    staff_id: int
    name: str
    headcount: int = 1


@dataclass(frozen=True, slots=True)
class RemoveByStaff:
    """Staff take a sign-up back for somebody who said so."""

    signup_id: int
    staff_id: int


@dataclass(frozen=True, slots=True)
class RecordAttendance:
    """Staff say who came and who did not."""

    signup_id: int
    staff_id: int
    attended: bool


@dataclass(frozen=True, slots=True)
class ThankAll:
    """Thanks, with pictures if there are any, to the groups and to who came."""

    activity_id: int
    staff_id: int
    text: str
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DoActivity:
    """What the clock has to do for an activity now; doing it twice does nothing."""

    activity_id: int
