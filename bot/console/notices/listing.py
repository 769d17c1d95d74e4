"""What waits, what is planned, what went out; and the form in which a notice is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import ActionError, InvalidInput
from actions.notices.checking import find_slips
from actions.notices.commands import SetWelcome, SubmitNotice
from actions.notices.model import Notice, NoticeState, WelcomeText
from actions.notices.repeats import Rule, next_times, rule_words
from actions.people.model import OrgUnit, Role
from bot.clock import local
from bot.console import pages, sessions
from bot.console.access import Viewer, community_ids
from bot.console.forms import number_of, read_form, save_pictures, text_of
from bot.console.notices.reading import LONGEST_FORM, access_notice, check_notices, draft_of, get_community, units_of
from bot.console.parts import Console, console_of
from bot.console.ticket_forms import refusal_words
from bot.notices.reach import groups_of
from bot.storage.queries_notices import count_answers, list_groups, list_notices, list_units
from bot.understand.privacy import find_private

WAITING = (NoticeState.WAITING, NoticeState.DRAFT, NoticeState.REFUSED)
PLANNED = (NoticeState.APPROVED, NoticeState.MISSED)
OUT = (NoticeState.SENDING, NoticeState.SENT, NoticeState.RECALLED)
DATES = 5  # shown of a rule that repeats


async def show_notices(request: web.Request) -> web.Response:
    """Three lists."""
    return await _render_list(request)


async def _render_list(request: web.Request, *, greeting: str | None = None, status: int = 200) -> web.Response:
    """``greeting``: a welcome as it was typed, which could not be kept like this."""
    console, viewer = console_of(request), check_notices(request)
    async with console.db.read() as db:
        ids = await community_ids(db, viewer)
        context: dict[str, Any] = {
            "waiting": await list_notices(db, ids, WAITING),
            "planned": await list_notices(db, ids, PLANNED),
            "out": await list_notices(db, ids, OUT),
            "answers": await count_answers(db, ids),
            "greeting": greeting,
        }
        if greeting is None:
            kept = await db.get(WelcomeText, await get_community(request, db))
            context["greeting"] = kept.text if kept else ""
    may = {"may_approve": viewer.role in console.book.approvers, "may_care": viewer.role in console.book.carers}
    templates = sorted(console.book.templates.values(), key=lambda one: one.kind != "weather")
    context |= {"templates": templates, "rule_of": rule_of, **may}
    return await pages.render(request, "notices/list.html", context, status=status)


def rule_of(notice: Notice) -> str:
    """How it repeats, in words."""
    return rule_words(Rule.from_json(notice.repeat)) if notice.repeat else ""


async def show_new(request: web.Request) -> web.Response:
    """The form: empty, from a template, from a draft, or to put right what went out."""
    console = console_of(request)
    check_notices(request)
    query = request.query
    filled: dict[str, Any] = {"when": "now", "units": ()}
    template = console.book.templates.get(query.get("template", ""))
    if template is not None:
        filled |= {"template": template.code, "title": template.title, "text": template.text}
    async with console.db.read() as db:
        for name in ("notice", "corrects"):
            if query.get(name, "").isdecimal():
                known = await access_notice(request, db, int(query[name][:15]))
                filled |= _filled(known, name)
    return await _render_new(request, filled)


def _filled(notice: Notice, name: str) -> dict[str, Any]:
    filled: dict[str, Any] = {name: notice.id, "title": notice.title, "text": notice.text, "template": notice.template}
    if name == "corrects":
        return {**filled, "first": notice.title, "title": ""}
    repeat, due = rule_of(notice), notice.due_at
    filled |= {"units": tuple(notice.unit_ids), "private": notice.private, "repeat": repeat}
    filled |= {
        "when": "repeat" if repeat else "at" if due else "now",
        "at": f"{local(due):%Y-%m-%dT%H:%M}" if due else "",
    }
    return {**filled, "corrects": notice.corrects_id or ""}


async def _render_new(request: web.Request, filled: Mapping[str, Any], *, status: int = 200) -> web.Response:
    console, viewer = console_of(request), check_notices(request)
    async with console.db.read() as db:
        units = await list_units(db, await get_community(request, db))
    context = {
        "filled": {
            name: "" for name in ("title", "text", "template", "at", "repeat", "first", "notice", "corrects", "private")
        }
        | {"when": "now"}
        | dict(filled),
        "units": [unit for unit in units if viewer.role != Role.GRID_WORKER or viewer.unit.covers(unit)],
        "templates": console.book.templates,
    }
    return await pages.render(request, "notices/new.html", context, status=status)


async def make_new(request: web.Request) -> web.Response:
    """Hand it in, or only keep it; what is wrong is said above the form as it was filled in."""
    console, viewer, form = console_of(request), check_notices(request), await read_form(request)
    try:
        async with console.db.read() as db:
            community_id = await get_community(request, db)
            for name in ("notice", "corrects"):
                if number_of(form, name) is not None:
                    await access_notice(request, db, number_of(form, name))
        keep = text_of(form, "do", 8) == "keep"
        command = SubmitNotice(
            community_id,
            viewer.id,
            draft_of(form),
            number_of(form, "notice"),
            keep,
            bool(form.get("private_confirmed")),
            bool(form.get("slips_confirmed")),
            number_of(form, "corrects"),
        )
        pictures = await save_pictures(form, console, viewer, community_id)
        outcome = await console.performer.run(replace(command, draft=replace(command.draft, pictures=pictures)))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
        return await _render_new(request, {**_texts(form), "units": units_of(form)}, status=422)
    await sessions.add_flash(request, console.phrases.render(f"console.notice.{'kept' if keep else 'handed_in'}"))
    return pages.redirect(f"/console/notices/{outcome.value}")


def _texts(form: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str)}


async def look(request: web.Request) -> web.Response:
    """While it is written: how it will look where, what was found in it, and when it would go out."""
    console, viewer, form = console_of(request), check_notices(request), await read_form(request)
    title, text = (text_of(form, name, LONGEST_FORM) for name in ("title", "text"))
    now = console.clock.now()
    async with console.db.read() as db:
        groups = await _groups(request, db, viewer, units_of(form))
    template = console.book.templates.get(text_of(form, "template", 32))
    kind = "safety" if template is not None and template.safety else "plain"
    rule, times, wrong = _read_repeat(console, form, now)
    context = {
        "said": console.phrases.render(f"notice.said.{kind}", {"title": title, "text": text}),
        "groups": groups,
        "private": bool(form.get("private")),
        "corrects": bool(form.get("corrects")),
        "found": find_private(f"{title}\n{text}"),
        "slips": find_slips(f"{title}\n{text}", now, console.rules.calendar),
        "rule": rule,
        "times": times,
        "wrong": wrong,
    }
    return pages.piece(request, "notices/look.html", context)


async def _groups(
    request: web.Request, db: AsyncSession, viewer: Viewer, unit_ids: Sequence[int]
) -> list[tuple[str, int]]:
    community_id = await get_community(request, db)
    ours = [unit for unit in unit_ids if await _is_ours(db, community_id, unit)]
    return await list_groups(db, await groups_of(db, community_id, ours))


async def _is_ours(db: AsyncSession, community_id: int, unit_id: int) -> bool:
    unit = await db.get(OrgUnit, unit_id)
    return unit is not None and unit.community_id == community_id


def _read_repeat(console: Console, form: Any, now: datetime) -> tuple[str, list[datetime], str]:
    """The rule in words, its next dates, or what is wrong with it."""
    if text_of(form, "when", 8) != "repeat":
        return "", [], ""
    try:
        rule = draft_of(form).repeat
        if rule is None:
            return "", [], ""
        times = next_times(rule, now, console.rules.calendar, DATES)
        if not times:
            raise InvalidInput("never", phrase="notice.rule.never", rule=rule_words(rule))
        return rule_words(rule), times, ""
    except ActionError as error:
        return "", [], refusal_words(console, error)


async def save_welcome(request: web.Request) -> web.Response:
    """The community's own words to who comes in."""
    console, viewer, form = console_of(request), check_notices(request), await read_form(request)
    text, confirmed = text_of(form, "text", LONGEST_FORM), bool(form.get("private_confirmed"))
    try:
        async with console.db.read() as db:
            community_id = await get_community(request, db)
        await console.performer.run(SetWelcome(community_id, viewer.id, text, private_confirmed=confirmed))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
        return await _render_list(request, greeting=text, status=422)
    await sessions.add_flash(request, console.phrases.render("console.notice.welcome"))
    return pages.redirect("/console/notices")
