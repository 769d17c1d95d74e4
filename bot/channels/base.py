"""What every channel must be able to do."""

from __future__ import annotations

from typing import Protocol

from bot.messages import OutgoingMessage


class Channel(Protocol):
    """A platform that we send to by network.

    ``send`` delivers one message. ``delivery_id`` is stable over repeats: where the platform can compare it,
    it must. Raises DeliveryError to be tried again, DeliveryRefused when it will never be taken.
    """

    name: str

    async def send(self, message: OutgoingMessage, *, delivery_id: int) -> None: ...
