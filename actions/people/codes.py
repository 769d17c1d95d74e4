"""Invitation codes: how they look, how they are kept, how often one may be wrong."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.home_model import CodeTry
from actions.people.model import Resident

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that looks like something else on paper
DIGITS = "23456789"
HALF = 4
MOST_WRONG = 5  # in a row
TOLD_STAFF_AT = 10
LOCKED_FOR = timedelta(minutes=15)  # doubled with every further lock
LONGEST_LOCK = timedelta(hours=24)
_COST = 2**12  # of scrypt: about 10 ms
_SALT = b"linan household codes"  # one for all: a code is looked up by its hash
_ONE = rf"[{LETTERS}{LETTERS.lower()}{DIGITS}]"
#: a code as it is written: two halves, a dash or blank between them or nothing
WRITTEN = re.compile(rf"(?<![0-9A-Za-z])({_ONE}{{{HALF}}})[-－—–_ ]?({_ONE}{{{HALF}}})(?![0-9A-Za-z])")


def make_code() -> str:
    """Two halves of four, each with a letter: a phone number never looks like one."""
    return "-".join(_half() for _ in range(2))


def _half() -> str:
    while True:
        half = "".join(secrets.choice(LETTERS + DIGITS) for _ in range(HALF))
        if not half.isdigit():
            return half


def find_code(text: str) -> str:
    """The code that stands in a text, in its plain form; "" for none."""
    found = WRITTEN.search(unicodedata.normalize("NFKC", text))
    if found is None or found[1].isdigit() or found[2].isdigit():
        return ""
    return f"{found[1]}{found[2]}".upper()


def hash_code(code: str) -> str:
    """As a code is kept: slow to guess from."""
    plain = re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", code).upper())
    return hashlib.scrypt(plain.encode(), salt=_SALT, n=_COST, r=8, p=1, dklen=32).hex()


async def find_tries(session: AsyncSession, resident: Resident) -> CodeTry:
    """How often they were wrong, held until the commit."""
    row = {"resident_id": resident.id, "community_id": resident.community_id, "failed": 0}
    query = select(CodeTry).where(CodeTry.resident_id == resident.id).with_for_update()
    found: CodeTry | None = await session.scalar(query)
    if found is None:
        found = CodeTry(**row)
        session.add(found)
        await session.flush()
    return found


def count_wrong(tries: CodeTry, now: datetime) -> bool:
    """One more wrong code; whether they must wait now, each time for longer."""
    tries.failed += 1
    if tries.failed % MOST_WRONG:
        return False
    times = min(tries.failed // MOST_WRONG - 1, 10)
    tries.locked_until = now + min(LOCKED_FOR * 2**times, LONGEST_LOCK)
    return True


def is_locked(tries: CodeTry, now: datetime) -> bool:
    return tries.locked_until is not None and now < tries.locked_until
