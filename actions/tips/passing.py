"""Numbers and passphrases of the anonymous: twelve digits, kept as a slow hash, locked after a few wrong tries."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from actions.tips.model import Tip

DIGITS = 12
MOST_WRONG = 5  # in a row
LOCKED_FOR = timedelta(minutes=15)  # doubled with every further lock
LONGEST_LOCK = timedelta(hours=24)
_COST = 2**12  # of scrypt: about 10 ms
_NOBODY = b"nobody's salt...", b"\0" * 32


def make_passphrase() -> str:
    """Twelve digits in groups, as they are shown."""
    digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    return " ".join(digits[i : i + 4] for i in range(0, DIGITS, 4))


def plain_digits(text: str) -> str:
    """What was typed without blanks and dashes; full-width digits count."""
    return "".join(str(int(c)) for c in text if c.isdecimal())


def has_passphrase(text: str) -> bool:
    """Whether it is one."""
    return len(plain_digits(text)) == DIGITS


def fingerprint(number: str) -> str:
    """A form's own number as it is kept."""
    return hashlib.sha256(number.encode()).hexdigest()


def set_passphrase(tip: Tip, passphrase: str) -> None:
    tip.pass_salt = secrets.token_bytes(16)
    tip.pass_hash = _hash(tip.pass_salt, passphrase)


def check_passphrase(tip: Tip | None, passphrase: str) -> bool:
    """Whether it opens that case; without a case the answer takes as long."""
    salt, known = _NOBODY
    if tip is not None and tip.pass_salt is not None and tip.pass_hash is not None:
        salt, known = tip.pass_salt, tip.pass_hash
    return hmac.compare_digest(_hash(salt, passphrase), known)


def count_wrong(tip: Tip, now: datetime) -> None:
    """One more wrong try; after some in a row nobody gets in for a while, the next time for longer."""
    tip.failed += 1
    if tip.failed % MOST_WRONG == 0:
        times = min(tip.failed // MOST_WRONG - 1, 10)
        tip.locked_until = now + min(LOCKED_FOR * 2**times, LONGEST_LOCK)


def is_locked(tip: Tip, now: datetime) -> bool:
    return tip.locked_until is not None and now < tip.locked_until


def _hash(salt: bytes, passphrase: str) -> bytes:
    return hashlib.scrypt(plain_digits(passphrase).encode(), salt=salt, n=_COST, r=8, p=1, dklen=32)
