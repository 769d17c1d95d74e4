"""How the addresses of hand-offs are asked. See ``tests/support/access_asks.py``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from actions.handoffs.commands import AskHandoff
from actions.people.model import Resident
from actions.tickets.model import Ticket
from bot.storage.tables import ChatMessage
from tests.support.access_asks import GONE, Make, make_picture, near, on_ticket
from tests.support.access_town import Ask, Town
from tests.support.world import START


async def neighbour(town: Town, who: str) -> Resident:
    """Another one of the same building, every time: a talk with one of them is no talk with the next."""
    known = await town.newest(Resident, Resident.id == town.here.residents[who])
    home = {"community_id": known.community_id, "building_id": known.building_id}
    added: Resident = await town.add(Resident(nickname=f"{who}的邻居", created_at=START, **home))
    town.office.people.residents[f"{who}的邻居"] = added.id
    return added


async def of_neighbour(town: Town) -> Ticket:
    await neighbour(town, "王阿姨")
    return await near(town, who="王阿姨的邻居")


async def waits(town: Town, who: str = "王阿姨", text: str = "杨树下的事想和人说", pictures: Sequence[str] = ()) -> int:
    """Somebody of that building who waits for a person; their number."""
    here, count, asks = town.here, town.count(), await neighbour(town, who)
    chat_id = here.groups["东区群"]
    line = ChatMessage(community_id=here.community_id, chat_id=chat_id, sender="resident", resident_id=asks.id,
                       text=text, pictures=list(pictures), external_id=f"waits:{count}", sent_at=START)  # fmt: skip
    await town.add(line)
    return int((await town.do(AskHandoff(here.community_id, chat_id, asks.id, "asked", True))).value)


def on_handoff(who: str = "王阿姨", path: str = "", form: Mapping[str, Any] | None = None) -> Make:
    async def make(town: Town) -> Ask:
        words = {**(form or {}), "once": f"n{town.count()}"} if form else {}
        said = "杨树下的事想和人说" if who == "王阿姨" else "那边的事想和人说"
        return Ask(f"/handoffs/{await waits(town, who, said)}{path}", words, Ask(f"/handoffs/{GONE}{path}", words))

    return make


async def picture_of_talk(town: Town) -> Ask:
    picture = await make_picture(town)
    handoff = await waits(town, pictures=(picture,))
    return Ask(f"/handoffs/{handoff}/pictures/{picture}", missing=Ask(f"/handoffs/{GONE}/pictures/{picture}"))


HANDOFFS: dict[str, Make] = {
    "POST /tickets/{id}/step-in": on_ticket(of_neighbour, "/step-in"),
    "GET /handoffs/{id}": on_handoff(),
    "GET /handoffs/{id} far": on_handoff("老李"),
    "POST /handoffs/{id}/act take": on_handoff(path="/act", form={"do": "take"}),
    "POST /handoffs/{id}/act take, far": on_handoff("老李", "/act", {"do": "take"}),
    "POST /handoffs/{id}/act say": on_handoff(path="/act", form={"do": "say", "text": "我来回您"}),
    "GET /handoffs/{id}/pictures/{picture}": picture_of_talk,
}
