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
    DeliveryRefused when it will never be taken.
    """

    name: str

    async def send(self, message: OutgoingMessage, *, delivery_id: int, again: bool = False) -> str: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a test of an account found: a phrase with its parameters, and whether it is as it should be."""

    phrase: str
    good: bool
    params: Mapping[str, Any] = field(default_factory=dict)


class ChannelTester(Protocol):
    """Tries an account out, from end to end, and says what is wrong."""

    async def test(self, account_id: int) -> Sequence[Finding]: ...
