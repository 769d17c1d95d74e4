"""What may be asked of the hand-off room."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AskHandoff:
    """A resident wants a person, is angry at the bot, or was misunderstood twice. Outcome.value: its id.

    ``withdraws``: a ticket that was a misunderstanding.
    """

    community_id: int
    chat_id: int
    resident_id: int
    why: str  # model.Why
    in_group: bool = False
    message_id: int | None = None
    withdraws: int | None = None


@dataclass(frozen=True, slots=True)
class HearHandoff:
    """The resident said something that is for the person."""

    handoff_id: int
    chat_id: int
    resident_id: int


@dataclass(frozen=True, slots=True)
class LeaveHandoff:
    """The resident waits no longer. Once a person has it, it is one more word to them."""

    handoff_id: int
    chat_id: int
    resident_id: int
    pressed: bool = False  # with the button, which is answered however it stands


@dataclass(frozen=True, slots=True)
class TakeHandoff:
    """A member of staff has it from now on."""

    handoff_id: int
    staff_id: int


@dataclass(frozen=True, slots=True)
class StepIn:
    """A member of staff speaks with a resident instead of the bot, unasked. Outcome.value: its id."""

    community_id: int
    chat_id: int
    resident_id: int
    staff_id: int
    in_group: bool = False


@dataclass(frozen=True, slots=True)
class SpeakInHandoff:
    """Words to the resident, under the name of who says them. ``once``: the form's own number."""

    handoff_id: int
    staff_id: int
    text: str
    once: str
    private: bool = False
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AddThread:
    """It goes on in another chat of the resident, too: there the bot keeps out as well."""

    handoff_id: int
    chat_id: int


@dataclass(frozen=True, slots=True)
class NoteAnswer:
    """Staff answered the resident from a ticket: where a hand-off waits there, they have it."""

    resident_id: int
    staff_id: int
    chat_id: int | None  # None: in private


@dataclass(frozen=True, slots=True)
class PassHandoff:
    """On to another team, or to one colleague. ``text``: a note for them."""

    handoff_id: int
    staff_id: int
    team_id: int | None = None
    to_staff_id: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class HandBack:
    """The bot is back."""

    handoff_id: int
    staff_id: int


@dataclass(frozen=True, slots=True)
class OpenHandoffTicket:
    """What the resident told becomes a ticket. ``once``: the form's own number."""

    handoff_id: int
    staff_id: int
    service: str
    text: str
    once: str


@dataclass(frozen=True, slots=True)
class DoHandoff:
    """Do what is due. Doing it twice does nothing."""

    handoff_id: int
