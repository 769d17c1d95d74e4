"""One hand-off: the talk as it goes on, and what its reader may do with it."""

from __future__ import annotations

import secrets
from typing import Any

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotFound
from actions.handoffs.answering import left_alone
from actions.handoffs.model import Handoff, State
from actions.people.directory import get_directory
from actions.people.model import Role, StaffMember, Team
from bot.console import pages
from bot.console.access import WORKERS, Viewer, check_page, viewer_of
from bot.console.handoffs.waiting import read_wait
from bot.console.parts import Console, console_of
from bot.console.pictures import picture_file
from bot.console.queues import family_options
from bot.storage.queries_handoffs import (
    HandoffRow,
    find_handoff,
    list_handoff_steps,
    list_open_tickets_of,
    list_said,
)


async def access_row(request: web.Request, db: AsyncSession) -> HandoffRow:
    """The one of the address. Raises NotFound: to others it does not exist."""
    viewer = viewer_of(request)
    check_page(viewer, WORKERS)
    row = await find_handoff(db, viewer.area, int(request.match_info["id"]))
    if row is None:
        raise NotFound("no such hand-off", phrase="console.no_such_page")
    return row


async def show_handoff(request: web.Request) -> web.Response:
    """Everything on one page, for a phone as for a desk."""
    console, viewer = console_of(request), viewer_of(request)
    now = console.clock.now()
    async with console.db.read() as db:
        row = await access_row(request, db)
        handoff = row.handoff
        context: dict[str, Any] = {
            "row": row,
            "lines": await list_said(db, handoff),
            "steps": await list_handoff_steps(db, handoff.id),
            "tickets": await list_open_tickets_of(db, viewer.area, handoff.resident_id),
            **await _whom(db, viewer, handoff),
        }
    context |= _facts(console, viewer, handoff) | {"wait": read_wait(console.phrases, console.rules, handoff, now)}
    return await pages.render(request, "handoffs/talk.html", context)


def _facts(console: Console, viewer: Viewer, handoff: Handoff) -> dict[str, Any]:
    has = handoff.state == State.TAKEN and handoff.taken_by == viewer.id
    free = handoff.state == State.WAITING
    alone = handoff.state == State.TAKEN and left_alone(handoff, console.clock.now())
    families = [
        (family, [one for one in services if one[0] not in console.rules.sealed])
        for family, services in family_options(console.rules)
        if family != "emergency"
    ]
    return {
        "has": has,
        "free": free,
        "relieves": alone and not has,
        "stands": f"{handoff.state}:{handoff.taken_by or 0}",
        "once": secrets.token_hex(8),
        "families": [(family, services) for family, services in families if services],
    }


async def _whom(db: AsyncSession, viewer: Viewer, handoff: Handoff) -> dict[str, Any]:
    """To whom it may be passed: teams of the community and above, colleagues who work there."""
    directory = await get_directory(db, handoff.community_id)
    teams: list[Team] = [team for some in directory.teams.values() for team in some]
    query = select(StaffMember).where(
        StaffMember.team_id.in_([team.id for team in teams]),
        StaffMember.active.is_(True),
        StaffMember.id != viewer.id,
        StaffMember.role != Role.SUPERVISOR,
    )
    people = (await db.scalars(query.order_by(StaffMember.team_id, StaffMember.id))).all()
    return {"teams": [team for team in teams if team.id != handoff.team_id], "people": people}


async def show_picture(request: web.Request) -> web.StreamResponse:
    """A picture that the resident showed, or was shown, in the talk."""
    console, picture_id = console_of(request), request.match_info["picture"]
    async with console.db.read() as db:
        row = await access_row(request, db)
        shown = {one for line in await list_said(db, row.handoff) for one in line.message.pictures}
        if picture_id not in shown:
            raise NotFound("picture", phrase="console.no_such_page")
    return await picture_file(request, picture_id)
