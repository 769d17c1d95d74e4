"""How the addresses of deliberation are asked. See ``tests/support/access_asks.py``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import func, select

from actions.proposals.commands import NameInnovation, WriteConvention
from actions.proposals.convention_model import ConventionVersion
from actions.proposals.model import Proposal
from tests.support.access_asks import GONE
from tests.support.access_town import Ask, Town
from tests.support.world import START

PATH = "/proposals"


async def waiting(town: Town) -> int:
    """A resident's proposal that waits for staff."""
    here = town.here
    highest = (await town.office.rows(select(func.max(Proposal.number))))[0] or 0
    row = Proposal(
        community_id=here.community_id, number=highest + 1, title=town.new_word("装充电桩"), text="大家都在拉飞线。",
        state="waiting", org_unit_id=here.community_id, resident_id=here.residents["王阿姨"], made_at=START,
        submitted_at=START, review_due_at=START,
    )  # fmt: skip
    return int((await town.add(row)).id)


async def one(town: Town) -> Ask:
    return Ask(f"{PATH}/{await waiting(town)}", missing=Ask(f"{PATH}/{GONE}"))


async def approve(town: Town) -> Ask:
    form = {"do": "approve"}
    return Ask(f"{PATH}/{await waiting(town)}/act", form, Ask(f"{PATH}/{GONE}/act", form))


async def raising(town: Town) -> Ask:
    return Ask(f"{PATH}/new", {"title": town.new_word("一起商量停车"), "text": "门口停车难。"})


async def _convention(town: Town) -> int:
    desk = town.person("committee").id
    text = ("第一条 牵绳遛狗。",)
    made = await town.do(WriteConvention(town.here.community_id, desk, text, town.new_word("养犬公约")))
    version = await town.newest(ConventionVersion, ConventionVersion.id == made.value)
    return int(version.convention_id)


async def convention(town: Town) -> Ask:
    path = f"{PATH}/conventions"
    return Ask(f"{path}/{await _convention(town)}", missing=Ask(f"{path}/{GONE}"))


async def writing(town: Town) -> Ask:
    path, form = f"{PATH}/conventions", {"do": "write", "text": town.new_word("第一条 牵绳")}
    return Ask(f"{path}/{await _convention(town)}/act", form, Ask(f"{path}/{GONE}/act", form))


async def new_convention(town: Town) -> Ask:
    return Ask(f"{PATH}/conventions", {"title": town.new_word("公约"), "text": "第一条 互相体谅。"})


async def naming(town: Town) -> Ask:
    form = {"do": "name", "month": "2026-11", "title": town.new_word("夜间听证会"), "text": ""}
    return Ask(f"{PATH}/index", form)


async def confirming(town: Town) -> Ask:
    desk = town.person("committee").id
    named = NameInnovation(town.here.community_id, desk, START.date(), town.new_word("线上议事会"))
    number = (await town.do(named)).value
    gone = Ask(f"{PATH}/index", {"do": "confirm", "innovation": str(GONE)})
    return Ask(f"{PATH}/index", {"do": "confirm", "innovation": str(number)}, gone)


PROPOSALS: Mapping[str, Callable[..., Any]] = {
    "POST /proposals/new": raising,
    "POST /proposals/index name": naming,
    "POST /proposals/index confirm": confirming,
    "POST /proposals/conventions": new_convention,
    "GET /proposals/conventions/{id}": convention,
    "POST /proposals/conventions/{id}/act": writing,
    "GET /proposals/{id}": one,
    "POST /proposals/{id}/act approve": approve,
}
