"""Sealing of tips (X25519 pairs), names and phones, ChaCha20-Poly1305. The key: settings or var/tips.key."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from actions.tips.sealing import CaseKey, TipKeyUnavailable
from bot.settings import Settings

KEY_BYTES = 32
FILE = "tips.key"
_NONCE = b"\0" * 12  # every sealing has a key of its own


class KeySeals:
    """Seals for a public half; opens with the private one. The file is read anew each time: it may be put back."""

    def __init__(self, settings: Settings) -> None:
        self._given, self._path = settings.tip_key, settings.var / FILE

    def get_public(self, *, make: bool) -> bytes:
        """The public half. Raises TipKeyUnavailable."""
        if make and not self._given and not self._path.exists():
            _make_file(self._path)
        return _public_of(self._private())

    def new_case(self, vault: bytes, about: bytes) -> CaseKey:
        private = X25519PrivateKey.generate()
        return CaseKey(_public_of(private), self.seal(vault, private.private_bytes_raw(), about))

    def seal(self, public: bytes, plain: bytes, about: bytes) -> bytes:
        """A fresh pair for each sealing; its public half stands in front."""
        once = X25519PrivateKey.generate()
        front = _public_of(once)
        key = _derive(once.exchange(X25519PublicKey.from_public_bytes(public)), front + public)
        return front + ChaCha20Poly1305(key).encrypt(_NONCE, plain, about)

    def open_case(self, wrapped: bytes, vault: bytes, about: bytes) -> bytes:
        private = self._private()
        if _public_of(private) != vault:
            raise TipKeyUnavailable("wrong")
        return self.open(private.private_bytes_raw(), wrapped, about)

    def open(self, private: bytes, sealed: bytes, about: bytes) -> bytes:
        own = X25519PrivateKey.from_private_bytes(private)
        front, rest = sealed[:KEY_BYTES], sealed[KEY_BYTES:]
        try:
            key = _derive(own.exchange(X25519PublicKey.from_public_bytes(front)), front + _public_of(own))
            return ChaCha20Poly1305(key).decrypt(_NONCE, rest, about)
        except (InvalidTag, ValueError) as error:
            raise TipKeyUnavailable("damaged_case") from error

    def private_bytes(self) -> bytes:
        """The key itself, made if there is none yet, for others to be derived from. Raises TipKeyUnavailable."""
        self.get_public(make=True)
        return self._private().private_bytes_raw()

    def _private(self) -> X25519PrivateKey:
        try:
            text = self._given or self._path.read_text("ascii")
        except FileNotFoundError as error:
            raise TipKeyUnavailable("missing") from error
        except (OSError, UnicodeDecodeError) as error:
            raise TipKeyUnavailable("damaged") from error
        try:
            raw = base64.b64decode(text.strip(), altchars=b"-_", validate=True)
            return X25519PrivateKey.from_private_bytes(raw)
        except (binascii.Error, ValueError) as error:
            raise TipKeyUnavailable("damaged") from error


def _public_of(private: X25519PrivateKey) -> bytes:
    return private.public_key().public_bytes_raw()


def _derive(shared: bytes, salt: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=salt, info=b"linan tips 1").derive(shared)


def _make_file(path: Path) -> None:
    """Make the key once; if another process was first, theirs counts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


class ContactSeals:
    """Seals names and phones of those at the back, with keys derived from the installation's own.

    ``mark`` tells two phones apart without showing one: what it gives cannot be guessed without the key.
    """

    def __init__(self, settings: Settings) -> None:
        raw = KeySeals(settings).private_bytes()
        self._key = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"linan contacts 1").derive(raw)
        self._marks = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"linan contact marks 1").derive(raw)

    def seal(self, text: str) -> bytes:
        """Sealed, b"" for nothing."""
        if not text:
            return b""
        nonce = secrets.token_bytes(len(_NONCE))
        return nonce + ChaCha20Poly1305(self._key).encrypt(nonce, text.encode(), None)

    def open(self, sealed: bytes) -> str:
        """The text again. Raises TipKeyUnavailable."""
        if not sealed:
            return ""
        nonce, rest = sealed[: len(_NONCE)], sealed[len(_NONCE) :]
        try:
            return ChaCha20Poly1305(self._key).decrypt(nonce, rest, None).decode()
        except (InvalidTag, ValueError) as error:
            raise TipKeyUnavailable("wrong") from error

    def mark(self, phone: str) -> str:
        """What a phone is found by; "" for none."""
        return hmac.new(self._marks, phone.encode(), "sha256").hexdigest() if phone else ""
