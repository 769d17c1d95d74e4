"""What may be asked of the notices room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from actions.notices.repeats import Rule


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice as written in the form. ``due_at`` empty: as soon as it may go; ``repeat`` stands in its place."""

    title: str
    text: str
    unit_ids: tuple[int, ...] = ()
    pictures: tuple[str, ...] = ()
    private: bool = False
    template: str = ""
    due_at: datetime | None = None
    repeat: Rule | None = None
    about: str = ""  # "bulletin:12": it carries a word of another room, which has asked who may write it


@dataclass(frozen=True, slots=True)
class SubmitNotice:
    """Hand a notice in: it waits for a second person where the rule says so, else it is approved at once.

    ``private_confirmed``: the numbers in it may be read by all; ``slips_confirmed``: it stands as it is written.
    ``corrects_id``: it goes to exactly those who got that one. ``notice_id``: a draft, or one that was refused.
    ``keep``: only put it by. ``seconded``: of what somebody else has told, so that whoever hands it in is the second
    person already. ``value``: the id.
    """

    community_id: int
    staff_id: int
    draft: Draft
    notice_id: int | None = None
    keep: bool = False
    private_confirmed: bool = False
    slips_confirmed: bool = False
    corrects_id: int | None = None
    seconded: bool = False


@dataclass(frozen=True, slots=True)
class SetReach:
    """How many chats there are in the area of a notice; a notice to nobody is refused."""

    notice_id: int
    chats: int


@dataclass(frozen=True, slots=True)
class DecideNotice:
    """A second person approves or refuses."""

    notice_id: int
    staff_id: int
    approve: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SendMissed:
    """Send after all what was missed."""

    notice_id: int
    staff_id: int


@dataclass(frozen=True, slots=True)
class StartBroadcast:
    """The clock: a notice is due. ``value``: the broadcast's id, None where nothing begins."""

    notice_id: int


@dataclass(frozen=True, slots=True)
class AddressBroadcast:
    """The groups it goes to."""

    broadcast_id: int
    chat_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ContinueBroadcast:
    """The clock: say it to the next few. ``value``: how many are left."""

    broadcast_id: int


@dataclass(frozen=True, slots=True)
class RecallNotice:
    """Take it back, with the reason; what has not gone out does not go out.

    ``staff_id`` None: the room whose word it carries takes it back.
    """

    notice_id: int
    staff_id: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class NoteRecall:
    """What came of taking it back: lines that are gone (chat id, line id), keys of deliveries that nobody can undo."""

    notice_id: int
    gone: tuple[tuple[int, int], ...] = ()
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerNotice:
    """A resident has pressed a button below it or quoted it: ``word`` "ack" or "help"."""

    broadcast_id: int
    resident_id: int
    word: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class SetNoticesWanted:
    """ "别给我发通知了", or the contrary."""

    resident_id: int
    wanted: bool


@dataclass(frozen=True, slots=True)
class SetWelcome:
    """What a community says to who comes in; empty: nothing of its own."""

    community_id: int
    staff_id: int
    text: str
    private_confirmed: bool = False  # its phone or door may be known, as that of an office


@dataclass(frozen=True, slots=True)
class AddCarePerson:
    """Put a resident on the list of those who live alone; ``consented``: they have said yes."""

    community_id: int
    staff_id: int
    resident_id: int
    consented: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class EndCarePerson:
    """Take somebody off the list."""

    person_id: int
    staff_id: int


@dataclass(frozen=True, slots=True)
class StartCareRound:
    """Ask everybody on the list how they are; who says nothing within ``hours`` is visited."""

    community_id: int
    staff_id: int
    occasion: str = ""
    hours: int = 4


@dataclass(frozen=True, slots=True)
class PlanCare:
    """A round by the clock: ``rule`` of kind "week" or "holiday"; it replaces what was planned of that kind."""

    community_id: int
    staff_id: int
    rule: Rule
    hours: int = 4


@dataclass(frozen=True, slots=True)
class PauseCarePlan:
    """Let a plan rest, or go on from now."""

    plan_id: int
    staff_id: int
    paused: bool


@dataclass(frozen=True, slots=True)
class StartPlannedCare:
    """The clock: the time of a plan has come."""

    plan_id: int


@dataclass(frozen=True, slots=True)
class AnswerCare:
    """A resident says how they are: ``word`` "well" or "help". ``round_id`` None: said in their own words, to the round
    that asked them last; where none did, nothing fits."""

    round_id: int | None
    resident_id: int
    word: str


@dataclass(frozen=True, slots=True)
class EndCareRound:
    """The clock: time is up; whoever was silent is visited."""

    round_id: int
