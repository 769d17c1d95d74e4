"""The door to notices in the console, and what their forms bring."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotFound
from actions.notices.commands import Draft
from actions.notices.model import Notice
from actions.notices.repeats import read_rule
from actions.people.model import OrgUnit, Resident, Role
from bot.clock import LOCAL_ZONE
from bot.console.access import Viewer, community_ids, viewer_of
from bot.console.forms import text_of
from bot.console.parts import console_of

LONGEST_FORM = 20_000  # characters; the room says how long a notice may be
SEES_DOORS = frozenset({Role.COMMITTEE, Role.WORKSTATION, Role.ADMIN})


def check_notices(request: web.Request, *, care: bool = False) -> Viewer:
    """Raise NotFound for whoever has nothing to do with notices."""
    viewer, book = viewer_of(request), console_of(request).book
    if viewer.role not in (book.carers if care else book.writers):
        raise NotFound(f"page not for {viewer.role}", phrase="console.no_such_page")
    return viewer


async def get_community(request: web.Request, db: AsyncSession) -> int:
    """The community they write for. Raises NotFound."""
    ids = await community_ids(db, viewer_of(request))
    if not ids:
        raise NotFound("no community", phrase="console.no_such_page")
    return ids[0]


async def access_notice(request: web.Request, db: AsyncSession, notice_id: int | None = None) -> Notice:
    """The notice of the address (or that one). Raises NotFound: to staff of elsewhere it does not exist."""
    viewer = check_notices(request)
    notice = await db.get(Notice, notice_id if notice_id is not None else int(request.match_info["id"]))
    if notice is None or notice.community_id not in await community_ids(db, viewer):
        raise NotFound("no such notice", phrase="console.no_such_page")
    return notice


def draft_of(form: Any, pictures: tuple[str, ...] = ()) -> Draft:
    """What the form says. Raises InvalidInput with what must be put right."""
    when, due_at, repeat = text_of(form, "when", 8), None, None
    if when == "at":
        due_at = _instant(form)
    elif when == "repeat":
        repeat = read_rule(text_of(form, "repeat", 80))
    return Draft(
        text_of(form, "title", LONGEST_FORM),
        text_of(form, "text", LONGEST_FORM),
        units_of(form),
        pictures,
        bool(form.get("private")),
        text_of(form, "template", 32),
        due_at,
        repeat,
    )


def units_of(form: Any) -> tuple[int, ...]:
    """The ticked places."""
    given = (str(value) for value in form.getall("units", ()))
    return tuple(int(one) for one in given if one.isascii() and one.isdecimal() and len(one) < 16)


def _instant(form: Mapping[str, Any]) -> datetime:
    try:
        return datetime.fromisoformat(text_of(form, "at", 20)).replace(tzinfo=LOCAL_ZONE)
    except (ValueError, OverflowError) as error:
        raise InvalidInput("no instant", phrase="notice.no_time") from error


def home_words(viewer: Viewer, resident: Resident, building: OrgUnit | None) -> str:
    """Where somebody lives, as much of it as their role is to know: the door only for who goes there."""
    if building is None:
        return ""
    near = viewer.role in SEES_DOORS or (viewer.role == Role.GRID_WORKER and viewer.unit.covers(building))
    unit = f"{resident.unit}单元" if resident.unit and near else ""
    return f"{building.name}{unit}{resident.room if near else ''}"
