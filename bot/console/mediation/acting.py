"""The buttons and forms of a case's page: each is one order to the room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from actions.errors import ActionError, InvalidInput
from actions.mediation import commands as m
from actions.mediation.model import MediationCase
from actions.tickets.commands import AskMediation
from bot.console import pages, sessions
from bot.console.access import WORKERS, access_ticket, check_page, viewer_of
from bot.console.forms import number_of, read_form, text_of
from bot.console.mediation.reading import LONGEST_TEXT, access_case, instant_of, promises_of
from bot.console.parts import console_of
from bot.console.ticket_forms import refusal_words
from bot.storage.queries_mediation import find_case_of_ticket

Form = Mapping[str, Any]
Build = Callable[[MediationCase, int, Form], Any]


def _text(form: Form, name: str = "text") -> str:
    return text_of(form, name, LONGEST_TEXT)


def _id(form: Form, name: str = "id") -> int:
    return number_of(form, name) or 0


def _add(case: MediationCase, who: int, form: Form) -> m.AddParty:
    named = (text_of(form, name, 64) for name in ("name", "phone", "home"))
    return m.AddParty(case.id, who, number_of(form, "resident"), *named)


def _describe(case: MediationCase, who: int, form: Form) -> m.DescribeParty:
    return m.DescribeParty(_id(form), who, *(text_of(form, name, 64) for name in ("name", "phone", "home")))


def _draft(case: MediationCase, who: int, form: Form) -> m.DraftAgreement:
    facts, terms, way = (_text(form, name) for name in ("facts", "terms", "way"))
    return m.DraftAgreement(case.id, who, facts, terms, way, promises_of(form))


def _plan(case: MediationCase, who: int, form: Form) -> m.PlanSession:
    return m.PlanSession(case.id, who, instant_of(form, "at"), text_of(form, "place", 64), number_of(form, "party"))


def _note(case: MediationCase, who: int, form: Form) -> m.AddNote:
    audience = text_of(form, "audience", 20)
    party = audience.removeprefix("party:")
    if party != audience and party.isdecimal():
        return m.AddNote(case.id, who, _text(form), "party", int(party))
    return m.AddNote(case.id, who, _text(form), audience)


def _end(move: str) -> Build:
    return lambda case, who, form: m.EndCase(case.id, who, move, _text(form), text_of(form, "to", 16))


BUILD: Mapping[str, Build] = {
    "accept": lambda case, who, form: m.AcceptCase(case.id, who),
    "assign": lambda case, who, form: m.AssignMediator(case.id, who, _id(form, "mediator")),
    "recuse": lambda case, who, form: m.RecuseMediator(case.id, who, _text(form)),
    "add": _add,
    "describe": _describe,
    "invite": lambda case, who, form: m.InviteParty(_id(form), who),
    "consent": lambda case, who, form: m.RecordConsent(_id(form), who, True),
    "refuse": lambda case, who, form: m.RecordConsent(_id(form), who, False),
    "common": lambda case, who, form: m.OpenCommonRoom(case.id, who),
    "say": lambda case, who, form: m.SpeakInRoom(case.id, who, _text(form), number_of(form, "party") or None),
    "note": _note,
    "plan": _plan,
    "held": lambda case, who, form: m.EndSession(_id(form), who, _text(form)),
    "cancel": lambda case, who, form: m.EndSession(_id(form), who, cancelled=True),
    "draft": _draft,
    "offer": lambda case, who, form: m.OfferAgreement(_id(form), who),
    "sign": lambda case, who, form: m.RecordSignature(_id(form), who, _id(form, "number")),
    "done": lambda case, who, form: m.SettleItem(_id(form), who, True),
    "broken": lambda case, who, form: m.SettleItem(_id(form), who, False),
    "visit": lambda case, who, form: m.RecordVisit(_id(form), who, _text(form)),
    **{move: _end(move) for move in ("withdraw", "fail", "refer", "resume", "close")},
}


async def act(request: web.Request) -> web.Response:
    """Do it, and back to the page; the room asks again whose it is."""
    console, viewer, form = console_of(request), viewer_of(request), await read_form(request)
    async with console.db.read() as db:
        opened = await access_case(request, db)
    build = BUILD.get(text_of(form, "do", 16))
    try:
        if build is None:
            raise InvalidInput("no such button", phrase="console.bad_form")
        await console.performer.run(build(opened.case, viewer.id, form))
        await sessions.add_flash(request, console.phrases.render("console.mediation.done"))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    at = text_of(form, "at_part", 16)
    anchor = f"#{at}" if at.isascii() and at.replace("-", "").isalnum() else ""
    return pages.redirect(f"/console/mediation/{opened.case.id}{anchor}")


async def from_ticket(request: web.Request) -> web.Response:
    """A dispute's ticket becomes a case; who may not read the case goes back to the ticket."""
    console, viewer = console_of(request), viewer_of(request)
    check_page(viewer, WORKERS)
    async with console.db.read() as db:
        ticket = await access_ticket(db, viewer, int(request.match_info["id"]))
    try:
        await console.performer.run(AskMediation(ticket.id, viewer.actor))
        await sessions.add_flash(request, console.phrases.render("console.mediation.from_ticket"))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    async with console.db.read() as db:
        case = await find_case_of_ticket(db, ticket.id)
    there = case is not None and viewer.role in {"mediator", "committee", "admin"}
    return pages.redirect(f"/console/mediation/{case.id}" if there and case else f"/console/tickets/{ticket.id}")
