"""The form for the police: what was said, when, who has read it, and to whom it goes. To be printed, or as docx."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from actions.errors import ActionError, NotFound
from actions.tips.commands import Opening, TipMove
from actions.tips.model import TipReading
from actions.tips.reading import OpenCase, OpenEntry
from bot.clock import local
from bot.console import pages
from bot.console.access import viewer_of
from bot.console.parts import console_of
from bot.console.ticket_forms import refusal_words
from bot.console.tips.case import access_case, back, read_case
from bot.console.word_file import DOCX, Block, write_word
from bot.storage.queries_tips import TipRow, list_readings

_SAID = frozenset({"said", "added", TipMove.ASK, TipMove.TELL})


@dataclass(frozen=True, slots=True)
class Paper:
    """Everything that stands on it. ``handed``: the last handing over, if there was one."""

    row: TipRow
    said: Sequence[OpenEntry]
    done: Sequence[OpenEntry]
    readings: Sequence[TipReading]
    handed: OpenEntry | None
    at: datetime
    by: str


async def show_paper(request: web.Request) -> web.Response:
    """The page to be printed."""
    return await _with_paper(request, _page)


async def send_docx(request: web.Request) -> web.Response:
    """The same as a file."""
    return await _with_paper(request, _file)


async def _with_paper(request: web.Request, answer: Any) -> web.Response:
    try:
        case = await read_case(request, Opening.FORM, "hand_over")
    except NotFound:
        raise
    except ActionError as error:
        return await back(request, refusal_words(console_of(request), error), "danger")
    response: web.Response = await answer(request, await _make(request, case))
    return response


async def _make(request: web.Request, case: OpenCase) -> Paper:
    console = console_of(request)
    async with console.db.read() as db:
        row = await access_case(request, db, reads=True)
        readings = await list_readings(db, row.tip.id)
    handed = [entry for entry in case.entries if entry.kind == TipMove.HAND_OVER]
    return Paper(
        row,
        [entry for entry in case.entries if entry.kind in _SAID],
        [entry for entry in case.entries if entry.kind not in _SAID],
        readings,
        handed[-1] if handed else None,
        console.clock.now(),
        viewer_of(request).staff.name,
    )


async def _page(request: web.Request, paper: Paper) -> web.Response:
    return await pages.render(request, "tips/paper.html", {"paper": paper})


async def _file(request: web.Request, paper: Paper) -> web.Response:
    console = console_of(request)

    def label(kind: str, value: str) -> str:
        return pages.word(console.phrases, kind, value)

    tip = paper.row.tip
    facts = [
        (label("tip_paper", "ref"), tip.ref),
        (label("tip_paper", "received"), _time(tip.received_at)),
        (label("tip_paper", "source"), label("tip_source", tip.source)),
        (label("tip_paper", "service"), console.rules.service(tip.service).name),
    ]
    parts = [
        (label("tip_paper", "said"), [_line(label, e) for e in paper.said]),
        (label("tip_paper", "done"), [_line(label, e) for e in paper.done]),
        (label("tip_paper", "readings"), [_reading(label, r) for r in paper.readings]),
        (label("tip_paper", "handed"), _handed(label, paper)),
    ]
    blocks = [Block([f"{name}：{value}" for name, value in facts]), *(Block(lines, name) for name, lines in parts)]
    data = write_word(label("tip_paper", "title"), blocks)
    headers = {"Content-Disposition": f'attachment; filename="{tip.ref}.docx"'}
    return web.Response(body=data, content_type=DOCX, headers=headers)


def _line(label: Any, entry: OpenEntry) -> str:
    words = entry.words
    who = entry.who or label("tip_paper", "reporter")
    place = f"（{words['place']}）" if words.get("place") else ""
    return f"{_time(entry.at)} {label('tip_entry', entry.kind)} {who}：{words.get('text', '')}{place}"


def _reading(label: Any, reading: TipReading) -> str:
    who = f"{reading.name}（{label('role', reading.role)}）"
    return f"{_time(reading.at)} {who} {label('tip_what', reading.what)}：{label('tip_reason', reading.reason)}"


def _handed(label: Any, paper: Paper) -> list[str]:
    words = paper.handed.words if paper.handed else {}
    at = _time(paper.handed.at) if paper.handed else ""
    who = paper.handed.who if paper.handed else paper.by
    return [
        f"{label('tip_paper', 'to')}：{words.get('to', '')}",
        f"{label('tip_paper', 'receipt')}：{words.get('receipt', '')}",
        f"{label('tip_paper', 'giver')}：{who}　{at}",
        f"{label('tip_paper', 'taker')}：",
    ]


def _time(at: datetime) -> str:
    return f"{local(at):%Y-%m-%d %H:%M}"
