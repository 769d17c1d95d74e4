"""The gate before every page: headers, errors without details, who is signed in, the token of forms."""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import quote

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_session import get_session

from actions.errors import ActionError, NotFound
from bot.console import pages, sessions
from bot.console.access import VIEWER, find_viewer
from bot.console.forms import close_files, read_form
from bot.console.parts import console_of

log = structlog.get_logger(__name__)

OPEN_PATHS = frozenset({"/console/sign-in"})
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


@web.middleware
async def guard_headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Strict headers on every answer, also on refusals."""
    try:
        response = await handler(request)
    except web.HTTPException as refusal:
        refusal.headers.update(HEADERS)
        raise
    if not response.prepared:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
    return response


@web.middleware
async def guard_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Nobody sees a traceback: a page with a short number that stands in the log beside the cause."""
    try:
        return await handler(request)
    except web.HTTPException as refusal:
        if refusal.status < 400:
            raise
        return await pages.render_error(request, refusal.status, _words_for(refusal.status))
    except NotFound:
        return await pages.render_error(request, 404, "console.no_such_page")
    except ActionError as error:
        return await pages.render_error(request, 422, error.phrase, **error.params)
    except Exception as error:
        number = secrets.token_hex(4)
        # the type and place only: a message may hold what a resident wrote
        log.error("console_error", number=number, error=type(error).__name__, where=_where(error))
        return await pages.render_error(request, 500, "console.broken", number=number)


def _words_for(status: int) -> str:
    return {404: "console.no_such_page", 403: "console.bad_token", 413: "console.too_large"}.get(
        status, "console.bad_request"
    )


def _where(error: BaseException) -> str:
    trace, place = error.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        place = f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}"
        trace = trace.tb_next
    return place


@web.middleware
async def guard_person(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Only the signed-in go on; the sign-in page is open."""
    session, now = await get_session(request), console_of(request).clock.now()
    staff_id = sessions.staff_id_of(session, now)
    if staff_id is not None:
        async with console_of(request).db.read() as db:
            viewer = await find_viewer(db, staff_id) if not await sessions.is_ended(db, session) else None
        if viewer is not None and sessions.is_current(session, viewer.staff):
            request[VIEWER] = viewer
            if sessions.BACKGROUND not in request.headers and not request.path.startswith("/console/live"):
                sessions.touch(session, now)
    if VIEWER not in request and request.path not in OPEN_PATHS:
        return _to_sign_in(request)
    return await handler(request)


def _to_sign_in(request: web.Request) -> web.Response:
    if request.path.startswith("/console/live"):
        return web.Response(status=204)  # tells the browser not to come again
    came_for = request.path_qs if request.method == "GET" else "/console/"
    target = f"/console/sign-in?next={quote(came_for, safe='')}"
    if "HX-Request" in request.headers:
        return web.Response(status=200, headers={"HX-Redirect": target})
    return pages.redirect(target)


@web.middleware
async def guard_forms(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every POST brings the session's token, as htmx's header or in the form."""
    if request.method in {"GET", "HEAD"}:
        return await handler(request)
    try:
        form = await read_form(request)
        right = str((await get_session(request)).get("csrf", ""))
        given = str(request.headers.get("X-CSRF-Token") or form.get("csrf") or "")
        if not right or not hmac.compare_digest(given.encode(), right.encode()):
            raise web.HTTPForbidden
        return await handler(request)
    finally:
        close_files(request)
