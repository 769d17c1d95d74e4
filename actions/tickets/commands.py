"""What may be asked of the tickets room. Orders in the imperative; handlers refuse what is not allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Where:
    """A place as understood: building "3", unit, floor, room as digits if possible; ``spot`` in words."""

    building: str = ""
    unit: str = ""
    floor: str = ""
    room: str = ""
    spot: str = ""

    def __bool__(self) -> bool:
        return bool(self.building or self.unit or self.floor or self.room or self.spot)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a move. ``kind``: "resident", "staff", "clock" or "bot"; ``id`` of that person."""

    kind: str
    id: int | None = None
    name: str = ""


CLOCK = Actor("clock")
BOT = Actor("bot")


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """Open a ticket from what a resident said (or staff for one who phoned). Outcome.value: OpenedTicket.

    ``in_group`` says whether others read along: what is confidential is then answered in private.
    """

    community_id: int
    service: str
    text: str
    actor: Actor
    reporter_id: int | None = None
    chat_id: int | None = None
    message_id: int | None = None
    where: Where = Where()
    pictures: tuple[str, ...] = ()
    emergency: str = ""
    in_group: bool = True
    understanding: Mapping[str, Any] = field(default_factory=dict)
    may_join: bool = False  # an open ticket of surely the same fault is joined instead
    addressed: bool = False  # said to the bot: answered where it was said, however many said the same
    place_asked: bool = False  # the place was just asked for another matter of the same message: not asked twice
    on_behalf: str = ""  # "母亲": for whom, where staff know it; else it is read from a resident's words
    source: str = "chat"  # or "phone", "visit", "patrol"
    caller_id: int | None = None  # people.Contact of who phoned
    call_back: bool = False  # they hear by phone how it ends


@dataclass(frozen=True, slots=True)
class OpenedTicket:
    """A ticket just opened, or an open one that was joined; ``asks_place``: its answer asks for the place."""

    ticket_id: int
    ref: str
    asks_place: bool
    confidential: bool
    emergency: str = ""
    joined: bool = False


@dataclass(frozen=True, slots=True)
class AddToTicket:
    """A further fragment of the same matter: words, pictures, a danger that shows only now."""

    ticket_id: int
    actor: Actor
    text: str = ""
    pictures: tuple[str, ...] = ()
    emergency: str = ""


@dataclass(frozen=True, slots=True)
class CorrectTicket:
    """The reporter corrects the place ("不是3栋是5栋"), answers the question for it, or re-sorts it.

    ``also``: tickets of the same message that wait for the same place.
    """

    ticket_id: int
    actor: Actor
    where: Where = Where()
    service: str | None = None
    home: bool = False  # "就是我家": take the reporter's registered home
    also: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FollowTicket:
    """ "我家也是": count one more affected household; that resident is told how it ends."""

    ticket_id: int
    actor: Actor


@dataclass(frozen=True, slots=True)
class PartReport:
    """ "不是这件事": a report that joined a ticket gets one of its own. By who said it, or by staff."""

    report_id: int
    actor: Actor
    where: Where = Where()  # the place as they put it right


@dataclass(frozen=True, slots=True)
class DecideLikeness:
    """Staff say of two tickets that may be the same whether they are: merged, or never suggested again."""

    likeness_id: int
    actor: Actor
    same: bool


@dataclass(frozen=True, slots=True)
class FollowReported:
    """ "我家也是" without the bot's card: what a message reported, or the latest report in that chat.

    ``own``: they say what it is. Only a report of the same service is followed; without one this is opened.
    """

    community_id: int
    actor: Actor
    chat_id: int
    message_id: int | None = None
    own: OpenTicket | None = None


@dataclass(frozen=True, slots=True)
class WithdrawOpen:
    """ "不用修了" some time later: the one open ticket of that resident.

    ``addressed``: an answer is owed even when there is none. ``emergency``: only what was an alarm is meant.
    """

    community_id: int
    actor: Actor
    addressed: bool = True
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class UrgeTicket:
    """催单. ``ref`` (whole or last digits) or the resident's latest open ticket. Tells staff seldom."""

    community_id: int
    actor: Actor
    ref: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class ShowTicket:
    """ "0007怎么样了": the state of one own ticket in words people understand, with its card."""

    community_id: int
    actor: Actor
    ref: str = ""


@dataclass(frozen=True, slots=True)
class ListMyTickets:
    """ "我的工单": the resident's tickets, in private."""

    community_id: int
    actor: Actor


@dataclass(frozen=True, slots=True)
class RateTicket:
    """1–5 after closing; 1 or 2 reopens once, one level up."""

    ticket_id: int
    actor: Actor
    score: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class GiveFeedback:
    """Praise or dissatisfaction in words: kept at the resident's latest ticket, or as a ticket of its own."""

    community_id: int
    actor: Actor
    text: str
    chat_id: int | None = None
    message_id: int | None = None
    understanding: Mapping[str, Any] = field(default_factory=dict)


class Move(StrEnum):
    """Everything that changes a ticket's status."""

    VERIFY = "verify"
    ACCEPT = "accept"
    DISPATCH = "dispatch"  # to a person or another team
    TAKE = "take"  # a staff member takes it themselves: assignee
    HANDLE = "handle"
    CHECK = "check"
    CLOSE = "close"
    RATE = "rate"  # only through RateTicket
    RETURN = "return"
    SETTLE = "settle"  # after it was returned: whose it is, for good
    SUSPEND = "suspend"
    RESUME = "resume"
    WITHDRAW = "withdraw"
    MERGE = "merge"
    UNMERGE = "unmerge"  # a merge is undone
    REOPEN = "reopen"
    ESCALATE = "escalate"
    EXPIRE_RATING = "expire_rating"


@dataclass(frozen=True, slots=True)
class MoveTicket:
    """One move in the loop. ``text``: why, or what was done.

    ``tell``: told to the resident instead of the usual words.
    ``version``: the version the mover saw (0: do not compare); another one means somebody was faster.
    """

    ticket_id: int
    move: Move
    actor: Actor
    text: str = ""
    tell: str = ""
    pictures: tuple[str, ...] = ()
    team_id: int | None = None
    assignee_id: int | None = None
    into_ref: str = ""
    version: int = 0
    reason: str = ""  # of a return: one of ``moves.REASONS``
    service: str = ""  # of a settlement: what it is, if it was taken for something else
    call: str = ""  # of a closing that somebody is phoned about: one of ``moves.CALLS``


@dataclass(frozen=True, slots=True)
class LowerTicket:
    """Those above hand a ticket down again, with a reason."""

    ticket_id: int
    actor: Actor
    text: str
    version: int = 0


@dataclass(frozen=True, slots=True)
class OverseeTicket:
    """督办: a leader sets a deadline of their own, with words."""

    ticket_id: int
    actor: Actor
    text: str
    until: datetime
    version: int = 0


@dataclass(frozen=True, slots=True)
class NoteTicket:
    """An internal note of staff."""

    ticket_id: int
    actor: Actor
    text: str
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerTicket:
    """Staff answer the resident from the ticket: into the group it came from, or privately."""

    ticket_id: int
    actor: Actor
    text: str
    private: bool = False
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordOnTicket:
    """Another room did something about this ticket: it stands in its history. ``staff_id`` None: the bot."""

    ticket_id: int
    what: str
    staff_id: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class AskMediation:
    """The dispute that a ticket is about is to be mediated: by its reporter, or by staff who work on it."""

    ticket_id: int
    actor: Actor


@dataclass(frozen=True, slots=True)
class FollowMediation:
    """What became of the mediation of a ticket's dispute. While it ``runs`` with a mediator the ticket has no deadline;
    when it is over, or nobody leads it, the ticket has its whole time again."""

    ticket_id: int
    what: str
    ref: str
    staff_id: int | None = None
    runs: bool = False


@dataclass(frozen=True, slots=True)
class DoTimer:
    """A timer fell due. Doing one twice does nothing."""

    timer_id: int
