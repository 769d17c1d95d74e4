"""The console's pages of guides: who may do what, search, editing, keeping a ticket's answer, reminders."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from actions.errors import MoveRefused, NotFound
from actions.knowledge.commands import AnswerFromGuide, LeaveUnsolved, SetGuideState
from actions.knowledge.model import Guide, GuideVersion
from actions.tickets.commands import Actor, AnswerTicket
from actions.tickets.model import Ticket
from bot.bootstrap import build_jobs
from bot.knowledge.seeding import seed_guides
from bot.scheduling.timetable import GUIDES
from bot.storage.queries_guides import SHOWN
from bot.storage.tables import OutboxRow
from tests.support.console import Office, open_office
from tests.support.postgres import own_postgres

EVERYBODY = {
    "grid_worker", "steward", "committee", "mediator", "police",
    "workstation", "street", "district", "admin", "supervisor",
}  # fmt: skip
WRITERS = {"admin", "committee", "workstation"}
FORM = {
    "title": "社区快递代收",
    "questions": "快递能放社区吗\n社区代收快递不",
    "answer": "大厅可以代收小件快递，凭取件码领。",
    "details": "不收生鲜。",
    "source": "社区公告",
    "source_on": "2026-11-01",
    "valid_until": "2027-11-01",
    "owner": "workstation",
    "area": "",
}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        parts = opened.parts
        await seed_guides(parts.db, opened.clock, parts.rules, parts.settings.data)
        yield opened


async def find(office: Office, key: str, community: int = 0) -> Guide:
    query = select(Guide).where(Guide.key == key, Guide.community_id == community)
    return (await office.rows(query))[0]


@pytest.mark.parametrize("role", sorted(EVERYBODY))
async def test_everybody_reads_and_only_owners_and_writers_change(office: Office, role: str) -> None:
    dog = await find(office, "dog-license")  # the police answer for it
    browser, stranger = await office.browser(role), await office.browser()
    for path in ("/console/guides", "/console/guides/unanswered", f"/console/guides/{dog.id}"):
        assert (await browser.get(path)).status == 200
        assert (await stranger.get(path)).status == 303
    assert (await browser.get("/console/guides/99999")).status == 404
    assert (await browser.get("/console/guides/new")).status == (404 if role == "supervisor" else 200)
    form = {**FORM, "owner": "police", "version": str(dog.version)}
    answer = await browser.post(f"/console/guides/{dog.id}", form)
    expected = {"supervisor": 404}.get(role, 303 if role in WRITERS | {"police"} else 422)
    assert answer.status == expected
    copies = await office.rows(select(Guide).where(Guide.key == "dog-license", Guide.community_id != 0))
    assert len(copies) == (expected == 303)
    answer = await browser.post(f"/console/guides/{(copies or [dog])[0].id}/state", {"state": "retired"})
    retired = await office.rows(select(Guide).where(Guide.state == "retired"))
    assert len(retired) == (expected == 303)


async def test_a_form_without_its_token_changes_nothing(office: Office) -> None:
    browser = await office.browser("admin")
    assert (await browser.post("/console/guides/new", FORM, token="wrong")).status == 403
    assert await office.rows(select(Guide).where(Guide.title == FORM["title"])) == []


async def test_search_finds_words_wherever_they_stand(office: Office) -> None:
    browser = await office.browser("committee")
    assert "申领居住证" in await browser.page("/console/guides?q=居住证材料")
    assert "没有找到" in await browser.page("/console/guides?q=%25")
    assert "第 2 / " in await browser.page("/console/guides?page=2")
    assert "居住证" in await browser.page("/console/guides?q=居住证&show=sample&page=x")


async def test_a_guide_is_written_previewed_changed_and_renewed(office: Office) -> None:
    browser = await office.browser("workstation")
    preview = await (await browser.post("/console/guides/preview", FORM)).text()
    assert "【社区快递代收】大厅可以代收小件快递" in preview
    assert "没有解决" in preview
    answer = await browser.post("/console/guides/new", FORM)
    path = answer.headers["Location"]
    page = await browser.page(path)
    assert "存好了" in page
    assert "样例数据" not in page
    guide = (await office.rows(select(Guide).where(Guide.title == FORM["title"])))[0]
    assert guide.questions == ["快递能放社区吗", "社区代收快递不"]
    wrong = await browser.post(path, {**FORM, "answer": "", "version": str(guide.version)})
    assert wrong.status == 422
    assert "请写简答" in await wrong.text()
    wrong = await browser.post(path, {**FORM, "valid_until": "明年"})
    assert "日期请写成" in await wrong.text()
    await browser.post(f"/console/guides/{guide.id}/renew", {"valid_until": "2028-01-01"})
    late = await browser.post(path, {**FORM, "version": "1"})
    assert "刚才有同事改过" in await late.text()
    assert await office.rows(select(GuideVersion.what).where(GuideVersion.guide_id == guide.id)) == ["write", "renew"]


async def test_what_is_typed_stays_text(office: Office) -> None:
    browser = await office.browser("admin")
    hostile = "<script>alert(1)</script>{title}"
    await browser.post("/console/guides/new", {**FORM, "title": hostile, "answer": hostile, "details": hostile})
    guide = (await office.rows(select(Guide).where(Guide.title == hostile)))[0]
    for page in (f"/console/guides/{guide.id}", "/console/guides?q=alert"):
        assert "<script>alert" not in await browser.page(page)
    preview = await (await browser.post("/console/guides/preview", {**FORM, "answer": hostile})).text()
    assert "<script>" not in preview
    assert "{title}" in preview


async def consult(office: Office, text: str) -> Ticket:
    ticket = await office.open(text, "consult")
    staff = office.people.staff["吴社工"]
    told = "带身份证到社区补办，找王主任，电话13812345678。"
    await office.parts.performer.run(AnswerTicket(ticket.id, Actor("staff", staff, "吴社工"), told))
    return ticket


async def test_an_answer_to_a_ticket_becomes_a_guide_that_names_nobody(office: Office) -> None:
    ticket = await consult(office, "我叫张小红，公交卡丢了去哪补，我电话13998765432")
    browser = await office.browser("workstation")
    link = f"/console/guides/new?community={office.people.community_id}&amp;ticket={ticket.id}"
    assert link in await browser.page("/console/guides/unanswered")
    assert link in await browser.page(f"/console/tickets/{ticket.id}")
    page = await browser.page(link.replace("&amp;", "&"))
    assert "带身份证到社区补办" in page
    assert not {"13812345678", "13998765432", "张小红", "王主任"} & set(re.findall(r"\d{11}|张小红|王主任", page))
    await browser.post("/console/guides/new", {**FORM, "title": "公交卡补办", "ticket": str(ticket.id)})
    assert link not in await browser.page("/console/guides/unanswered")
    again = await browser.get(link.replace("&amp;", "&"))
    assert again.status == 303  # to the guide that it has become


async def test_what_lies_elsewhere_is_not_kept_from_here(office: Office) -> None:
    secret = await office.open("对门好像在搞传销", "safety_tip/fraud")
    browser = await office.browser("steward")
    assert (await browser.get(f"/console/guides/new?ticket={secret.id}")).status == 404
    assert (await browser.get("/console/guides?community=1")).status == 404


async def test_use_and_what_did_not_help_are_counted(office: Office) -> None:
    people, dog = office.people, await find(office, "dog-license")
    resident, chat = people.residents["小陈"], people.groups["东区群"]
    run = office.parts.performer.run
    use = (await run(AnswerFromGuide(people.community_id, dog.id, resident, chat, 1))).value
    await run(LeaveUnsolved(people.community_id, use, resident))
    tickets = await office.rows(select(Ticket).where(Ticket.service == "consult"))
    assert [ticket.reporter_id for ticket in tickets] == [resident]
    browser = await office.browser("police")
    assert "1次没解决" in await browser.page("/console/guides?show=unsolved")
    assert "没解决1次" in await browser.page(f"/console/guides/{dog.id}")


async def test_the_pages_and_two_writers_at_once_on_postgresql(tmp_path: Path) -> None:
    async with own_postgres() as url, open_office(tmp_path, url) as office:
        parts = office.parts
        await seed_guides(parts.db, office.clock, parts.rules, parts.settings.data)
        ticket, browser = await consult(office, "公交卡丢了去哪补"), await office.browser("workstation")
        for show in SHOWN:
            await browser.page(f"/console/guides?show={show}&q=居住证")
        assert f"ticket={ticket.id}" in await browser.page("/console/guides/unanswered")
        await browser.page(f"/console/guides/new?ticket={ticket.id}")
        dog, staff = await find(office, "dog-license"), office.people.staff["吴社工"]
        commands = [SetGuideState(staff, office.people.community_id, dog.id, "retired") for _ in range(3)]
        results = await asyncio.gather(*map(parts.performer.run, commands), return_exceptions=True)
        assert sum(isinstance(one, NotFound | MoveRefused) for one in results) == 2, results
        assert await build_jobs(parts).run(GUIDES) == (0, 0)


async def test_the_clock_tells_owners_once(office: Office) -> None:
    until = office.clock.now().date() + timedelta(days=10)
    async with office.parts.db.write() as session:
        await session.execute(update(Guide).where(Guide.key == "dog-license").values(valid_until=until))
    jobs = build_jobs(office.parts)
    assert await jobs.run(GUIDES) == (1, 0)
    assert await jobs.run(GUIDES) == (0, 0)
    texts = [row.body["text"] for row in await office.rows(select(OutboxRow))]
    assert len(texts) == 1
    assert "《办狗证》" in texts[0]
    browser = await office.browser("police")
    assert "办狗证" in await browser.page("/console/guides?show=ending")
