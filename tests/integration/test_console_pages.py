"""Who sees which page and which ticket, and that nothing written by anybody is ever executed."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import text as sql
from structlog.testing import capture_logs

from actions.tickets.commands import Where
from tests.support.console import Office, open_office

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>'; DROP TABLE ticket; -- {{7*7}}"

# page → roles that may open it; everybody else is told that it is not there
EVERYBODY = {
    "grid_worker", "steward", "committee", "mediator", "police",
    "workstation", "street", "district", "admin", "supervisor",
}  # fmt: skip
PAGES = {
    "/console/": EVERYBODY,
    "/console/tickets": EVERYBODY,
    "/console/tickets?queue=closed&page=2": EVERYBODY,
    "/console/account": EVERYBODY,
    "/console/tickets/new": EVERYBODY - {"supervisor"},
    "/console/staff-chat": EVERYBODY - {"supervisor"},
    "/console/duty": EVERYBODY - {"supervisor"},
    "a fire in building 3": EVERYBODY - {"supervisor"},
    "a fire in building 8": EVERYBODY - {"supervisor", "grid_worker"},
    "/console/alarms/99999": set(),
    "/console/schedules": {"admin", "committee", "workstation", "supervisor"},
    "/console/deliveries": {"admin", "committee", "workstation"},
    "/console/deliveries?state=sent": {"admin", "committee", "workstation"},
    "elevator in building 3": EVERYBODY,
    "elevator in building 8": EVERYBODY - {"grid_worker"},  # theirs is the first grid
    "a fraud in building 3": {"admin", "committee", "police"},
    "/console/tickets/99999": set(),
    "/console/tickets/x": set(),
    "/console/../../etc/passwd": set(),
}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("role", sorted(EVERYBODY))
async def test_what_the_bar_of_a_phone_has_no_room_for_stands_under_mine(office: Office, role: str) -> None:
    page = await (await office.browser(role)).page("/console/account")
    bar, mine = page.split('class="mainnav"')[1].split("</nav>")[0], page.split("phone-only")[1].split("</form>")[0]
    on_a_phone = set(re.findall(r'<span>\s*<a href="([^"]+)"', bar)) | {"/console/account"}
    left_out = set(re.findall(r'href="([^"]+)"', bar)) - on_a_phone
    assert {"/console/", "/console/tickets"} <= on_a_phone
    assert "/console/activities" in left_out
    assert left_out == set(re.findall(r'href="([^"]+)"', mine))


@pytest.mark.parametrize("role", sorted(EVERYBODY))
async def test_each_role_reaches_its_own_pages_and_no_other(office: Office, role: str) -> None:
    tickets = {
        "elevator in building 3": await office.open(),
        "elevator in building 8": await office.open(where=Where("8", "1")),
        "a fraud in building 3": await office.open("骗子打电话骗了我妈", "safety_tip/fraud"),
    }
    for building in ("3", "8"):
        await office.open("着火了", "emergency/fire", emergency="fire", where=Where(building))
    fires = {"a fire in building 3": 1, "a fire in building 8": 2}
    browser = await office.browser(role)
    stranger = await office.browser()
    for page, roles in PAGES.items():
        path = f"/console/tickets/{tickets[page].id}" if page in tickets else page
        path = f"/console/alarms/{fires[page]}" if page in fires else path
        expected = 200 if role in roles else 404
        assert (page, (await browser.get(path)).status) == (page, expected)
        if path.startswith("/console/") and ".." not in path:
            assert (await stranger.get(path)).status == 303


@pytest.mark.parametrize(
    ("role", "sees"), [("steward", False), ("grid_worker", False), ("police", True), ("admin", True)]
)
async def test_what_was_said_in_confidence_shows_in_no_list_of_others(office: Office, role: str, sees: bool) -> None:
    ticket = await office.open("对门好像在搞传销", "safety_tip/fraud", emergency="")
    browser = await office.browser(role)
    for path in ("/console/tickets?queue=area", "/console/tickets?queue=area&q=传销", "/console/"):
        text = await browser.page(path)
        assert (f"/console/tickets/{ticket.id}" in text or "全部 1" in text) is sees, path
        assert ("对门好像" in text) is sees


async def test_even_the_trusted_do_not_learn_who_said_it_unless_they_work_on_it(office: Office) -> None:
    ticket = await office.open("对门好像在搞传销", "safety_tip/public_order")
    admin, police = await office.browser("admin"), await office.browser("police")
    assert "王阿姨" not in await admin.page(f"/console/tickets/{ticket.id}")
    assert "保密，只有承办人可见" in await admin.page(f"/console/tickets/{ticket.id}")
    assert "王阿姨" in await police.page(f"/console/tickets/{ticket.id}")
    assert (await office.audit()).count("confidential_viewed") == 3


async def test_search_finds_chinese_words_wherever_they_stand(office: Office) -> None:
    lift = await office.open("我妈腿脚不好，电梯又坏了下不了楼")
    light = await office.open("楼道的灯不亮", "service_request/electricity_lighting", where=Where("5", "1"))
    browser = await office.browser("committee")

    async def found(query: str) -> set[int]:
        text = await browser.page(f"/console/tickets?queue=area&q={query}")
        return {ticket.id for ticket in (lift, light) if f'href="/console/tickets/{ticket.id}"' in text}

    assert await found("电梯") == {lift.id}
    assert await found("电梯坏") == {lift.id}  # the words, in the text "电梯又坏了"
    assert await found("楼道灯") == {light.id}
    assert await found("用电照明") == {light.id}  # what the service is called
    assert await found(light.ref) == {light.id}
    assert await found("%") == set()
    assert await found("_") == set()
    assert await found("广场舞") == set()


async def test_filters_and_queues_show_what_they_say(office: Office) -> None:
    lift = await office.open()
    noise = await office.open("楼上半夜装修", "dispute/renovation", where=Where("5"))
    fire = await office.open("着火了", "emergency/fire", emergency="fire")
    await office.move(lift, "take", "李师傅")
    await office.move(noise, "suspend", "钱主任")
    browser = await office.browser("steward")

    async def found(query: str) -> set[int]:
        text = await browser.page(f"/console/tickets?{query}")
        return {t.id for t in (lift, noise, fire) if f'href="/console/tickets/{t.id}"' in text}

    assert await found("queue=mine") == {lift.id}
    assert await found("queue=area") == {lift.id, noise.id, fire.id}
    assert await found("queue=waiting") == {noise.id}
    assert await found("queue=area&emergency=1") == {fire.id}
    assert await found("queue=area&building=5") == {noise.id}
    assert await found("queue=area&service=dispute/*") == {noise.id}
    assert await found("queue=area&service=service_request/elevator") == {lift.id}
    assert await found("queue=area&status=dispatched") == {lift.id}
    assert await found("queue=area&level=district") == set()
    office.clock.advance(timedelta(days=2))
    browser = await office.browser("steward")  # two days are too long for a session
    assert await found("queue=late") == {lift.id, fire.id}
    assert await found("queue=closed") == set()
    assert await found("queue=nonsense&page=-1&sort=x&status=y&level=z") != {0}


async def test_a_long_queue_is_turned_page_by_page(office: Office) -> None:
    tickets = [await office.open(f"第{n}次电梯停了") for n in range(27)]
    browser = await office.browser("committee")
    first = await browser.page("/console/tickets?queue=area&sort=old")
    second = await browser.page("/console/tickets?queue=area&sort=old&page=2")
    assert "共 27 张" in first
    assert f'href="/console/tickets/{tickets[0].id}"' in first
    assert f'href="/console/tickets/{tickets[-1].id}"' in second
    assert f'href="/console/tickets/{tickets[0].id}"' not in second


async def test_html_and_sql_in_every_field_stay_text(office: Office) -> None:
    ticket = await office.open(HOSTILE, where=Where("3", "2", spot=HOSTILE[:64]))
    browser = await office.browser("committee")
    page = f"/console/tickets/{ticket.id}"
    await browser.post(f"{page}/note", {"text": HOSTILE})
    await browser.post(f"{page}/answer", {"text": HOSTILE, "where": "group"})
    await browser.post(f"{page}/move", {"move": "accept", "text": HOSTILE, "tell": HOSTILE})
    preview = await browser.post(f"{page}/preview/answer", {"text": HOSTILE, "where": "private"})
    new = {
        "service": HOSTILE[:48],
        "text": HOSTILE,
        "building": "<u>1",
        "spot": HOSTILE[:64],
        "nickname": "<i>x",
    }
    refused = await browser.post("/console/tickets/new", new)
    assert refused.status == 422
    texts = [
        await browser.page(page),
        await preview.text(),
        await refused.text(),
        await browser.page("/console/"),
        await browser.page("/console/tickets?queue=area"),
        *[await browser.page(f"/console/tickets?queue=area&{key}=" + quote(HOSTILE)) for key in QUERY_KEYS],
        await browser.page("/console/deliveries?state=" + quote(HOSTILE)),
        await browser.page("/console/staff-chat?community=" + quote(HOSTILE)),
        await (await (await office.browser()).get("/console/sign-in?next=" + quote(HOSTILE))).text(),
    ]
    for text in texts:
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "<u>1" not in text
        assert ">49<" not in text
    assert html.escape("<script>alert(1)</script>") in texts[0]
    assert (await office.ticket(ticket.id)).status == "accepted"


QUERY_KEYS = ("q", "service", "building", "status", "level", "sort", "page", "queue", "emergency")


async def test_every_answer_forbids_inline_scripts_and_frames(office: Office) -> None:
    browser = await office.browser("admin")
    stranger = await office.browser()
    for who, path in (
        (browser, "/console/"),
        (browser, "/console/nothing"),
        (stranger, "/console/"),
        (stranger, "/console/sign-in"),
    ):
        headers = (await who.get(path)).headers
        assert "script-src 'self';" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_templates_hold_no_inline_script_or_style() -> None:
    folder = Path(__file__).resolve().parents[2] / "bot" / "console" / "templates"
    for path in folder.glob("*.html"):
        text = path.read_text("utf-8")
        assert " style=" not in text, path
        assert " onclick=" not in text, path
        assert "|safe" not in text.replace(" ", ""), path
        assert all("src=" in tag.split(">")[0] for tag in text.split("<script")[1:]), path


async def test_nobody_sees_a_traceback_only_a_number(office: Office) -> None:
    browser = await office.browser("admin")
    async with office.parts.db.write() as session:
        await session.execute(sql("ALTER TABLE tick_run RENAME TO tick_gone"))
    with capture_logs() as logged:
        answer = await browser.get("/console/schedules")
    text_seen = await answer.text()
    assert answer.status == 500
    assert "tick_run" not in text_seen
    assert "Traceback" not in text_seen
    assert [event["number"] for event in logged] == [text_seen.split("编号 ")[1][:8]]


async def test_the_address_without_slash_leads_to_the_console(office: Office) -> None:
    browser = await office.browser("admin")
    assert (await browser.get("/console")).headers["Location"] == "/console/"
    assert "console.css" in await browser.page("/console/")
    assert (await browser.get("/static/console/console.css")).status == 200
    assert (await browser.get("/static/console/console.js")).status == 200
