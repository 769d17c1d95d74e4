"""What may be asked about staff in a chat of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

CODE_HOLDS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class MakeStaffCode:
    """A staff member wants to work in a chat. Outcome.value: the code; an older one is void."""

    staff_id: int


@dataclass(frozen=True, slots=True)
class LinkStaff:
    """The code was written in a private chat: whoever talks there is that staff member."""

    community_id: int
    resident_id: int
    code: str


@dataclass(frozen=True, slots=True)
class VoidStaffCode:
    """The code was shown to a group: nobody can use it any more."""

    community_id: int
    resident_id: int
    code: str


@dataclass(frozen=True, slots=True)
class SetStaffWants:
    """What is told in one's own chats: a ``link_model.Wants``."""

    staff_id: int
    wants: str


@dataclass(frozen=True, slots=True)
class EndStaffLink:
    """A chat is no longer a place of work: said in the console (``link_id``) or in that chat (``resident_id``)."""

    staff_id: int
    link_id: int | None = None
    resident_id: int | None = None
