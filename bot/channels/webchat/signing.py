"""Who is looking: a random token in the browser's cookie, only its hash with us."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from aiohttp import web
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.webchat.deps import WebChat
from bot.channels.webchat.errors import ChatRefused
from bot.storage.tables import ResidentToken

COOKIE = "linan_resident"
COOKIE_AGE = timedelta(days=400)  # the longest that browsers keep one
SEEN_EVERY = timedelta(days=1)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def make_token(session: AsyncSession, resident_id: int, now: datetime) -> str:
    """A new token for the resident's browser, its hash added to the session."""
    token = secrets.token_urlsafe(32)
    session.add(ResidentToken(token_hash=_hash(token), resident_id=resident_id, created_at=now, seen_at=now))
    return token


def keep_token(response: web.StreamResponse, token: str, *, secure: bool) -> None:
    """Put the token into the browser."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(COOKIE_AGE.total_seconds()),
        path="/",
        httponly=True,
        samesite="Lax",
        secure=secure,
    )


async def find_resident(deps: WebChat, request: web.Request) -> int | None:
    """The signed-in resident's id, or None."""
    return await find_owner(deps, request.cookies.get(COOKIE, ""))


async def find_owner(deps: WebChat, token: str) -> int | None:
    """The id of the resident whose token it is, or None."""
    if not token or len(token) > 128:
        return None
    now = deps.clock.now()
    async with deps.db.read() as session:
        known = await session.get(ResidentToken, _hash(token))
    if known is None:
        return None
    if now - known.seen_at > SEEN_EVERY:
        async with deps.db.write() as session:
            mine = ResidentToken.token_hash == known.token_hash
            await session.execute(update(ResidentToken).where(mine).values(seen_at=now))
    return known.resident_id


async def access_resident(deps: WebChat, request: web.Request) -> int:
    """The signed-in resident's id. Raises ChatRefused."""
    resident_id = await find_resident(deps, request)
    if resident_id is None:
        raise ChatRefused("not_signed_in")
    return resident_id


def check_origin(deps: WebChat, request: web.Request) -> None:
    """Refuse what another site's page sends with our cookie. Raises ChatRefused."""
    origin = request.headers.get("Origin")
    if origin is None:  # not a browser
        return
    ours = {f"{scheme}://{request.host}" for scheme in ("http", "https")} | {deps.settings.public_url}
    if origin not in ours:
        raise ChatRefused("foreign_page")
