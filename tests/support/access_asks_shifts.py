"""How the addresses of patrols are asked. See ``tests/support/access_asks.py``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from actions.shifts.commands import AddToShift, DutyDetails, SaveDuty
from actions.shifts.model import PointVisit, RoutePoint, Shift
from tests.support.access_asks import GONE, Make, make_picture
from tests.support.access_town import Ask, Town
from tests.support.world import START

FORM = {"title": "夜间巡逻", "place": "东门", "rule": "每天 20:00–22:00，2人", "kind": "patrol", "points": "西门"}


async def duty(town: Town) -> int:
    details = DutyDetails("夜间巡逻", "东门", "每天 20:00–22:00，2人", "patrol", points=("西门",))
    made = await town.do(SaveDuty(town.here.community_id, town.person("committee").id, details))
    return int(made.value)


async def shift(town: Town) -> Shift:
    number = await duty(town)
    found: Shift = await town.newest(Shift, Shift.duty_id == number)
    return found


def on_duty(path: str = "", form: Mapping[str, Any] | None = None) -> Make:
    async def make(town: Town) -> Ask:
        number = await duty(town)
        return Ask(
            f"/shifts/duties/{number}{path}", form or {}, Ask(f"/shifts/duties/{GONE}{path}", form or {})
        )  # fmt: skip

    return make


def on_shift_page(path: str = "", form: Mapping[str, Any] | None = None) -> Make:
    async def make(town: Town) -> Ask:
        number = (await shift(town)).id
        return Ask(f"/shifts/{number}{path}", form or {}, Ask(f"/shifts/{GONE}{path}", form or {}))

    return make


async def with_picture(town: Town) -> Ask:
    one, shown = await shift(town), await make_picture(town)
    async with town.office.parts.db.read() as session:
        point = (await session.scalars(select(RoutePoint.id).where(RoutePoint.duty_id == one.duty_id))).one()
    here = {"community_id": one.community_id, "shift_id": one.id, "point_id": point}
    who = town.here.residents["老李"]
    await town.add(PointVisit(**here, resident_id=who, at=START, by_code=True, note="", pictures=[shown]))
    return Ask(f"/shifts/{one.id}/pictures/{shown}", missing=Ask(f"/shifts/{GONE}/pictures/{shown}"))


async def new_duty(town: Town) -> Ask:
    return Ask("/shifts/new", {**FORM, "title": f"第{town.count()}路巡逻"})


async def adding(town: Town) -> Ask:
    one = await shift(town)
    await town.do(AddToShift(one.id, town.person("committee").id, town.here.residents["老李"]))
    form = {"do": "cancel", "text": "下大雨"}
    return Ask(f"/shifts/{one.id}/act", form, Ask(f"/shifts/{GONE}/act", form))


SHIFTS: dict[str, Make] = {
    "POST /shifts/new": new_duty,
    "GET /shifts/duties/{id}": on_duty(),
    "POST /shifts/duties/{id}": on_duty("", {**FORM, "title": "晨间护学", "rule": "工作日 7:30–8:30，2人"}),
    "GET /shifts/duties/{id}/cards": on_duty("/cards"),
    "GET /shifts/{id}": on_shift_page(),
    "POST /shifts/{id}/act": adding,
    "GET /shifts/{id}/pictures/{picture}": with_picture,
}
