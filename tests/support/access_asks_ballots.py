"""How the addresses of ballots are asked. See ``tests/support/access_asks.py``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from actions.ballots.commands import DraftBallot, EnterPaperVote, OpenBallot
from actions.people.model import Household, OrgUnit
from bot.console.ballots.sheet import write_doors
from tests.support.access_asks import GONE, Make
from tests.support.access_town import Ask, Town


async def home(town: Town) -> Household:
    """A registered home in the first grid."""
    at = await town.unit("1栋")
    row = Household(community_id=town.here.community_id, building_id=at, unit="1", room=str(1000 + town.count()))
    found: Household = await town.add(row)
    return found


async def opened(town: Town) -> tuple[int, int]:
    """An open ballot of ours and a home of its electorate."""
    at, staff = await home(town), town.here.staff
    draft = DraftBallot(
        town.here.community_id, staff["钱主任"], f"ask:{town.count()}", "停车收费方案", "地面车位收费", secret=False
    )
    number = (await town.do(draft)).value
    await town.do(OpenBallot(number, staff["管理员"]))
    return number, at.id


async def new(town: Town) -> Ask:
    form = {"title": "停车收费方案", "text": "地面车位", "options": "同意\n反对", "way": "household"}
    return Ask("/ballots/new", {**form, "number": f"n{town.count()}"})


async def area(town: Town) -> Ask:
    missing = Ask("/ballots/areas", {"home": str(GONE), "area": "80"})
    return Ask("/ballots/areas", {"home": str((await home(town)).id), "area": "80.5"}, missing)


async def areas_file(town: Town) -> Ask:
    """A sheet with a home that is registered here and elsewhere: each has their own of it changed."""
    at, there = await home(town), town.elsewhere.community_id
    other = await town.newest(OrgUnit, OrgUnit.community_id == there, OrgUnit.name == "1栋")
    await town.add(Household(community_id=there, building_id=other.id, unit=at.unit, room=at.room))
    content = write_doors("", ["楼栋", "单元", "房号", "面积", "记号"], [["1栋", at.unit, at.room, 80.5, ""]])
    return Ask("/ballots/areas/file", file=("areas.xlsx", content))


async def paper(town: Town) -> Ask:
    number, at = await opened(town)
    form = {"home": str(at), "option": "0"}
    return Ask(f"/ballots/{number}/papers", form, Ask(f"/ballots/{GONE}/papers", form))


async def settling(town: Town) -> Ask:
    number, at = await opened(town)
    made = (await town.do(EnterPaperVote(number, town.here.staff["钱主任"], at, 0))).value
    form = {"do": "withdraw", "text": "录错了户"}
    return Ask(f"/ballots/{number}/papers/{made}", form, Ask(f"/ballots/{number}/papers/{GONE}", form))


def one(path: str = "", form: Mapping[str, str] | None = None) -> Make:
    async def make(town: Town) -> Ask:
        number, _ = await opened(town)
        sent = dict(form or {})
        return Ask(f"/ballots/{number}{path}", sent, Ask(f"/ballots/{GONE}{path}", sent))

    return make


BALLOTS: Mapping[str, Callable[..., Any]] = {
    "POST /ballots/new": new,
    "POST /ballots/areas": area,
    "POST /ballots/areas/file": areas_file,
    "GET /ballots/{id}": one(),
    "POST /ballots/{id}": one(form={"do": "cancel", "text": "方案要改"}),
    "GET /ballots/{id}/doors": one("/doors"),
    "GET /ballots/{id}/sheet": one("/sheet"),
    "GET /ballots/{id}/ballot.xlsx": one("/ballot.xlsx"),
    "GET /ballots/{id}/papers": one("/papers"),
    "POST /ballots/{id}/papers": paper,
    "POST /ballots/{id}/papers/{paper}": settling,
}
