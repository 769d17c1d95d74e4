"""What every channel must be able to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.messages import OutgoingMessage


class Channel(Protocol):
    """A platform that we send to by network.

    ``send`` delivers one message and gives back what its line is called there ("" if that is not told).
    ``delivery_id`` is stable over repeats: where the platform can compare it, it must. ``again``: it was tried before
    and may have arrived. Raises DeliveryError to be tried again, DeliveryUnknown when it may have arrived,
    DeliveryLater when it will be taken at a known time, DeliveryRefused when it will never be taken.
    """

    name: str

    async def send(self, message: OutgoingMessage, *, delivery_id: int, again: bool = False) -> str: ...


class Known(Protocol):
    """The account of a bot, as far as what all channels share has to know it."""

    @property
    def id(self) -> int: ...

    @property
    def community_id(self) -> int: ...

    @property
    def channel(self) -> str:
        """What chats of the account have as their channel."""
        ...


class Speaker(Protocol):
    """Who said something, as the platform calls them; ``nickname`` is "" where it does not tell."""

    @property
    def user_id(self) -> str: ...

    @property
    def nickname(self) -> str: ...


EMBEDDED = "base64://"  # what ``file`` starts with where it holds the picture itself


@dataclass(frozen=True, slots=True)
class PictureLink:
    """A picture as the platform names it: where it can be fetched, and what it is called."""

    url: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a test of an account found: a phrase with its parameters, and whether it is as it should be."""

    phrase: str
    good: bool
    params: Mapping[str, Any] = field(default_factory=dict)


class ChannelTester(Protocol):
    """Tries an account out, from end to end, and says what is wrong."""

    async def test(self, account_id: int) -> Sequence[Finding]: ...


class GroupMaker(Protocol):
    """Makes groups on a platform, where that can be done."""

    async def make_group(self, account_id: int, name: str, owner: str, members: Sequence[str]) -> Finding:
        """A group with these people, by their ids there; what came of it."""
        ...
