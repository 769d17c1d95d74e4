"""Renders templates: everything escaped, Chinese words by key, times on the wall clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web

from actions.mediation.moves import ROLES
from bot.clock import local
from bot.console import sessions
from bot.console.access import VIEWER, WORKERS
from bot.console.deadlines import read_deadline
from bot.console.nav import beside_the_bar, build_nav, groups_of
from bot.console.parts import CONSOLE, Console, console_of
from bot.console.teaching.wording import add_words
from bot.errors import PhraseMissing
from bot.phrases import Phrases

HERE = Path(__file__).parent
STATIC = HERE / "static"
TEMPLATES = web.AppKey("templates", jinja2.Environment)


def set_up_templates(app: web.Application, console: Console) -> None:
    """Prepare the environment that all pages share."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["clock_time"], env.filters["clock_day"] = clock_time, clock_day
    env.globals["word"] = partial(word, console.phrases)
    env.globals["say"] = console.phrases.render
    env.globals["asset"] = _asset_stamp()
    env.globals["service_name"] = lambda code: console.rules.service(code).name
    env.globals["deadline"] = partial(read_deadline, console.phrases)
    env.globals["WORKERS"], env.globals["MEDIATION_ROLES"] = WORKERS, ROLES
    env.globals["NOTICE_ROLES"] = console.book.writers
    env.globals["nav"], env.globals["groups_of"] = build_nav(console.book.writers), groups_of
    env.globals["beside_the_bar"] = beside_the_bar
    env.globals["tip_services"] = sorted(console.rules.sealed)
    env.globals["can_send_pictures"] = console.save_picture is not None
    add_words(env, console.phrases, console.rules)
    app[TEMPLATES] = env
    app[CONSOLE] = console


def _asset_stamp() -> str:
    digest = sha256()
    for path in sorted(STATIC.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def word(phrases: Phrases, kind: str, value: str) -> str:
    """A label: ``word("status", "closed")``; what has none is shown as it is."""
    key = f"console.{kind}.{value}"
    return phrases.render(key) if key in phrases else value


def clock_time(at: datetime | None) -> str:
    """An instant as staff read it."""
    return f"{local(at):%m-%d %H:%M}" if at is not None else ""


def clock_day(at: datetime) -> str:
    """An instant with its day of the week."""
    here = local(at)
    return f"{here:%Y-%m-%d} 周{'一二三四五六日'[here.weekday()]} {here:%H:%M}"


async def render(
    request: web.Request, name: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> web.Response:
    """A whole page, with what every page shows."""
    viewer = request.get(VIEWER)
    shared = {
        "viewer": viewer,
        "csrf": await sessions.csrf_token(request),
        "flashes": await sessions.take_flashes(request),
        "now": console_of(request).clock.now(),
        "path": request.path,
        "query": request.query,
    }
    text = render_part(request, name, {**shared, **(context or {})})
    return web.Response(text=text, content_type="text/html", status=status)


def render_part(request: web.Request, name: str, context: Mapping[str, Any]) -> str:
    """A piece of a page."""
    return request.app[TEMPLATES].get_template(name).render(context)


def piece(request: web.Request, name: str, context: Mapping[str, Any]) -> web.Response:
    """A piece of a page as an answer of its own, for htmx to put in."""
    return web.Response(text=render_part(request, name, context), content_type="text/html")


def redirect(path: str) -> web.Response:
    """On to another page, after a form."""
    return web.Response(status=303, headers={"Location": path})


async def render_error(request: web.Request, status: int, phrase: str, **params: Any) -> web.Response:
    """A short page that says what is wrong, and nothing else."""
    phrases = console_of(request).phrases
    try:
        text = phrases.render(phrase, params)
    except PhraseMissing:
        text = phrases.render("console.refused")
    return await render(request, "error.html", {"text": text, "status": status}, status=status)
