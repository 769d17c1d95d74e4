"""The installation's secret, from which keys are derived: in the settings or in var/secret.key."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from pathlib import Path

from bot.errors import SettingsError
from bot.settings import Settings

KEY_BYTES = 32


def read_secret(settings: Settings) -> bytes:
    """The installation's secret; made once and kept in var/secret.key. Raises SettingsError."""
    path = settings.var / "secret.key"
    text = settings.secret_key or _kept_secret(path)
    try:
        key = base64.urlsafe_b64decode(text.strip())
    except (binascii.Error, ValueError) as error:
        raise SettingsError(f"the secret key is no base64: LINAN_SECRET_KEY or {path}") from error
    if len(key) < KEY_BYTES:
        raise SettingsError(f"the secret key is shorter than {KEY_BYTES} bytes: LINAN_SECRET_KEY or {path}")
    return key


def _kept_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode())
    try:
        os.link(draft, path)  # fails if another process was first: then theirs counts
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text("ascii")
