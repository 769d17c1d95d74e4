"""The knowledge room: answers, what did not help, writing, renewing, reminding."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from actions.errors import InvalidInput, MoveRefused, NotAllowed, NotFound
from actions.knowledge.commands import (
    AnswerFromGuide,
    GuideText,
    LeaveUnsolved,
    RemindOwners,
    RenewGuide,
    SaveGuide,
    SetGuideState,
    ShowGuide,
)
from actions.knowledge.model import SHARED, Guide, GuideUse, GuideVersion
from actions.outcome import Audience
from actions.people.model import Role
from bot.clock import FixedClock
from bot.knowledge.seeding import seed_guides
from bot.knowledge.shelf import Question, Shelf
from bot.storage.engine import Database
from tests.support.desk import CHAT, NOON, RULES, Desk
from tests.support.sqlite import copy_migrated

TODAY = date(2026, 11, 18)
TEXT = GuideText(
    title="办狗证",
    questions=("狗证怎么办", "养狗要登记吗"),
    answer="打完疫苗，带身份证到派出所登记。",
    details="收费以当地规定为准。",
    source="养犬管理规定",
    source_on=date(2026, 1, 1),
    valid_until=date(2027, 6, 30),
    owner="police",
)


async def saved(desk: Desk, role: str = Role.ADMIN, **changes: Any) -> Guide:
    text, more = changes.pop("text", TEXT), changes
    command = SaveGuide((await desk.staff(role)).id or 0, await desk.community_id(), text, **more)
    return await guide(desk, (await desk.do(command)).value)


async def guide(desk: Desk, guide_id: int) -> Guide:
    query = select(Guide).where(Guide.id == guide_id)
    return (await desk.session.scalars(query.execution_options(populate_existing=True))).one()


async def shipped(desk: Desk) -> Guide:
    row = Guide(community_id=SHARED, key="dog", sample=True, created_at=NOON, **vars_of(TEXT))
    desk.session.add(row)
    await desk.session.flush()
    return row


def vars_of(text: GuideText) -> dict[str, Any]:
    return {name: getattr(text, name) for name in GuideText.__slots__} | {"questions": list(text.questions)}


async def ask(desk: Desk, guide_id: int, who: str = "amei") -> int:
    resident = (await desk.resident(who)).id or 0
    outcome = await desk.do(AnswerFromGuide(await desk.community_id(), guide_id, resident, CHAT, 5, 0.95))
    reply = outcome.replies[0]
    assert reply.params["answer"] == TEXT.answer
    assert reply.params["on"] == "2026-01-01"
    return int(outcome.value)


async def test_an_answer_names_its_source_and_is_counted(desk: Desk) -> None:
    row = await saved(desk)
    use = await ask(desk, row.id)
    found = await desk.session.get(GuideUse, use)
    assert found is not None
    assert (found.guide_id, found.score, found.unsolved_at) == (row.id, 0.95, None)


async def test_what_is_over_or_retired_is_not_said(desk: Desk) -> None:
    row = await saved(desk, text=replace(TEXT, valid_until=TODAY))
    await ask(desk, row.id)  # its last day
    desk.now += timedelta(days=1)
    with pytest.raises(NotFound):
        await ask(desk, row.id)
    desk.now -= timedelta(days=1)
    staff = (await desk.staff(Role.ADMIN)).id or 0
    await desk.do(SetGuideState(staff, await desk.community_id(), row.id, "retired"))
    with pytest.raises(NotFound):
        await ask(desk, row.id)
    await desk.do(SetGuideState(staff, await desk.community_id(), row.id, "live"))
    await ask(desk, row.id)


async def test_a_guide_of_one_building_is_for_those_who_live_there(desk: Desk) -> None:
    here, there = await desk.unit("building", "3栋"), await desk.unit("building", "5栋")
    ours = await saved(desk, text=replace(TEXT, org_unit_id=here.id))
    await ask(desk, ours.id)
    theirs = await saved(desk, text=replace(TEXT, title="别处的", org_unit_id=there.id))
    with pytest.raises(NotFound):
        await ask(desk, theirs.id)


async def test_details_go_to_the_private_chat_when_a_group_reads_along(desk: Desk) -> None:
    row = await saved(desk)
    use, community = await ask(desk, row.id), await desk.community_id()
    resident = (await desk.resident("amei")).id or 0
    outcome = await desk.do(ShowGuide(community, use, resident, in_group=True))
    assert [reply.to for reply in outcome.replies] == [Audience.HERE, Audience.PRIVATE]
    outcome = await desk.do(ShowGuide(community, use, resident))
    assert [(reply.to, reply.params["details"]) for reply in outcome.replies] == [(Audience.HERE, TEXT.details)]
    with pytest.raises(NotFound):
        await desk.do(ShowGuide(community + 1, use, resident))


async def test_only_who_asked_says_that_it_did_not_help_and_only_once(desk: Desk) -> None:
    row = await saved(desk)
    use, community = await ask(desk, row.id), await desk.community_id()
    asker, neighbour = [(await desk.resident(who)).id or 0 for who in ("amei", "laoli")]
    with pytest.raises(NotAllowed):
        await desk.do(LeaveUnsolved(community, use, neighbour))
    outcome = await desk.do(LeaveUnsolved(community, use, asker))
    assert [event.name for event in outcome.events] == ["GuideUnsolved"]
    assert (await desk.do(LeaveUnsolved(community, use, asker))).events == ()


async def test_a_community_changes_its_own_copy_of_what_ships(desk: Desk) -> None:
    row = await shipped(desk)
    copy = await saved(desk, guide_id=row.id, text=replace(TEXT, answer="带本子来社区。"), version=row.version)
    assert copy.id != row.id
    assert (copy.community_id, copy.key, copy.sample) == (await desk.community_id(), "dog", False)
    assert (await guide(desk, row.id)).answer == TEXT.answer
    with pytest.raises(NotFound):  # for this community it is replaced
        await ask(desk, row.id)
    versions = (await desk.session.scalars(select(GuideVersion))).all()
    assert [(v.guide_id, v.what, v.content["answer"]) for v in versions] == [(copy.id, "edit", "带本子来社区。")]


async def test_who_was_slower_is_told(desk: Desk) -> None:
    row = await saved(desk)
    seen = row.version
    await saved(desk, guide_id=row.id, version=seen, text=replace(TEXT, title="先改的"))
    with pytest.raises(MoveRefused):
        await saved(desk, guide_id=row.id, version=seen, text=replace(TEXT, title="后改的"))


@pytest.mark.parametrize(
    ("role", "owner", "may"),
    [
        (Role.ADMIN, "police", True),
        (Role.COMMITTEE, "police", True),
        (Role.WORKSTATION, "property", True),
        (Role.POLICE, "police", True),
        (Role.POLICE, "property", False),
        (Role.STEWARD, "property", True),
        (Role.STEWARD, "police", False),
        (Role.MEDIATOR, "committee", False),
        (Role.SUPERVISOR, "committee", False),
    ],
)
async def test_who_may_write_what(desk: Desk, role: str, owner: str, may: bool) -> None:
    text = replace(TEXT, owner=owner)
    if may:
        assert (await saved(desk, role, text=text)).owner == owner
        return
    with pytest.raises(NotAllowed):
        await saved(desk, role, text=text)


async def test_nobody_takes_over_a_guide_of_another_body_by_naming_their_own(desk: Desk) -> None:
    row = await saved(desk)
    with pytest.raises(NotAllowed):
        await saved(desk, Role.STEWARD, guide_id=row.id, text=replace(TEXT, owner="property"))


@pytest.mark.parametrize(
    ("wrong", "phrase"),
    [
        ({"title": " "}, "console.guide.bad_title"),
        ({"answer": "长" * 121}, "console.guide.bad_answer"),
        ({"source": ""}, "console.guide.bad_source"),
        ({"details": "长" * 2001}, "console.guide.bad_details"),
        ({"questions": ()}, "console.guide.bad_questions"),
        ({"questions": ("长" * 61,)}, "console.guide.bad_questions"),
        ({"owner": "nobody"}, "console.guide.bad_owner"),
        ({"source_on": TODAY + timedelta(days=1)}, "console.guide.bad_source_on"),
        ({"valid_until": TODAY - timedelta(days=1)}, "console.guide.bad_until"),
        ({"org_unit_id": 99999}, "console.guide.bad_area"),
    ],
)
async def test_what_residents_should_not_be_told_is_refused(desk: Desk, wrong: dict[str, Any], phrase: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await saved(desk, text=replace(TEXT, **wrong))
    assert refusal.value.phrase == phrase


async def test_owners_are_told_two_weeks_before_once_for_each_end(desk: Desk) -> None:
    row = await saved(desk, text=replace(TEXT, valid_until=TODAY + timedelta(days=15)))
    await saved(desk, text=replace(TEXT, title="同一天到期", valid_until=TODAY + timedelta(days=15)))
    assert (await desk.do(RemindOwners())).replies == ()
    desk.now += timedelta(days=1)
    (reply,) = (await desk.do(RemindOwners())).replies
    assert (reply.to, reply.params["count"], reply.immediate) == (Audience.STAFF, 2, False)
    assert (await desk.do(RemindOwners())).replies == ()
    staff = (await desk.staff(Role.ADMIN)).id or 0
    await desk.do(RenewGuide(staff, await desk.community_id(), row.id, TODAY + timedelta(days=200)))
    desk.now += timedelta(days=190)
    assert [reply.params["count"] for reply in (await desk.do(RemindOwners())).replies] == [1]


@asynccontextmanager
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    await copy_migrated(tmp_path / "linan.db")
    db = Database(f"sqlite+aiosqlite:///{tmp_path / 'linan.db'}")
    try:
        yield db
    finally:
        await db.close()


FILE = """defaults: {sample: true, source: 样例, source_on: 2026-09-01, valid_until: 2027-08-31, owner: police}
guides:
  - {key: dog, title: 办狗证, ask: [狗证怎么办, 养狗要登记吗], answer: 打完疫苗到派出所登记。}
  - {key: hall, title: 社区几点上班, ask: [社区几点开门, 大厅几点下班], answer: 九点到五点半。}
"""


async def test_what_ships_comes_in_once_and_follows_its_file(tmp_path: Path) -> None:
    folder, clock = tmp_path / "data" / "knowledge" / "guides", FixedClock(NOON)
    folder.mkdir(parents=True)
    (folder / "a.yml").write_text(FILE, "utf-8")
    (folder / "broken.yml").write_text("guides: [1]", "utf-8")
    async with database(tmp_path) as db:
        assert await seed_guides(db, clock, RULES, tmp_path / "data") == 2
        assert await seed_guides(db, clock, RULES, tmp_path / "data") == 0
        (folder / "a.yml").write_text(FILE.replace("九点到五点半", "九点到五点"), "utf-8")
        assert await seed_guides(db, clock, RULES, tmp_path / "data") == 1
        async with db.read() as session:
            rows = (await session.scalars(select(Guide).order_by(Guide.id))).all()
        assert [(row.key, row.answer) for row in rows] == [("dog", "打完疫苗到派出所登记。"), ("hall", "九点到五点。")]


async def test_the_shelf_follows_what_is_written_and_knows_what_holds(tmp_path: Path) -> None:
    folder, clock = tmp_path / "data" / "knowledge" / "guides", FixedClock(NOON)
    folder.mkdir(parents=True)
    (folder / "a.yml").write_text(FILE, "utf-8")
    async with database(tmp_path) as db:
        shelf = Shelf(db, tmp_path / "data", tmp_path)

        async def best(text: str, on: date = TODAY, community: int = 7) -> str | None:
            (hits,) = await shelf.find([Question(text, community, on)])
            async with db.read() as session:
                found = await session.get(Guide, hits[0].name) if hits else None
            return found.answer if found is not None else None

        assert await best("狗证在哪里办") is None
        await seed_guides(db, clock, RULES, tmp_path / "data")
        assert await best("狗证在哪里办") == "打完疫苗到派出所登记。"
        assert await best("狗证在哪里办", date(2027, 9, 1)) is None
        assert await best("狗") is None  # too short to ask anything
        async with db.write() as session:
            own = Guide(community_id=7, key="dog", created_at=NOON, sample=False, **vars_of(TEXT))
            session.add(own)
            await session.flush()
            session.add(GuideVersion(community_id=7, guide_id=own.id, at=NOON, what="edit"))
        assert await best("狗证在哪里办") == TEXT.answer
        assert await best("狗证在哪里办", community=8) == "打完疫苗到派出所登记。"
        await shelf.close()
