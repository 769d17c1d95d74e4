"""Pages and their scripts in Traditional characters, for residents who write so. What they typed stays as it is."""

from __future__ import annotations

import re
from pathlib import Path

from aiohttp import web

from nlu.model.script import to_traditional

STATIC = Path(__file__).parent / "static"
#: what is kept whole: typed text, codes, and every tag but for its words
_PARTS = re.compile(r"(<textarea\b.*?</textarea>|<code\b.*?</code>|<[^>]*>)", re.DOTALL)
_SAID = re.compile(r'(\b(?:aria-label|placeholder|alt|title|label)=")([^"]*)(")')
_SCRIPT = re.compile(r'(<script [^>]*src=")/static/chat/')


def in_traditional(html: str) -> str:
    """A page with all that it says in Traditional characters; values of fields go back as they came."""
    html = html.replace('lang="zh-CN"', 'lang="zh-Hant"', 1)
    html = _SCRIPT.sub(r"\1/static/chat-hant/", html)
    return "".join(_tag(part) if part.startswith("<") else to_traditional(part) for part in _PARTS.split(html))


def _tag(tag: str) -> str:
    """A tag, or a whole field of text: its words for the eye and the ear, not its content."""
    head, end, content = tag.partition(">")
    return _SAID.sub(lambda found: f"{found[1]}{to_traditional(found[2])}{found[3]}", head) + end + content


async def show_script(request: web.Request) -> web.Response:
    """A module of the chat page. Only what it says has Chinese characters, so the text as a whole is turned."""
    path = STATIC / request.match_info["name"]
    if not path.is_file():
        raise web.HTTPNotFound
    text = to_traditional(path.read_text("utf-8"))
    return web.Response(text=text, content_type="text/javascript", headers={"Cache-Control": "no-cache"})
