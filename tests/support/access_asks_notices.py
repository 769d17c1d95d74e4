"""How the addresses of notices are asked. See ``tests/support/access_asks.py``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions.notices.model import CarePerson, Notice, NoticeState
from actions.people.model import Resident
from tests.support.access_asks import GONE, Make, make_picture
from tests.support.access_town import Ask, Town
from tests.support.world import START


async def new_notice(town: Town, state: str = NoticeState.WAITING, author: str = "workstation") -> Notice:
    """Written at the workstation for the first building."""
    notice = Notice(
        community_id=town.here.community_id, title="停水", text="请备水", pictures=[await make_picture(town)],
        unit_ids=[await town.unit("3栋")], state=state, author_id=town.person(author).id, written_at=START,
        private=False, template="", safety=False, reason="",
    )  # fmt: skip
    await town.add(notice)
    return notice


def on_notice(path: str = "", form: Mapping[str, Any] | None = None) -> Make:
    async def make(town: Town) -> Ask:
        notice = await new_notice(town)
        return Ask(f"/notices/{notice.id}{path}", form or {}, Ask(f"/notices/{GONE}{path}", form or {}))

    return make


async def written(town: Town) -> Ask:
    """For a building of the first grid: who works in another may not write to it."""
    form = {"title": "停水", "text": "请备水", "units": await town.unit("3栋"), "when": "now", "do": "send"}
    return Ask("/notices/new", form, Ask("/notices/new", {**form, "units": GONE}))


async def draft(town: Town) -> Ask:
    notice = await new_notice(town, NoticeState.DRAFT)
    return Ask(f"/notices/new?notice={notice.id}", missing=Ask(f"/notices/new?notice={GONE}"))


async def picture_of(town: Town) -> Ask:
    notice = await new_notice(town)
    picture = notice.pictures[0]
    return Ask(f"/notices/{notice.id}/pictures/{picture}", missing=Ask(f"/notices/{GONE}/pictures/{picture}"))


async def welcome(town: Town) -> Ask:
    return Ask("/notices/welcome", {"text": f"欢迎，第{town.count()}版"})


async def looked_over(town: Town) -> Ask:
    return Ask("/notices/look", {"title": "停水", "text": "请备水", "when": "now"}, reads=True, refusal="没有这个页面")


async def taken_off(town: Town) -> Ask:
    """Somebody of the list who lives in the first grid."""
    resident = Resident(community_id=town.here.community_id, nickname=f"独居{town.count()}", unit="", room="",
                        building_id=await town.unit("3栋"), created_at=START)  # fmt: skip
    await town.add(resident)
    person = CarePerson(community_id=resident.community_id, resident_id=resident.id, note="",
                        staff_id=town.person("committee").id, consented_at=START)  # fmt: skip
    await town.add(person)
    form = {"do": "end", "person": person.id}
    return Ask("/notices/care", form, Ask("/notices/care", {**form, "person": GONE}))


NOTICES: dict[str, Make] = {
    "POST /notices/new": written,
    "GET /notices/new a draft": draft,
    "POST /notices/look": looked_over,
    "POST /notices/welcome": welcome,
    "POST /notices/care": taken_off,
    "GET /notices/{id}": on_notice(),
    "POST /notices/{id}/act approve": on_notice("/act", {"do": "approve"}),
    "GET /notices/{id}/answers.xlsx": on_notice("/answers.xlsx"),
    "GET /notices/{id}/pictures/{picture}": picture_of,
}
