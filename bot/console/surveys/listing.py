"""What is open, what is being written, what is over; polls; and beginning a new one."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from actions.errors import ActionError, InvalidInput, NotFound
from actions.polls.commands import EndPoll, StartPoll
from actions.polls.model import Poll
from actions.surveys.access import MAKERS
from actions.surveys.commands import CreateSurvey
from actions.surveys.model import SurveyState
from bot.console import pages, sessions
from bot.console.access import community_ids
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import console_of
from bot.console.surveys.reading import check_surveys, get_community, whole
from bot.console.ticket_forms import refusal_words
from bot.decide.polls import read_poll
from bot.storage.queries_surveys import list_polls, list_surveys

LONGEST_POLL = 400
MOST_HOURS = 720


async def show_surveys(request: web.Request) -> web.Response:
    """Three lists and the polls."""
    console, viewer = console_of(request), check_surveys(request)
    async with console.db.read() as db:
        ids = await community_ids(db, viewer)
        context = {
            "open": await list_surveys(db, ids, SurveyState.OPEN),
            "written": await list_surveys(db, ids, SurveyState.DRAFT, SurveyState.SCHEDULED),
            "closed": await list_surveys(db, ids, SurveyState.CLOSED),
            "polls": await list_polls(db, ids),
            "places": len(ids) > 1,
        }
    context |= {"templates": console.surveys.templates.values(), "may_make": viewer.role in MAKERS}
    return await pages.render(request, "surveys/list.html", context)


async def make_new(request: web.Request) -> web.Response:
    """A draft, and on to its page."""
    console, viewer, form = console_of(request), check_surveys(request, make=True), await read_form(request)
    try:
        template = text_of(form, "template", 32)
        async with console.db.read() as db:
            community_id = await get_community(request, db)
        made = CreateSurvey(
            community_id,
            viewer.id,
            text_of(form, "title", 40),
            "" if template == "quiz" else template,
            quiz=template == "quiz",
        )
        outcome = await console.performer.run(made)
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
        return pages.redirect("/console/surveys")
    return pages.redirect(f"/console/surveys/{outcome.value}")


async def start_poll(request: web.Request) -> web.Response:
    """A show of hands in all groups."""
    console, viewer, form = console_of(request), check_surveys(request, make=True), await read_form(request)
    try:
        title, options = read_poll(text_of(form, "poll", LONGEST_POLL))
        hours = min(max(whole(form, "hours", 24), 0), MOST_HOURS + 1)
        async with console.db.read() as db:
            community_id = await get_community(request, db)
        closes_at = console.clock.now() + timedelta(hours=hours)
        await console.performer.run(
            StartPoll(community_id, title, tuple(options), staff_id=viewer.id, closes_at=closes_at)
        )
        await sessions.add_flash(request, console.phrases.render("console.survey.poll"))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect("/console/surveys")


async def end_poll(request: web.Request) -> web.Response:
    """Before its time."""
    console, viewer, form = console_of(request), check_surveys(request, make=True), await read_form(request)
    try:
        number = number_of(form, "poll")
        if number is None:
            raise InvalidInput("no poll", phrase="console.bad_form")
        async with console.db.read() as db:
            poll = await db.get(Poll, number)
            if poll is None or poll.community_id not in await community_ids(db, viewer):
                raise NotFound("no such poll", phrase="console.no_such_page")
        await console.performer.run(EndPoll(poll.community_id, staff_id=viewer.id, poll_id=poll.id))
        await sessions.add_flash(request, console.phrases.render("console.survey.poll_ended"))
    except NotFound:
        raise
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect("/console/surveys")
