"""The kinds of foreign platforms: what an account of each must be told. A new kind is a line here and a module."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from actions.errors import InvalidInput

LONGEST_URL = 200
LONGEST_ID = 40
_ID = re.compile(r"[A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Secret:
    """How a secret looks. ``shape``: all of it, or the part in brackets, where people paste more than the secret.
    ``phrase`` says what is wrong with another one."""

    shape: str
    phrase: str = "console.channel.refused_secret"
    least: int = 0


LONGEST_SECRET, SHORTEST_SECRET = 128, 16
PLAIN = Secret(rf"[!-~]{{{SHORTEST_SECRET},{LONGEST_SECRET}}}", least=SHORTEST_SECRET)
SECRETS: Mapping[str, Secret] = {
    "callback_token": Secret(r"[A-Za-z0-9]{3,32}", "console.channel.refused_callback_token"),
    "aes_key": Secret(r"[A-Za-z0-9+/]{43}", "console.channel.refused_aes_key"),
    "corp_secret": Secret(r"[A-Za-z0-9_-]{20,128}", "console.channel.refused_corp_secret"),
    "app_secret": Secret(r"[A-Za-z0-9]{32}", "console.channel.refused_app_secret"),
    "bot_secret": Secret(r"[!-~]{16,128}", "console.channel.refused_bot_secret"),
    # the whole address is what the platform lets one copy
    "webhook_key": Secret(r"(?:\S*[?&]key=)?([A-Za-z0-9-]{16,64})(?:&\S*)?", "console.channel.refused_webhook_key"),
}


@dataclass(frozen=True, slots=True)
class Mode:
    """A way to reach a platform. ``secrets``: names of what is sealed; ``url``: schemes of the address we dial, if
    any; ``dials``: one process keeps the connection; ``needs_id``: the bot's own id must be told;
    ``own``: a secret, or "id", that no second account of the kind may have."""

    code: str
    secrets: tuple[str, ...]
    optional: frozenset[str] = frozenset()
    url: tuple[str, ...] = ()
    dials: bool = False
    needs_id: bool = False
    own: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A platform. ``switches`` are choices of yes and no, with what they begin as; ``texts`` what else is told, with
    its longest; ``own_group``: an account is one group, known before anybody speaks."""

    code: str
    modes: Mapping[str, Mode]
    switches: Mapping[str, bool] = field(default_factory=dict)
    texts: Mapping[str, int] = field(default_factory=dict)
    a_minute: int = 20  # most messages into one chat
    own_group: bool = False

    @property
    def secrets(self) -> tuple[str, ...]:
        """Those of all modes."""
        return tuple(dict.fromkeys(name for mode in self.modes.values() for name in mode.secrets))


def _modes(*modes: Mode) -> dict[str, Mode]:
    return {mode.code: mode for mode in modes}


ONEBOT = Kind(
    "onebot",
    _modes(
        Mode("reverse", ("token",), own="token"),
        Mode("forward", ("token",), optional=frozenset({"token"}), url=("ws://", "wss://"), dials=True),
        Mode(
            "http",
            ("secret", "token"),
            optional=frozenset({"token"}),
            url=("http://", "https://"),
            dials=True,
            needs_id=True,
        ),
    ),
    switches={"private_media": False, "accept_friends": True},
)
WECOM_BOT = Kind(
    "wecombot",
    _modes(
        Mode("socket", ("bot_secret",), dials=True, needs_id=True, own="id"),
        Mode("callback", ("callback_token", "aes_key")),
    ),
    texts={"called": 32},
    a_minute=30,
)
WECOM_HOOK = Kind("wecomhook", _modes(Mode("webhook", ("webhook_key",), own="webhook_key")), own_group=True)
WECOM_APP = Kind(
    "wecomapp",
    _modes(Mode("safe", ("corp_secret", "callback_token", "aes_key"), needs_id=True, own="corp_secret")),
    texts={"agent_id": 16},
    a_minute=25,  # the platform drops in silence what is beyond 30
)
OFFICIAL = Kind(
    "official",
    _modes(
        Mode("safe", ("app_secret", "callback_token", "aes_key"), needs_id=True, own="id"),
        Mode("plain", ("app_secret", "callback_token"), needs_id=True, own="id"),
    ),
    texts={"template": 160, "subscribe": 160},
    a_minute=25,
)
KINDS: Mapping[str, Kind] = {kind.code: kind for kind in (ONEBOT, WECOM_BOT, WECOM_HOOK, WECOM_APP, OFFICIAL)}


def check_secret(name: str, value: str, *, optional: bool) -> str:
    """The secret as it is kept. Raises InvalidInput."""
    if not value and optional:
        return ""
    rule = SECRETS.get(name, PLAIN)
    found = re.fullmatch(rule.shape, value.strip())
    if found is None:
        raise InvalidInput(f"{name} is unusable", phrase=rule.phrase, least=rule.least)
    return found[found.lastindex or 0]


def check_id(kind: Kind, mode: Mode, value: str) -> str:
    """The bot's own id as it is kept. Raises InvalidInput."""
    if (mode.needs_id and not value) or len(value) > LONGEST_ID or not _ID.fullmatch(value):
        phrase = f"console.channel.refused_id_{kind.code}" if kind is not ONEBOT else "console.channel.refused_number"
        raise InvalidInput("no id", phrase=phrase)
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
