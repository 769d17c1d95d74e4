"""The accounts of this installation as values, read anew when one of them changes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from bot.channels.kinds import ONEBOT
from bot.errors import SettingsError
from bot.secret_box import SecretBox
from bot.storage.channels import channel_key, list_live_accounts, secret_name
from bot.storage.engine import Database
from bot.storage.tables_channels import ChannelAccount

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """One bot: how it is reached, and its secrets."""

    id: int
    community_id: int
    name: str
    self_id: str
    mode: str
    url: str
    token: str
    secret: str
    paused: bool
    private_media: bool
    accept_friends: bool

    @property
    def channel(self) -> str:
        return channel_key(ONEBOT.code, self.id)

    @property
    def dials(self) -> bool:
        return ONEBOT.modes[self.mode].dials and not self.paused


def read_account(row: ChannelAccount, box: SecretBox) -> Account | None:
    """The account, or None when its secrets cannot be opened."""
    try:
        secrets = box.open(row.sealed, secret_name(row.id))
    except SettingsError as error:
        log.error("channel_secrets_unreadable", code="channel_secrets_unreadable", account=row.id, error=str(error))
        return None
    config = row.config
    return Account(
        row.id,
        row.community_id,
        row.name,
        row.external_id,
        str(config.get("mode", "reverse")),
        str(config.get("url", "")),
        secrets.get("token", ""),
        secrets.get("secret", ""),
        row.paused_at is not None,
        config.get("private_media") is True,
        config.get("accept_friends") is not False,
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class Accounts:
    """Those that are not given up."""

    def __init__(self, db: Database, box: SecretBox) -> None:
        self._db, self._box = db, box
        self._all: dict[int, Account] = {}
        self._by_token: dict[str, Account] = {}

    async def load(self) -> Sequence[Account]:
        """Read them anew."""
        async with self._db.read() as session:
            rows = await list_live_accounts(session, ONEBOT.code)
        found = [account for row in rows if (account := read_account(row, self._box)) is not None]
        self._all = {account.id: account for account in found}
        self._by_token = {_hash(account.token): account for account in found if account.mode == "reverse"}
        return found

    def get(self, account_id: int) -> Account | None:
        return self._all.get(account_id)

    def all(self) -> Sequence[Account]:
        return tuple(self._all.values())

    def find_by_token(self, token: str) -> Account | None:
        """Whose reverse connection that token opens. Compared by hash: time tells nothing of the token."""
        return self._by_token.get(_hash(token)) if token else None

    def find_poster(self, self_id: str) -> Account | None:
        """Who posts events under that id."""
        return next((a for a in self._all.values() if a.mode == "http" and a.self_id == self_id and self_id), None)

    def is_own(self, user_id: str) -> bool:
        """Whether that is one of ours: two bots in a group must not talk to each other."""
        return any(account.self_id == user_id for account in self._all.values() if account.self_id)
