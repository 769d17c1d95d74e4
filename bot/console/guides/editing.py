"""One guide: what it says, who changed it, how the bot would say it; and a new one, also from a ticket's answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import ActionError, NotFound
from actions.knowledge.commands import RenewGuide, SaveGuide, SetGuideState
from actions.knowledge.editing import LONGEST_ANSWER, LONGEST_QUESTION, LONGEST_TITLE
from actions.knowledge.finding import get_guide
from actions.knowledge.model import GuideState
from bot.console import pages, sessions
from bot.console.access import WORKERS, Viewer, access_ticket, check_page, viewer_of
from bot.console.forms import number_of, read_form, text_of
from bot.console.guides.reading import (
    Opened,
    community_path,
    day_of,
    filled_from,
    list_areas,
    open_community,
    read_text,
)
from bot.console.parts import Console, console_of
from bot.console.ticket_forms import refusal_words
from bot.storage.queries_guides import count_use, find_kept, list_asked, list_versions
from bot.teaching.anonymise import anonymise

HOLDS_FOR = timedelta(days=365)  # what a new guide starts with


async def show_guide(request: web.Request) -> web.Response:
    """The guide with its form, its use and its history."""
    return await _render(request, int(request.match_info["id"]))


async def show_new(request: web.Request) -> web.Response:
    """The empty form, or one filled in from the answer to a ticket."""
    console, viewer = console_of(request), viewer_of(request)
    check_page(viewer, WORKERS)
    today = console.rules.calendar.local_day(console.clock.now())
    filled = {"source_on": today.isoformat(), "valid_until": (today + HOLDS_FOR).isoformat()}
    ticket = request.query.get("ticket", "")
    if ticket.isascii() and ticket.isdigit() and len(ticket) < 16:
        async with console.db.read() as db:
            kept = await find_kept(db, viewer.area, int(ticket))
        if kept is not None:
            return pages.redirect(f"/console/guides/{kept.id}?community={kept.community_id}")
        filled |= await _from_ticket(console, viewer, int(ticket))
    return await _render(request, None, filled)


async def _from_ticket(console: Console, viewer: Viewer, ticket_id: int) -> dict[str, str]:
    """Question and answer without anybody's name, phone or door. Raises NotFound for what is not theirs to see."""
    async with console.db.read() as db:
        found = await list_asked(db, viewer.area, console.clock.now(), only=ticket_id)
    if not found:
        raise NotFound(f"ticket {ticket_id}", phrase="console.no_such_page")
    question, answer = anonymise(found[0].ticket.text.partition("\n")[0]), anonymise(found[0].answer)
    long = len(answer) > LONGEST_ANSWER
    return {
        "title": question.rstrip("？?吗呀啊呢")[:LONGEST_TITLE],
        "questions": question[:LONGEST_QUESTION],
        "answer": answer[:LONGEST_ANSWER],
        "details": answer if long else "",
        "source": console.phrases.render("console.guide.from_ticket"),
        "ticket": str(ticket_id),
    }


async def save(request: web.Request) -> web.Response:
    """Keep what the form says; what is refused comes back as it was typed."""
    form, viewer = await read_form(request), viewer_of(request)
    check_page(viewer, WORKERS)
    guide_id = int(request.match_info["id"]) if "id" in request.match_info else None
    console = console_of(request)
    async with console.db.read() as db:
        opened = await open_community(db, viewer, text_of(form, "community", 15))
        ticket_id = number_of(form, "ticket")
        if ticket_id is not None:
            await access_ticket(db, viewer, ticket_id)
    try:
        outcome = await console.performer.run(
            SaveGuide(
                viewer.id,
                opened.community.id,
                read_text(form),
                guide_id,
                number_of(form, "version") or 0,
                ticket_id,
            )
        )
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
        typed = {name: value for name, value in form.items() if isinstance(value, str)}
        return await _render(request, guide_id, typed, status=422, wanted=str(opened.community.id))
    return await _done(request, opened, outcome.value, "console.guide.saved")


async def renew(request: web.Request) -> web.Response:
    """It holds for longer."""
    form = await read_form(request)
    return await _change(
        request,
        form,
        lambda viewer, community_id, guide_id: RenewGuide(
            viewer.id, community_id, guide_id, day_of(form, "valid_until")
        ),
        "console.guide.renewed",
        until=text_of(form, "valid_until", 10),
    )


async def set_state(request: web.Request) -> web.Response:
    """Take it out of use, or back into it."""
    form = await read_form(request)
    state = text_of(form, "state", 8)
    return await _change(
        request,
        form,
        lambda viewer, community_id, guide_id: SetGuideState(viewer.id, community_id, guide_id, state),
        "console.guide.restored" if state == GuideState.LIVE else "console.guide.retired",
    )


async def _change(request: web.Request, form: Mapping[str, Any], build: Any, done: str, **params: str) -> web.Response:
    console, viewer = console_of(request), viewer_of(request)
    check_page(viewer, WORKERS)
    guide_id = int(request.match_info["id"])
    async with console.db.read() as db:
        opened = await open_community(db, viewer, text_of(form, "community", 15))
    try:
        outcome = await console.performer.run(build(viewer, opened.community.id, guide_id))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
        return pages.redirect(community_path(request, opened, f"/{guide_id}"))
    return await _done(request, opened, outcome.value, done, **params)


async def _done(request: web.Request, opened: Opened, guide_id: int, phrase: str, **params: str) -> web.Response:
    await sessions.add_flash(request, console_of(request).phrases.render(phrase, params))
    return pages.redirect(community_path(request, opened, f"/{guide_id}"))


async def preview(request: web.Request) -> web.Response:
    """The short answer and the details as the bot would say them, and nothing kept."""
    console, form, problem, said = console_of(request), await read_form(request), "", []
    check_page(viewer_of(request), WORKERS)
    try:
        text = read_text(form)
        params = {
            "title": " ".join(text.title.split()),
            "answer": " ".join(text.answer.split()),
            "details": text.details.strip(),
            "source": " ".join(text.source.split()),
            "on": text.source_on.isoformat(),
            "until": text.valid_until.isoformat(),
        }
        said = [console.phrases.render("guide.answer", params)]
        said += [console.phrases.render("guide.details", params)] if params["details"] else []
    except ActionError as error:
        problem = refusal_words(console, error)
    long = max(0, len(text_of(form, "answer")) - LONGEST_ANSWER)
    return pages.piece(request, "guides/preview.html", {"said": said, "problem": problem, "long": long})


async def _render(
    request: web.Request,
    guide_id: int | None,
    filled: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    wanted: str = "",
) -> web.Response:
    console, viewer = console_of(request), viewer_of(request)
    async with console.db.read() as db:
        opened = await open_community(db, viewer, wanted or request.query.get("community", ""))
        context = await _context(db, opened, guide_id)
    guide = context["guide"]
    shown = filled if filled is not None else filled_from(guide)
    owner = guide.owner if guide is not None else ""
    bodies = {body: name for body, name in console.rules.bodies.items() if opened.may_write(body) or body == owner}
    context |= {
        "opened": opened,
        "filled": defaultdict(str, shown),
        "bodies": bodies,
        "may_write": opened.may_write(owner) if guide is not None else bool(bodies),
        "today": console.rules.calendar.local_day(console.clock.now()),
        "holds_for": console.rules.calendar.local_day(console.clock.now()) + HOLDS_FOR,
        "owner_name": console.rules.bodies.get(owner, owner),
    }
    return await pages.render(request, "guides/guide.html", context, status=status)


async def _context(db: AsyncSession, opened: Opened, guide_id: int | None) -> dict[str, Any]:
    areas = await list_areas(db, opened.community.id)
    if guide_id is None:
        return {"guide": None, "areas": areas, "versions": (), "use": (0, 0, 0)}
    guide = await get_guide(db, opened.community.id, guide_id)
    return {
        "guide": guide,
        "areas": areas,
        "versions": await list_versions(db, guide.id),
        "use": await count_use(db, opened.community.id, guide.id),
    }
