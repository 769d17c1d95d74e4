"""What the bot says: found, changed with a look at how it reads, and put back."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from aiohttp import web

from actions.errors import NotFound
from actions.teaching.commands import ResetPhrase, SetPhrase
from bot.console import pages
from bot.console.access import TEACHERS, check_page, viewer_of
from bot.console.forms import read_form, text_of
from bot.console.parts import Console, console_of
from bot.console.teaching.doing import back, carry_out, refusable, say
from bot.console.teaching.phrase_book import CHAPTERS, Place, field_words, fill_in, heading_of, matter_of, read_book
from bot.teaching.queries import PhraseLine, list_phrases

LONGEST_SEARCH = 60
LONGEST_TEXT = 1000


async def show_phrases(request: web.Request) -> web.Response:
    """One chapter under its headings, or all that hold a piece of text."""
    check_page(viewer_of(request), TEACHERS)
    console, query = console_of(request), request.query
    search = query.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    chapter = query.get("chapter", "")
    chapter = chapter if chapter in CHAPTERS else CHAPTERS[0]
    only_changed = query.get("changed") == "1"
    async with console.db.read() as db:
        lines = await list_phrases(db, console.phrases, search=search)
    book = read_book(console.settings.data / "phrases")
    known = [(line, book[line.key]) for line in lines if line.key in book]
    everywhere = search or only_changed
    wanted = [
        (line, place)
        for line, place in known
        if (everywhere or place.chapter == chapter) and (line.changed or not only_changed)
    ]
    context = {
        "sections": _sections(console, wanted),
        "chapters": CHAPTERS,
        "chapter": "" if everywhere else chapter,
        "search": search,
        "only_changed": only_changed,
        "changed_count": sum(line.changed for line, _ in known),
        "fill_in": lambda text: fill_in(console.phrases, text),
        "matter_of": lambda key: matter_of(console.phrases, console.rules, key),
        "stay": request.path_qs,
    }
    return await pages.render(request, "teaching/phrases.html", context)


def _sections(console: Console, wanted: list[tuple[PhraseLine, Place]]) -> list[tuple[str, list[PhraseLine]]]:
    """Neighbours under one heading belong together, in the order of the files."""
    ordered = sorted(wanted, key=lambda pair: pair[1].number)
    grouped = groupby(ordered, key=lambda pair: heading_of(console.phrases, pair[0].key, pair[1]))
    return [(heading, [line for line, _ in pairs]) for heading, pairs in grouped]


async def show_phrase(request: web.Request) -> web.Response:
    """One text with its fields and how it reads."""
    check_page(viewer_of(request), TEACHERS)
    console, key = console_of(request), request.query.get("key", "")[:96]
    line = await _line(request, key)
    return await _page(request, console, line, line.text)


async def _page(request: web.Request, console: Console, line: PhraseLine, text: str) -> web.Response:
    place = read_book(console.settings.data / "phrases")[line.key]
    context = {
        "line": line,
        "text": text,
        "heading": heading_of(console.phrases, line.key, place),
        "matter": matter_of(console.phrases, console.rules, line.key),
        "fields": field_words(console.phrases, line.fields),
        "shipped_reads": fill_in(console.phrases, line.shipped),
        **_reading(console, line, text),
        "stay": request.path_qs,
    }
    return await pages.render(request, "teaching/phrase.html", context)


def _reading(console: Console, line: PhraseLine, text: str) -> Mapping[str, Any]:
    """How it reads, and which fields are missing in it or unknown."""
    missing = [name for name in line.fields if f"{{{name}}}" not in text]
    return {"reads": fill_in(console.phrases, text), "missing": field_words(console.phrases, missing)}


async def _line(request: web.Request, key: str) -> PhraseLine:
    console = console_of(request)
    if key not in read_book(console.settings.data / "phrases"):
        raise NotFound(f"phrase {key!r}", phrase="teaching.no_such_phrase")
    async with console.db.read() as db:
        found = [line for line in await list_phrases(db, console.phrases, search=key) if line.key == key]
    if not found:
        raise NotFound(f"phrase {key!r}", phrase="teaching.no_such_phrase")
    return found[0]


async def preview_phrase(request: web.Request) -> web.Response:
    """How the text that is being typed reads."""
    check_page(viewer_of(request), TEACHERS)
    form = await read_form(request)
    line = await _line(request, text_of(form, "key", 96))
    context = _reading(console_of(request), line, text_of(form, "text", LONGEST_TEXT))
    return pages.piece(request, "teaching/phrase_reads.html", context)


@refusable
async def set_phrase(request: web.Request) -> web.Response:
    """Say it so from now on."""
    form = await read_form(request)
    key, text = text_of(form, "key", 96), text_of(form, "text", LONGEST_TEXT)
    await _line(request, key)
    await carry_out(request, SetPhrase(viewer_of(request).id, key, text))
    await say(request, "teaching.phrase_set")
    return back(form.get("next"))


@refusable
async def reset_phrase(request: web.Request) -> web.Response:
    """Say it as it ships."""
    form = await read_form(request)
    await carry_out(request, ResetPhrase(viewer_of(request).id, text_of(form, "key", 96)))
    await say(request, "teaching.phrase_reset")
    return back(form.get("next"))
