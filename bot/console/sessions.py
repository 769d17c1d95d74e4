"""The encrypted cookie: who is signed in, since when, and the token that every form must bring."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from aiohttp import web
from aiohttp_session import Session, get_session
from aiohttp_session.cookie_storage import EncryptedCookieStorage
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import StaffMember
from bot.console.passwords import mark_of
from bot.installation_secret import read_secret
from bot.settings import Settings
from bot.storage.tables import EndedSession

COOKIE = "linan_console"
LONGEST = timedelta(hours=12)
IDLE = timedelta(hours=2)
REFRESH = timedelta(minutes=1)  # the cookie is written anew at most this often
FLASH_LENGTH = 300
BACKGROUND = "X-Background"  # a page that refreshes itself says so


def cookie_storage(settings: Settings) -> EncryptedCookieStorage:
    """Encrypted, for our pages only, unreadable to scripts."""
    key = hashlib.sha256(b"linan console cookie\0" + read_secret(settings)).digest()
    return EncryptedCookieStorage(
        key,
        cookie_name=COOKIE,
        path="/console",
        max_age=int(LONGEST.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=settings.public_url.startswith("https:"),
    )


def begin(session: Session, staff: StaffMember, now: datetime) -> None:
    """Sign somebody in; nothing of the session before is kept."""
    session.clear()
    session["staff"] = staff.id
    session["mark"] = mark_of(staff.password_hash)
    session["at"] = session["seen"] = int(now.timestamp())
    session["csrf"] = secrets.token_urlsafe(24)


def staff_id_of(session: Session, now: datetime) -> int | None:
    """Who is signed in, unless it was too long ago."""
    at, seen, staff_id = session.get("at"), session.get("seen"), session.get("staff")
    if not (isinstance(at, int) and isinstance(seen, int) and isinstance(staff_id, int)):
        return None
    moment = now.timestamp()
    if moment - at > LONGEST.total_seconds() or moment - seen > IDLE.total_seconds():
        return None
    return staff_id


def is_current(session: Session, staff: StaffMember) -> bool:
    """Whether the password is still the one they signed in with."""
    return hmac.compare_digest(str(session.get("mark", "")), mark_of(staff.password_hash))


def _hash_of(session: Session) -> str:
    """What is kept of a session: the form token is drawn anew for each."""
    return hashlib.sha256(f"session:{session.get('csrf', '')}".encode()).hexdigest()


async def is_ended(db: AsyncSession, session: Session) -> bool:
    """Whether it was signed out, here or in another window."""
    return await db.get(EndedSession, _hash_of(session)) is not None


async def end(db: AsyncSession, session: Session, now: datetime) -> None:
    """From now on its cookie is worth nothing, also to whoever has copied it; those long over are forgotten."""
    await db.merge(EndedSession(key_hash=_hash_of(session), ended_at=now))
    await db.execute(delete(EndedSession).where(EndedSession.ended_at < now - LONGEST))


def touch(session: Session, now: datetime) -> None:
    """They are still here."""
    moment = int(now.timestamp())
    if moment - int(session["seen"]) >= REFRESH.total_seconds():
        session["seen"] = moment


async def csrf_token(request: web.Request) -> str:
    """The token of this session's forms."""
    session = await get_session(request)
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(24)
    return str(session["csrf"])


async def add_flash(request: web.Request, text: str, kind: str = "success") -> None:
    """A line that the next page shows once."""
    session = await get_session(request)
    session["flash"] = [*session.get("flash", []), [kind, text[:FLASH_LENGTH]]][-3:]


async def take_flashes(request: web.Request) -> list[list[str]]:
    """The lines to show now. A page that refreshes itself leaves them to the one that somebody waits for."""
    session = await get_session(request)
    return list(session.pop("flash")) if "flash" in session and BACKGROUND not in request.headers else []
