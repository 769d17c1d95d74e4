"""The AI bots and group robots of this installation as values, read anew when one of them changes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import structlog

from bot.channels.kinds import WECOM_BOT, WECOM_HOOK
from bot.channels.wecom.crypto import KeyWrong, MessageCrypt
from bot.errors import SettingsError
from bot.secret_box import SecretBox
from bot.storage.channels import channel_key, list_live_accounts, secret_name
from bot.storage.engine import Database
from bot.storage.tables_channels import ChannelAccount

log = structlog.get_logger()
SOCKET, CALLBACK = "socket", "callback"
REFUSED, DISPLACED = "refused", "displaced"  # states in which nobody dials before somebody has looked
NOBODY = ""  # whom messages of bots are sealed for


@dataclass(frozen=True, repr=False)
class Bot:
    """One AI bot: how it is reached, and its secrets. ``names``: what it may be called at the head of a message."""

    id: int
    community_id: int
    name: str
    bot_id: str
    mode: str
    called: str
    secret: str
    token: str
    aes_key: str
    paused: bool
    state: str

    @property
    def channel(self) -> str:
        return channel_key(WECOM_BOT.code, self.id)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name in (self.called, self.name) if name)

    @property
    def dials(self) -> bool:
        return self.mode == SOCKET and not self.paused and self.state not in (REFUSED, DISPLACED)

    @cached_property
    def crypt(self) -> MessageCrypt | None:
        """Opens and seals what goes through its callback, None where its key is none."""
        try:
            return MessageCrypt(self.token, self.aes_key, NOBODY)
        except KeyWrong:
            return None


@dataclass(frozen=True, slots=True, repr=False)
class Hook:
    """One group robot. ``speaks_for``: id of the group that a bot hears and this one speaks first in."""

    id: int
    community_id: int
    name: str
    key: str
    paused: bool
    state: str
    speaks_for: int | None

    @property
    def speaks(self) -> bool:
        """Whether anything is to be sent through it now: one that the platform does not know any more is left alone."""
        return not self.paused and self.state != REFUSED

    @property
    def channel(self) -> str:
        return channel_key(WECOM_HOOK.code, self.id)


class Accounts:
    """Those that are not given up."""

    def __init__(self, db: Database, box: SecretBox) -> None:
        self._db, self._box = db, box
        self.bots: dict[int, Bot] = {}
        self.hooks: dict[int, Hook] = {}

    async def load(self) -> None:
        """Read them anew."""
        async with self._db.read() as session:
            bots = await list_live_accounts(session, WECOM_BOT.code)
            hooks = await list_live_accounts(session, WECOM_HOOK.code)
        self.bots = {bot.id: bot for row in bots if (bot := self._bot(row)) is not None}
        self.hooks = {hook.id: hook for row in hooks if (hook := self._hook(row)) is not None}

    def find_voice(self, group_id: int) -> Hook | None:
        """The group robot that speaks first in a group which a bot hears."""
        speaking = (hook for hook in self.hooks.values() if hook.speaks_for == group_id and hook.speaks)
        return next(speaking, None)

    def is_own(self, user_id: str) -> bool:
        """Whether that is a bot of ours: two bots in a group must not talk to each other."""
        return any(one.bot_id == user_id for one in self.bots.values() if one.bot_id)

    def _bot(self, row: ChannelAccount) -> Bot | None:
        secrets = self._open(row)
        if secrets is None:
            return None
        config = row.config
        return Bot(
            id=row.id,
            community_id=row.community_id,
            name=row.name,
            bot_id=row.external_id,
            mode=str(config.get("mode", SOCKET)),
            called=str(config.get("called") or ""),
            secret=secrets.get("bot_secret", ""),
            token=secrets.get("callback_token", ""),
            aes_key=secrets.get("aes_key", ""),
            paused=row.paused_at is not None,
            state=row.state,
        )

    def _hook(self, row: ChannelAccount) -> Hook | None:
        secrets = self._open(row)
        if secrets is None:
            return None
        voice = row.config.get("speaks_for")
        return Hook(
            row.id,
            row.community_id,
            row.name,
            secrets.get("webhook_key", ""),
            row.paused_at is not None,
            row.state,
            voice if isinstance(voice, int) else None,
        )

    def _open(self, row: ChannelAccount) -> dict[str, str] | None:
        try:
            return self._box.open(row.sealed, secret_name(row.id))
        except SettingsError as error:
            log.error("channel_secrets_unreadable", code="channel_secrets_unreadable", account=row.id, error=str(error))
            return None
