"""While somebody types: is the sentence there already, is it like another, what does the bot make of it now."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from bot.console import pages
from bot.console.access import TEACHERS, check_page, viewer_of
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import console_of
from bot.console.teaching.labels import load_labels
from bot.teaching.checking import Check

MOST_CHECKED = 8  # lines looked at while typing: the last ones, those that are being written
LONGEST = 40_000


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence and what there is to say about it. ``state``: good, warn, bad."""

    text: str
    check: Check
    state: str


async def check_sentences(request: web.Request) -> web.Response:
    """What is known of the lines as they stand."""
    check_page(viewer_of(request), TEACHERS)
    form = await read_form(request)
    value = text_of(form, "label", 100)
    text = text_of(form, "text", LONGEST) or text_of(form, "marked", LONGEST)
    written = [line for line in text.split("\n") if line.strip()]
    intent, _, category = value.partition("/")
    checker, editing = console_of(request).checker, number_of(form, "editing")
    lines = []
    for line in written[-MOST_CHECKED:]:
        if checker is None:
            break
        check = await checker.check(line, intent, category, example_id=editing)
        lines.append(Line(line, check, _state(check, intent, category)))
    async with console_of(request).db.read() as db:
        labels = await load_labels(db)
    context = {
        "lines": lines,
        "labels": labels,
        "left_out": len(written) - len(lines),
        "intent": intent,
        "category": category,
    }
    return pages.piece(request, "teaching/checks.html", context)


def _state(check: Check, intent: str, category: str) -> str:
    if check.fault or check.duplicate:
        return "bad"
    return "warn" if check.kept_as or check.near_elsewhere(intent, category) else "good"
