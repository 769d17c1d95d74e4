"""Secrets of foreign platforms at rest: ChaCha20-Poly1305 under a key derived from the installation's secret."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import SettingsError
from bot.installation_secret import read_secret
from bot.settings import Settings

NONCE_BYTES = 12


class SecretBox:
    """Seals values for a row of a table; they cannot be opened for another row."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def seal(self, values: Mapping[str, str], about: str) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        plain = json.dumps(dict(values), ensure_ascii=False).encode()
        return nonce + self._cipher().encrypt(nonce, plain, about.encode())

    def open(self, sealed: bytes, about: str) -> dict[str, str]:
        """The values. Raises SettingsError when they were sealed with another secret."""
        try:
            plain = self._cipher().decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about.encode())
        except (InvalidTag, ValueError) as error:
            raise SettingsError(f"{about} was sealed with another secret key: put LINAN_SECRET_KEY back") from error
        return {str(name): str(value) for name, value in json.loads(plain).items()}

    def _cipher(self) -> ChaCha20Poly1305:
        key = HKDF(SHA256(), 32, salt=None, info=b"linan channel secrets 1").derive(read_secret(self._settings))
        return ChaCha20Poly1305(key)
