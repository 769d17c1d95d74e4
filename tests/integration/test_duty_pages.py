"""The pages of the responsibility list: who reads, who edits, what is looked through before it is kept."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData
from openpyxl import load_workbook
from sqlalchemy import select

from actions.routing.handlers import seed_lists
from actions.routing.model import DutyChange
from tests.support.console import Browser, Office, open_office
from tests.support.workbench import HOSTILE, text_of

ROLES = ("grid_worker", "steward", "committee", "mediator", "police", "workstation", "street", "district", "supervisor")
PEST = "service_request/pest"
LINE = {"services": PEST, "place": "3栋", "at_grid": "police", "at_community": "committee", "key": "0"}
HOME = "/console/duties"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        async with opened.parts.db.write() as session:
            await seed_lists(session, opened.parts.rules, opened.clock.now())
        yield opened


async def _post(browser: Browser, office: Office, path: str, data: dict[str, Any], *, seen: int = 1) -> str:
    """Send a form of the list; what the next page says."""
    more = {"community": str(office.people.community_id), "seen": str(seen)}
    answer = await browser.post(f"{HOME}{path}", more | data)
    text = await browser.page(answer.headers["Location"]) if answer.status == 303 else await answer.text()
    return text_of(text)


async def _numbers(office: Office) -> list[int]:
    return await office.rows(select(DutyChange.number).order_by(DutyChange.number))


async def test_others_read_the_list_and_change_nothing(office: Office) -> None:
    for role in ROLES:
        browser = await office.browser(role)
        for path in ("/history", "/file.yml", "/file.xlsx"):
            assert (await browser.get(f"{HOME}{path}")).status == 200, (role, path)
        text = await browser.page(HOME)
        assert "桂花社区" in text
        assert "/duties/lines/" not in text
        assert 'name="file"' not in text
        for path in ("/lines/0", "/lines/1"):
            assert (await browser.get(f"{HOME}{path}")).status == 404, (role, path)
        for path in ("/lines", "/lines/1/remove", "/import", "/restore"):
            assert (await browser.post(f"{HOME}{path}", LINE)).status == 404, (role, path)
    assert await _numbers(office) == [1]


async def test_strangers_are_sent_to_sign_in_and_another_community_is_not_there(office: Office) -> None:
    stranger, admin = await office.browser(), await office.browser("admin")
    assert (await stranger.get(HOME)).status == 303
    for wanted in ("99999", "1", "9" * 40):
        status = (await admin.get(f"{HOME}?community={wanted}")).status
        assert status == (200 if len(wanted) > 15 or int(wanted) == office.people.community_id else 404)


async def test_a_line_is_added_changed_and_taken_out_and_tickets_follow(office: Office) -> None:
    browser = await office.browser("admin")
    assert "已保存，现在是第2版" in await _post(browser, office, "/lines", LINE)
    assert (await office.open("有老鼠", PEST)).team_id == office.people.teams["police"]
    key = (await browser.page(HOME)).rpartition("/duties/lines/")[2].partition("?")[0]
    page = await browser.page(f"{HOME}/lines/{key}")
    assert f'value="{PEST}" checked' in page
    assert '<option value="committee" selected>' in page
    assert "第3版" in await _post(browser, office, "/lines", LINE | {"key": key, "at_grid": "mediation"}, seen=2)
    assert (await office.open("有老鼠", PEST)).team_id == office.people.teams["mediation"]
    assert "第4版" in await _post(browser, office, f"/lines/{key}/remove", {}, seen=3)
    assert (await office.open("有老鼠", PEST)).team_id == office.people.teams["property"]
    written = [what for what in await office.audit() if what.startswith("duty")]
    assert written == ["duty_add", "duty_edit", "duty_remove"]


async def test_the_families_of_what_a_line_names_are_unfolded(office: Office) -> None:
    page = await (await office.browser("admin")).page(f"{HOME}/lines/2")
    unfolded = [part.partition("</summary>")[0] for part in page.split("<details ") if part.startswith("open>")]
    assert unfolded == ["open><summary>报事报修"]


async def test_a_check_shows_who_would_answer_and_keeps_nothing(office: Office) -> None:
    browser = await office.browser("admin")
    text = await _post(browser, office, "/lines", LINE | {"check": "1"})
    assert "虫鼠防治 · 3栋： 物业服务中心" in text
    assert "改为" not in text  # spoken, not read
    assert await _numbers(office) == [1]


async def test_what_is_doubtful_is_kept_only_when_it_was_seen(office: Office) -> None:
    browser = await office.browser("admin")
    night = {"services": "service_request/elevator", "at_grid": "property", "hours": "工作日 09:00-18:00", "key": "0"}
    text = await _post(browser, office, "/lines", night)
    assert "夜里没有人" in text
    assert "仍要保存" in text
    assert await _numbers(office) == [1]
    assert "第2版" in await _post(browser, office, "/lines", night | {"confirmed": "1"})
    assert "夜里没有人" in text_of(await browser.page(HOME))
    text = await _post(browser, office, "/lines/1/remove", {}, seen=2)
    assert "没有人管" in text
    assert await _numbers(office) == [1, 2]


async def test_a_line_that_cannot_be_comes_back_with_the_reason(office: Office) -> None:
    browser = await office.browser("admin")
    for wrong, said in (
        ({"services": ""}, "请至少选一类事项"),
        ({"services": HOSTILE}, "请至少选一类事项"),
        ({"at_grid": "", "at_community": "x"}, "请至少选一级的承办单位"),
        ({"hours": "白天"}, "值班时间请写成"),
        ({"from": "昨天"}, "值班时间请写成"),
        ({"from": "2026-12-31", "until": "2026-01-01"}, "截止的日子比开始的早"),
        ({"key": "999"}, "清单里没有这一条了"),
    ):
        assert said in await _post(browser, office, "/lines", LINE | wrong), wrong
    assert await _numbers(office) == [1]


async def test_who_was_slower_is_told_and_nothing_is_lost(office: Office) -> None:
    browser = await office.browser("admin")
    await _post(browser, office, "/lines", LINE)
    assert "别人刚刚改过清单" in await _post(browser, office, "/lines", LINE | {"place": "5栋"}, seen=1)
    assert await _numbers(office) == [1, 2]


async def test_the_history_says_who_and_takes_a_change_back(office: Office) -> None:
    browser = await office.browser("admin")
    await _post(browser, office, "/lines", LINE | {"note": HOSTILE})
    page = await browser.page(f"{HOME}/history")
    assert "<script>alert" not in page
    text = text_of(page)
    assert "第2版 · 加了一条" in text
    assert office.names["admin"] in text
    assert "撤销上面这次改动" in text
    assert "已恢复到第1版" in await _post(browser, office, "/restore", {"number": "1"}, seen=2)
    assert (await office.open("有老鼠", PEST)).team_id == office.people.teams["property"]
    assert "没有这一版" in await _post(browser, office, "/restore", {"number": "77"}, seen=3)


async def _upload(browser: Browser, office: Office, name: str, content: bytes) -> str:
    form = FormData({"csrf": await browser.token(), "community": str(office.people.community_id), "seen": "1"})
    form.add_field("file", content, filename=name, content_type="application/octet-stream")
    answer = await browser.http.post(f"{HOME}/import", data=form, allow_redirects=False)
    if answer.status == 303:
        return await browser.page(answer.headers["Location"])
    return await answer.text()


async def test_what_was_exported_changes_nothing_when_it_comes_back(office: Office) -> None:
    browser = await office.browser("admin")
    for kind in ("yml", "xlsx"):
        content = await (await browser.get(f"{HOME}/file.{kind}")).read()
        assert "文件和现在的清单一样" in await _upload(browser, office, f"a.{kind}", content)
    assert await _numbers(office) == [1]


async def test_a_workbook_that_was_changed_is_looked_through_then_kept(office: Office) -> None:
    browser = await office.browser("admin")
    book = load_workbook(io.BytesIO(await (await browser.get(f"{HOME}/file.xlsx")).read()))
    book["责任清单"].append(["虫鼠防治", "3栋", "社区警务室"])
    out = io.BytesIO()
    book.save(out)
    page = await _upload(browser, office, "改.xlsx", out.getvalue())
    assert "虫鼠防治 · 3栋" in text_of(page)
    assert await _numbers(office) == [1]
    text = page.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0].replace("&#39;", "'")
    assert "第2版" in await _post(browser, office, "/import", {"text": text, "confirmed": "1"})
    assert (await office.open("有老鼠", PEST)).team_id == office.people.teams["police"]


async def test_a_file_that_is_no_list_is_refused_in_words(office: Office) -> None:
    browser = await office.browser("admin")
    for name in ("a.xlsx", "a.yml", "a.exe"):
        assert "这个文件读不出来" in await _upload(browser, office, name, b"\x00\xff no list")
    assert "请选一个文件" in await _post(browser, office, "/import", {"text": ""})
