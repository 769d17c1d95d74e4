"""One notice: its text and stand, what may be done with it, whom it has reached and who answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import ActionError, InvalidInput, NotFound
from actions.notices import commands as n
from actions.notices.model import Broadcast, Notice, NoticeState
from actions.notices.repeats import Rule, next_times
from actions.people.model import OrgUnit, StaffMember
from bot.clock import local
from bot.console import pages, sessions
from bot.console.access import Viewer
from bot.console.audit import add_audit
from bot.console.figures_sheet import EXCEL
from bot.console.forms import read_form, text_of
from bot.console.notices.listing import DATES, rule_of
from bot.console.notices.reading import access_notice, check_notices, home_words
from bot.console.notices.sheet import write_answers
from bot.console.parts import console_of
from bot.console.pictures import picture_file
from bot.console.ticket_forms import refusal_words
from bot.storage.queries_notices import list_answers, list_broadcasts, list_reached

Build = Callable[[int, int, str], Any]
BUILD: Mapping[str, Build] = {
    "approve": lambda notice, who, text: n.DecideNotice(notice, who, True, text),
    "refuse": lambda notice, who, text: n.DecideNotice(notice, who, False, text),
    "recall": n.RecallNotice,
    "send": lambda notice, who, _: n.SendMissed(notice, who),
}
_RECALLABLE = frozenset(NoticeState) - {NoticeState.DRAFT, NoticeState.REFUSED, NoticeState.RECALLED}


async def show_notice(request: web.Request) -> web.Response:
    """The page of a notice, with one of its sendings (the latest, or the one asked for)."""
    console, viewer = console_of(request), check_notices(request)
    async with console.db.read() as db:
        notice = await access_notice(request, db)
        broadcasts = await list_broadcasts(db, notice.id)
        shown = _shown(request, broadcasts)
        context = {
            "notice": notice,
            "names": await _names(db, notice),
            "areas": [unit.name for unit_id in notice.unit_ids if (unit := await db.get(OrgUnit, unit_id)) is not None],
            "first": await db.get(Notice, notice.corrects_id) if notice.corrects_id is not None else None,
            "broadcasts": broadcasts,
            "shown": shown,
            "reached": await list_reached(db, shown.id) if shown is not None else [],
            "answers": _rows(viewer, await list_answers(db, shown.id)) if shown is not None else [],
        }
    rule = Rule.from_json(notice.repeat) if notice.repeat else None
    times = next_times(rule, console.clock.now(), console.rules.calendar, DATES) if rule else []
    context |= {"rule": rule_of(notice), "times": times, **_may(viewer, notice, console.book.approvers)}
    return await pages.render(request, "notices/notice.html", context)


def _shown(request: web.Request, broadcasts: Any) -> Broadcast | None:
    wanted = request.query.get("broadcast", "")
    found: Broadcast | None = next((one for one in broadcasts if str(one.id) == wanted), None)
    return found or next((one for one in broadcasts if one.state != NoticeState.MISSED), None)


def _may(viewer: Viewer, notice: Notice, approvers: frozenset[str]) -> dict[str, bool]:
    own, approver = notice.author_id == viewer.id, viewer.role in approvers
    return {
        "may_decide": notice.state == NoticeState.WAITING and approver and not own,
        "may_recall": notice.state in _RECALLABLE and (own or approver),
        "may_send": notice.state == NoticeState.MISSED and approver,
        "may_write": notice.state in (NoticeState.DRAFT, NoticeState.REFUSED) and own,
    }


async def _names(db: AsyncSession, notice: Notice) -> dict[str, str]:
    author = await db.get(StaffMember, notice.author_id)
    approver = await db.get(StaffMember, notice.approver_id) if notice.approver_id is not None else None
    return {"author": author.name if author else "", "approver": approver.name if approver else ""}


def _rows(viewer: Viewer, answers: Any) -> list[dict[str, Any]]:
    return [
        {
            "word": one.answer.word,
            "name": one.resident.nickname,
            "home": home_words(viewer, one.resident, one.building),
            "at": one.answer.said_at,
        }
        for one in answers
    ]


async def act(request: web.Request) -> web.Response:
    """Do it, and back to the page; the room asks again who may."""
    console, viewer, form = console_of(request), check_notices(request), await read_form(request)
    async with console.db.read() as db:
        notice = await access_notice(request, db)
    do = text_of(form, "do", 8)
    try:
        if do not in BUILD:
            raise InvalidInput("no such button", phrase="console.bad_form")
        await console.performer.run(BUILD[do](notice.id, viewer.id, text_of(form, "text", 200)))
        await sessions.add_flash(request, console.phrases.render(f"console.notice.{do}"))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect(f"/console/notices/{notice.id}")


async def download(request: web.Request) -> web.Response:
    """Who answered, as a workbook; it is written down that it was taken out."""
    console, viewer = console_of(request), check_notices(request)
    now = console.clock.now()
    async with console.db.write() as db:
        notice = await access_notice(request, db)
        shown = _shown(request, await list_broadcasts(db, notice.id))
        answers = _rows(viewer, await list_answers(db, shown.id)) if shown is not None else []
        add_audit(db, viewer.staff, "notice_answers_taken", now, subject=str(notice.id), rows=len(answers))
    words = {name: console.phrases.render(f"console.notice_sheet.{name}") for name in ("word", "name", "home", "at")}
    said = {word: console.phrases.render(f"console.notice_answer.{word}") for word in ("ack", "help")}
    rows = [[said[one["word"]], one["name"], one["home"], f"{local(one['at']):%Y-%m-%d %H:%M}"] for one in answers]
    body = write_answers(notice.title, list(words.values()), rows)
    headers = {"Content-Disposition": f'attachment; filename="notice-{notice.id}.xlsx"'}
    return web.Response(body=body, content_type=EXCEL, headers=headers)


async def show_picture(request: web.Request) -> web.StreamResponse:
    """A picture of it."""
    console, picture = console_of(request), request.match_info["picture"]
    async with console.db.read() as db:
        notice = await access_notice(request, db)
    if picture not in notice.pictures:
        raise NotFound("picture", phrase="console.no_such_page")
    return await picture_file(request, picture)
