"""One case: who, how it stands, the rooms side by side, notes, meetings, agreement, performance, visits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotFound
from actions.mediation.mediators import suggest_mediators
from actions.mediation.model import CaseState, MediationCase
from actions.mediation.moves import REFERRALS, Move
from actions.mediation.tell import party_mark
from actions.people.model import StaffMember
from bot.console import pages
from bot.console.audit import add_audit
from bot.console.mediation.reading import MOST_PROMISES, OpenedCase, access_case
from bot.console.parts import Console, console_of
from bot.console.pictures import picture_file
from bot.storage.queries_mediation import (
    PartyRow,
    Said,
    find_residents,
    find_version,
    list_entries,
    list_notes,
    list_party_rows,
    list_said,
    list_sessions,
    list_visits,
)

LONGEST_SEARCH = 32


@dataclass(frozen=True, slots=True)
class RoomView:
    """A room as the mediator sees it. ``party_id`` 0: the common one."""

    party_id: int
    title: str
    is_open: bool
    lines: Sequence[Said]


async def show_case(request: web.Request) -> web.Response:
    """Head and parties for who decides on the mediator; everything for the mediator alone."""
    console = console_of(request)
    async with console.db.read() as db:
        opened = await access_case(request, db)
        case = opened.case
        parties = await list_party_rows(db, case)
        mediator = await db.get(StaffMember, case.mediator_id) if case.mediator_id else None
        context: dict[str, Any] = {
            "opened": opened,
            "case": case,
            "parties": parties,
            "mediator": mediator,
            "version": await find_version(db, case, signed=not opened.inside),
            "suggested": await suggest_mediators(db, case) if opened.may(Move.ASSIGN) else [],
            "entries": await list_entries(db, case),
            "marks": {row.party.number: party_mark(row.party.number, console.rules) for row in parties},
            "names": {row.party.id: row.called for row in parties},
            "referrals": REFERRALS,
            "lines": range(MOST_PROMISES),
            "found": await _search(request, db, opened),
        }
        if opened.inside:
            context |= await _inside(db, console, case, parties)
    await _record(console, opened)
    return await pages.render(request, "mediation/case.html", context)


async def _inside(
    db: AsyncSession, console: Console, case: MediationCase, parties: Sequence[PartyRow]
) -> dict[str, Any]:
    rooms = [await _room(db, row.party.id, row.called, row.party.chat_id) for row in parties]
    common = console.phrases.render("mediation.room_name.common")
    if case.state != CaseState.SUBMITTED:
        rooms.append(await _room(db, 0, common, case.common_chat_id))
    return {
        "rooms": rooms,
        "notes": await list_notes(db, case),
        "meetings": await list_sessions(db, case),
        "visits": await list_visits(db, case),
    }


async def _room(db: AsyncSession, party_id: int, title: str, chat_id: int | None) -> RoomView:
    lines = await list_said(db, chat_id) if chat_id is not None else []
    return RoomView(party_id, title, chat_id is not None, lines)


async def _search(request: web.Request, db: AsyncSession, opened: OpenedCase) -> Sequence[Any]:
    """Residents who may be the other side."""
    text = request.query.get("who", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    if not text or not opened.inside or not opened.may(Move.INVITE):
        return []
    return await find_residents(db, opened.case.community_id, text)


async def _record(console: Console, opened: OpenedCase) -> None:
    """That a case was opened is written down."""
    async with console.db.write() as db:
        add_audit(
            db, opened.viewer.staff, "mediation_viewed", console.clock.now(), subject=f"mediation:{opened.case.id}"
        )


async def show_picture(request: web.Request) -> web.StreamResponse:
    """A picture that was shown in one of the rooms, for the mediator."""
    console, picture_id = console_of(request), request.match_info["picture"]
    async with console.db.read() as db:
        case = (await access_case(request, db, inside=True)).case
        chats = [row.party.chat_id for row in await list_party_rows(db, case)] + [case.common_chat_id]
        shown = {one for chat_id in chats if chat_id for line in await list_said(db, chat_id) for one in line.pictures}
        if picture_id not in shown:
            raise NotFound("picture", phrase="console.no_such_page")
    return await picture_file(request, picture_id)
