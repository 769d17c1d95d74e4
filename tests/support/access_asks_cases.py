"""How the addresses of tips, mediation and activities are asked. See ``tests/support/access_asks.py``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from actions.activities.commands import CreateActivity, Details
from actions.activities.model import Activity
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


ACTIVITY = {"title": "羽毛球友谊赛", "place": "文体中心", "starts": "2026-11-21T14:00", "ends": "2026-11-21T16:00",
            "capacity": "8"}  # fmt: skip


async def new_activity(town: Town) -> Ask:
    return Ask("/activities/new", {**ACTIVITY, "title": f"第{town.count()}场羽毛球"})


def on_activity(path: str = "", form: Mapping[str, Any] | None = None, *, picture: bool = False) -> Make:
    async def make(town: Town) -> Ask:
        starts = START + timedelta(days=3)
        details = Details("羽毛球友谊赛", "文体中心", starts, starts + timedelta(hours=2), 8)
        made = await town.do(CreateActivity(town.here.community_id, details, town.person("committee").id))
        end = path
        if picture:
            shown = await make_picture(town)
            async with town.office.parts.db.write() as session:
                (await session.get_one(Activity, made.value)).pictures = [shown]
            end = f"/pictures/{shown}"
        return Ask(f"/activities/{made.value}{end}", form or {}, Ask(f"/activities/{GONE}{end}", form or {}))

    return make


CASES_OF_PEOPLE: dict[str, Make] = {
    "POST /activities/new": new_activity,
    "GET /activities/{id}": on_activity(),
    "GET /activities/{id}/door": on_activity("/door"),
    "GET /activities/{id}/pictures/{picture}": on_activity(picture=True),
    "POST /activities/{id}/act add": on_activity("/act", {"do": "add", "name": "张三", "headcount": "1"}),
    "POST /activities/{id}/act change": on_activity("/act", {**ACTIVITY, "do": "change", "place": "篮球场"}),
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
