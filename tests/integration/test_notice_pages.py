"""The pages of notices: written, looked over, decided, followed; and the care of those who live alone."""

from __future__ import annotations

import html
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, update

from actions.notices.commands import AnswerNotice
from actions.notices.model import CareEntry, CarePlan, Notice
from actions.people.model import OrgUnit, Resident
from bot.bootstrap import build_engine, build_jobs
from bot.channels.webchat.joining import join_group
from bot.scheduling.timetable import NOTICES
from bot.storage.tables import Chat, ChatMember, ChatMessage, OutboxRow
from tests.support.console import Browser, Office, open_office
from tests.support.pictures import dark_corridor
from tests.support.postgres import own_postgres

NEW, LOOK, CARE = "/console/notices/new", "/console/notices/look", "/console/notices/care"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield opened


async def unit(office: Office, name: str) -> int:
    return int((await office.rows(select(OrgUnit.id).where(OrgUnit.name == name)))[0])


async def form(office: Office, area: str = "3栋", **more: Any) -> dict[str, Any]:
    filled = {"title": "停水", "text": "明天上午停水，请备水。", "units": await unit(office, area), "when": "now"}
    return {**filled, "do": "send", **more}


async def post(browser: Browser, path: str, filled: dict[str, Any], status: int = 200) -> str:
    """What the page says afterwards; after a redirect that of the page it leads to."""
    answer = await browser.post(path, filled)
    if answer.status == 303:
        return html.unescape(await browser.page(answer.headers["Location"]))
    assert answer.status == status, answer.status
    return html.unescape(await answer.text())


async def deliver(office: Office) -> None:
    """The clock rings, and what is to be said is said."""
    await build_jobs(office.parts).run(NOTICES)
    worker = build_engine(office.parts, name="test").worker
    while await worker.run_once():
        pass


async def answered(office: Office, who: str, word: str) -> None:
    line = (await office.rows(select(ChatMessage).where(ChatMessage.extra["broadcast_id"].is_not(None))))[-1]
    await office.parts.performer.run(AnswerNotice(line.extra["broadcast_id"], office.people.residents[who], word))


async def test_wrong_forms_are_said_above_what_was_written(office: Office) -> None:
    grid = await office.browser("grid_worker")
    for more, words in (
        ({"title": " "}, "标题和正文都要写"),
        ({"text": ""}, "标题和正文都要写"),
        ({"text": "水" * 10_000}, "写了10000个字，太长了，请减到1000个字以内"),
        ({"units": ""}, "请选发给哪里"),
        ({"units": await unit(office, "6栋")}, "网格员选自己的网格"),
        ({"when": "at", "at": ""}, "请选时间"),
        ({"when": "at", "at": "2020-01-01T10:00"}, "已经过去了"),
        ({"when": "at", "at": "2030-01-01T10:00"}, "请选一年以内的"),
        ({"when": "repeat", "repeat": "每年2月30日上午九点"}, "没有这一天，永远发不出去"),
        ({"when": "repeat", "repeat": "每月32号上午九点"}, "没有32号"),
        ({"text": "打13812345678"}, "电话、证件号或门牌号的内容：13812345678"),
        ({"text": "11月20日周一停水。"}, "请再看一眼：“11月20日周一”"),
    ):
        page = await post(grid, NEW, await form(office, **more), 422)
        assert words in page, (more, words)
        assert "每周五下午四点" in page
    committee = await office.browser("committee")
    page = await post(committee, NEW, await form(office, "8栋"), 422)
    assert "没有居民群" in page
    assert await office.rows(select(Notice)) == []


async def test_a_look_before_it_is_handed_in(office: Office) -> None:
    browser = await office.browser("committee")
    more = {"when": "repeat", "repeat": "每周五下午四点", "text": "打13812345678，，11月20日周一"}
    page = await post(browser, LOOK, await form(office, "1栋", **more))
    dates = ("每周五16:00", "2026-11-20 周五 16:00")
    for words in ("【通知】停水", "东区群（5人）", "13812345678", "标点可能重复了", "那天是星期五", *dates):
        assert words in page, words
    assert "2026-12-18 周五 16:00" in page
    assert "没有32号" in await post(browser, LOOK, await form(office, when="repeat", repeat="每月32号上午九点"))
    assert "选的地方没有群" in await post(browser, LOOK, await form(office, "8栋"))


async def test_from_the_grid_workers_form_to_the_list_of_who_needs_help(office: Office) -> None:
    grid, head = await office.browser("grid_worker"), await office.browser("committee")
    page = await post(grid, NEW, await form(office))
    assert "待审" in page
    assert "同意发出" not in page
    notice = (await office.rows(select(Notice)))[0]
    here = f"/console/notices/{notice.id}"
    assert "同意了" in await post(head, f"{here}/act", {"do": "approve"})
    await deliver(office)
    async with office.parts.db.write() as session:  # one has read to the end, four have not
        line = (await session.scalars(select(ChatMessage).where(ChatMessage.text.contains("【通知】停水")))).one()
        mine = (ChatMember.chat_id == line.chat_id, ChatMember.resident_id == office.people.residents["老李"])
        await session.execute(update(ChatMember).where(*mine).values(read_to=line.id))
    for who, word in (("老李", "ack"), ("王阿姨", "help"), ("小陈", "ack")):
        await answered(office, who, word)
    page = await head.page(here)
    assert "1 / 5" in page
    assert page.index("王阿姨") < page.index("老李")
    assert "3栋2单元501" in page
    theirs = await grid.page(here)
    assert "3栋2单元501" in theirs  # in their grid
    assert "5栋1单元302" not in theirs
    assert "5栋" in theirs
    assert "501" not in await (await office.browser("steward")).page(here)
    answer = await head.get(f"{here}/answers.xlsx")
    rows = list(load_workbook(io.BytesIO(await answer.read())).worksheets[0].values)
    assert rows[0][0] == "停水"
    assert rows[2][:3] == ("需要帮助", "王阿姨", "3栋2单元501")
    assert "notice_answers_taken" in await office.audit()
    assert "需要帮助 1" in await head.page("/console/notices")


async def test_refused_put_right_approved_recalled(office: Office) -> None:
    grid, head = await office.browser("grid_worker"), await office.browser("committee")
    await post(grid, NEW, await form(office, do="keep", title="草稿"))
    notice = (await office.rows(select(Notice)))[0]
    here, draft = f"/console/notices/{notice.id}", {"notice": notice.id}
    assert "草稿" in await grid.page(f"{NEW}?notice={notice.id}")
    await post(grid, NEW, await form(office, **draft))
    assert "退回请写明原因" in await post(head, f"{here}/act", {"do": "refuse", "text": " "})
    assert "写清楚几点" in await post(head, f"{here}/act", {"do": "refuse", "text": "写清楚几点"})
    assert "刚有人处理过" in await post(head, f"{here}/act", {"do": "approve"})
    assert "接着改" in await grid.page(here)
    await post(grid, NEW, await form(office, **draft, when="at", at="2026-11-19T09:00"))
    assert "等着发" in await post(head, f"{here}/act", {"do": "approve"})
    assert "表单" in await post(head, f"{here}/act", {"do": "dance"})
    assert "已撤回" in await post(head, f"{here}/act", {"do": "recall", "text": "不停了"})
    await deliver(office)
    assert not [row for row in await office.rows(select(OutboxRow)) if "【通知】停水" in row.body["text"]]


async def test_a_warning_takes_two_clicks_and_a_picture_goes_with_a_notice(office: Office) -> None:
    head = await office.browser("committee")
    assert "红色预警" in await head.page("/console/notices")
    page = html.unescape(await head.page(f"{NEW}?template=weather_red"))
    assert "安全提醒：夜里也发" in page
    red = office.parts.book.templates["weather_red"]
    ready = {"template": red.code, "title": red.title, "text": red.text}
    assert "等着发" in await post(head, NEW, await form(office, "桂花社区", **ready))
    token = await head.token()
    filled = {**(await form(office)), "csrf": token, "pictures": io.BytesIO(dark_corridor())}
    answer = await head.http.post(NEW, data={k: str(v) if isinstance(v, int) else v for k, v in filled.items()},
                                  allow_redirects=False)  # fmt: skip
    assert answer.status == 303, await answer.text()
    notice = (await office.rows(select(Notice).order_by(Notice.id.desc())))[0]
    assert len(notice.pictures) == 1
    shown = await head.get(f"/console/notices/{notice.id}/pictures/{notice.pictures[0]}")
    assert shown.content_type == "image/jpeg"


async def test_the_list_of_those_who_live_alone_and_a_round(office: Office) -> None:
    grid, head = await office.browser("grid_worker"), await office.browser("committee")
    assert "名单上还没有人" in await post(head, CARE, {"do": "start", "hours": "4"})
    assert "没有征得本人同意" in await post(head, CARE, {"do": "add", "nickname": "王阿姨"})
    for who in ("王阿姨", "老李"):
        assert who in await post(head, CARE, {"do": "add", "nickname": who, "consented": "1", "note": "女儿同意"})
    theirs = await grid.page(CARE)
    assert "王阿姨" in theirs
    assert "老李" not in theirs  # lives in the other grid
    assert "请填1到24小时" in await post(head, CARE, {"do": "start", "hours": "99"})
    assert "重阳问候" in await post(head, CARE, {"do": "start", "hours": "4", "occasion": "重阳"})
    assert "还没结束" in await post(head, CARE, {"do": "start", "hours": "4"})
    assert [one.word for one in await office.rows(select(CareEntry))] == ["waiting", "waiting"]
    await (await office.browser("steward")).page(CARE, 404)


async def test_rounds_are_planned_paused_and_the_next_one_is_shown(office: Office) -> None:
    head = await office.browser("committee")
    weekly = {"do": "plan", "kind": "week", "weekday": "1", "hour": "9", "hours": "4"}
    assert "请选每周的哪一天" in await post(head, CARE, {**weekly, "weekday": "9"})
    assert "8点到19点之间" in await post(head, CARE, {**weekly, "hour": "23"})
    assert "下一次：2026-11-24 周二 09:00" in await post(head, CARE, weekly)
    before = {"do": "plan", "kind": "holiday", "before": "2", "hour": "10", "hours": "4"}
    assert "下一次：2026-12-30 周三 10:00" in await post(head, CARE, before)
    kept = (await office.rows(select(CarePlan).where(CarePlan.kind == "week")))[0]
    assert "已暂停" in await post(head, CARE, {"do": "pause", "plan": kept.id})
    page = await post(head, CARE, {"do": "resume", "plan": kept.id})
    assert "已暂停" not in page
    assert "下一次：2026-11-24 周二 09:00" in page
    assert "表单" in await post(head, CARE, {"do": "plan", "kind": "week", "weekday": "1"})
    await post(head, CARE, {"do": "pause", "plan": 10**9})
    assert [one.paused for one in await office.rows(select(CarePlan))] == [False, False]


async def test_who_comes_in_reads_the_communitys_own_welcome_once(office: Office) -> None:
    head = await office.browser("committee")
    assert "欢迎词存好了" in await post(head, "/console/notices/welcome", {"text": "欢迎来桂花社区。"})
    refused = await post(head, "/console/notices/welcome", {"text": "居委会在3栋101，周三有便民服务。"}, 422)
    assert "门牌号的内容" in refused
    assert "居委会在3栋101" in refused  # what was typed is still there
    assert "写了500个字" in await post(head, "/console/notices/welcome", {"text": "好" * 500}, 422)
    office_door = {"text": "居委会在3栋101，周三有便民服务。", "private_confirmed": "1"}
    assert "欢迎词存好了" in await post(head, "/console/notices/welcome", office_door)
    async with office.parts.db.write() as session:
        resident = await session.get_one(Resident, office.people.residents["新邻居"])
        for name in ("东区群", "西区群"):
            chat = await session.get_one(Chat, office.people.groups[name])
            await join_group(session, chat, resident, office.parts.phrases, office.clock.now())
    said = [row.body["text"] for row in await office.rows(select(OutboxRow).order_by(OutboxRow.id))]
    assert sum("便民服务" in text for text in said) == 1


async def test_the_pages_work_on_postgresql(tmp_path: Path) -> None:
    async with own_postgres() as url, open_office(tmp_path, url) as office:
        head, people = await office.browser("committee"), office.people
        await post(head, NEW, await form(office))
        await deliver(office)
        await answered(office, "王阿姨", "help")
        notice = (await office.rows(select(Notice)))[0]
        page = await head.page(f"/console/notices/{notice.id}")
        assert "3栋2单元501" in page
        assert "0 / 5" in page
        await post(head, CARE, {"do": "add", "nickname": "王阿姨", "consented": "1"})
        assert "还没回" in await post(head, CARE, {"do": "start", "hours": "4"})
        assert "需要帮助 1" in await head.page("/console/notices")
        assert people.community_id == notice.community_id
