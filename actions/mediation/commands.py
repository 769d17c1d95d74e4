"""What may be asked of the mediation room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class OpenCase:
    """An application. ``consented``: the applicant asked for it; else they are asked like the others.

    Doing it twice for the same ticket opens one case. Outcome.value: the case's id.
    """

    community_id: int
    kind: str
    text: str
    org_unit_id: int
    place: str = ""
    applicant_id: int | None = None  # a resident
    name: str = ""  # of one who is not in the chat
    phone: str = ""
    ticket_id: int | None = None
    staff_id: int | None = None  # who took it down
    consented: bool = True


@dataclass(frozen=True, slots=True)
class AcceptCase:
    """A mediator takes a case that waits."""

    case_id: int
    staff_id: int


@dataclass(frozen=True, slots=True)
class AssignMediator:
    """The committee says who mediates."""

    case_id: int
    staff_id: int
    mediator_id: int


@dataclass(frozen=True, slots=True)
class RecuseMediator:
    """回避: the mediator is too near to one of them, and another is looked for."""

    case_id: int
    staff_id: int
    text: str


@dataclass(frozen=True, slots=True)
class SetProfile:
    """What a mediator is good at, and where."""

    community_id: int
    staff_id: int
    mediator_id: int
    fields: tuple[str, ...] = ()
    org_unit_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class AddParty:
    """Somebody else in the dispute: a resident, or one who is not in the chat by name."""

    case_id: int
    staff_id: int
    resident_id: int | None = None
    name: str = ""
    phone: str = ""
    home: str = ""


@dataclass(frozen=True, slots=True)
class DescribeParty:
    """Name, phone and address as they stand on the paper."""

    party_id: int
    staff_id: int
    name: str
    phone: str = ""
    home: str = ""


@dataclass(frozen=True, slots=True)
class InviteParty:
    """Ask a party in private whether they want to be mediated."""

    party_id: int
    staff_id: int


@dataclass(frozen=True, slots=True)
class RecordConsent:
    """A party said so in person; staff take it down."""

    party_id: int
    staff_id: int
    given: bool


@dataclass(frozen=True, slots=True)
class AnswerInvitation:
    """A party answers. ``word``: "yes", "no" or "ask" (wants to talk first)."""

    party_id: int
    resident_id: int
    word: str


@dataclass(frozen=True, slots=True)
class LeaveCase:
    """A party wants no more of it, or ("other") another mediator."""

    party_id: int
    resident_id: int
    word: str  # "stop" or "other"


@dataclass(frozen=True, slots=True)
class OpenCommonRoom:
    """The mediator brings them together in a room of all."""

    case_id: int
    staff_id: int


@dataclass(frozen=True, slots=True)
class SetRooms:
    """The rooms that were asked for are there: party id (0: the common one) → chat id."""

    case_id: int
    rooms: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class SpeakInRoom:
    """The mediator says something in one room. ``party_id`` None: in the common one."""

    case_id: int
    staff_id: int
    text: str
    party_id: int | None = None


@dataclass(frozen=True, slots=True)
class HearParty:
    """A party said something in a room. It is no request for anything else."""

    chat_id: int
    resident_id: int


@dataclass(frozen=True, slots=True)
class AddNote:
    """A note. ``audience``: "mediator", "party" or "all"."""

    case_id: int
    staff_id: int
    text: str
    audience: str = "mediator"
    party_id: int | None = None


@dataclass(frozen=True, slots=True)
class PlanSession:
    """A meeting with all, or with one of them."""

    case_id: int
    staff_id: int
    at: datetime
    place: str
    party_id: int | None = None


@dataclass(frozen=True, slots=True)
class EndSession:
    """It was held, with what came of it for the mediator alone; or it is called off."""

    session_id: int
    staff_id: int
    summary: str = ""
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class EndCase:
    """``move``: withdraw, fail, refer (``to``: police, court, lawyer), resume or close."""

    case_id: int
    staff_id: int
    move: str
    text: str = ""
    to: str = ""


@dataclass(frozen=True, slots=True)
class Promise:
    """One thing that a party undertakes to do by a day."""

    party_id: int
    what: str
    due_on: date


@dataclass(frozen=True, slots=True)
class DraftAgreement:
    """A new version of the agreement; what was not signed before is replaced."""

    case_id: int
    staff_id: int
    facts: str
    terms: str
    way: str = ""
    promises: tuple[Promise, ...] = ()


@dataclass(frozen=True, slots=True)
class OfferAgreement:
    """Show the version to every party, each in their own room, to be signed."""

    agreement_id: int
    staff_id: int


@dataclass(frozen=True, slots=True)
class SignAgreement:
    """A party presses: signs, or ("not") does not agree with it."""

    agreement_id: int
    resident_id: int
    word: str  # "sign" or "not"


@dataclass(frozen=True, slots=True)
class RecordSignature:
    """A signature on paper as staff saw it. ``number``: of the party; 0: the mediator's own."""

    agreement_id: int
    staff_id: int
    number: int


@dataclass(frozen=True, slots=True)
class SayDone:
    """A party says that what they promised is done."""

    item_id: int
    resident_id: int


@dataclass(frozen=True, slots=True)
class SettleItem:
    """The mediator has seen that it is done, or that it will not be."""

    item_id: int
    staff_id: int
    done: bool


@dataclass(frozen=True, slots=True)
class AnswerVisit:
    """A party says how things stand: "well" or "trouble"."""

    visit_id: int
    resident_id: int
    word: str


@dataclass(frozen=True, slots=True)
class RecordVisit:
    """The mediator was there, or phoned."""

    visit_id: int
    staff_id: int
    note: str


@dataclass(frozen=True, slots=True)
class DoMediation:
    """What falls due: ``what`` is "session", "item" or "visit". Doing it twice does nothing."""

    what: str
    id: int


@dataclass(frozen=True, slots=True)
class NoticeHeat:
    """Heated words were said in a group; whose they were, never which."""

    community_id: int
    chat_id: int
    resident_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class AnswerQuarrel:
    """One of those who quarrelled wants help, or ("no") does not."""

    quarrel_id: int
    resident_id: int
    word: str
