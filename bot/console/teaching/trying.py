"""Try it: what the bot would say to a sentence, and why."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput
from actions.teaching.model import Example, Use
from bot.console import pages
from bot.console.access import TEACHERS, check_page, community_ids, viewer_of
from bot.console.forms import read_form, text_of
from bot.console.parts import Mind, console_of
from bot.console.teaching.labels import load_labels
from bot.console.teaching.trial import Sentence, try_out
from bot.errors import UnderstandError
from bot.messages import ChatKind
from bot.storage.tables import Chat
from bot.understand.local import LocalModel
from bot.understand.served import ServedModel
from bot.understanding import Understanding
from nlu.evaluation.nearness import find_near
from nlu.examples import Example as Taught

LONGEST = 500
RESEMBLES = 0.15  # share of common pieces from which a sentence is worth showing
MOST_SIMILAR = 4
PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class Reading:
    """One matter of a message, and the taught sentences most like it: (text, intent, category)."""

    understanding: Understanding
    similar: Sequence[tuple[str, str, str]]


async def show_trying(request: web.Request) -> web.Response:
    """The form; a sentence in the address is filled in."""
    check_page(viewer_of(request), TEACHERS)
    async with console_of(request).db.read() as db:
        groups = await _groups(db, request)
    context = {"groups": groups, "text": request.query.get("text", "").replace("\x00", "")[:LONGEST]}
    return await pages.render(request, "teaching/trying.html", context)


async def try_sentence(request: web.Request) -> web.Response:
    """The answer as a piece of the page."""
    console, form = console_of(request), await read_form(request)
    check_page(viewer_of(request), TEACHERS)
    context: dict[str, Any] = {"problem": "", "trial": None, "readings": ()}
    try:
        sentence = await _sentence(request, form)
        if console.mind is None:
            raise UnderstandError("this process has no model")
        context["trial"] = await try_out(console, console.mind, sentence)
        async with console.db.read() as db:
            context["labels"] = await load_labels(db)
            context["readings"] = await _readings(db, console.mind, context["trial"].understanding)
    except InvalidInput as wrong:
        context["problem"] = console.phrases.render(wrong.phrase, wrong.params)
    except UnderstandError:
        context["problem"] = console.phrases.render("teaching.no_model")
    return pages.piece(request, "teaching/trial.html", context)


async def _readings(db: AsyncSession, mind: Mind, whole: Understanding) -> list[Reading]:
    """Each matter of the message with what it was learned from."""
    parser = await mind.want_parser()
    asked = parser.neighbours if isinstance(parser, ServedModel | LocalModel) else None
    readings = []
    for matter in whole.matters or (whole,):
        near = await asked(matter.text, MOST_SIMILAR) if asked else ()
        similar = [(one.text, *one.label.partition("/")[::2]) for one in near]
        readings.append(Reading(matter, similar or await _alike(db, matter.text)))
    return readings


async def _alike(db: AsyncSession, text: str) -> list[tuple[str, str, str]]:
    """The sentences that share most of its characters, where the model cannot say which it thinks of."""
    columns = select(Example.plain, Example.intent, Example.category)
    rows = await db.execute(columns.where(Example.deleted_at.is_(None), Example.use == Use.TRAIN))
    taught = [Taught(plain, intent, category or None) for plain, intent, category in rows.tuples()]
    near = await asyncio.to_thread(find_near, text, taught, least=RESEMBLES, limit=MOST_SIMILAR)
    return [(one.text, one.intent, one.category or "") for one, _ in near]


async def _groups(db: AsyncSession, request: web.Request) -> Sequence[Chat]:
    ids = await community_ids(db, viewer_of(request))
    query = select(Chat).where(Chat.community_id.in_(ids), Chat.kind == ChatKind.GROUP).order_by(Chat.id)
    return (await db.scalars(query)).all()


async def _sentence(request: web.Request, form: Mapping[str, Any]) -> Sentence:
    """What the form asks to try. Raises InvalidInput."""
    text = text_of(form, "text", LONGEST)
    if not text:
        raise InvalidInput("nothing to try", phrase="teaching.say_something")
    async with console_of(request).db.read() as db:
        groups = await _groups(db, request)
        ids = await community_ids(db, viewer_of(request))
    wanted = text_of(form, "where", 20)
    group = next((chat for chat in groups if str(chat.id) == wanted), None)
    if not ids or (group is None and wanted != PRIVATE):
        raise InvalidInput("no such group", phrase="console.bad_form")
    return Sentence(text, group.community_id if group else ids[0], group, form.get("to_bot") == "1")
