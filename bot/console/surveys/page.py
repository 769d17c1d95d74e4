"""One survey: its questions while they can be changed, how it runs, what may be done with it."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import segno
from aiohttp import web

from actions.errors import ActionError, InvalidInput
from actions.surveys import commands as s
from actions.surveys.access import MAKERS
from actions.surveys.model import Survey, SurveyState, Who
from actions.surveys.planning import TURNS, reminder_at
from actions.surveys.questions import BRANCHING, Kind
from bot.console import pages, sessions
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import console_of
from bot.console.surveys.reading import (
    access_survey,
    check_surveys,
    condition_words,
    form_time,
    question_of,
    setting_of,
)
from bot.console.ticket_forms import refusal_words
from bot.storage.queries_activities import list_areas
from bot.storage.queries_surveys import count_answers, list_changes
from bot.surveys.reach import count_invited

Form = Any
Build = Callable[[Survey, int, Form], Any]


async def show_survey(request: web.Request) -> web.Response:
    """All of it; who only looks on sees no buttons."""
    console, viewer = console_of(request), check_surveys(request)
    async with console.db.read() as db:
        survey = await access_survey(request, db)
        answers = (await count_answers(db, [survey.id])).get(survey.id, 0)
        context: dict[str, Any] = {
            "areas": await list_areas(db, survey.community_id),
            "changes": await list_changes(db, survey.id),
            "invited": await count_invited(db, survey),
        }
    may = viewer.role in MAKERS
    link = _link(request, survey)
    context |= {
        "survey": survey,
        "questions": survey.asked,
        "answers": answers,
        "may_make": may,
        "may_edit": may and answers == 0 and survey.state != SurveyState.CLOSED,
        "may_correct": may and answers > 0 and survey.state == SurveyState.OPEN,
        "kinds": [Kind.SINGLE, Kind.MULTIPLE] if survey.is_quiz else list(Kind),
        "whos": [who for who in Who if not (survey.is_quiz and who == Who.LINK)],
        "branching": BRANCHING,
        "condition_words": condition_words,
        "opens": form_time(survey.opens_at),
        "closes": form_time(survey.closes_at),
        "next_reminder": reminder_at(survey) if survey.state == SurveyState.OPEN else None,
        "reminders_left": TURNS - survey.reminded,
        "link": link,
        "qr": _qr(link) if survey.state == SurveyState.OPEN else "",
        "prizes": "\n".join(f"{one['name']} {one['count']}" for one in survey.prizes),
    }
    return await pages.render(request, "surveys/survey.html", context)


def _link(request: web.Request, survey: Survey) -> str:
    """Residents who are signed in have the plain address; who is not needs the token."""
    base = console_of(request).settings.public_url
    return f"{base}/surveys/t/{survey.token}" if survey.who == Who.LINK else f"{base}/surveys/{survey.id}"


def _qr(address: str) -> str:
    """Drawn into the page itself: made of our own characters only."""
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", border=4, xmldecl=False, svgns=False, omitsize=True)
    return out.getvalue().decode()


def _key(form: Form) -> str:
    return text_of(form, "key", 16)


BUILD: Mapping[str, Build] = {
    "set": lambda one, who, form: s.SetSurvey(one.id, who, setting_of(form)),
    "question": lambda one, who, form: s.SaveQuestion(one.id, who, question_of(form, one.asked)),
    "up": lambda one, who, form: s.MoveQuestion(one.id, who, _key(form), True),
    "down": lambda one, who, form: s.MoveQuestion(one.id, who, _key(form), False),
    "drop": lambda one, who, form: s.DropQuestion(one.id, who, _key(form)),
    "correct": lambda one, who, form: s.CorrectQuestion(
        one.id, who, _key(form), text_of(form, "text", 200), text_of(form, "note", 200), number_of(form, "option")
    ),
    "open": lambda one, who, form: s.OpenSurvey(one.id, who),
    "close": lambda one, who, form: s.CloseSurvey(one.id, who),
    "remind": lambda one, who, form: s.RemindNow(one.id, who),
    "copy": lambda one, who, form: s.CreateSurvey(one.community_id, who, copy_of=one.id),
    "publish": lambda one, who, form: s.PublishSurvey(
        one.id, who, text_of(form, "found", 1000), text_of(form, "doing", 1000)
    ),
    "hand": lambda one, who, form: s.HandPrize(one.id, who, number_of(form, "place") or 0, text_of(form, "code", 20)),
}
_BACK = {"publish": "/results", "hand": "/results"}


async def act(request: web.Request) -> web.Response:
    """Do it, and back to the page; the room asks again what is allowed."""
    console, viewer, form = console_of(request), check_surveys(request, make=True), await read_form(request)
    async with console.db.read() as db:
        survey = await access_survey(request, db)
    do, shown = text_of(form, "do", 16), survey.id
    try:
        if do not in BUILD:
            raise InvalidInput("no such button", phrase="console.bad_form")
        outcome = await console.performer.run(BUILD[do](survey, viewer.id, form))
        shown = outcome.value if do == "copy" else shown
        await sessions.add_flash(request, console.phrases.render(f"console.survey.{do}"))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    anchor = f"#q-{_key(form)}" if do in ("up", "down", "question", "correct") and _key(form) else ""
    return pages.redirect(f"/console/surveys/{shown}{_BACK.get(do, '')}{anchor}")
