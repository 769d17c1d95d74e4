"""HTTP answers of the chat page: pages under a strict policy, JSON, refusals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.channels.webchat.deps import WebChat
from bot.channels.webchat.errors import ChatRefused
from bot.channels.webchat.traditional import in_traditional

STATUS = {
    "not_signed_in": 401,
    "foreign_page": 403,
    "not_a_member": 403,
    "unknown_line": 404,
    "unknown_picture": 404,
    "picture_too_large": 413,
    "picture_unknown_kind": 415,
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def load_templates() -> Environment:
    """Our own templates; everything filled in is escaped."""
    folder = Path(__file__).parent / "templates"
    return Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined)


def headers(request: web.Request) -> dict[str, str]:
    """What every page says to the browser: load only what comes from us, no inline script, no frame."""
    host = request.url.authority
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' data: blob:; font-src 'self' data:; "
        # not every browser counts a WebSocket of the same host as 'self'
        f"connect-src 'self' ws://{host} wss://{host}; manifest-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",  # the invite stands in the address
        "Cache-Control": "no-store",
    }


def page(request: web.Request, templates: Environment, name: str, *, status: int = 200, **values: Any) -> web.Response:
    """A rendered page, in the script of the ``resident`` it is for."""
    text = templates.get_template(name).render(**values)
    if getattr(values.get("resident"), "script", "") == "hant":
        text = in_traditional(text)
    return web.Response(text=text, content_type="text/html", status=status, headers=headers(request))


def json_reply(data: Any, status: int = 200) -> web.Response:
    """A JSON answer that is not kept by anybody."""
    return web.json_response(data, status=status, headers={"Cache-Control": "no-store"})


def refusing(deps: WebChat, handler: Handler) -> Handler:
    """Turn a refusal into JSON with its code and the text for the resident."""

    @wraps(handler)
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ChatRefused as error:
            message = deps.phrases.render(error.phrase, error.params)
            return json_reply({"code": error.code, "message": message}, STATUS.get(error.code, 400))

    return handle
