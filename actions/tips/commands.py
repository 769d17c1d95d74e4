"""What may be asked of the tips room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class LeaveTip:
    """Somebody reports something in confidence. Outcome.value: OpenedTip.

    ``where`` holds building, unit, floor, room and spot as far as they were said. ``message_ids`` are the lines it
    was said in, ``pictures`` the ids of its pictures, opaque to this room: the road empties and removes them. What is
    sealed is ``images``, the pictures themselves as base64. ``passphrase`` and ``form_key`` come with the form.
    """

    community_id: int
    service: str
    text: str
    where: Mapping[str, str] = field(default_factory=dict)
    reporter_id: int | None = None
    pictures: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    in_group: bool = False
    message_ids: tuple[int, ...] = ()
    passphrase: str = ""
    form_key: str = ""
    staff_id: int | None = None  # wrote it down for somebody who phoned
    over: bool = False  # it was settled long ago: kept, and nobody is told


@dataclass(frozen=True, slots=True)
class OpenedTip:
    """The case as its reporter may know it."""

    tip_id: int
    ref: str


@dataclass(frozen=True, slots=True)
class AddToTip:
    """More of it, from the same resident in their private chat."""

    tip_id: int
    resident_id: int
    text: str
    pictures: tuple[str, ...] = ()
    message_ids: tuple[int, ...] = ()
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VisitTip:
    """Come back to a case with number and passphrase; ``text`` adds to it. Outcome.value: Visit."""

    ref: str
    passphrase: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class VisitOwnTip:
    """The same by the resident who reported it and is signed in. Outcome.value: Visit."""

    ref: str
    resident_id: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class ListOwnTips:
    """ "我的线索": numbers and states, nothing of what was said."""

    community_id: int
    resident_id: int


class Opening(StrEnum):
    """What of a case is opened."""

    CONTENT = "content"
    REPORTER = "reporter"  # who said it
    FORM = "form"  # the hand-over form


@dataclass(frozen=True, slots=True)
class ReadTip:
    """Staff open a case; written down before they see it. Outcome.value: OpenCase."""

    tip_id: int
    staff_id: int
    what: Opening
    reason: str


class TipMove(StrEnum):
    """What staff may do with a case."""

    CHECK = "check"
    ASK = "ask"
    TELL = "tell"
    NOTE = "note"
    HAND_OVER = "hand_over"
    SETTLE = "settle"
    UNFOUNDED = "unfounded"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True)
class MoveTip:
    """One step by staff. ``to`` and ``receipt``: whom it was handed over to, and their receipt's number."""

    tip_id: int
    staff_id: int
    move: TipMove
    text: str = ""
    to: str = ""
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class RemindTip:
    """What falls due for a case: it has not been read yet. Doing it twice does nothing."""

    tip_id: int
