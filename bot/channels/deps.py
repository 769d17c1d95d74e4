"""What channels to foreign platforms are given; chosen by the caller, nothing is made here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.clock import Clock
from bot.inbox import Inbox
from bot.live import LiveFeed
from bot.phrases import Phrases
from bot.secret_box import SecretBox
from bot.storage.engine import Database

# bytes, community id, resident id → id of the picture as re-encoded, or None for what is no picture
KeepPicture = Callable[[bytes, int, int], Awaitable[str | None]]
ReadPictures = Callable[[Sequence[str]], Awaitable[tuple[str, ...]]]  # ids → base64


@dataclass(frozen=True, slots=True)
class ChannelParts:
    """Everything such a channel needs. ``name`` is the process's own among those that live."""

    db: Database
    inbox: Inbox
    clock: Clock
    live: LiveFeed
    phrases: Phrases
    box: SecretBox
    keep_picture: KeepPicture
    read_pictures: ReadPictures
    name: str
    call_timeout_s: float = 10.0
    reconnect_s: tuple[float, float] = (1.0, 60.0)  # the first pause and the longest
    refresh_s: float = 5.0
    largest_picture: int = 5 * 1024 * 1024
    picture_timeout_s: float = 8.0
    public_url: str = ""  # of our own pages
