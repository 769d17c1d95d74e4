"""What the room asks of encryption, and how it hears that a key cannot be used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import ActionError
from actions.inserting import insert_once
from actions.tips.model import Tip, TipEntry, TipVault

VAULT = 1  # there is one for an installation


class TipKeyUnavailable(ActionError):
    """The installation's key is missing, damaged or another one: nothing can be opened, nothing is lost."""

    code = "tip_key_missing"
    phrase = "tips.key_missing"

    def __init__(self, reason: str) -> None:
        super().__init__(f"the key of tips is {reason}", phrase=f"tips.key_{reason}")
        self.code = f"tip_key_{reason}"


@dataclass(frozen=True, slots=True)
class CaseKey:
    """A case's own pair: anybody may seal with ``public``; the other half lies wrapped in ``wrapped``."""

    public: bytes
    wrapped: bytes


class Seals(Protocol):
    """Seals and opens. Sealing needs public halves only, so it goes on while the installation's key is missing."""

    def get_public(self, *, make: bool) -> bytes:
        """The public half of the installation's key; ``make``: make the key if there is none yet."""

    def new_case(self, vault: bytes, about: bytes) -> CaseKey:
        """A pair for a new case, its private half wrapped for the vault."""

    def seal(self, public: bytes, plain: bytes, about: bytes) -> bytes:
        """Seal for whoever holds the private half. ``about`` is not secret and must be the same when opening."""

    def open_case(self, wrapped: bytes, vault: bytes, about: bytes) -> bytes:
        """The private half of a case. Raises TipKeyUnavailable."""

    def open(self, private: bytes, sealed: bytes, about: bytes) -> bytes:
        """What was sealed. Raises TipKeyUnavailable for what does not open."""


async def get_vault(session: AsyncSession, seals: Seals) -> bytes:
    """The public half that cases are wrapped for; made with the first case or at the first start."""
    vault = await session.get(TipVault, VAULT)
    if vault is not None:
        return vault.public
    public = seals.get_public(make=True)
    await insert_once(session, TipVault, {"id": VAULT, "public": public}, ("id",))
    kept = await session.get_one(TipVault, VAULT)  # another process may have been first
    return kept.public


async def find_key_fault(session: AsyncSession, seals: Seals) -> TipKeyUnavailable | None:
    """What is wrong with the key, so that cases cannot be opened. Raises it while there is no case that it must fit."""
    known = await session.get(TipVault, VAULT)
    vault = known.public if known is not None else await get_vault(session, seals)
    try:
        return None if seals.get_public(make=False) == vault else TipKeyUnavailable("wrong")
    except TipKeyUnavailable as error:
        return error


def seal_words(seals: Seals, tip: Tip, kind: str, words: Mapping[str, Any]) -> bytes:
    """The words of an entry, sealed with its case's key; bound to case and kind, so that none can be moved."""
    plain = json.dumps(dict(words), ensure_ascii=False).encode()
    return seals.seal(tip.public, plain, _about(tip, kind))


async def open_tip(session: AsyncSession, seals: Seals, tip: Tip) -> bytes:
    """The case's private half. Raises TipKeyUnavailable."""
    return seals.open_case(tip.wrapped, await get_vault(session, seals), tip.ref.encode())


def open_words(seals: Seals, tip: Tip, private: bytes, entry: TipEntry) -> dict[str, Any]:
    """The words of an entry. Raises TipKeyUnavailable."""
    words: dict[str, Any] = json.loads(seals.open(private, entry.sealed, _about(tip, entry.kind)))
    return words


def _about(tip: Tip, kind: str) -> bytes:
    return f"{tip.ref}:{kind}".encode()
