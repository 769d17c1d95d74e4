"""The community's page, what is told of oneself, and the desk where staff make things public."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import select

from actions.activities.commands import CreateActivity, Details, SignUp, Which
from actions.ballots.model import Ballot
from actions.bulletins.commands import AnswerConsent, AnswerPicture, RecordConsent, SubmitBulletin, TellDeed, WriteDeed
from actions.bulletins.model import Bulletin, CommunityPage, GoodDeed, RepairPicture
from actions.notices.commands import DecideNotice
from actions.notices.model import Notice, NoticeState
from actions.people.home_commands import SaveContact
from actions.proposals.model import Meeting, Proposal, Task
from actions.surveys.model import Survey
from actions.tickets.commands import Actor, OpenTicket, Where
from actions.tickets.model import Status, Ticket
from bot.bootstrap import build_jobs
from bot.channels.webchat.pictures import encode, write_files
from bot.scheduling.timetable import NOTICES
from bot.sealing import ContactSeals
from bot.storage.tables import Picture
from bot.understand.privacy import scrub
from tests.integration.test_console_browser import DESK, PHONE, browsing
from tests.integration.test_home_browser import at_home, fits, picture
from tests.support.browser import choose_in_bar
from tests.support.homes import House, open_house
from tests.support.pictures import dark_corridor

DEEDS, BULLETINS, PAGE = "/console/community", "/console/community/bulletins", "/console/community/page"
DECIDED = (
    *("加装充电桩", "应投60，已投7", "更换物业", "同意50票", "安装休息长椅", "3人附议", "夜间关灯", "有安全顾虑"),
    *("养老服务怎么办", "六成家庭缺车位", "开会商量", "议事厅", "装三盏灯", "办到40%"),
)
BEFORE, AFTER = "a" * 40, "b" * 40


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def do(house: House, command: Any) -> Any:
    return (await house.parts.performer.run(command)).value


async def told(house: House, text: str, who: str, nominee: str, call: str, how: str = "当面说可以") -> int:
    """A good deed that stands on the page."""
    staff, here = house.people.staff, house.people.community_id
    deed = int(await do(house, WriteDeed(here, staff["吴社工"], text, who, f"t:{text}")))
    await do(house, RecordConsent(deed, staff["吴社工"], call, nominee, how))
    head = await house.browser("committee")
    await head.post(f"{DEEDS}/deeds/{deed}", {"do": "approve"})
    return deed


async def bulletin(house: House, title: str, text: str, *, approve: bool = True) -> int:
    """Written by the police; the committee agrees."""
    people = house.people
    command = SubmitBulletin(
        people.community_id, people.staff["周警官"], "incident", title, text, "望湖派出所", house.clock.now(), title
    )
    number = int(await do(house, command))
    if approve:
        notice = (await house.rows(select(Notice).order_by(Notice.id.desc())))[0]
        await do(house, DecideNotice(notice.id, people.staff["钱主任"], True))
        await build_jobs(house.parts).run(NOTICES)
    return number


async def fixed(house: House, service: str, text: str, **more: Any) -> int:
    """A ticket that was handled and closed."""
    people = house.people
    who = people.residents["王阿姨"]
    where = Where("3", "2", room="501", spot="厨房")
    opened = OpenTicket(
        people.community_id, service, text, Actor("resident", who), reporter_id=who, where=where, **more
    )
    ticket = await house.ticket((await do(house, opened)).ticket_id)
    for move, name in (("take", "李师傅"), ("handle", "李师傅"), ("check", "钱主任"), ("close", "钱主任")):
        ticket = await house.move(ticket, move, name)
    return ticket.id


async def read(client: TestClient[Any, Any], path: str, status: int = 200) -> str:
    answer = await client.get(path, allow_redirects=False)
    assert answer.status == status, (path, answer.status)
    return html.unescape(await answer.text())


async def test_nothing_private_is_on_the_page_whoever_reads_it(house: House) -> None:
    people, now = house.people, house.clock.now()
    aunt, head = people.residents["王阿姨"], people.staff["钱主任"]
    secrets = ["王阿姨", "501", "13812345678", "老李", "骗子在柳树下", "丈夫打人", "李建国", "330106199001011234"]
    secrets += ["还没同意的事", "不愿意登的事", "还没批的通报", "厨房", "上门看望", "秘密活动", "1203"]
    seals = ContactSeals(house.parts.settings)
    sealed = (seals.seal("李建国"), seals.seal("13812345678"), seals.mark("13812345678"))
    await do(house, SaveContact(people.community_id, *sealed, resident_id=aunt))
    await do(
        house,
        WriteDeed(people.community_id, head, "夸阿芬，还没同意的事", "阿芬", "t:0", False, people.residents["阿芬"]),
    )
    await fixed(house, "service_request/electricity_lighting", "501厨房灯坏了，电话13812345678，我是王阿姨")
    await fixed(house, "care/visit", "上门看望独居的王阿姨")
    for service, text in (("safety_tip/suspicious_person", "骗子在柳树下"), ("dispute/family", "丈夫打人")):
        ticket = await house.open(text, service)
        async with house.parts.db.write() as session:
            kept = await session.get_one(Ticket, ticket.id)
            kept.status, kept.closed_at = Status.CLOSED, now
    await told(house, "感谢3栋2单元501的王阿姨帮我收衣服，她电话13812345678", "王阿姨", "", "anon")
    who = people.residents["老李"]
    said = TellDeed(people.community_id, who, scrub("感谢1栋1203的小陈，不愿意登的事"), "小陈", ("小陈",), "t:1")
    declined = await do(house, said)
    await do(house, AnswerConsent(declined, people.residents["小陈"], "no", 1))
    await bulletin(house, "还没批的通报", "内容。", approve=False)
    await bulletin(house, "电动车防盗", "请上好锁。")
    open_one = Details("义诊", "广场", now + timedelta(days=2), now + timedelta(days=2, hours=2), 20)
    activity = await do(house, CreateActivity(people.community_id, open_one, head))
    await do(house, SignUp(people.community_id, aunt, Which(activity)))
    refused = Details("秘密活动", "居委会", now + timedelta(days=2), now + timedelta(days=2, hours=2), 20)
    await do(house, CreateActivity(people.community_id, refused, resident_id=who))

    counted = {"votes": [50, 6], "took_part": 56, "passed": True}
    here = {"community_id": people.community_id, "org_unit_id": people.community_id}
    vote = {**here, "options": ["同意", "反对"], "counting": "household", "rule": "majority", "secret": True}
    vote |= {"author_id": head, "drafted_at": now, "voters": 60}
    put = {**here, "text": "老李写的理由", "resident_id": who, "made_at": now}
    ask = {"community_id": people.community_id, "staff_id": head, "made_at": now}
    refused_one = {"verdict": "refused", "answer": "有安全顾虑", "answered_at": now}
    async with house.parts.db.write() as session:
        session.add_all([
            Survey(title="养老服务怎么办", state="open", token="t" * 22, **ask),
            Survey(title="停车问卷", state="closed", found="六成家庭缺车位", published_at=now, token="u" * 22, **ask),
            Ballot(ref="r1", source="r1", title="加装充电桩", state="open", voted=7, **vote),
            Ballot(ref="r2", source="r2", title="更换物业", state="tallied", tallied_at=now, result=counted, **vote),
            Proposal(number=1, title="安装休息长椅", state="gathering", supporters=3, threshold=5, **put),
            Proposal(number=2, title="秘密活动提案", state="waiting", **put),
            Proposal(number=3, title="夜间关灯", state="declined", **refused_one, **put),
            lit := Proposal(number=4, title="后门太暗", state="doing", **put),
        ])  # fmt: skip
        await session.flush()
        of = {"community_id": people.community_id, "proposal_id": lit.id, "made_at": now}
        session.add(Task(title="装三盏灯", team_id=1, due_on=now.date(), percent=40, **of))
        hour = {"starts_at": now + timedelta(days=3), "ends_at": now + timedelta(days=3, hours=1)}
        session.add(Meeting(form="hearing", place="议事厅", state="planned", staff_id=head, **hour, **of))
    desk, neighbour = await house.browser("committee"), await house.resident("新邻居")
    await desk.post(PAGE, {"public": "1"})
    token = (await house.rows(select(CommunityPage)))[0].token
    stranger: TestClient[Any, Any] = TestClient(house.server)
    await stranger.start_server()
    pages = {
        "neighbour": await read(neighbour, "/community"),
        "stranger": await read(stranger, f"/c/{token}"),
        "sheet": (await desk.page("/console/community/sheet")).partition("<article")[2],
    }
    for name, page in pages.items():
        for words in (
            "用电照明",
            "3栋1件",
            "一位邻居帮我收衣服",
            "电动车防盗",
            "望湖派出所",
            "义诊",
            "响应率",
            *DECIDED,
        ):
            assert words in page, (name, words)
        assert [words for words in secrets if words in page] == [], name
    assert f"/proposals/{lit.id}" in pages["neighbour"]
    assert 'href="/chat"' not in pages["stranger"]
    assert "/activities/" not in pages["stranger"]
    await desk.post(PAGE, {"public": "0"})
    await read(stranger, f"/c/{token}", 404)
    await read(stranger, "/community", 302)
    await stranger.close()


async def test_a_resident_answers_and_takes_back_on_their_own_page(house: House) -> None:
    people = house.people
    desk, uncle, aunt = await house.browser("workstation"), await house.resident("老李"), await house.resident("王阿姨")
    form = {"text": "老李冒雨帮大家收衣服", "who": "老李", "nickname": "老李", "number": "n-1"}
    for _ in range(2):  # sent twice it is one
        await desk.post(f"{DEEDS}/deeds", form)
    deed = (await house.rows(select(GoodDeed)))[0]
    assert (await house.rows(select(GoodDeed)))[1:] == []
    for wrong in ({"text": " "}, {"who": "小张"}, {"nickname": "没这人"}, {"text": "夸老李" * 200}):
        await desk.post(f"{DEEDS}/deeds", form | {"number": "n-2"} | wrong)
        assert "alert-danger" in await desk.page(DEEDS)
    assert "冒雨" not in await read(aunt, "/deeds")
    answer = {"deed": str(deed.id), "round": "1", "answer": "nick"}
    assert (await aunt.post("/deeds", data=answer)).status == 400
    assert (await uncle.post("/deeds", data=answer | {"answer": "name"})).status == 400
    assert (await uncle.post("/deeds", data=answer, headers={"Origin": "https://elsewhere.example"})).status == 403
    assert "写“李建民”" in await (await uncle.post("/deeds", data=answer | {"answer": "name", "name": "李建民"})).text()
    assert "老李冒雨" not in await read(aunt, "/community")
    head = await house.browser("committee")
    await head.post(f"{DEEDS}/deeds/{deed.id}", {"do": "approve"})
    assert "李建民冒雨帮大家收衣服" in await read(aunt, "/community")
    assert "李建民冒雨" not in await read(aunt, "/community?month=2026-10")
    assert "撤下了" in await (await uncle.post("/deeds", data=answer | {"answer": "back"})).text()
    for page in (await read(aunt, "/community"), await head.page(DEEDS)):
        assert "冒雨" not in page
    notice = (await house.rows(select(Notice)))[0]
    assert (notice.state, notice.about) == (NoticeState.RECALLED, f"deed:{deed.id}")
    kept = (await house.rows(select(GoodDeed)))[0]
    assert (kept.text, kept.who, kept.shown_as) == ("", "", "")
    assert people.residents["老李"] == kept.asked_id


async def test_wrong_bulletins_are_said_above_what_was_written(house: House) -> None:
    police, head = await house.browser("police"), await house.browser("committee")
    form = {
        "kind": "incident", "title": "盗窃案告破", "text": "嫌疑人已抓获。", "issuer": "望湖派出所",
        "at": "2026-11-18T09:00", "number": "n-1",
    }  # fmt: skip
    for wrong, words in (
        ({"kind": "gossip"}, "请选是警情通报"),
        ({"title": " "}, "标题和正文都要写"),
        ({"issuer": ""}, "请写清楚是哪个单位说的"),
        ({"at": "2026-12-18T09:00"}, "不晚于现在"),
        ({"at": "昨天"}, "不晚于现在"),
        ({"text": "请打13812345678"}, "13812345678"),
        ({"title": "长" * 31}, "太长了"),
    ):
        answer = await police.post(BULLETINS, form | wrong)
        page = html.unescape(await answer.text())
        assert answer.status == 422
        assert words in page, (wrong, words)
        assert "盗窃案告破" in page or "title" in wrong
    assert await house.rows(select(Bulletin)) == []
    for _ in range(2):
        assert (await police.post(BULLETINS, form)).status == 303
    (one,) = await house.rows(select(Bulletin))
    assert "待审" in await police.page(BULLETINS)
    await head.post(f"/console/notices/{one.notice_id}/act", {"do": "approve"})
    await build_jobs(house.parts).run(NOTICES)
    refused = await head.post("/console/notices/new", {"corrects": one.notice_id, "title": "更正", "text": "不对。"})
    assert "请到那里更正" in html.unescape(await refused.text())
    right = form | {"corrects": one.id, "number": "n-2", "text": "两名嫌疑人已抓获。", "why": "人数写错"}
    assert (await police.post(f"{BULLETINS}?corrects={one.id}", right)).status == 303
    assert (await police.post(f"{BULLETINS}?corrects={one.id}", right | {"number": "n-3"})).status == 422


async def test_pictures_are_shown_only_after_the_reporter_has_agreed(house: House) -> None:
    people = house.people
    drawn = encode(dark_corridor())
    folder = house.parts.settings.var / "pictures"
    for id_ in (BEFORE, AFTER):
        write_files(folder, id_, drawn)
        row = Picture(id=id_, community_id=people.community_id, width=drawn.width, height=drawn.height,
                      size=len(drawn.full), kind=drawn.kind, created_at=house.clock.now())  # fmt: skip
        async with house.parts.db.write() as session:
            session.add(row)
    ticket = await fixed(house, "service_request/electricity_lighting", "楼道灯坏了", pictures=(BEFORE,))
    head, aunt, uncle = await house.browser("committee"), await house.resident("王阿姨"), await house.resident("老李")
    assert "修好前" in await head.page(PAGE)
    await head.post("/console/community/pictures", {"ticket": ticket, "before": BEFORE, "caption": ""})
    assert await house.rows(select(RepairPicture)) == []
    await head.post("/console/community/pictures", {"ticket": ticket, "before": BEFORE, "caption": "3栋楼道灯"})
    (offered,) = await house.rows(select(RepairPicture))
    await read(uncle, f"/community/pictures/{BEFORE}", 404)
    await do(house, AnswerPicture(offered.id, people.residents["王阿姨"], True))
    assert BEFORE in await read(aunt, "/community")
    assert (await uncle.get(f"/community/pictures/{BEFORE}")).status == 200
    await read(uncle, f"/community/pictures/{AFTER}", 404)
    await do(house, AnswerPicture(offered.id, people.residents["王阿姨"], False))
    assert BEFORE not in await read(aunt, "/community")
    await read(uncle, f"/community/pictures/{BEFORE}", 404)


async def test_the_page_on_a_phone_and_the_sheet_for_the_gate(house: House) -> None:
    people, now = house.people, house.clock.now()
    await fixed(house, "service_request/electricity_lighting", "楼道灯坏了")
    await fixed(house, "service_request/elevator", "电梯停了")
    await told(house, "感谢3栋的小陈帮我妈提菜上楼，连着一个月", "3栋的小陈", "小陈", "nick")
    first = await bulletin(house, "关于网传偷小孩的情况", "经核实系家长接孩子时走散，孩子已找到。")
    for day, title in ((2, "社区义诊"), (4, "消防演练")):
        at = now + timedelta(days=day)
        await do(house, CreateActivity(people.community_id, Details(title, "中心广场", at, at + timedelta(hours=2), 20),
                                       people.staff["钱主任"]))  # fmt: skip
    async with browsing(house, "police", DESK) as desk:
        await desk.goto(f"{BULLETINS}?corrects={first}")
        await desk.get_by_label("原来哪里不对").fill("走散的是祖孙")
        await desk.get_by_label("正文").fill("经核实系祖孙走散，孩子已找到。")
        await desk.get_by_role("button", name="提交").click()
        await desk.locator(".flash.alert-success").wait_for()
        await picture(desk, "bulletins_desk")
        notice = (await house.rows(select(Notice).order_by(Notice.id.desc())))[0]
        await do(house, DecideNotice(notice.id, people.staff["钱主任"], True))
        await desk.locator("#all").get_by_text("已更正").wait_for()  # without a reload
    async with at_home(house, "王阿姨") as page:
        await page.goto("/chat")
        await page.get_by_role("button", name="我", exact=True).click()
        await page.get_by_role("link", name="社区页").click()
        await page.get_by_text("走散的是祖孙").wait_for()
        assert await page.locator("del").inner_text() == "关于网传偷小孩的情况：经核实系家长接孩子时走散，孩子已找到。"
        await fits(page, PHONE["width"])
        await picture(page, "community_phone")
        await page.get_by_role("link", name="社区义诊").click()
        await page.wait_for_url("**/activities/*")
        aunt, desk_worker = people.residents["王阿姨"], people.staff["吴社工"]
        text = "王阿姨天天给流浪猫喂食"
        await do(house, WriteDeed(people.community_id, desk_worker, text, "王阿姨", "t:cat", False, aunt))
        await page.goto("/deeds")
        await fits(page, PHONE["width"])
        await picture(page, "deeds_phone")
        await page.get_by_role("button", name="只写“一位邻居”").click()
        await page.locator("#words").wait_for()
    async with browsing(house, "committee", DESK) as desk:
        await choose_in_bar(desk, "告知", "社区页")
        await picture(desk, "deeds_desk")
        await desk.get_by_role("button", name="看过了，登出来").click()
        await desk.locator(".flash.alert-success").wait_for()
        await desk.get_by_role("link", name="公开链接、照片").click()
        await desk.get_by_role("button", name="允许用链接公开看").click()
        link = await desk.locator(".public-link").inner_text()
        await picture(desk, "community_page_desk")
        await desk.goto("/console/community/sheet")
        await picture(desk, "sheet_desk")
        await desk.emulate_media(media="print")
        assert await desk.locator(".gate-qr svg").is_visible()
        assert not await desk.locator(".topbar").is_visible()
        await desk.emulate_media(media="screen")
        await desk.set_viewport_size(PHONE)
        for path in (DEEDS, BULLETINS, PAGE, "/console/community/sheet"):
            await desk.goto(path)
            await fits(desk, PHONE["width"])
        assert "/c/" in link
