"""Those who live alone: who is on the list, the last round, and starting one."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import ActionError, InvalidInput, NotFound
from actions.notices.care_plans import DAYTIME, MOST_BEFORE, next_of
from actions.notices.commands import AddCarePerson, EndCarePerson, PauseCarePlan, PlanCare, StartCareRound
from actions.notices.repeats import Rule
from actions.people.model import Resident, Role
from bot.console import pages, sessions
from bot.console.access import Viewer
from bot.console.forms import number_of, read_form, text_of
from bot.console.notices.reading import check_notices, get_community, home_words
from bot.console.parts import console_of
from bot.console.ticket_forms import refusal_words
from bot.storage.queries_notices import CareRow, find_last_round, list_care, list_care_plans


async def show_care(request: web.Request) -> web.Response:
    """The list and the last round; a grid worker sees who lives in their grid."""
    console, viewer = console_of(request), check_notices(request, care=True)
    async with console.db.read() as db:
        community_id = await get_community(request, db)
        people = [row for row in await list_care(db, community_id) if _is_theirs(viewer, row)]
        last = await find_last_round(db, community_id)
        plans = await list_care_plans(db, community_id)
    now, calendar = console.clock.now(), console.rules.calendar
    entries = [row for row in last[1] if _is_theirs(viewer, row)] if last is not None else []
    context = {
        "people": people,
        "round": last[0] if last is not None else None,
        "entries": entries,
        "plans": {plan.kind: (plan, next_of(plan, now, calendar)) for plan in plans},
        "daytime": DAYTIME,
        "home_of": lambda row: home_words(viewer, row.resident, row.building),
    }
    return await pages.render(request, "notices/care.html", context)


def _is_theirs(viewer: Viewer, row: CareRow) -> bool:
    if viewer.role != Role.GRID_WORKER:
        return True
    return row.building is not None and viewer.unit.covers(row.building)


async def act(request: web.Request) -> web.Response:
    """Put somebody on the list or take them off it, or ask everybody."""
    console, viewer, form = console_of(request), check_notices(request, care=True), await read_form(request)
    do = text_of(form, "do", 8)
    try:
        async with console.db.read() as db:
            community_id = await get_community(request, db)
            command = await _command(db, do, community_id, viewer.id, form)
        await console.performer.run(command)
        await sessions.add_flash(request, console.phrases.render(f"console.care.{do}"))
    except ActionError as error:
        await sessions.add_flash(request, refusal_words(console, error), "danger")
    return pages.redirect("/console/notices/care")


async def _command(db: AsyncSession, do: str, community_id: int, who: int, form: Any) -> Any:
    match do:
        case "add":
            resident = await _find_resident(db, community_id, text_of(form, "nickname", 32))
            return AddCarePerson(community_id, who, resident, bool(form.get("consented")), text_of(form, "note", 200))
        case "end":
            return EndCarePerson(number_of(form, "person") or 0, who)
        case "start":
            hours = number_of(form, "hours") or 0
            return StartCareRound(community_id, who, text_of(form, "occasion", 40), hours)
        case "plan":
            return PlanCare(community_id, who, _rule(form), number_of(form, "hours") or 0)
        case "pause" | "resume":
            plan = number_of(form, "plan") or 0
            if plan not in [one.id for one in await list_care_plans(db, community_id)]:
                raise NotFound("elsewhere", phrase="notice.none_such")
            return PauseCarePlan(plan, who, do == "pause")
        case _:
            raise InvalidInput("no such button", phrase="console.bad_form")


def _rule(form: Any) -> Rule:
    """ "每周二9点", "节假日前2天9点". Raises InvalidInput."""
    hour, kind = number_of(form, "hour"), text_of(form, "kind", 8)
    if hour is None:
        raise InvalidInput("no hour", phrase="console.bad_form")
    if kind == "week":
        day = number_of(form, "weekday")
        if day is None or day not in range(7):
            raise InvalidInput("no weekday", phrase="care.plan_when", most=MOST_BEFORE)
        return Rule("week", hour, numbers=(day,))
    before = number_of(form, "before")
    return Rule(kind, hour, before=-1 if before is None else before)


async def _find_resident(db: AsyncSession, community_id: int, nickname: str) -> int:
    query = select(Resident.id).where(Resident.community_id == community_id, Resident.nickname == nickname)
    found = (await db.scalars(query.limit(2))).all()
    if len(found) != 1:
        raise InvalidInput("no such resident", phrase="console.no_such_resident", count=len(found))
    return found[0]
