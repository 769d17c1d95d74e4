"""The kinds of foreign platforms: what an account of each must be told. A new kind is a line here and a module."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from actions.errors import InvalidInput

LONGEST_SECRET, SHORTEST_SECRET = 128, 16
LONGEST_URL = 200


@dataclass(frozen=True, slots=True)
class Mode:
    """A way to reach a platform. ``secrets``: names of what is sealed; ``url``: schemes of the address we dial, if
    any; ``dials``: one process keeps the connection."""

    code: str
    secrets: tuple[str, ...]
    optional: frozenset[str] = frozenset()
    url: tuple[str, ...] = ()
    dials: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A platform. ``switches`` are choices of yes and no, with what they begin as."""

    code: str
    modes: Mapping[str, Mode]
    switches: Mapping[str, bool] = field(default_factory=dict)
    a_minute: int = 20  # most messages into one chat


def _modes(*modes: Mode) -> dict[str, Mode]:
    return {mode.code: mode for mode in modes}


ONEBOT = Kind(
    "onebot",
    _modes(
        Mode("reverse", ("token",)),
        Mode("forward", ("token",), optional=frozenset({"token"}), url=("ws://", "wss://"), dials=True),
        Mode("http", ("secret", "token"), optional=frozenset({"token"}), url=("http://", "https://"), dials=True),
    ),
    switches={"private_media": False, "accept_friends": True},
)
KINDS: Mapping[str, Kind] = {kind.code: kind for kind in (ONEBOT,)}


def check_secret(name: str, value: str, *, optional: bool) -> str:
    """The secret as it is kept. Raises InvalidInput."""
    if not value and optional:
        return ""
    usable = value.isascii() and value.isprintable() and " " not in value
    if not usable or not SHORTEST_SECRET <= len(value) <= LONGEST_SECRET:
        raise InvalidInput(f"{name} is unusable", phrase="console.channel.refused_secret", least=SHORTEST_SECRET)
    return value


def check_url(mode: Mode, value: str) -> str:
    """The address as it is kept. Raises InvalidInput."""
    if not mode.url:
        return ""
    rest = next((value.removeprefix(scheme) for scheme in mode.url if value.startswith(scheme)), "")
    host = rest.partition("/")[0]
    if not host or "@" in host or not value.isascii() or not value.isprintable() or " " in value:
        raise InvalidInput("no address", phrase="console.channel.refused_url", schemes=" / ".join(mode.url))
    if len(value) > LONGEST_URL:
        raise InvalidInput("address too long", phrase="console.too_long", longest=LONGEST_URL)
    return value.rstrip("/") if mode.code == "http" else value
