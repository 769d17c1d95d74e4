"""The accounts of this installation as values, read anew when one of them changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from bot.channels.kinds import OFFICIAL, WECOM_APP
from bot.channels.wecom.crypto import CryptError, MessageCrypt
from bot.errors import SettingsError
from bot.secret_box import SecretBox
from bot.storage.channels import channel_key, list_live_accounts, secret_name
from bot.storage.engine import Database
from bot.storage.tables_channels import ChannelAccount

log = structlog.get_logger()
SAFE, PLAIN = "safe", "plain"
KINDS = (WECOM_APP.code, OFFICIAL.code)


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """One app or Official Account. ``owner_id``: CorpID or AppID, whom messages are addressed to."""

    id: int
    community_id: int
    kind: str
    name: str
    owner_id: str
    agent_id: str
    secret: str
    token: str
    aes_key: str
    mode: str
    paused: bool
    template: tuple[str, ...] = ()  # id and fields of the template that says that something waits
    subscribe: tuple[str, ...] = ()  # the same of a subscription notice
    state: str = "waiting"

    @property
    def channel(self) -> str:
        return channel_key(self.kind, self.id)

    @property
    def is_app(self) -> bool:
        return self.kind == WECOM_APP.code

    @property
    def is_sealed(self) -> bool:
        """Whether what it sends is in an envelope."""
        return self.mode != PLAIN

    def crypt(self) -> MessageCrypt:
        """The cipher of its callbacks. Raises CryptError for a key that is none."""
        return MessageCrypt(self.token, self.aes_key, self.owner_id)


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
        row.kind,
        row.name,
        row.external_id,
        str(config.get("agent_id", "")),
        secrets.get("corp_secret", "") or secrets.get("app_secret", ""),
        secrets.get("callback_token", ""),
        secrets.get("aes_key", ""),
        str(config.get("mode", SAFE)),
        row.paused_at is not None,
        tuple(str(config.get("template", "")).split()),
        tuple(str(config.get("subscribe", "")).split()),
        row.state,
    )


class Accounts:
    """Those that are not given up."""

    def __init__(self, db: Database, box: SecretBox) -> None:
        self._db, self._box = db, box
        self._all: dict[int, Account] = {}
        self._crypts: dict[int, MessageCrypt] = {}

    async def load(self) -> Sequence[Account]:
        """Read them anew."""
        async with self._db.read() as session:
            rows = [row for kind in KINDS for row in await list_live_accounts(session, kind)]
        found = [account for row in rows if (account := read_account(row, self._box)) is not None]
        self._all, self._crypts = {account.id: account for account in found}, {}
        return found

    def get(self, account_id: int, kind: str = "") -> Account | None:
        account = self._all.get(account_id)
        return account if account is not None and kind in ("", account.kind) else None

    def all(self) -> Sequence[Account]:
        return tuple(self._all.values())

    def crypt_of(self, account: Account) -> MessageCrypt | None:
        """Its cipher, made once; None where its key is none."""
        if account.id not in self._crypts:
            try:
                self._crypts[account.id] = account.crypt()
            except CryptError:
                return None
        return self._crypts[account.id]
