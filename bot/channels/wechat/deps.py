"""What these channels need beside what all channels do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.channels.deps import ChannelParts
from bot.channels.kinds import OFFICIAL, WECOM_APP
from bot.storage.spending import Limit

HOSTS: Mapping[str, str] = {
    WECOM_APP.code: "https://qyapi.weixin.qq.com",
    OFFICIAL.code: "https://api.weixin.qq.com",
}


@dataclass(frozen=True, slots=True)
class WeChatParts:
    """``hosts``: where each kind is called; ``passive_s``: how long an answer to a callback is waited for, of the five
    seconds that there are."""

    base: ChannelParts
    home: str  # public address of our pages
    hosts: Mapping[str, str] = field(default_factory=lambda: dict(HOSTS))
    passive_s: float = 4.0
    stored_s: float = 4.5
    skew: timedelta = timedelta(hours=1)  # between the platform's clock and ours
    #: calls to one member of a corporation; what is beyond is dropped in silence. The urgent may use all of it
    member: tuple[Limit, ...] = (Limit(timedelta(minutes=1), 30), Limit(timedelta(hours=1), 1000))
    reserve: int = 2
    rest: timedelta = timedelta(seconds=65)  # after "too much"; the platforms count by the minute
    mended: timedelta = timedelta(minutes=5)  # after "not allowed"; an admin has to do something first
