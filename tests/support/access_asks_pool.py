"""How the addresses of neighbours' help are asked. See ``tests/support/access_asks.py``."""

from __future__ import annotations

from sqlalchemy import select

from actions.pool.commands import AskForHelp, OfferHelp
from actions.pool.model import Need, Volunteer
from tests.support.access_asks import GONE, Make
from tests.support.access_town import Ask, Town


async def entering(town: Town) -> Ask:
    async with town.office.parts.db.write() as session:  # three at a time are enough for anybody
        for need in (await session.scalars(select(Need))).all():
            need.state = "cancelled"
    return Ask("/pool/new", {"nickname": "老李", "text": "帮忙买菜", "number": f"n{town.count()}"})


async def need(town: Town) -> Ask:
    await entering(town)
    here = town.here
    asked = AskForHelp(
        here.community_id, here.residents["老李"], "谁能辅导作业", f"ask:{town.count()}", any_day=True, at_home=False
    )
    number = (await town.do(asked)).value
    form = {"do": "cancel", "text": "不用了"}
    return Ask(f"/pool/needs/{number}", form, Ask(f"/pool/needs/{GONE}", form))


async def volunteer(town: Town) -> Ask:
    here = town.here
    await town.do(OfferHelp(here.community_id, here.residents["小陈"], "我会修凳子"))
    known = await town.newest(Volunteer, Volunteer.community_id == here.community_id)
    async with town.office.parts.db.write() as session:
        (await session.get_one(Volunteer, known.id)).visits_ok_by = None
    form = {"do": "allow"}
    return Ask(f"/pool/volunteers/{known.id}", form, Ask(f"/pool/volunteers/{GONE}", form))


POOL: dict[str, Make] = {
    "POST /pool/new": entering,
    "POST /pool/needs/{id}": need,
    "POST /pool/volunteers/{id}": volunteer,
}
