"""Passwords: argon2id, hashed outside the event loop, few at a time."""

from __future__ import annotations

import asyncio
import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from actions.errors import InvalidInput

SHORTEST, LONGEST = 10, 200
MOST_AT_ONCE = 2  # each takes 64 MB and a core for a moment

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """The hash to keep. Slow on purpose."""
    return _hasher.hash(password)


def check_new_password(password: str, login: str) -> None:
    """Raise InvalidInput for one that is too easy to guess."""
    if not SHORTEST <= len(password) <= LONGEST or len(set(password)) < 5 or login.lower() in password.lower():
        raise InvalidInput("weak password", phrase="console.password_weak", shortest=SHORTEST)


def mark_of(password_hash: str) -> str:
    """Stands in the cookie: a changed password ends all sessions that were begun with the old one."""
    return hashlib.sha256(password_hash.encode()).hexdigest()[:24]


class PasswordCheck:
    """Compares passwords; for an unknown login it works just as long."""

    def __init__(self) -> None:
        self._nobody = hash_password(secrets.token_urlsafe(24))
        self._room = asyncio.Semaphore(MOST_AT_ONCE)

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether it is that password; False when there is nobody."""
        async with self._room:
            right = await asyncio.to_thread(_verify, password_hash or self._nobody, password[:LONGEST])
        return right and password_hash is not None


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
