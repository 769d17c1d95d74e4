"""What forms bring: texts, numbers, pictures, each with its limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from aiohttp.web_request import FileField

from actions.errors import InvalidInput
from bot.console.access import VIEWER, Viewer
from bot.console.parts import Console

MOST_BYTES = 24 * 1024 * 1024  # four pictures and some text
STRANGERS_BYTES = 64 * 1024  # a login and a password
MOST_PICTURES = 4
PICTURE_BYTES = 5 * 1024 * 1024
LONGEST_TEXT = 2000
FORM: web.RequestKey[Mapping[str, Any]] = web.RequestKey("form", Mapping)


async def read_form(request: web.Request) -> Mapping[str, Any]:
    """Read the body once. Raises HTTPRequestEntityTooLarge, HTTPBadRequest for what is no form."""
    if FORM not in request:
        try:
            # the application's own limit is that of a chat frame
            most = MOST_BYTES if VIEWER in request else STRANGERS_BYTES
            request[FORM] = await request.clone(client_max_size=most).post()
        except (
            ValueError,
            LookupError,
            AssertionError,
        ) as error:  # bytes that are no text, parts without end
            raise web.HTTPBadRequest from error
    return request[FORM]


def close_files(request: web.Request) -> None:
    """Let go of the files a form brought."""
    for value in request.get(FORM, {}).values():
        if isinstance(value, FileField):
            value.file.close()


def text_of(form: Mapping[str, Any], name: str, longest: int = LONGEST_TEXT) -> str:
    """A text, stripped. Raises InvalidInput if it is too long."""
    value = form.get(name, "")
    text = value.replace("\x00", "").replace("\r\n", "\n").strip() if isinstance(value, str) else ""
    if len(text) > longest:
        raise InvalidInput(f"{name} too long", phrase="console.too_long", longest=longest)
    return text


def number_of(form: Mapping[str, Any], name: str) -> int | None:
    """A number, or None where nothing was chosen. Raises InvalidInput."""
    text = text_of(form, name, 20)
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise InvalidInput(f"{name} is no number", phrase="console.bad_form")
    return int(text)


async def save_pictures(form: Any, console: Console, viewer: Viewer, community_id: int) -> tuple[str, ...]:
    """The ids of the pictures that a form brought. Raises InvalidInput for what is none."""
    fields = [f for f in form.getall("pictures", ()) if isinstance(f, FileField) and f.filename]
    if not fields or console.save_picture is None:
        return ()
    if len(fields) > MOST_PICTURES:
        raise InvalidInput("too many pictures", phrase="console.too_many_pictures", most=MOST_PICTURES)
    ids = []
    for field in fields:
        data = field.file.read(PICTURE_BYTES + 1)
        if len(data) > PICTURE_BYTES:
            raise InvalidInput("picture too large", phrase="console.picture_too_large")
        ids.append(await console.save_picture(data, community_id, viewer.id))
    return tuple(ids)
