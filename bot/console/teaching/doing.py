"""How a form of the workbench is carried out: the command, a word about it, a way back, and on to the next page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from aiohttp import web
from aiohttp_session import get_session

from actions.errors import ActionError
from actions.teaching.commands import Changed, UndoChanges
from bot.console import pages, sessions
from bot.console.access import TEACHERS, check_page, viewer_of
from bot.console.forms import read_form, text_of
from bot.console.parts import Console, console_of
from bot.console.ticket_forms import refusal_words

FASTER = "error.faster"
UNDO = "teaching_undo"
HOME = "/console/teaching"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
MOST_TOLD = 3  # skipped sentences that are named one by one


def refusable(handler: Handler) -> Handler:
    """For admins only; a refusal takes them back to where the form was, with the reason."""

    @wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        check_page(viewer_of(request), TEACHERS)
        try:
            return await handler(request)
        except ActionError as error:
            await sessions.add_flash(request, why_not(console_of(request), error), "danger")
            return back((await read_form(request)).get("next"))

    return guarded


def why_not(console: Console, error: ActionError) -> str:
    """Why it was refused, in words of the workbench."""
    if error.phrase == FASTER:  # elsewhere it speaks of tickets
        return console.phrases.render("teaching.faster")
    return refusal_words(console, error)


async def carry_out(request: web.Request, command: Any) -> Any:
    """The outcome's value. Raises ActionError."""
    return (await console_of(request).performer.run(command)).value


async def say(request: web.Request, key: str, kind: str = "success", **params: Any) -> None:
    """A word on the next page."""
    await sessions.add_flash(request, console_of(request).phrases.render(key, params), kind)


async def tell_changed(request: web.Request, changed: Changed) -> None:
    """What was changed, what was left out and why; and the next page offers to take it back."""
    counts = {part: getattr(changed, part) for part in ("added", "edited", "moved", "deleted", "restored")}
    for part, count in counts.items():
        if count:
            await say(request, f"teaching.changed.{part}", count=count)
    if changed.hidden:
        await say(request, "teaching.changed.hidden", "warning", count=changed.hidden)
    if changed.skipped:
        await say(request, "teaching.changed.skipped", "warning", **_skipped(request, changed))
    if any(counts.values()):
        (await get_session(request))[UNDO] = changed.batch


def _skipped(request: web.Request, changed: Changed) -> dict[str, Any]:
    phrases = console_of(request).phrases
    told = [
        phrases.render("teaching.skipped.one", {"text": text[:20], "why": phrases.render(f"taught.refused.{code}")})
        for text, code in changed.skipped[:MOST_TOLD]
    ]
    return {"count": len(changed.skipped), "told": "；".join(told)}


async def take_undo(request: web.Request) -> str:
    """The batch that this page offers to take back, once."""
    session = await get_session(request)
    return str(session.pop(UNDO)) if UNDO in session else ""


@refusable
async def undo(request: web.Request) -> web.Response:
    """Take the last change back."""
    form = await read_form(request)
    changed: Changed = await carry_out(request, UndoChanges(viewer_of(request).id, text_of(form, "batch", 40)))
    await say(request, "teaching.undone" if changed.ids else "teaching.not_undone")
    return back(form.get("next"))


def back(target: Any) -> web.Response:
    """To the page the form came from; only ever one of the workbench's."""
    path = str(target or "")
    safe = path.startswith(HOME) and not any(c in path for c in "\\\r\n") and path[len(HOME) : len(HOME) + 1] in "/?"
    return pages.redirect(path if safe else HOME)
