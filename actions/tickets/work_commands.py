"""What staff may ask for in a chat of their own. Who asks is found anew from the chat's link."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Work(StrEnum):
    """What is done with a ticket from a chat, beside the moves of the loop (``commands.Move``)."""

    SHOW = "show"
    NOTE = "note"
    ANSWER = "answer"  # to the resident, in private
    ANSWER_GROUP = "answer_group"  # to the resident, where it was said
    TAKE_OVER = "take_over"  # from a colleague who has taken it


@dataclass(frozen=True, slots=True)
class ShowWork:
    """ "待办": what waits for this member of staff and their team."""

    resident_id: int


@dataclass(frozen=True, slots=True)
class ShowWorkHelp:
    """Which words do what."""

    resident_id: int


@dataclass(frozen=True, slots=True)
class WorkOn:
    """ "接单 0012", "办结" on a quoted card. ``do``: a Move or a Work.

    The ticket by key, by ``ref`` (whole or last digits) or, with neither, the only one it can be. ``to``: to whom it
    is dispatched, as said.
    """

    resident_id: int
    do: str
    ticket_id: int | None = None
    ref: str = ""
    text: str = ""
    reason: str = ""
    pictures: tuple[str, ...] = ()
    to: str = ""


@dataclass(frozen=True, slots=True)
class AskedWords:
    """``Outcome.value`` of a WorkOn without words: what is said next belongs to it."""

    ticket_id: int
    do: str
