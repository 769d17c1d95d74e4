"""The pages of ballots: the list, one ballot, who has not voted, sheets of paper, what is printed and taken out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actions.ballots.access import HANDS, HEADS, WRITERS
from actions.ballots.counting import Condition
from actions.ballots.model import Ballot, BallotState
from actions.ballots.tell import HEAD_SHOWN, area_words, condition_words, unit_words, verdict_phrase
from actions.ballots.turnout import conditions_of, has_enough, voted_area
from actions.errors import NotFound
from actions.people.model import OrgUnit, Role, StaffMember
from bot.clock import local
from bot.console import pages
from bot.console.access import Viewer, check_page, community_ids, viewer_of
from bot.console.audit import add_audit
from bot.console.ballots.sheet import write_doors
from bot.console.figures_sheet import EXCEL
from bot.console.parts import Console, console_of
from bot.storage.queries_ballots import (
    DoorRow,
    choices_by_voter,
    list_ballots,
    list_both,
    list_doors,
    list_log,
    list_papers,
    shares,
)

READERS = HANDS | {Role.SUPERVISOR}


async def here(request: web.Request, roles: frozenset[Role] = READERS) -> int:
    """The viewer's community. Raises NotFound for other roles."""
    viewer = viewer_of(request)
    check_page(viewer, roles)
    async with console_of(request).db.read() as db:
        return (await community_ids(db, viewer))[0]


async def access_ballot(request: web.Request, db: AsyncSession, roles: frozenset[Role] = READERS) -> Ballot:
    """The ballot of the address, if it is of their community. Raises NotFound."""
    viewer = viewer_of(request)
    check_page(viewer, roles)
    ballot = await db.get(Ballot, int(request.match_info["id"]))
    if ballot is None or ballot.community_id not in await community_ids(db, viewer):
        raise NotFound("elsewhere", phrase="console.no_such_page")
    return ballot


def words_of(console: Console) -> dict[str, Any]:
    """What the templates say of areas and shares."""
    assert console.ballots is not None  # the web application always has them
    book = console.ballots.book
    return {
        "area_words": lambda area: area_words(area, book),
        "unit_words": lambda ballot: unit_words(ballot, book),
        "condition_words": lambda one, ballot: condition_words(one, ballot, book),
        "items": book.items,
    }


def may_of(viewer: Viewer) -> dict[str, bool]:
    """What this role may do with ballots; the room asks again."""
    return {
        "may_write": viewer.role in WRITERS,
        "may_head": viewer.role in HEADS,
        "may_paper": viewer.role in HANDS,
    }


def own_doors(viewer: Viewer, doors: Sequence[DoorRow]) -> list[DoorRow]:
    """A grid worker has the doors of their grid."""
    if viewer.role != Role.GRID_WORKER:
        return list(doors)
    return [row for row in doors if row.path.startswith(viewer.unit.path)]


async def show_list(request: web.Request) -> web.Response:
    """All of them, the latest in front."""
    console, community = console_of(request), await here(request)
    async with console.db.read() as db:
        rows = await list_ballots(db, community, drafts=True)
    context = {"rows": rows, **words_of(console), **may_of(viewer_of(request))}
    return await pages.render(request, "ballots/list.html", context)


async def show_ballot(request: web.Request) -> web.Response:
    """One ballot: what it asks, who may open it, how many took part by building, the result."""
    console, viewer = console_of(request), viewer_of(request)
    async with console.db.read() as db:
        ballot = await access_ballot(request, db)
        doors = await list_doors(db, ballot)
        area = await voted_area(db, ballot.id) if ballot.by_area else 0
        context: dict[str, Any] = {
            "ballot": ballot,
            "unit": await db.get(OrgUnit, ballot.org_unit_id),
            "author": await _name(db, ballot.author_id),
            "approver": await _name(db, ballot.approved_by),
            "shares": shares(doors),
            "area": area,
            "both": await list_both(db, ballot.id),
            "papers": [row for row in await list_papers(db, ballot.id) if row.paper.state in ("entered", "differs")],
            "log": await list_log(db, ballot.id),
            "may_extend": viewer.role in HEADS and await _may_extend(db, ballot, console.clock.now()),
            "wanted": sum(row.voter.wants_paper_at is not None and not row.voter.via for row in doors),
        }
    context |= {
        "needs": _needs(ballot, area),
        "verdict": verdict_phrase(ballot) if ballot.result else "",
        "head": ballot.log_head[:HEAD_SHOWN],
        "may_open": viewer.role in HEADS and viewer.id != ballot.author_id,
        **words_of(console),
        **may_of(viewer),
    }
    return await pages.render(request, "ballots/ballot.html", context)


async def _may_extend(db: AsyncSession, ballot: Ballot, now: datetime) -> bool:
    """Whether there is a form for it; the room asks again."""
    ends = ballot.closes_at is not None and ballot.takes_votes(now) and ballot.first_end is None
    return ends and not await has_enough(db, ballot)


def _needs(ballot: Ballot, area: int) -> list[Condition]:
    """How far participation is from what the law asks, while it is open; never for what was voted."""
    if ballot.rule == "majority" or ballot.state not in (BallotState.OPEN, BallotState.CLOSED):
        return []
    return list(conditions_of(ballot, area))


async def _name(db: AsyncSession, staff_id: int | None) -> str:
    staff = await db.get(StaffMember, staff_id) if staff_id is not None else None
    return staff.name if staff is not None else ""


async def show_doors(request: web.Request) -> web.Response:
    """扫楼: who has not voted, in the order in which one walks; in a secret ballot, too. Never what was voted."""
    console = console_of(request)
    async with console.db.read() as db:
        ballot = await access_ballot(request, db, HANDS)
        doors = own_doors(viewer_of(request), await list_doors(db, ballot))
    everybody = "all" in request.query
    shown = doors if everybody else [row for row in doors if not row.voter.via]
    buildings = list(dict.fromkeys(row.building for row in shown))
    context = {"ballot": ballot, "doors": shown, "buildings": buildings, "shares": shares(doors), "all": everybody}
    return await pages.render(request, "ballots/doors.html", {**context, **words_of(console)})


async def show_papers(request: web.Request) -> web.Response:
    """Enter what stands on a sheet; read again what somebody else entered, without seeing what they read."""
    console = console_of(request)
    viewer = viewer_of(request)
    async with console.db.read() as db:
        ballot = await access_ballot(request, db, HANDS)
        doors = own_doors(viewer, await list_doors(db, ballot))
        rows = await list_papers(db, ballot.id)
        names = {row.entered_by: await _name(db, row.entered_by) for row in rows}
    known = {row.paper.voter_id for row in rows if row.paper.state in ("entered", "confirmed")}
    context = {
        "ballot": ballot,
        "doors": [row for row in doors if row.voter.id not in known and row.household_id is not None],
        "rows": rows,
        "names": names,
        **words_of(console),
        **may_of(viewer),
    }
    return await pages.render(request, "ballots/papers.html", context)


async def show_sheet(request: web.Request) -> web.Response:
    """To be printed: a sheet for each door that has not voted, or one without a door."""
    console = console_of(request)
    async with console.db.read() as db:
        ballot = await access_ballot(request, db, HANDS)
        doors = own_doors(viewer_of(request), await list_doors(db, ballot))
    waiting = [row for row in doors if not row.voter.via and row.household_id is not None]
    if request.query.get("which") == "wanted":
        waiting = [row for row in waiting if row.voter.wants_paper_at is not None]
    return await pages.render(request, "ballots/sheet.html", {"ballot": ballot, "doors": waiting, **words_of(console)})


async def download(request: web.Request) -> web.Response:
    """The electorate as a workbook; it is written down that it was taken out. Choices only of an open ballot."""
    console, viewer = console_of(request), viewer_of(request)
    async with console.db.write() as db:
        ballot = await access_ballot(request, db, HANDS)
        doors = own_doors(viewer, await list_doors(db, ballot))
        over = ballot.state == BallotState.TALLIED
        choices = await choices_by_voter(db, ballot) if over else {}
        add_audit(db, viewer.staff, "ballot_taken", console.clock.now(), subject=str(ballot.id), rows=len(doors))
    render = console.phrases.render
    heads = [render(f"console.ballot_sheet.{name}") for name in ("building", "door", "area", "via", "at", "choice")]
    rows = [
        [
            row.building,
            row.door,
            row.area / 100 if ballot.by_area else None,
            render(f"console.ballot_via.{row.voter.via or 'none'}"),
            f"{local(row.voter.voted_at):%Y-%m-%d %H:%M}" if row.voter.voted_at else "",
            ballot.options[choices[row.voter.id]] if row.voter.id in choices else "",
        ]
        for row in doors
    ]
    result = json.dumps(ballot.result, ensure_ascii=False) if ballot.result else ""
    body = await asyncio.to_thread(write_doors, ballot.title, heads, rows, result)
    named = {"Content-Disposition": f'attachment; filename="ballot-{ballot.id}.xlsx"'}
    return web.Response(body=body, content_type=EXCEL, headers=named)
