"""A ticket worked through its page: moves, answers, notes, pictures, and what others see meanwhile."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData
from PIL import Image
from sqlalchemy import select, update

from actions.tickets.commands import Where
from actions.tickets.model import Article, Status, Ticket
from bot.messages import Arrival
from bot.storage.tables import ChatMessage, OutboxRow
from tests.support.console import Browser, Office, open_office


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield opened


async def move(browser: Browser, ticket: Ticket, name: str, **form: Any) -> str:
    """Press a move's button and read the page that follows."""
    page = f"/console/tickets/{ticket.id}"
    version = re.search(r'name="version" value="(\d+)"', await browser.page(page))
    data = {"move": name, "version": version[1] if version else "", **form}
    assert (await browser.post(f"{page}/move", data)).status == 303
    return await browser.page(page)


def offered(page: str) -> set[str]:
    return set(re.findall(r'name="move" value="(\w+)"', page))


async def test_a_ticket_goes_through_the_whole_loop_in_the_pages(office: Office) -> None:
    ticket = await office.open()
    committee, steward = await office.browser("committee"), await office.browser("steward")
    team, person = office.people.teams["property"], office.people.staff["李师傅"]
    for browser, name, form, status in (
        (committee, "verify", {}, Status.VERIFIED),
        (committee, "accept", {"text": "归物业"}, Status.ACCEPTED),
        (committee, "dispatch", {"team_id": str(team), "assignee_id": str(person)}, Status.DISPATCHED),
        (steward, "suspend", {"text": "等住户回话"}, Status.SUSPENDED),
        (steward, "resume", {}, Status.DISPATCHED),
        (steward, "handle", {"text": "换了皮带", "tell": "电梯修好了，可以坐了"}, Status.HANDLED),
        (committee, "check", {}, Status.CHECKED),
        (committee, "close", {}, Status.CLOSED),
        (committee, "reopen", {"text": "又停了"}, Status.ACCEPTED),
    ):
        page = await move(browser, ticket, name, **form)
        assert "办好了" in page, (name, page)
        now = await office.ticket(ticket.id)
        assert now.status == status, name
    assert now.assignee_id == person
    articles = await office.rows(select(Article).where(Article.ticket_id == ticket.id).order_by(Article.id))
    assert [(a.move, a.actor_name) for a in articles[1:4]] == [
        ("verify", "钱主任"),
        ("accept", "钱主任"),
        ("dispatch", "钱主任"),
    ]
    said = await office.rows(select(OutboxRow).where(OutboxRow.chat_id == office.people.groups["东区群"]))
    assert any("电梯修好了，可以坐了" in row.body["text"] for row in said)
    assert "换了皮带" in page
    assert "告诉居民：" in page


async def test_the_page_offers_just_the_moves_of_that_role_and_state(office: Office) -> None:
    ticket = await office.open()
    expected = {
        "committee": {
            "verify",
            "accept",
            "dispatch",
            "take",
            "return",
            "suspend",
            "withdraw",
            "merge",
            "escalate",
        },
        "steward": {"verify", "accept", "dispatch", "take", "return", "suspend", "merge", "escalate"},
        "supervisor": set(),
    }
    for role, moves in expected.items():
        browser = await office.browser(role)
        assert offered(await browser.page(f"/console/tickets/{ticket.id}")) == moves, role


async def test_a_supervisor_only_looks(office: Office) -> None:
    ticket, browser = await office.open(), await office.browser("supervisor")
    page = f"/console/tickets/{ticket.id}"
    for path, form in (("move", {"move": "accept"}), ("note", {"text": "x"}), ("answer", {"text": "x"})):
        await browser.post(f"{page}/{path}", form)
        assert "监督账号只能查看" in await browser.page(page)
    assert (await office.ticket(ticket.id)).version == ticket.version
    assert len(await office.rows(select(Article).where(Article.ticket_id == ticket.id))) == 1


async def test_a_ticket_out_of_sight_cannot_be_moved_either(office: Office) -> None:
    secret = await office.open("有人贩毒", "safety_tip/public_order")
    browser = await office.browser("steward")
    for path in ("move", "note", "answer", "preview/move", "preview/answer", "context"):
        answer = await browser.post(f"/console/tickets/{secret.id}/{path}", {"move": "accept", "text": "x"})
        assert answer.status == 404, path
    assert (await office.ticket(secret.id)).version == secret.version


async def test_the_preview_shows_the_very_words_and_does_nothing(office: Office) -> None:
    ticket, browser = await office.open(), await office.browser("committee")
    page = f"/console/tickets/{ticket.id}"
    before = len(await office.rows(select(OutboxRow.id)))
    form = {"move": "accept", "version": str(ticket.version)}
    shown = await (await browser.post(f"{page}/preview/move", form)).text()
    custom = await (await browser.post(f"{page}/preview/move", {**form, "tell": "马上到，别急"})).text()
    assert (await office.ticket(ticket.id)).status == "reported"
    assert len(await office.rows(select(OutboxRow.id))) == before
    await browser.post(f"{page}/move", form)
    said = (await office.rows(select(OutboxRow).order_by(OutboxRow.id.desc()).limit(1)))[0]
    assert said.body["text"] in shown
    assert "发到群：东区群" in shown
    assert "马上到，别急" in custom


async def test_the_preview_of_a_secret_answer_stays_private(office: Office) -> None:
    ticket, browser = await office.open("有人骗老人钱", "safety_tip/fraud"), await office.browser("committee")
    path = f"/console/tickets/{ticket.id}/preview/answer"
    shown = await (await browser.post(path, {"text": "谢谢您，我们去看", "where": "group"})).text()
    assert "私聊" in shown
    assert "发到群" not in shown


async def test_an_answer_reaches_the_group_or_the_private_chat(office: Office) -> None:
    ticket, browser = await office.open(), await office.browser("steward")
    for where, chat in (
        ("group", office.people.groups["东区群"]),
        ("private", office.people.private["王阿姨"]),
    ):
        answer = await browser.post(f"/console/tickets/{ticket.id}/answer", {"text": f"去{where}", "where": where})
        assert answer.status == 303
        rows = await office.rows(select(OutboxRow).where(OutboxRow.chat_id == chat))
        assert any(f"去{where}" in row.body["text"] for row in rows)


async def test_the_slower_of_two_people_is_told_and_changes_nothing(office: Office) -> None:
    ticket = await office.open()
    first, second = await office.browser("committee"), await office.browser("steward")
    path, form = f"/console/tickets/{ticket.id}/move", {"move": "accept", "version": str(ticket.version)}
    await first.post(path, form)
    await second.post(path, {**form, "move": "dispatch"})
    assert (await office.ticket(ticket.id)).status == "accepted"
    assert "alert-danger" in await second.page(f"/console/tickets/{ticket.id}")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"move": "fly"}, "工单已经变了"),
        ({"move": "close"}, "工单已经变了"),
        ({"move": "return", "text": ""}, "alert-danger"),
        ({"move": "accept", "text": "长" * 2001}, "最多2000个字"),
        ({"move": "dispatch", "team_id": "one"}, "表单不完整"),
        ({"move": "dispatch", "assignee_id": "99999"}, "alert-danger"),
        ({"move": "merge", "into_ref": "19990101-0001"}, "alert-danger"),
        ({}, "alert-danger"),
    ],
)
async def test_a_move_that_cannot_be_is_refused_with_the_reason(
    office: Office, form: dict[str, str], said: str
) -> None:
    ticket, browser = await office.open(), await office.browser("committee")
    assert (await browser.post(f"/console/tickets/{ticket.id}/move", form)).status == 303
    assert said in await browser.page(f"/console/tickets/{ticket.id}")
    assert (await office.ticket(ticket.id)).status == "reported"


async def test_the_same_fault_is_merged_by_its_number(office: Office) -> None:
    ticket, same = await office.open(), await office.open("电梯不动", who="老李")
    browser = await office.browser("committee")
    page = await move(browser, same, "merge", into_ref=ticket.ref)
    assert (await office.ticket(same.id)).merged_into_id == ticket.id
    assert ticket.ref in page


def picture(form: str = "JPEG") -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "secret camera"
    Image.new("RGB", (64, 48), "red").save(out, form, exif=exif)
    return out.getvalue()


async def post_picture(browser: Browser, path: str, data: bytes, **fields: str) -> None:
    form = FormData({"csrf": await browser.token(), **fields})
    form.add_field("pictures", data, filename="../../x.php", content_type="image/jpeg")
    assert (await browser.http.post(path, data=form, allow_redirects=False)).status == 303


async def test_a_picture_of_the_work_is_kept_clean_and_shown_to_those_who_see_the_ticket(
    office: Office,
) -> None:
    ticket = await office.move(await office.open(), "take", "李师傅")
    steward, grid = await office.browser("steward"), await office.browser("grid_worker")
    other = await office.open(where=Where("8"))
    await post_picture(
        steward, f"/console/tickets/{ticket.id}/move", picture(), move="handle", text="修好了", version=""
    )
    page = await steward.page(f"/console/tickets/{ticket.id}")
    found = re.findall(rf'src="(/console/tickets/{ticket.id}/pictures/[0-9a-f]{{40}})"', page)
    assert len(found) == 1
    answer = await grid.get(found[0])
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert b"secret camera" not in await answer.read()
    assert (await grid.get(found[0].replace(f"tickets/{ticket.id}", f"tickets/{other.id}"))).status == 404
    assert (await steward.get(found[0].replace(f"tickets/{ticket.id}", f"tickets/{other.id}"))).status == 404
    assert (await (await office.browser()).get(found[0])).status == 303


@pytest.mark.parametrize("data", [b"<script>alert(1)</script>", b"", picture()[:200], b"\x89PNG\r\n\x1a\n" + b"0" * 50])
async def test_what_is_no_picture_is_refused_and_nothing_is_done(office: Office, data: bytes) -> None:
    ticket = await office.move(await office.open(), "take", "李师傅")
    browser = await office.browser("steward")
    await post_picture(browser, f"/console/tickets/{ticket.id}/move", data, move="handle", text="修好了", version="")
    assert "alert-danger" in await browser.page(f"/console/tickets/{ticket.id}")
    assert (await office.ticket(ticket.id)).status == "dispatched"


async def say(office: Office, who: str, text: str, n: int) -> None:
    chat, resident = office.people.groups["东区群"], office.people.residents[who]
    await office.parts.inbox.accept(Arrival(chat, resident, f"{resident}:{n}", text=text))


async def test_what_others_said_around_it_needs_a_reason_that_is_recorded(office: Office) -> None:
    await say(office, "小陈", "我家今晚吃饺子", 1)
    await say(office, "王阿姨", "电梯又停了，快来人", 2)
    ticket = await office.open()
    page = f"/console/tickets/{ticket.id}"
    steward, committee = await office.browser("steward"), await office.browser("committee")
    text = await committee.page(page)
    assert "电梯又停了，快来人" in text
    assert "我家今晚吃饺子" not in text
    shown = await (await committee.post(f"{page}/context")).text()
    assert "我家今晚吃饺子" in shown
    assert (await office.audit())[-1] == "context_viewed"
    assert (await steward.post(f"{page}/context")).status == 404
    assert "看其他人的话" not in await steward.page(page)


async def test_a_recalled_line_is_shown_to_nobody(office: Office) -> None:
    await say(office, "王阿姨", "我说错了别看", 1)
    ticket = await office.open()
    async with office.parts.db.write() as session:
        await session.execute(update(ChatMessage).values(recalled_at=office.clock.now()))
    browser = await office.browser("admin")
    assert "我说错了别看" not in await (await browser.post(f"/console/tickets/{ticket.id}/context")).text()


async def test_a_ticket_for_somebody_who_phoned_is_opened_and_routed(office: Office) -> None:
    browser = await office.browser("workstation")
    form = {
        "service": "service_request/water_drainage",
        "text": "厨房下水道堵了",
        "building": "3",
        "unit": "2",
        "nickname": "王阿姨",
    }
    answer = await browser.post("/console/tickets/new", form)
    assert answer.status == 303
    ticket = await office.ticket(int(answer.headers["Location"].rpartition("/")[2]))
    assert (ticket.team_id, ticket.building) == (office.people.teams["property"], "3")
    assert ticket.reporter_id == office.people.residents["王阿姨"]
    told = await office.rows(select(OutboxRow).where(OutboxRow.chat_id == office.people.groups["东区群"]))
    assert told == []
    assert f"工单 {ticket.ref} 已登记" in await browser.page(answer.headers["Location"])


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"service": "", "text": "x"}, "请选择事项类别"),
        ({"service": "nonsense", "text": "x"}, "请选择事项类别"),
        ({"service": "other", "text": " "}, "还没有写内容"),
        ({"service": "other", "text": "我写了很久的话", "nickname": "没这个人"}, "我写了很久的话"),
        ({"service": "other", "text": "x", "nickname": "没这个人"}, "按这个称呼找到0位居民"),
        ({"service": "other", "text": "x", "community": "99"}, "请选择社区"),
        ({"service": "other", "text": "x", "building": "9" * 17}, "最多16个字"),
    ],
)
async def test_a_form_that_is_wrong_comes_back_filled_with_the_reason(
    office: Office, form: dict[str, str], said: str
) -> None:
    browser = await office.browser("committee")
    answer = await browser.post("/console/tickets/new", form)
    assert answer.status == 422
    assert said in await answer.text()
    assert await office.rows(select(Ticket.id)) == []


async def test_the_page_says_why_it_was_understood_so(office: Office) -> None:
    why = {
        "intent": "service_request",
        "confidence": 0.93,
        "ranking": [["service_request", 0.93], ["safety_tip", 0.04]],
        "entities": {"building": "3", "place": "电梯间"},
        "why": ["停了"],
        "danger": "trapped",
    }
    ticket = await office.open(understanding=why)
    text = await (await office.browser("steward")).page(f"/console/tickets/{ticket.id}")
    for shown in ("93%", "报事报修", "电梯间", "停了", "电梯困人"):
        assert shown in text
