"""Sign in, sign out, change the password."""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp_session import get_session
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput
from actions.people.commands import RecordSignIn, SetPassword
from actions.people.model import StaffMember
from bot.console import pages, sessions
from bot.console.access import VIEWER, viewer_of
from bot.console.audit import add_audit
from bot.console.forms import read_form, text_of
from bot.console.parts import Console, console_of
from bot.console.passwords import PasswordCheck, check_new_password, hash_password
from bot.console.working import list_own_chats

CHECK = web.AppKey("password_check", PasswordCheck)


async def show_sign_in(request: web.Request) -> web.Response:
    """The form; whoever is signed in goes on."""
    if VIEWER in request:
        return pages.redirect(_next_of(request.query.get("next", "")))
    return await pages.render(request, "sign_in.html", {"next": request.query.get("next", ""), "wrong": False})


async def sign_in(request: web.Request) -> web.Response:
    """The same answer and the same time for an unknown login, a wrong password and a locked account."""
    form = await read_form(request)
    login, password = (
        str(form.get("login", ""))[:64].replace("\x00", "").strip(),
        str(form.get("password", "")),
    )
    console = console_of(request)
    async with console.db.read() as db:
        staff = await _find_staff(db, login)
    right = await request.app[CHECK].matches(staff.password_hash if staff else None, password)
    staff = await _settle(console, staff, right)
    if staff is None:
        context = {"next": str(form.get("next", "")), "wrong": True}
        return await pages.render(request, "sign_in.html", context, status=401)
    sessions.begin(await get_session(request), staff, console.clock.now())
    return pages.redirect(_next_of(str(form.get("next", ""))))


async def _find_staff(db: AsyncSession, login: str) -> StaffMember | None:
    query = select(StaffMember).where(StaffMember.login == login, StaffMember.active.is_(True))
    found: StaffMember | None = await db.scalar(query)
    return found


async def _settle(console: Console, staff: StaffMember | None, right: bool) -> StaffMember | None:
    """Count the attempt and write it down; who may come in."""
    now = console.clock.now()
    async with console.db.write() as db:
        if staff is None:
            add_audit(db, None, "sign_in_unknown", now)
            return None
        outcome = await console.performer.perform(db, RecordSignIn(staff.id, right), now)
        add_audit(db, staff, "sign_in" if outcome.value else "sign_in_failed", now)
    return staff if outcome.value else None


def _next_of(path: str) -> str:
    """Only our own pages: never a foreign address."""
    safe = path.startswith("/console/") and "\\" not in path and "\n" not in path and "\r" not in path
    return path if safe else "/console/"


async def sign_out(request: web.Request) -> web.Response:
    """End the session in this browser."""
    console, viewer, session = console_of(request), viewer_of(request), await get_session(request)
    async with console.db.write() as db:
        add_audit(db, viewer.staff, "sign_out", console.clock.now())
        await sessions.end(db, session, console.clock.now())
    session.invalidate()
    return pages.redirect("/console/sign-in")


async def show_account(request: web.Request) -> web.Response:
    """Who am I, the chats I work in, and the form for a new password."""
    async with console_of(request).db.read() as db:
        chats = await list_own_chats(db, viewer_of(request).id)
    return await pages.render(request, "account.html", {"chats": chats})


async def change_password(request: web.Request) -> web.Response:
    """A new password; all other browsers of this person are signed out by it."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    old, new = text_of(form, "old", 200), text_of(form, "new", 400)
    try:
        if not await request.app[CHECK].matches(viewer.staff.password_hash, old):
            raise InvalidInput("wrong password", phrase="console.password_wrong")
        if new != text_of(form, "again", 400):
            raise InvalidInput("not the same twice", phrase="console.password_differs")
        check_new_password(new, viewer.staff.login)
    except InvalidInput as wrong:
        await sessions.add_flash(request, console.phrases.render(wrong.phrase, wrong.params), "danger")
        return pages.redirect("/console/account")
    hashed, now = await asyncio.to_thread(hash_password, new), console.clock.now()
    async with console.db.write() as db:
        await console.performer.perform(db, SetPassword(viewer.id, hashed), now)
        staff = await db.get_one(StaffMember, viewer.id)
        add_audit(db, staff, "password_changed", now)
    sessions.begin(await get_session(request), staff, now)
    await sessions.add_flash(request, console.phrases.render("console.password_changed"))
    return pages.redirect("/console/account")
