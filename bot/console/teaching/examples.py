"""Meanings and the sentences that teach them: looking, searching, adding, editing, moving, deleting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from actions.errors import ActionError, InvalidInput, NotFound
from actions.teaching.commands import AddExamples, Changed, DeleteExamples, EditExample, MoveExamples
from actions.teaching.model import Example, Use
from bot.console import pages
from bot.console.access import TEACHERS, check_page, viewer_of
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import console_of
from bot.console.teaching.doing import back, carry_out, refusable, say, take_undo, tell_changed, why_not
from bot.console.teaching.labels import Labels, load_labels
from bot.teaching.queries import list_examples

LONGEST_SEARCH = 60
MOST_LINES = 200  # sentences added in one go; more come as a file
LONGEST_ADDED = 40_000
MOST_CHOSEN = 500


async def show_labels(request: web.Request) -> web.Response:
    """Every meaning with its number of sentences and how well it is understood."""
    check_page(viewer_of(request), TEACHERS)
    async with console_of(request).db.read() as db:
        labels = await load_labels(db)
    context = {"labels": labels, "undo_batch": await take_undo(request), "stay": request.path_qs}
    return await pages.render(request, "teaching/labels.html", context)


async def show_examples(request: web.Request) -> web.Response:
    """The sentences of a meaning, or of all that hold a piece of text."""
    check_page(viewer_of(request), TEACHERS)
    query = request.query
    search = query.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    code, use = query.get("label", "")[:100], query.get("use", "")
    async with console_of(request).db.read() as db:
        labels = await load_labels(db)
        chosen = labels.whole.get(code)
        if code and chosen is None:
            raise NotFound(f"label {code}", phrase="teaching.no_such_label")
        page = await list_examples(
            db,
            intent=chosen.label.intent if chosen else "",
            category=chosen.label.category or None if chosen else None,
            search=search,
            use=use if use in set(Use) else "",
            deleted=query.get("deleted") == "1",
            page=_page_of(query),
        )
    context = {
        "labels": labels,
        "chosen": chosen,
        "may_add": chosen is not None and any(chosen.value == c.value for g in labels.groups for c in g.labels),
        "search": search,
        "page": page,
        "deleted": query.get("deleted") == "1",
        "href": f"{request.path}?{_query(query)}",
        "stay": request.path_qs,
        "undo_batch": await take_undo(request),
    }
    return await pages.render(request, "teaching/examples.html", context)


def _page_of(query: Mapping[str, str]) -> int:
    page = query.get("page", "1")
    return int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1


def _query(query: Mapping[str, str]) -> str:
    """The address without its page, to be continued."""
    kept = {name: query[name][:100] for name in ("label", "q", "use", "deleted") if query.get(name)}
    return urlencode(kept) + ("&" if kept else "")


async def _labels(request: web.Request) -> Labels:
    async with console_of(request).db.read() as db:
        return await load_labels(db)


@refusable
async def add_examples(request: web.Request) -> web.Response:
    """One sentence a line, all with the same meaning."""
    form, labels = await read_form(request), await _labels(request)
    choice = labels.get(text_of(form, "label", 100))
    lines = tuple(line for line in text_of(form, "text", LONGEST_ADDED).split("\n") if line.strip())
    if not lines:
        raise InvalidInput("nothing written", phrase="console.empty")
    if len(lines) > MOST_LINES:
        raise InvalidInput("too many lines", phrase="teaching.too_many_lines", most=MOST_LINES)
    use = Use.TEST if form.get("use") == Use.TEST else Use.TRAIN
    command = AddExamples(viewer_of(request).id, choice.label.intent, choice.label.category, lines, use)
    await _change(request, command)
    return back(form.get("next"))


@refusable
async def move_examples(request: web.Request) -> web.Response:
    """The chosen sentences mean something else."""
    form, labels = await read_form(request), await _labels(request)
    choice = labels.get(text_of(form, "label", 100))
    ids = _ids(form)
    await _change(request, MoveExamples(viewer_of(request).id, ids, choice.label.intent, choice.label.category))
    return back(form.get("next"))


@refusable
async def delete_examples(request: web.Request) -> web.Response:
    """The chosen sentences are no longer used."""
    form = await read_form(request)
    await _change(request, DeleteExamples(viewer_of(request).id, _ids(form)))
    return back(form.get("next"))


def _ids(form: Any) -> tuple[int, ...]:
    """The one whose button was pressed, or all that are ticked. Raises InvalidInput."""
    only = number_of(form, "only")
    if only is not None:
        return (only,)
    given = [str(value) for value in form.getall("ids", ())]
    if not given:
        raise InvalidInput("nothing chosen", phrase="teaching.choose_some")
    if len(given) > MOST_CHOSEN or not all(v.isascii() and v.isdigit() and len(v) < 16 for v in given):
        raise InvalidInput("bad ids", phrase="console.bad_form")
    return tuple(int(value) for value in given)


async def _change(request: web.Request, command: Any) -> None:
    changed: Changed = await carry_out(request, command)
    await tell_changed(request, changed)
    if not changed.ids and not changed.skipped:
        await say(request, "teaching.changed.nothing", "warning")


async def show_edit(request: web.Request) -> web.Response:
    """The row as a form."""
    return await _piece(request, "teaching/example_edit.html")


async def show_row(request: web.Request) -> web.Response:
    """The row as it stands."""
    return await _piece(request, "teaching/example_row.html")


async def edit_example(request: web.Request) -> web.Response:
    """Other words or marks; back comes the row, or the form with what is wrong."""
    form = await read_form(request)
    check_page(viewer_of(request), TEACHERS)
    marked, before = text_of(form, "marked"), text_of(form, "before")
    console = console_of(request)
    command = EditExample(viewer_of(request).id, int(request.match_info["id"]), marked, before)
    try:
        await console.performer.run(command)
    except ActionError as error:
        return await _piece(request, "teaching/example_edit.html", problem=why_not(console, error), typed=marked)
    return await _piece(request, "teaching/example_row.html", saved=True)


async def _piece(request: web.Request, template: str, **more: Any) -> web.Response:
    check_page(viewer_of(request), TEACHERS)
    async with console_of(request).db.read() as db:
        example = await db.get(Example, int(request.match_info["id"]))
        if example is None:
            raise NotFound("no such example", phrase="teaching.no_such_example")
        labels = await load_labels(db)
    context = {"e": example, "labels": labels, "with_label": True, "problem": "", "typed": None, "saved": False, **more}
    return pages.piece(request, template, context)
