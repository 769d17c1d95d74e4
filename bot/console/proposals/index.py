"""The consultation index in the console: this month as it stands, what was published, innovations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from aiohttp import web

from actions.errors import ActionError, InvalidInput
from actions.proposals.commands import ConfirmInnovation, NameInnovation
from actions.proposals.finding import ABOVE, DESKS
from actions.proposals.index import ORDER, ConsultationIndex, MonthFacts, index_of
from actions.proposals.rules import IndexRules
from bot.console import pages, sessions
from bot.console.access import WORKERS, check_page, community_ids, viewer_of
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import console_of
from bot.console.proposals.reading import rules_of
from bot.console.ticket_forms import refusal_words
from bot.storage.queries_index import count_month
from bot.storage.queries_proposals import list_index, list_innovations


def published(facts: Mapping[str, Any], rules: Mapping[str, Any]) -> ConsultationIndex:
    """A month as it was published, by the rules of then."""
    return index_of(MonthFacts(**facts), IndexRules(**rules))


async def show_index(request: web.Request) -> web.Response:
    """For each community that the viewer looks at; the parts are as visible as the sum."""
    console, viewer, rules = console_of(request), viewer_of(request), rules_of(request)
    now = console.clock.now()
    month = rules.today(now).replace(day=1)
    async with console.db.read() as db:
        ids = await community_ids(db, viewer)
        here = ids[0] if ids else 0
        wanted = request.query.get("community", "")
        here = int(wanted) if wanted.isdecimal() and len(wanted) < 16 and int(wanted) in ids else here
        facts = await count_month(db, here, month, now, rules)
        months = [(one, published(one.facts, one.rules)) for one in await list_index(db, here)]
        innovations = await list_innovations(db, ids)
    context = {
        "month": month, "facts": asdict(facts), "index": index_of(facts, rules.index), "months": months,
        "innovations": innovations, "rules": rules, "order": ORDER, "communities": ids, "here": here,
        "may_name": viewer.role in DESKS, "may_confirm": viewer.role in ABOVE,
    }  # fmt: skip
    return await pages.render(request, "proposals/index.html", context)


async def act(request: web.Request) -> web.Response:
    """Name an innovation, or confirm one."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    check_page(viewer, WORKERS)
    do = text_of(form, "do", 10)
    try:
        command: Any
        if do == "confirm":
            command = ConfirmInnovation(number_of(form, "innovation") or 0, viewer.id)
        elif do == "name":
            async with console.db.read() as db:
                here = (await community_ids(db, viewer))[0]
            day = _month(text_of(form, "month", 7))
            command = NameInnovation(here, viewer.id, day, text_of(form, "title", 100), text_of(form, "text", 301))
        else:
            raise InvalidInput("no such button", phrase="console.bad_form")
        await console.performer.run(command)
        await sessions.add_flash(request, console.phrases.render(f"console.index.{do}"))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect("/console/proposals/index")


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise InvalidInput("no month", phrase="index.bad.month") from error
