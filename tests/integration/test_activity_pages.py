"""The pages of activities: staff make one and look after it, residents find it, sign up, check in, propose one."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import FormData
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select

from actions.activities.commands import CheckIn, CreateActivity, Details, SignUp, Which
from actions.activities.model import Activity, Signup
from bot.channels.webchat.signing import COOKIE, make_token
from bot.clock import LOCAL_ZONE, local
from bot.storage.tables import ChatMessage
from bot.web import create_app
from tests.integration.test_console_tickets import picture
from tests.support.console import Office, open_office
from tests.support.world import START, World, open_world

FORM = {
    "title": "羽毛球友谊赛", "place": "文体中心二楼", "starts": "2026-11-21T14:00", "ends": "2026-11-21T16:00",
    "capacity": "2", "for_whom": "本社区居民", "about": "请自带球拍", "do": "make",
}  # fmt: skip
FORM_OF_CHANGE = {key: value for key, value in FORM.items() if key != "do"}
NOTICE = """【活动通知】
重阳敬老包饺子活动
时间：11月21日（周六）下午2:00-4:00
地点：党群服务中心二楼
名额：30人
对象：60岁以上老人及家属
报名截止：11月20日18:00"""
WRONG = {
    "没有名额": ({"capacity": "0"}, "名额要写1到5000"),
    "名额是字": ({"capacity": "很多"}, "名额要写1到5000"),
    "先结束后开始": ({"ends": "2026-11-21T13:00"}, "结束时间要晚于开始时间"),
    "已经过去": ({"starts": "2026-11-01T14:00", "ends": "2026-11-01T15:00"}, "开始时间要晚于现在"),
    "没有时间": ({"starts": "明天"}, "开始时间要晚于现在"),
    "没有名称": ({"title": ""}, "活动名称要写2到40个字"),
    "没有地点": ({"place": " "}, "请写地点"),
    "截止在开始之后": ({"closes": "2026-11-21T15:00"}, "报名截止要晚于现在"),
}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield opened


async def the_activity(office: Office | World) -> Activity:
    async with office.parts.db.read() as session:
        return (await session.scalars(select(Activity).order_by(Activity.id.desc()))).first()  # type: ignore[return-value]


async def sign_up(office: Office, who: str, activity: Activity) -> None:
    await office.parts.performer.run(SignUp(activity.community_id, office.people.residents[who], Which(activity.id)))


async def test_a_notice_is_read_shown_and_made(office: Office) -> None:
    browser = await office.browser("committee")
    answer = await browser.post("/console/activities/new", {"do": "read", "notice": NOTICE})
    page = await answer.text()
    shown = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', page))
    assert {k: shown[k] for k in ("title", "place", "starts", "ends", "closes", "capacity", "for_whom")} == {
        "title": "重阳敬老包饺子活动", "place": "党群服务中心二楼", "starts": "2026-11-21T14:00", "capacity": "30",
        "ends": "2026-11-21T16:00", "closes": "2026-11-20T18:00", "for_whom": "60岁以上老人及家属",
    }  # fmt: skip
    assert await office.rows(select(Activity)) == []  # nothing is made before somebody has looked
    made = await browser.post("/console/activities/new", FORM)
    assert made.status == 303
    page = await browser.page(made.headers["Location"])
    assert "羽毛球友谊赛" in page
    assert "11月21日（周六）14:00–16:00" in page
    assert "羽毛球友谊赛" in await browser.page("/console/activities")


@pytest.mark.parametrize("what", WRONG)
async def test_what_is_wrong_is_said_and_what_was_written_stays(office: Office, what: str) -> None:
    more, words = WRONG[what]
    browser = await office.browser("workstation")
    answer = await browser.post("/console/activities/new", {**FORM, **more})
    page = await answer.text()
    assert answer.status == 422
    assert words in page
    assert "请自带球拍" in page
    assert await office.rows(select(Activity)) == []


async def test_staff_look_after_an_activity_to_its_end(office: Office) -> None:
    browser = await office.browser("committee")
    where = (await browser.post("/console/activities/new", FORM)).headers["Location"]
    activity = await the_activity(office)

    async def act(do: str, **form: str) -> str:
        answer = await browser.post(f"{where}/act", {"do": do, **form})
        assert answer.status == 303
        return await browser.page(where)

    for who in ("王阿姨", "老李", "小陈"):
        await sign_up(office, who, activity)
    page = await act("add", name="张三", headcount="1")
    assert "候补 <small>2位</small>" in page
    assert "张三" in page
    assert "代记" in page
    assert "已经在名单上了" in await act("add", name="张三", headcount="1")
    assert "一次能报1到10人" in await act("add", name="李四", headcount="99999")
    assert "名额不能比这个少" in await act("change", **{**FORM_OF_CHANGE, "capacity": "1"})
    signups = {one.name: one.id for one in await office.rows(select(Signup))}
    page = await act("remove", signup=str(signups["王阿姨"]))
    assert "候补 <small>1位</small>" in page
    assert "退出了的 1位" in page
    assert "才能发感谢和照片" in await act("thank", text="谢谢")
    assert "还没到签到时间" in await act("attended", signup=str(signups["老李"]))
    sheet = await browser.page(f"{where}/door")
    assert activity.code in sheet
    assert "<svg" in sheet

    office.clock.move_to(datetime(2026, 11, 21, 14, 30, tzinfo=LOCAL_ZONE))
    browser = await office.browser("committee")  # three days later one signs in again
    assert "到了1人" in await act("attended", signup=str(signups["老李"]))
    assert "没来" in await act("absent", signup=str(signups["小陈"]))
    assert "没有名额的人不能记出勤" in await act("attended", signup=str(signups["张三"]))
    data = FormData({"csrf": await browser.token(where), "do": "thank", "text": "谢谢大家，下次再来"})
    data.add_field("pictures", picture(), filename="a.jpg", content_type="image/jpeg")
    answer = await browser.http.post(f"{where}/act", data=data, allow_redirects=False)
    assert answer.status == 303
    (kept,) = (await the_activity(office)).pictures
    shown = await browser.get(f"{where}/pictures/{kept}")
    assert shown.status == 200
    assert b"Exif" not in await shown.read()
    assert (await browser.get(f"{where}/pictures/{'0' * 40}")).status == 404
    assert "报名的人都会收到通知" in await act("cancel", text="突然停电")


async def test_the_supervisor_looks_on_and_elsewhere_it_is_not_there(office: Office) -> None:
    browser = await office.browser("supervisor")
    maker = await office.browser("committee")
    where = (await maker.post("/console/activities/new", FORM)).headers["Location"]
    page = await browser.page(where)
    assert "羽毛球友谊赛" in page
    assert "<form" not in page.partition("<main")[2]
    await browser.page("/console/activities/new", 404)
    await maker.page("/console/activities/999999", 404)


class Visitor:
    """A resident's browser."""

    def __init__(self, http: TestClient) -> None:  # type: ignore[type-arg]
        self.http = http

    async def get(self, path: str, status: int = 200) -> str:
        answer = await self.http.get(path, allow_redirects=False)
        text = await answer.text()
        assert answer.status == status, (path, answer.status, text[-800:])
        return text

    async def post(self, path: str, status: int = 200, **form: str) -> str:
        answer = await self.http.post(path, data=form, allow_redirects=False)
        text = await answer.text()
        assert answer.status == status, (path, answer.status, text[-800:])
        return text


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


@dataclass
class Street:
    """The whole application with browsers of residents."""

    world: World
    server: TestServer
    open: list[TestClient] = field(default_factory=list)  # type: ignore[type-arg]

    async def visit(self, who: str = "") -> Visitor:
        cookies = {}
        if who:
            async with self.world.parts.db.write() as session:
                cookies = {COOKIE: make_token(session, self.world.residents[who], self.world.clock.now())}
        self.open.append(TestClient(self.server, cookies=cookies))
        return Visitor(self.open[-1])


@pytest.fixture
async def street(world: World) -> AsyncIterator[Street]:
    server = TestServer(create_app(world.parts))
    await server.start_server()
    street = Street(world, server)
    yield street
    for one in street.open:
        await one.close()
    await server.close()


async def make(world: World, **more: object) -> Activity:
    starts = START + timedelta(days=3)
    values = {"title": "羽毛球，友谊赛；第一场", "place": "文体中心", "starts_at": starts, "capacity": 1} | more
    values.setdefault("ends_at", values["starts_at"] + timedelta(hours=2))  # type: ignore[operator]
    details = Details(**values)  # type: ignore[arg-type]
    await world.parts.performer.run(CreateActivity(world.community_id, details, world.staff["钱主任"]))
    return await the_activity(world)


async def test_a_resident_finds_signs_up_changes_and_leaves(world: World, street: Street) -> None:
    activity = await make(world, capacity=2)
    aunt, uncle = await street.visit("王阿姨"), await street.visit("老李")
    assert f'href="/activities/{activity.id}"' in await aunt.get("/activities")
    path = f"/activities/{activity.id}"
    assert "还剩2个名额" in await aunt.get(path)
    page = await aunt.post(path, do="join", headcount="2")
    assert "给您报上了" in page
    assert "您已报上，2人" in page
    assert "我去不了了" in page
    assert "已报上" in await aunt.get("/activities")
    assert "名额满了" in await uncle.post(path, do="join", headcount="1")
    assert "已满，可排队" in await (await street.visit("小陈")).get("/activities")
    assert "一次能报1到10人" in await uncle.post(path, 422, do="join", headcount="99999")
    assert "一次能报1到10人" in await uncle.post(path, 422, do="join", headcount="一个")
    assert "一共1人" in await aunt.post(path, do="join", headcount="1")
    assert "您已报上，1人" in await uncle.get(path)  # moved up
    assert "给您取消了" in await aunt.post(path, do="leave")
    world.clock.move_to(activity.starts_at)
    assert "已经开始或结束" in await aunt.post(path, 422, do="join", headcount="1")


async def test_who_is_not_signed_in_or_of_elsewhere_sees_nothing(world: World, street: Street) -> None:
    activity = await make(world)
    stranger, aunt = await street.visit(), await street.visit("王阿姨")
    for path in ("/activities", f"/activities/{activity.id}", f"/activities/{activity.id}.ics", "/activities/new"):
        await stranger.get(path, 302)
    await stranger.post(f"/activities/{activity.id}", 302, do="join", headcount="1")
    await aunt.get("/activities/999999", 404)
    await aunt.get(f"/activities/{activity.id}/pictures/{'0' * 40}", 404)
    foreign = await aunt.http.post(
        f"/activities/{activity.id}",
        data={"do": "join", "headcount": "1"},
        headers={"Origin": "https://elsewhere.test"},
    )
    assert foreign.status == 403
    await world.parts.performer.run(
        CreateActivity(
            world.community_id,
            Details("还没同意的", "某处", START + timedelta(days=1), START + timedelta(days=2), 3),
            resident_id=world.residents["老李"],
        )
    )
    await aunt.get(f"/activities/{(await the_activity(world)).id}", 404)
    assert "还没同意的" not in await aunt.get("/activities")


async def test_the_picture_at_the_door_checks_in_by_a_button(world: World, street: Street) -> None:
    activity = await make(world)
    aunt, uncle = await street.visit("王阿姨"), await street.visit("老李")
    path = f"/activities/{activity.id}"
    await aunt.post(path, do="join", headcount="1")
    assert "还没到签到时间" in await aunt.post(f"{path}/in", 422, code=activity.code)
    world.clock.move_to(activity.starts_at - timedelta(minutes=30))
    page = await aunt.get(f"{path}/in?code={activity.code}")
    assert f'value="{activity.code}"' in page
    assert "签到成功" not in page
    assert "没有签到码是0000" in await aunt.post(f"{path}/in", 422, code="0000")
    assert "签到成功" in await aunt.post(f"{path}/in", code=activity.code)
    assert "已经签过" in await aunt.post(f"{path}/in", code=activity.code)
    assert "名额满了，名单上没有您" in await uncle.post(f"{path}/in", 422, code=activity.code)
    with pytest.raises(Exception, match="no such code"):
        await world.parts.performer.run(CheckIn(world.community_id, world.residents["老李"], "0000"))


async def test_a_resident_proposes_one_by_its_notice_and_staff_decide(world: World, street: Street) -> None:
    aunt = await street.visit("王阿姨")
    page = await aunt.post("/activities/new", do="read", notice=NOTICE)
    assert 'value="重阳敬老包饺子活动"' in page
    assert 'value="2026-11-21T14:00"' in page
    assert "活动名称要写" in await aunt.post("/activities/new", 422, **{**FORM, "do": "propose", "title": ""})
    assert "已交给工作人员看" in await aunt.post("/activities/new", **{**FORM, "do": "propose"})
    activity = await the_activity(world)
    assert (activity.state, activity.resident_id) == ("proposed", world.residents["王阿姨"])
    await world.settle()
    async with world.parts.db.read() as session:
        lines = list(await session.scalars(select(ChatMessage)))
    groups = set(world.groups.values())
    assert not [line for line in lines if line.chat_id in groups]  # nothing in the groups before staff agree
    assert [line for line in lines if line.chat_id == world.staff_group and "活动待审" in line.text]


async def test_the_calendar_file_is_as_calendars_want_it(world: World, street: Street) -> None:
    activity = await make(world, about="请自带\n球拍、水；" + "很长的说明" * 30)
    aunt = await street.visit("王阿姨")
    await aunt.post(f"/activities/{activity.id}", do="join", headcount="1")
    for path in (f"/activities/{activity.id}.ics", "/activities/mine.ics"):
        answer = await aunt.http.get(path)
        assert answer.content_type == "text/calendar"
        raw = await answer.read()
        lines = raw.split(b"\r\n")
        assert all(len(line) <= 75 for line in lines)
        assert b"\n" not in raw.replace(b"\r\n", b"")
        unfolded = raw.decode().replace("\r\n ", "")
        assert "SUMMARY:羽毛球，友谊赛；第一场" in unfolded
        assert "DTSTART:20261121T020000Z" in unfolded
        assert f"UID:activity-{activity.id}@127.0.0.1" in unfolded
        assert "DESCRIPTION:请自带\\n球拍、水；很长的说明" in unfolded
    assert local(activity.starts_at).hour == 10
