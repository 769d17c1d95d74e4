"""Values of the chat: what was said, what is to be said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

_CALLED = re.compile(r"\s*@?小[邻鄰隣]|.*小[邻鄰隣][\s。！!？?~～]*$", re.DOTALL)


def calls_bot(text: str) -> bool:
    """Whether the bot is called by its name: at the head of the text, or at its very end."""
    return _CALLED.match(text) is not None


class ChatKind(StrEnum):
    """A residents' group, a resident's private chat with the bot, the staff's own group, a room of a mediation."""

    GROUP = "group"
    PRIVATE = "private"
    STAFF = "staff"
    MEDIATION = "room"


@dataclass(frozen=True, slots=True)
class Quoted:
    """The message that a message answers to. ``ticket_id``, ``activity_id`` when the bot spoke of one in it."""

    message_id: int
    text: str
    from_bot: bool = False
    ticket_id: int | None = None
    said_to_id: int | None = None  # the resident it was said to
    activity_id: int | None = None
    broadcast_id: int | None = None  # of a notice
    care_id: int | None = None  # of a round in which they were asked how they are
    proposal_id: int | None = None
    ballot_id: int | None = None
    shift_id: int | None = None
    poll_id: int | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message as a channel hands it in. ``external_id`` is unique within its chat: a resend is no second message."""

    chat_id: int
    resident_id: int
    external_id: str
    text: str = ""
    pictures: tuple[str, ...] = ()
    reply_to_id: int | None = None
    mentions_bot: bool = False
    mentions: tuple[int, ...] = ()  # ids of mentioned residents
    button: str | None = None  # value of the pressed button
    sent_at: datetime | None = None  # None: now


@dataclass(frozen=True, slots=True)
class Message:
    """One thing a resident said, as accepted."""

    id: int
    community_id: int
    chat_id: int
    chat_kind: ChatKind
    resident_id: int
    nickname: str
    text: str
    sent_at: datetime
    pictures: tuple[str, ...] = ()
    quoted: Quoted | None = None
    mentions_bot: bool = False
    mentions_others: bool = False
    button: str | None = None

    @property
    def addressed(self) -> bool:
        """Whether it was said to the bot: in private, by @, by a button, by quoting its words to them or to all."""
        private, quoted = self.chat_kind is ChatKind.PRIVATE, self.quoted
        quotes_bot = quoted is not None and quoted.from_bot and quoted.said_to_id in (None, self.resident_id)
        return private or self.mentions_bot or quotes_bot or self.button is not None


@dataclass(frozen=True, slots=True)
class OutgoingButton:
    """A button as shown: ``label`` in the reader's script, ``value`` returned when pressed."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One thing to be said by the bot or by staff through it."""

    chat_id: int
    text: str
    to_resident_id: int | None = None  # named at the head of the message in a group
    buttons: tuple[OutgoingButton, ...] = ()
    card: Mapping[str, Any] | None = None
    pictures: tuple[str, ...] = ()
    reply_to_id: int | None = None
    staff_id: int | None = None  # a staff member speaks through us; None: the bot itself
    urgent: bool = False
    due_at: datetime | None = None
    effect_key: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
