"""The console's pages of tips: who sees what and who is refused, what is written down, the form for the police."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from actions.people.model import Role
from actions.tips.commands import LeaveTip
from actions.tips.model import Tip, TipReading
from bot.sealing import FILE
from tests.support.console import Browser, Office, open_office
from tests.support.tips import plain_rows

SECRET = "五零一那个穿灰夹克的半夜撬电瓶<script>alert(1)</script>"
SHOWN = "五零一那个穿灰夹克的半夜撬电瓶&lt;script&gt;"
READERS, OVERSEERS, COUNTERS = {"police", "committee"}, {"street", "district"}, {"admin", "supervisor"}
ROLES = sorted(Role)

#: page or form → the roles that it is there for; to everybody else it does not exist
DOORS: dict[str, set[str]] = {
    "GET /console/tips": READERS | OVERSEERS | COUNTERS,
    "GET /console/tips/{id}": READERS | OVERSEERS,
    "POST /console/tips/{id}/open": READERS,
    "POST /console/tips/{id}/move": READERS,
    "POST /console/tips/{id}/paper": READERS,
    "POST /console/tips/{id}/docx": READERS,
    "GET /console/tips/99999": set(),
    "POST /console/tips/99999/open": set(),
}
FORM = {"what": "content", "reason": "handle", "move": "note", "text": "记一笔"}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield opened


async def left(office: Office, text: str = SECRET, **more: Any) -> Tip:
    more.setdefault("reporter_id", office.people.residents["王阿姨"])
    command = LeaveTip(office.people.community_id, "safety_tip/theft", text, {"building": "3"}, **more)
    return await tip_of(office, (await office.parts.performer.run(command)).value.tip_id)


async def tip_of(office: Office, tip_id: int) -> Tip:
    (tip,) = await office.rows(select(Tip).where(Tip.id == tip_id))
    return tip


async def opened(browser: Browser, tip: Tip, what: str = "content", reason: str = "handle") -> str:
    answer = await browser.post(f"/console/tips/{tip.id}/open", {"what": what, "reason": reason})
    text = await answer.text()
    assert answer.status == 200, text[:300]
    assert answer.headers["Cache-Control"] == "no-store"
    return text


async def moved(browser: Browser, tip: Tip, move: str, **more: str) -> str:
    answer = await browser.post(f"/console/tips/{tip.id}/move", {"move": move, "text": "已经去看过", **more})
    assert answer.status == 303
    return await browser.page(answer.headers["Location"])


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_finds_its_own_doors_and_no_other(office: Office, role: str) -> None:
    tip, browser = await left(office), await office.browser(role)
    for door, allowed in DOORS.items():
        method, _, path = door.partition(" ")
        path = path.format(id=tip.id)
        answer = await (browser.get(path) if method == "GET" else browser.post(path, FORM))
        text = (await answer.read()).decode("utf-8", "replace")
        assert answer.status < 500
        assert (answer.status != 404) == (role in allowed), (role, door, answer.status)
        if role not in READERS:
            assert "灰夹克" not in text
    home = await browser.page("/console/")
    assert ('href="/console/tips"' in home) == (role in READERS | OVERSEERS | COUNTERS)


@pytest.mark.parametrize("role", ROLES)
async def test_nothing_of_it_is_in_any_other_page(office: Office, role: str) -> None:
    tip, browser = await left(office), await office.browser(role)
    paths = ["/console/", "/console/tickets", "/console/tickets?q=半夜撬电瓶", "/console/figures"]
    for path in paths:
        text = await (await browser.get(path)).text()
        assert "灰夹克" not in text
        assert tip.ref not in text


async def test_without_the_token_nothing_opens(office: Office) -> None:
    tip, browser = await left(office), await office.browser("police")
    for path in ("open", "move", "paper", "docx"):
        answer = await browser.post(f"/console/tips/{tip.id}/{path}", FORM, token="wrong")
        assert answer.status == 403
    assert await office.rows(select(TipReading)) == []
    stranger = await office.browser()
    assert (await stranger.get(f"/console/tips/{tip.id}")).headers["Location"].startswith("/console/sign-in")


async def test_the_queue_and_the_page_say_nothing_until_somebody_presses(office: Office) -> None:
    tip, browser = await left(office), await office.browser("police")
    queue = await browser.page("/console/tips")
    assert tip.ref in queue
    assert "等人打开看" in queue
    page = await browser.page(f"/console/tips/{tip.id}")
    assert "还没有人打开看" in page
    assert not [word for word in ("灰夹克", "失窃", "王阿姨", "3栋") if word in queue + page]
    text = await opened(browser, tip)
    assert SHOWN in text
    assert "3栋" in text
    assert "王阿姨" not in text
    assert "周警官（社区民警）打开内容：承办" in text.replace("\n", "")
    assert "灰夹克" not in await browser.page(f"/console/tips/{tip.id}")  # it has closed again
    assert "王阿姨" in await opened(browser, tip, "reporter", "lawful")
    readings = await office.rows(select(TipReading).order_by(TipReading.id))
    assert [(r.name, r.what, r.reason) for r in readings] == [
        ("周警官", "content", "handle"),
        ("周警官", "reporter", "lawful"),
    ]


async def test_without_a_reason_it_stays_closed(office: Office) -> None:
    tip, browser = await left(office), await office.browser("committee")
    for form in ({"what": "content"}, {"what": "content", "reason": "好奇"}, {"what": "all", "reason": "handle"}):
        answer = await browser.post(f"/console/tips/{tip.id}/open", form)
        assert answer.status == 303
        assert "灰夹克" not in await browser.page(answer.headers["Location"])
    assert await office.rows(select(TipReading)) == []


async def test_a_case_is_worked_on_to_its_end(office: Office) -> None:
    tip, browser = await left(office), await office.browser("police")
    assert "请先打开看" in await moved(browser, tip, "settle")
    await opened(browser, tip)
    assert "正在核实" in await moved(browser, tip, "check")
    assert "在等反映人回话" in await moved(browser, tip, "ask", text="他几点来？")
    assert "请写移交给哪个单位" in await moved(browser, tip, "hand_over", to="桂花派出所")
    page = await moved(browser, tip, "hand_over", to="桂花派出所", receipt="杭公受〔2026〕12号")
    assert "已移交公安" in page
    assert "桂花派出所" not in page  # to whom is sealed, too
    assert "已办结" in await moved(browser, tip, "settle")
    assert (await tip_of(office, tip.id)).state == "settled"
    queue = await browser.page("/console/tips")
    assert tip.ref in queue.partition("办完的")[2]
    for word in ("灰夹克", "他几点来", "已经去看过", "桂花派出所", "杭公受"):
        assert [table for table, row in await plain_rows(office.parts.db) if word in row] == []


async def test_the_form_for_the_police_holds_everything_and_is_written_down(office: Office) -> None:
    tip, browser = await left(office), await office.browser("police")
    await opened(browser, tip)
    await moved(browser, tip, "hand_over", to="桂花派出所", receipt="杭公受〔2026〕12号")
    answer = await browser.post(f"/console/tips/{tip.id}/paper")
    page = await answer.text()
    for words in (SHOWN, "桂花派出所", "杭公受〔2026〕12号", tip.ref, "打开内容", "出移交表", "失窃线索"):
        assert words in page, words
    answer = await browser.post(f"/console/tips/{tip.id}/docx")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{tip.ref}.docx"'
    with zipfile.ZipFile(io.BytesIO(await answer.read())) as file:
        assert file.testzip() is None
        document = file.read("word/document.xml").decode()
    for words in (SHOWN.partition("&")[0], "桂花派出所", "杭公受〔2026〕12号", tip.ref, "线索移交表", "周警官"):
        assert words in document, words
    readings = await office.rows(select(TipReading).order_by(TipReading.id))
    assert [reading.what for reading in readings] == ["content", "form", "form"]


async def test_without_the_key_the_page_says_what_to_do_and_nothing_is_lost(office: Office) -> None:
    tip, browser = await left(office), await office.browser("police")
    key = office.parts.settings.var / FILE
    kept = key.read_text()
    key.unlink()
    for path in ("open", "paper", "docx"):
        answer = await browser.post(f"/console/tips/{tip.id}/{path}", FORM)
        assert answer.status == 303
        assert "保密线索的钥匙找不到了" in await browser.page(answer.headers["Location"])
    assert await office.rows(select(TipReading)) == []
    key.write_text(kept)
    assert SHOWN in await opened(browser, tip)


async def test_a_tip_by_phone_is_written_down_sealed(office: Office) -> None:
    browser = await office.browser("workstation")
    form = {"text": "有人打电话说202在制假药", "service": "safety_tip/public_order", "building": "3"}
    answer = await browser.post("/console/tickets/new", form)
    page = await browser.page(answer.headers["Location"])
    assert "已封存成保密线索，编号 X" in page
    (tip,) = await office.rows(select(Tip))
    assert (tip.source, tip.reporter_id) == ("desk", None)
    assert [table for table, row in await plain_rows(office.parts.db) if "制假药" in row] == []
    assert "制假药" in await opened(await office.browser("committee"), tip)
