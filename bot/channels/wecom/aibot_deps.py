"""What WeCom's bots are given beside what every channel is: addresses of the platform, and times."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from bot.storage.spending import Limit

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Platform:
    """Where the platform is. ``inside``: in our own network, so that pictures may be fetched from there."""

    api: str = "https://qyapi.weixin.qq.com"
    socket: str = "wss://openws.work.weixin.qq.com"
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Times:
    """How long what takes. ``bubble``: how long a bubble may stay unfinished (the platform: 6 minutes)."""

    ack_s: float = 5.0
    ping_s: float = 30.0
    stored_s: float = 4.0  # the platform waits five for a callback's answer
    stable_s: float = 60.0
    bubble: timedelta = timedelta(minutes=5, seconds=30)
    asks_within: timedelta = timedelta(seconds=20)  # how often the platform asks about an unfinished bubble, at least
    look_again: timedelta = timedelta(seconds=2)
    answerable: timedelta = timedelta(hours=23, minutes=50)  # the platform: 24 hours
    url_lives: timedelta = timedelta(minutes=58)  # the platform: one hour
    skew: timedelta = timedelta(hours=1)  # between the platform's clock and ours


@dataclass(frozen=True, slots=True)
class Limits:
    """What the platform takes; ``urgent`` may use all of it, the rest leaves some for the urgent."""

    hook: tuple[Limit, ...] = (Limit(MINUTE, 20),)
    bot: tuple[Limit, ...] = (Limit(MINUTE, 30), Limit(HOUR, 1000))
    reserve: int = 2

    def of(self, limits: tuple[Limit, ...], *, urgent: bool) -> tuple[Limit, ...]:
        """The limits for one call."""
        kept = 0 if urgent else self.reserve
        return tuple(Limit(one.span, max(1, one.most - kept)) for one in limits)


@dataclass(frozen=True, slots=True)
class WecomTools:
    """All of it."""

    platform: Platform = field(default_factory=Platform)
    times: Times = field(default_factory=Times)
    limits: Limits = field(default_factory=Limits)
