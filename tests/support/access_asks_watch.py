"""How the addresses of the neighbour watch are asked. See ``tests/support/access_asks.py``."""

from __future__ import annotations

from actions.watch.commands import AnswerWatch, MakeWatch, SayWorry
from tests.support.access_asks import GONE, Make
from tests.support.access_town import Ask, Town


async def making(town: Town) -> Ask:
    form = {"title": "守望", "lead": "老李", "members": "小陈，阿芬", "names": "", "number": f"n{town.count()}"}
    return Ask("/watch/new", form)


async def _group(town: Town, name: str) -> int:
    here = town.here
    people = here.residents["老李"], (here.residents["小陈"],)
    made = MakeWatch(here.community_id, here.staff["钱主任"], "守望", *people, (name,), f"ask:{town.count()}")
    number = int((await town.do(made)).value)
    await town.do(AnswerWatch(number, here.residents["小陈"], True))
    return number


async def group(town: Town) -> Ask:
    number, form = await _group(town, "周奶奶"), {"do": "end"}
    return Ask(f"/watch/groups/{number}", form, Ask(f"/watch/groups/{GONE}", form))


async def worry(town: Town) -> Ask:
    name = f"张{town.count()}奶奶"
    await _group(town, name)
    here = town.here
    said = SayWorry(here.community_id, here.residents["阿芬"], f"{name}今天没开门", f"ask:{town.count()}")
    number, form = (await town.do(said)).value, {"text": "在家，很好"}
    return Ask(f"/watch/worries/{number}", form, Ask(f"/watch/worries/{GONE}", form))


WATCH: dict[str, Make] = {
    "POST /watch/new": making,
    "POST /watch/groups/{id}": group,
    "POST /watch/worries/{id}": worry,
}
