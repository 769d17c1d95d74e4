"""How the addresses of tips and mediation are asked. See ``tests/support/access_asks.py``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions.tips.commands import LeaveTip, Opening, ReadTip
from bot.storage.tables import ChatMessage
from tests.support.access_asks import GONE, Make, make_picture, on_ticket
from tests.support.access_town import Ask, Town
from tests.support.mediation import Dispute, open_dispute
from tests.support.world import START

NOTE = {"do": "note", "text": "两家都愿意谈", "audience": "mediator"}


def on_tip(path: str = "", form: Mapping[str, Any] | None = None) -> Make:
    async def make(town: Town) -> Ask:
        left = LeaveTip(town.here.community_id, "safety_tip/theft", "杏树下有人撬电瓶", {"building": "3"},
                        reporter_id=town.here.residents["王阿姨"])  # fmt: skip
        tip = (await town.do(left)).value.tip_id
        if path == "/move":  # nothing is done with what nobody has read
            await town.do(ReadTip(tip, town.person("police").id, Opening.CONTENT, "handle"))
        return Ask(f"/tips/{tip}{path}", form or {}, Ask(f"/tips/{GONE}{path}", form or {}))

    return make


async def talking(town: Town) -> Dispute:
    """A dispute whose parties talk."""
    return await (await open_dispute(town.office)).begin()


def on_dispute(path: str = "", form: Mapping[str, Any] | None = None, *, agreed: bool = False) -> Make:
    async def make(town: Town) -> Ask:
        dispute = await talking(town)
        if agreed:
            await dispute.agree()
        mediation = f"/mediation/{dispute.case_id}{path}"
        return Ask(mediation, form or {}, Ask(f"/mediation/{GONE}{path}", form or {}))

    return make


async def assigned(town: Town) -> Ask:
    """A case that has nobody yet."""
    dispute = await open_dispute(town.office)
    form = {"do": "assign", "mediator": town.person("mediator").id}
    return Ask(f"/mediation/{dispute.case_id}/act", form, Ask(f"/mediation/{GONE}/act", form))


async def picture_of_room(town: Town) -> Ask:
    case, picture = await (await talking(town)).case(), await make_picture(town)
    line = ChatMessage(community_id=case.community_id, chat_id=case.common_chat_id, sender="resident",
                       pictures=[picture], sent_at=START)  # fmt: skip
    await town.add(line)
    gone = Ask(f"/mediation/{GONE}/pictures/{picture}")
    return Ask(f"/mediation/{case.id}/pictures/{picture}", missing=gone)


async def new_case(town: Town) -> Ask:
    return Ask("/mediation/new", {"name": "张三", "text": "楼上拖桌椅", "kind": "dispute/noise"})


async def profile(town: Town) -> Ask:
    form = {"fields": "dispute/noise", "areas": await town.unit(f"第{town.count() % 2 + 1}网格")}  # another every time
    ours = f"/mediation/mediators/{town.person('mediator').id}"
    return Ask(ours, form, Ask(f"/mediation/mediators/{GONE}", form))


async def dispute_ticket(town: Town) -> Any:
    return await town.office.open("楼上半夜拖桌椅", "dispute/noise")


CASES_OF_PEOPLE: dict[str, Make] = {
    "GET /tips/{id}": on_tip(),
    "POST /tips/{id}/open": on_tip("/open", {"what": "content", "reason": "handle"}),
    "POST /tips/{id}/open who said it": on_tip("/open", {"what": "reporter", "reason": "handle"}),
    "POST /tips/{id}/move": on_tip("/move", {"move": "check", "text": "去看过了"}),
    "POST /tips/{id}/paper": on_tip("/paper"),
    "POST /tips/{id}/docx": on_tip("/docx"),
    "POST /mediation/new": new_case,
    "POST /mediation/mediators/{id}": profile,
    "GET /mediation/{id}": on_dispute(),
    "POST /mediation/{id}/act note": on_dispute("/act", NOTE),
    "POST /mediation/{id}/act assign": assigned,
    "GET /mediation/{id}/pictures/{picture}": picture_of_room,
    "GET /mediation/{id}/paper a draft": on_dispute("/paper"),
    "GET /mediation/{id}/paper": on_dispute("/paper", agreed=True),
    "GET /mediation/{id}/paper.docx": on_dispute("/paper.docx", agreed=True),
    "POST /tickets/{id}/mediation": on_ticket(dispute_ticket, "/mediation"),
}
