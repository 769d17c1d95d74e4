"""New meanings, their names and answers; what is no longer used."""

from __future__ import annotations

from aiohttp import web

from actions.teaching.commands import AddLabel, ChangeLabel, RetireLabel
from bot.console import pages
from bot.console.access import viewer_of
from bot.console.forms import read_form, text_of
from bot.console.teaching.doing import HOME, back, carry_out, refusable, say

LONGEST_NAME = 16
LONGEST_ANSWER = 1000


@refusable
async def add_label(request: web.Request) -> web.Response:
    """A new category, or an intent with an answer of its own."""
    form = await read_form(request)
    intent, answer = text_of(form, "intent", 48), text_of(form, "answer", LONGEST_ANSWER)
    command = AddLabel(
        staff_id=viewer_of(request).id,
        name=text_of(form, "name", LONGEST_NAME),
        intent=intent,
        answer="" if intent else answer,
        unasked=not intent and form.get("unasked") == "1",
    )
    await carry_out(request, command)
    await say(request, "teaching.label_added", name=command.name)
    return pages.redirect(HOME)


@refusable
async def change_label(request: web.Request) -> web.Response:
    """Another name or answer of what an admin has added."""
    form = await read_form(request)
    own_answer = "answer" in form
    command = ChangeLabel(
        staff_id=viewer_of(request).id,
        label_id=int(request.match_info["id"]),
        name=text_of(form, "name", LONGEST_NAME),
        answer=text_of(form, "answer", LONGEST_ANSWER) if own_answer else None,
        unasked=form.get("unasked") == "1" if own_answer else None,
    )
    await carry_out(request, command)
    await say(request, "teaching.saved")
    return back(form.get("next"))


@refusable
async def retire_label(request: web.Request) -> web.Response:
    """No longer used, or used again."""
    form = await read_form(request)
    retired = form.get("retired") != "0"
    await carry_out(request, RetireLabel(viewer_of(request).id, int(request.match_info["id"]), retired))
    await say(request, "teaching.label_retired" if retired else "teaching.label_back")
    return pages.redirect(HOME)
