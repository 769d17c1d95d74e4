"""Sentences in and out as files: looked at first, taken in when the admin says so."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, replace
from functools import partial
from typing import Any

from aiohttp import web
from aiohttp.web_request import FileField
from sqlalchemy import select

from actions.errors import InvalidInput
from actions.teaching.commands import Changed, ImportedExample, ImportExamples
from actions.teaching.importing import Fault, make_plan
from actions.teaching.model import Example
from actions.teaching.tools import Tools
from bot.clock import local
from bot.console import pages
from bot.console.access import TEACHERS, check_page, viewer_of
from bot.console.forms import read_form
from bot.console.parts import Console, console_of
from bot.console.teaching.doing import carry_out, refusable, tell_changed
from bot.console.teaching.labels import Labels, load_labels
from bot.teaching.anonymise import hide
from bot.teaching.files import BadFile, read_file, write_csv, write_xlsx, write_zip

MOST_SHOWN = 30
LARGEST_ROWS = 20 * 1024 * 1024

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADINGS = ("意思", "小类", "例句", "用途")

Writer = Callable[[Sequence[Example]], bytes]
WRITERS: Mapping[str, tuple[Writer, str, str]] = {
    "xlsx": (partial(write_xlsx, headings=HEADINGS), "xlsx", EXCEL),
    "csv": (write_csv, "csv", "text/csv; charset=utf-8"),
    "rasa": (write_zip, "zip", "application/zip"),
}


async def show_exchange(request: web.Request) -> web.Response:
    """Download buttons and the form for a file."""
    check_page(viewer_of(request), TEACHERS)
    return await pages.render(request, "teaching/exchange.html", {"faults": (), "file_name": ""})


async def download(request: web.Request) -> web.Response:
    """All sentences in use."""
    check_page(viewer_of(request), TEACHERS)
    console = console_of(request)
    write, ending, kind = WRITERS[request.match_info["kind"]]
    async with console.db.read() as db:
        query = select(Example).where(Example.deleted_at.is_(None)).order_by(Example.id)
        examples = list((await db.scalars(query)).all())
        labels = await load_labels(db)
    if ending == "xlsx":
        examples = [_in_words(example, labels) for example in examples]
    content = await asyncio.to_thread(write, examples)
    name = f"linan-examples-{local(console.clock.now()):%Y%m%d-%H%M}.{ending}"
    headers = {"Content-Type": kind, "Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=content, headers=headers)


@refusable
async def preview_file(request: web.Request) -> web.Response:
    """What the file would change; nothing is changed yet."""
    form = await read_form(request)
    field = form.get("file")
    if not isinstance(field, FileField) or not field.filename:
        raise InvalidInput("no file", phrase="teaching.choose_file")
    content = await asyncio.to_thread(field.file.read)
    try:
        given = await asyncio.to_thread(read_file, field.filename, content)
    except BadFile as bad:
        return await _faulty(request, field.filename, bad.faults)
    console = console_of(request)
    async with console.db.read() as db:
        labels = await load_labels(db)
        rows = [_in_codes(row, labels) for row in given]
        plan = await make_plan(db, rows, _tools(console))
    if plan.faults:
        return await _faulty(request, field.filename, plan.faults)
    counts: dict[str, int] = {}
    for row in plan.new:
        name = labels.name(row.intent, row.category)
        counts[name] = counts.get(name, 0) + 1
    context = {
        "plan": plan,
        "labels": labels,
        "counts": sorted(counts.items(), key=lambda pair: -pair[1]),
        "most": MOST_SHOWN,
        "file_name": field.filename[:80],
        "rows": json.dumps([astuple(row) for row in rows], ensure_ascii=False),
    }
    return await pages.render(request, "teaching/import.html", context)


def _in_codes(row: ImportedExample, labels: Labels) -> ImportedExample:
    """People write "报修服务" and "电梯" where files of programs say service_request and elevator."""
    for group in labels.groups:
        whole = group.line.label
        if row.intent not in (whole.intent, whole.name):
            continue
        inside = {choice.name: choice.label.category for choice in group.labels}
        return replace(row, intent=whole.intent, category=inside.get(row.category, row.category))
    return row


def _in_words(example: Example, labels: Labels) -> Example:
    """The same with the names of intent and category, for tables that people read."""
    name, _, category = labels.name(example.intent, example.category).partition(" · ")
    return Example(intent=name, category=category, marked=example.marked, plain=example.plain, use=example.use)


def _tools(console: Console) -> Tools:
    return Tools(hide, console.phrases.shipped)


async def _faulty(request: web.Request, name: str, faults: Sequence[Fault]) -> web.Response:
    context = {"faults": faults[:200], "more": max(0, len(faults) - 200), "file_name": name[:80]}
    return await pages.render(request, "teaching/exchange.html", context, status=422)


@refusable
async def import_file(request: web.Request) -> web.Response:
    """Take in what was looked at."""
    form = await read_form(request)
    command = ImportExamples(
        staff_id=viewer_of(request).id,
        rows=_read_rows(form.get("rows")),
        overwrite=form.get("overwrite") == "1",
        replace=form.get("replace") == "1",
    )
    changed: Changed = await carry_out(request, command)
    await tell_changed(request, changed)
    return pages.redirect("/console/teaching")


def _read_rows(given: Any) -> tuple[ImportedExample, ...]:
    """What the preview had read, back from the form. Raises InvalidInput."""
    try:
        if not isinstance(given, str) or len(given) > LARGEST_ROWS:
            raise ValueError
        return tuple(
            ImportedExample(str(intent), str(category), str(marked), int(line), str(use), str(file))
            for intent, category, marked, line, use, file in json.loads(given)
        )
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidInput("rows are broken", phrase="console.bad_form") from error
