"""What may be asked of the polls room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StartPoll:
    """By a resident in the group it is for, or by staff in one or all. Outcome.value: its id."""

    community_id: int
    title: str
    options: tuple[str, ...]
    resident_id: int | None = None
    staff_id: int | None = None
    chat_id: int | None = None
    closes_at: datetime | None = None  # None: a day from now


@dataclass(frozen=True, slots=True)
class RaiseHand:
    """For the option of that place (from 0); said again it is changed. ``poll_id`` None: the one just put there."""

    community_id: int
    resident_id: int
    option: int
    poll_id: int | None = None
    chat_id: int | None = None
    from_group: bool = False


@dataclass(frozen=True, slots=True)
class ShowPoll:
    """How it stands. ``poll_id`` None: the latest of that group."""

    community_id: int
    poll_id: int | None = None
    chat_id: int | None = None


@dataclass(frozen=True, slots=True)
class EndPoll:
    """By who started it, or by staff."""

    community_id: int
    resident_id: int | None = None
    staff_id: int | None = None
    poll_id: int | None = None
    chat_id: int | None = None


@dataclass(frozen=True, slots=True)
class DoPoll:
    """Its time is over: the groups are told how it came out; doing it twice does nothing."""

    poll_id: int
