"""How the addresses of the time bank are asked. See ``tests/support/access_asks.py``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from actions.ledger.commands import ClaimHours, OrderItem, RecordHours, SaveItem
from actions.ledger.model import TimeEntry
from tests.support.access_asks import GONE, Make, make_picture
from tests.support.access_town import Ask, Town
from tests.support.world import START, World

DAY = START.date()


async def given(town: Town, world: World, minutes: int = 120) -> int:
    """Hours of a resident, confirmed by both sides."""
    who = world.residents["王阿姨"]
    await town.do(RecordHours(world.community_id, who, "patrol", minutes, DAY, f"ask:{town.count()}"))
    return who


async def entering(town: Town) -> Ask:
    form = {"nickname": "王阿姨", "kind": "patrol", "hours": "1", "day": DAY.isoformat(), "number": f"n{town.count()}"}
    return Ask("/ledger/new", form)


async def claim(town: Town) -> Ask:
    here = town.here
    said = ClaimHours(
        here.community_id, here.residents["老李"], "巡逻", f"ask:{town.count()}", 60, DAY
    )  # fmt: skip
    number = (await town.do(said)).value
    return Ask(f"/ledger/claims/{number}", {"do": "confirm"}, Ask(f"/ledger/claims/{GONE}", {"do": "confirm"}))


async def evidence(town: Town) -> Ask:
    here, picture = town.here, await make_picture(town)
    who = here.residents["老李"]
    said = ClaimHours(here.community_id, who, "巡逻", f"ask:{town.count()}", 60, DAY, (picture,))
    number = (await town.do(said)).value
    missing = Ask(f"/ledger/claims/{GONE}/pictures/{picture}")
    return Ask(f"/ledger/claims/{number}/pictures/{picture}", missing=missing)


async def item(town: Town) -> Ask:
    return Ask("/ledger/shop", {"name": town.new_word("香皂"), "hours": "1", "stock": "3", "active": "1"})


async def order(town: Town) -> Ask:
    here, who = town.here, await given(town, town.here)
    desk = town.person("committee").id
    await given(town, here, 240)
    soap = (await town.do(SaveItem(here.community_id, desk, town.new_word("毛巾"), 1, 5))).value
    number = (await town.do(OrderItem(here.community_id, who, soap, f"ask:{town.count()}"))).value
    form = {"do": "hand_over"}
    return Ask(f"/ledger/orders/{number}", form, Ask(f"/ledger/orders/{GONE}", form))


async def grant(town: Town) -> Ask:
    for world in (town.here, town.elsewhere):  # each has something in its own fund
        await given(town, world, 720)
    form = {"nickname": "老李", "hours": "0.1", "text": "腿脚不便", "number": f"n{town.count()}"}
    return Ask("/ledger/grants", form)


async def gift(town: Town) -> Ask:
    return Ask("/ledger/gifts", {"nickname": "老李", "taker": "小陈", "hours": "1", "number": f"n{town.count()}"})


async def entry(town: Town) -> Ask:
    await given(town, town.here, 1)
    newest = await town.newest(TimeEntry, TimeEntry.community_id == town.here.community_id)
    form = {"text": "登记错了"}
    return Ask(f"/ledger/entries/{newest.id}", form, Ask(f"/ledger/entries/{GONE}", form))


def statement(path: str = "") -> Make:
    async def make(town: Town) -> Ask:
        who = await given(town, town.here)
        return Ask(f"/ledger/residents/{who}{path}", missing=Ask(f"/ledger/residents/{GONE}{path}"))

    return make


LEDGER: Mapping[str, Callable[..., Any]] = {
    "POST /ledger/new": entering,
    "GET /ledger/claims/{id}/pictures/{picture}": evidence,
    "POST /ledger/claims/{id}": claim,
    "POST /ledger/shop": item,
    "POST /ledger/orders/{id}": order,
    "POST /ledger/grants": grant,
    "POST /ledger/entries/{id}": entry,
    "POST /ledger/gifts": gift,
    "GET /ledger/residents/{id}": statement(),
    "GET /ledger/residents/{id}/statement.xlsx": statement("/statement.xlsx"),
}
