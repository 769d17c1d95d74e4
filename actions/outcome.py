"""What came of a command: texts to say (as phrase keys), people to tell, facts that happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Audience(StrEnum):
    """Who hears a text."""

    HERE = "here"  # the chat the command came from, naming the resident who wrote
    CHAT = "chat"  # a given chat (a residents' group, usually the ticket's origin)
    PRIVATE = "private"  # the private chat of a given resident
    AREA = "area"  # the residents' groups of ``org_unit_id``; without one ``chat_id``, if that is such a group
    STAFF = "staff"  # the community's staff group; ``team_id`` names who is meant


@dataclass(frozen=True, slots=True)
class Button:
    """A tap instead of typing; ``value`` comes back as ``Message.button``."""

    phrase: str
    value: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """A text for somebody, as a key of ``data/phrases`` and its parameters.

    ``card`` is a ticket card (see ``tickets.cards.ticket_card``). ``urgent`` texts ignore quiet hours and
    rate limits. ``immediate`` is true for an answer to somebody who has just written; the others wait for the
    morning between 22:00 and 08:00; what the morning is too late for (``until``) is not said at all.
    ``effect_key`` is unique: the same key is never enqueued twice.
    """

    phrase: str
    params: Mapping[str, Any] = field(default_factory=dict)
    to: Audience = Audience.HERE
    resident_id: int | None = None
    chat_id: int | None = None
    team_id: int | None = None
    community_id: int | None = None
    org_unit_id: int | None = None
    buttons: tuple[Button, ...] = ()
    card: Mapping[str, Any] | None = None
    pictures: tuple[str, ...] = ()
    staff_id: int | None = None  # this staff member speaks; None: the bot itself
    speaker: str = ""  # what they are called, for a platform that shows our own account's name above every line
    urgent: bool = False
    immediate: bool = True
    until: datetime | None = None
    effect_key: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A fact that happened, for other rooms and for live pages; ``name`` is past tense."""

    name: str
    community_id: int
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that follows from one command. ``value`` is what the caller may want to know (an id)."""

    replies: tuple[Reply, ...] = ()
    events: tuple[Event, ...] = ()
    value: Any = None


class NothingFits:
    """``Outcome.value`` of a command that found nothing it could be about: what else was meant may be done instead."""


NOTHING_FITS = NothingFits()
