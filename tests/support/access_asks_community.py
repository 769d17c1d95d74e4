"""How the addresses of what is made public are asked. See ``tests/support/access_asks.py``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from actions.bulletins.commands import RecordConsent, SubmitBulletin, WriteDeed
from actions.bulletins.model import RepairPicture
from actions.tickets.model import Status
from tests.support.access_asks import GONE, make_picture, near
from tests.support.access_town import Ask, Town
from tests.support.world import START


async def writing(town: Town) -> Ask:
    return Ask("/community/deeds", {"text": "老李扶老人过马路", "who": "老李", "number": f"n{town.count()}"})


async def new_deed(town: Town) -> int:
    who = town.person("workstation").id
    return (
        await town.do(WriteDeed(town.here.community_id, who, "老李扶老人过马路", "老李", f"ask:{town.count()}"))
    ).value


async def asking(town: Town) -> Ask:
    form = {"do": "ask", "nickname": "老李"}
    return Ask(f"/community/deeds/{await new_deed(town)}", form, Ask(f"/community/deeds/{GONE}", form))


async def approving(town: Town) -> Ask:
    deed = await new_deed(town)
    await town.do(RecordConsent(deed, town.person("workstation").id, "anon", "", "当面说可以"))
    return Ask(f"/community/deeds/{deed}", {"do": "approve"}, Ask(f"/community/deeds/{GONE}", {"do": "approve"}))


async def new_bulletin(town: Town) -> int:
    number, who = town.count(), town.person("committee").id
    said = SubmitBulletin(
        town.here.community_id, who, "advice", "防火提示", "出门关火。", "社区", START, f"ask:{number}"
    )
    return (await town.do(said)).value


async def bulletin(town: Town) -> Ask:
    form = {
        "kind": "advice", "title": "防火提示", "text": "出门关火。", "issuer": "社区", "at": "2026-11-18T09:00",
        "number": f"n{town.count()}",
    }  # fmt: skip
    return Ask("/community/bulletins", form)


async def put_right(town: Town) -> Ask:
    path = "/community/bulletins?corrects="
    return Ask(f"{path}{await new_bulletin(town)}", missing=Ask(f"{path}{GONE}"))


async def withdrawn(town: Town) -> Ask:
    form = {"text": "写错了"}
    return Ask(f"/community/bulletins/{await new_bulletin(town)}", form, Ask(f"/community/bulletins/{GONE}", form))


async def public(town: Town) -> Ask:
    return Ask("/community/page", {"public": "1"})


async def offered(town: Town) -> Ask:
    ticket = await near(town, pictures=(await make_picture(town),))
    async with town.office.parts.db.write() as session:
        kept = await session.get_one(type(ticket), ticket.id)
        kept.status, kept.closed_at = Status.CLOSED, START
    form = {"ticket": ticket.id, "caption": "3栋电梯"}
    return Ask("/community/pictures", form, Ask("/community/pictures", {**form, "ticket": GONE}))


async def removed(town: Town) -> Ask:
    here = town.here
    row = RepairPicture(
        community_id=here.community_id, ticket_id=1_000_000 + town.count(), resident_id=here.residents["老李"],
        before="0" * 40, after="", caption="灯", state="shown", staff_id=town.person("committee").id, asked_at=START,
    )  # fmt: skip
    await town.add(row)
    return Ask(f"/community/pictures/{row.id}", {}, Ask(f"/community/pictures/{GONE}"))


COMMUNITY: Mapping[str, Callable[..., Any]] = {
    "POST /community/deeds": writing,
    "POST /community/deeds/{id} ask": asking,
    "POST /community/deeds/{id} approve": approving,
    "GET /community/bulletins put right": put_right,
    "POST /community/bulletins": bulletin,
    "POST /community/bulletins/{id}": withdrawn,
    "POST /community/page": public,
    "POST /community/pictures": offered,
    "POST /community/pictures/{id}": removed,
}
