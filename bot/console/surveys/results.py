"""The report: live on the page, as a workbook, as pictures; beside other rounds and communities; a quiz's draw."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotFound
from actions.people.model import OrgUnit
from actions.surveys.access import MAKERS
from actions.surveys.model import Survey, SurveyState
from actions.surveys.questions import Kind
from actions.surveys.quiz import record_of
from actions.surveys.results import SMALL, one_decimal
from bot.console import pages
from bot.console.access import community_ids, viewer_of
from bot.console.figures_sheet import EXCEL
from bot.console.parts import Console, console_of
from bot.console.surveys.reading import access_survey, check_surveys
from bot.storage.queries_surveys import SurveyRow, list_comparable, list_entries, list_prizes
from bot.surveys.drawing import draw_bars, draw_radar
from bot.surveys.figures import Sheet, call, charts_of, load_cross, load_sheet
from bot.surveys.workbook import options_of, write_report

MOST_BESIDE = 5
SHEET_WORDS = (
    *("overview", "indicators", "questions", "groups", "texts", "answers", "invited", "rate", "hidden", "overall"),
    *("how", "dimension", "question", "mean", "silent", "option", "count", "few", "said"),
)


async def show_results(request: web.Request) -> web.Response:
    """The report as it stands; ``with`` names others to set beside it, ``one`` and ``by`` a table of two questions."""
    console, viewer = console_of(request), check_surveys(request)
    async with console.db.read() as db:
        survey = await access_survey(request, db)
        sheet = await load_sheet(db, survey)
        beside = await _beside(request, db, survey)
        sheets = await _sheets(db, survey, sheet, beside)
        charts = charts_of(sheets)
        context: dict[str, Any] = {
            "comparable": await list_comparable(db, survey, await community_ids(db, viewer)),
            "cross": await load_cross(db, survey, request.query.get("one", ""), request.query.get("by", "")),
            "prizes": await list_prizes(db, survey.id) if survey.is_quiz else [],
            "entries": await list_entries(db, survey.id) if survey.is_quiz else [],
        }
    context |= {
        "survey": survey,
        "sheet": sheet,
        "chosen": [row.survey.id for row in beside],
        "charts": {name: _chart(*chart) for name, chart in charts.items()},
        "lines": charts["radar"][1],
        "sums": [None if one.hidden else one.report.overall for _, one in sheets],
        "sizes": [one.answers for _, one in sheets],
        "may_make": viewer.role in MAKERS,
        "decimal": one_decimal,
        "options_of": options_of,
        "call": call,
        "small": SMALL,
        "crossable": [one for one in survey.asked if one.kind in (Kind.SINGLE, Kind.MULTIPLE, Kind.SCALE)],
        "groupings": [one for one in survey.asked if one.kind == Kind.SINGLE],
        "query_with": "".join(f"&with={row.survey.id}" for row in beside),
    }
    return await pages.render(request, "surveys/results.html", context)


def _chart(names: Sequence[str], lines: Sequence[tuple[str, Sequence[float | None]]]) -> str:
    """As the page's script reads it."""
    return json.dumps({"names": names, "lines": [{"name": name, "values": values} for name, values in lines]})


async def _beside(request: web.Request, db: AsyncSession, survey: Survey) -> list[SurveyRow]:
    """Those that were ticked, if they may be seen and compared."""
    wanted = {one for one in request.query.getall("with", ()) if one.isdecimal()}
    rows = await list_comparable(db, survey, await community_ids(db, viewer_of(request)))
    return [row for row in rows if str(row.survey.id) in wanted][:MOST_BESIDE]


async def _sheets(
    db: AsyncSession, survey: Survey, sheet: Sheet, beside: Sequence[SurveyRow]
) -> list[tuple[str, Sheet]]:
    places = any(row.survey.community_id != survey.community_id for row in beside)
    own = await _place(db, survey) if places else ""
    first = (call(SurveyRow(survey, sheet.answers, own), places=places), sheet)
    return [first, *[(call(row, places=places), await load_sheet(db, row.survey)) for row in beside]]


async def _place(db: AsyncSession, survey: Survey) -> str:
    unit = await db.get(OrgUnit, survey.community_id)
    return unit.name if unit is not None else ""


async def download(request: web.Request) -> web.Response:
    """The workbook."""
    console = console_of(request)
    check_surveys(request)
    async with console.db.read() as db:
        survey = await access_survey(request, db)
        sheet = await load_sheet(db, survey)
    data = write_report(sheet, {key: console.phrases.render(f"console.survey_sheet.{key}") for key in SHEET_WORDS})
    return _file(data, EXCEL, f"survey-{survey.id}.xlsx")


def _file(data: bytes, kind: str, name: str) -> web.Response:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=data, content_type=kind, headers=disposition)


async def picture(request: web.Request) -> web.Response:
    """A chart, drawn here."""
    console = console_of(request)
    check_surveys(request)
    name = request.match_info["chart"]
    async with console.db.read() as db:
        survey = await access_survey(request, db)
        sheets = await _sheets(db, survey, await load_sheet(db, survey), await _beside(request, db, survey))
    names, lines = charts_of(sheets)[name]
    if not names or sheets[0][1].hidden:
        raise NotFound("nothing to draw", phrase="console.no_such_page")
    title = _title(console, name, survey, sheets[0][1])
    drawn = draw_radar(title, names, lines) if name == "radar" else draw_bars(title, names, lines)
    return _file(drawn.encode(), "image/svg+xml", f"survey-{survey.id}-{name}.svg")


def _title(console: Console, name: str, survey: Survey, sheet: Sheet) -> str:
    params = {"title": survey.title, "overall": one_decimal(sheet.report.overall), "answers": sheet.answers}
    return console.phrases.render(f"console.survey_chart.{name}", params)


async def draw_record(request: web.Request) -> web.Response:
    """All that is needed to do the draw again."""
    console = console_of(request)
    check_surveys(request)
    async with console.db.read() as db:
        survey = await access_survey(request, db)
        if not survey.is_quiz or survey.state != SurveyState.CLOSED:
            raise NotFound("not drawn", phrase="console.no_such_page")
        entries = [one.entry_hash for one in await list_entries(db, survey.id)]
        record = record_of(survey, entries, [prize for prize, _ in await list_prizes(db, survey.id)])
    text = json.dumps(record, ensure_ascii=False, indent=1)
    return _file(text.encode(), "application/json", f"draw-{survey.id}.json")
