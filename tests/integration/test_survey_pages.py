"""The pages of surveys: built and read by staff, answered by residents, and what each of them may see."""

from __future__ import annotations

import io
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from aiohttp import ClientSession, CookieJar
from sqlalchemy import select, update

from actions.people.home_model import HomeState, Residence
from actions.people.model import Household, Resident
from actions.surveys.commands import AnswerSurvey, CreateSurvey, OpenSurvey, SaveQuestion, SetSurvey, Setting
from actions.surveys.model import Answered, Response, Survey
from bot.channels.webchat.surveys import ANSWERS_A_MINUTE, DEVICE
from bot.storage.tables import OutboxRow
from tests.support.homes import House, open_house
from tests.support.surveys import OVERALL, PRINTED, PUBLISHED, YES_NO, published_answers


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def move_in(house: House, who: str, room: str = "501") -> None:
    """A verified home of their own."""
    home, resident_id = await house.household(room=room), house.people.residents[who]
    async with house.parts.db.write() as session:
        await session.execute(update(Resident).where(Resident.id == resident_id).values(household_id=home.id))
        session.add(
            Residence(community_id=home.community_id, resident_id=resident_id, building_id=home.building_id,
                      unit=home.unit, room=home.room, state=HomeState.VERIFIED, claimed_at=house.clock.now())
        )  # fmt: skip


async def community_survey(house: House) -> int:
    """The template, open, with the published means as its answers."""
    here, desk = house.people.community_id, house.people.staff["钱主任"]
    survey_id = int((await house.parts.performer.run(CreateSurvey(here, desk, template="community"))).value)
    await house.parts.performer.run(OpenSurvey(survey_id, desk))
    async with house.parts.db.write() as session:
        for number, answers in enumerate(published_answers(), 1):
            session.add(
                Response(id=number * 977, community_id=here, survey_id=survey_id, answers=answers,
                         answered_on=house.clock.now().date(), how="page")
            )  # fmt: skip
            session.add(Answered(survey_id=survey_id, voice=f"h9{number}", community_id=here))
    return survey_id


async def test_the_report_says_what_the_study_prints(house: House) -> None:
    survey_id = await community_survey(house)
    desk = await house.browser("committee")
    page = await desk.page(f"/console/surveys/{survey_id}/results")
    assert f'id="overall">{OVERALL}<' in page
    table = page.partition("<th>方面</th>")[2].partition("</table>")[0]
    assert re.findall(r"<td>([\d.]+)</td>", table) == [*PRINTED, OVERALL]
    bars = json.loads(re.search(r"data-chart=\"bars\".*?data-values='(.*?)'", page, re.DOTALL)[1].replace("&#34;", '"'))  # type: ignore[index]
    assert [f"{value:.1f}" for value in bars["lines"][0]["values"]] == PUBLISHED
    answer = await desk.get(f"/console/surveys/{survey_id}/results.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(await answer.read()))
    overview = {row[0]: row[1] for row in book.worksheets[0].iter_rows(min_row=2, max_col=2, values_only=True)}
    assert [str(overview[name]) for name in ("共建成效", "责任意识", "社区软件", "社区硬件", "多方主体", "总均值")] == [
        *PRINTED,
        OVERALL,
    ]
    means = [str(row[2]) for row in book.worksheets[1].iter_rows(min_row=2, values_only=True)]
    assert [f"{float(mean):.1f}" for mean in means] == PUBLISHED
    for chart in ("radar", "bars"):
        drawn = await desk.get(f"/console/surveys/{survey_id}/{chart}.svg")
        texts = [one.text for one in ElementTree.fromstring(await drawn.text()).iter() if one.tag.endswith("text")]
        assert any(one and "83.8" in one for one in texts) == (chart == "radar")
    crossed = await desk.page(f"/console/surveys/{survey_id}/results?one=knows&by=gender")
    assert "交叉表" in crossed


async def test_rounds_stand_side_by_side_and_few_answers_are_hidden(house: House) -> None:
    first = await community_survey(house)
    desk = await house.browser("committee")
    await desk.post(f"/console/surveys/{first}/act", {"do": "copy"})
    second = (await house.rows(select(Survey).order_by(Survey.id.desc())))[0].id
    await desk.post(f"/console/surveys/{second}/act", {"do": "open"})
    await move_in(house, "王阿姨")
    await house.parts.performer.run(AnswerSurvey(second, house.people.residents["王阿姨"], published_answers()[0]))
    page = await desk.page(f"/console/surveys/{second}/results?with={first}")
    assert "不到5份回答" in page
    assert PRINTED[0] not in page
    page = await desk.page(f"/console/surveys/{first}/results?with={second}")
    assert "第2轮" in page
    assert PRINTED[0] in page
    assert f">总均值</th><td>{OVERALL}</td><td>—</td></tr>" in page
    assert "1份</td>" in page
    above = await house.browser("district")
    assert OVERALL in await above.page(f"/console/surveys/{first}/results?with={second}")


async def test_a_survey_is_built_in_the_console_and_bad_input_is_explained(house: House) -> None:
    desk = await house.browser("workstation")
    await desk.post("/console/surveys/new", {"template": "", "title": "停车问卷"})
    survey = (await house.rows(select(Survey)))[0]
    act = f"/console/surveys/{survey.id}/act"
    good = {
        "do": "question",
        "kind": "single",
        "text": "您家有车吗？",
        "options": "有\n没有",
        "required": "1",
        "group": "1",
    }
    await desk.post(act, good)
    follow = {
        "do": "question",
        "kind": "scale",
        "text": "停车方便吗？",
        "low": "1",
        "high": "10",
        "if_key": "q1",
        "if_values": "1",
    }
    await desk.post(act, follow)
    for wrong, words in (
        ({**good, "options": "只有一个"}, "选项"),
        ({**follow, "if_values": "9"}, "怎么答都到不了"),
        ({"do": "up", "key": "q2"}, "会绕圈"),
        ({"do": "drop", "key": "q1"}, "不在了"),
        ({**follow, "low": "一"}, "重新"),
        ({"do": "cat"}, "重新"),
    ):
        await desk.post(act, wrong)
        page = await desk.page(f"/console/surveys/{survey.id}")
        assert "alert-danger" in page, wrong
        assert words in page or words == "重新", wrong
    assert [one["key"] for one in (await house.rows(select(Survey)))[0].questions] == ["q1", "q2"]
    area = {"units": str(survey.community_id), "title": "停车问卷", "who": "resident"}
    await desk.post(act, {"do": "set", **area, "closes": "2026-11-01T08:00"})
    assert "alert-danger" in await desk.page(f"/console/surveys/{survey.id}")
    await desk.post(act, {"do": "set", **area, "closes": "2026-11-25T18:00", "anonymous": "1", "remind": "1"})
    await desk.post(act, {"do": "open"})
    page = await desk.page(f"/console/surveys/{survey.id}")
    assert "正在答" in page
    assert f"/surveys/{survey.id}</code>" in page
    cards = [row for row in await house.rows(select(OutboxRow)) if "停车问卷" in row.body["text"]]
    assert len(cards) == 2  # one a group
    assert cards[0].body["buttons"][0]["value"] == f"/surveys/{survey.id}"


async def test_a_resident_answers_on_a_page_once_and_wrong_answers_are_kept_to_be_mended(house: House) -> None:
    people, do = house.people, house.parts.performer.run
    desk_id = people.staff["钱主任"]
    survey_id = int((await do(CreateSurvey(people.community_id, desk_id, template="service"))).value)
    aunt, uncle = await house.resident("王阿姨"), await house.resident("老李")
    path = f"/surveys/{survey_id}"
    assert (await aunt.get(path)).status == 404  # a draft
    await do(OpenSurvey(survey_id, desk_id))
    assert "服务满意度" in await (await aunt.get("/surveys")).text()
    page = await (await aunt.get(path)).text()
    assert "要先核实住处" in page
    await move_in(house, "王阿姨")
    await move_in(house, "老李")
    assert "最近三个月" in await (await aunt.get(path)).text()
    wrong = await aunt.post(path, data={"q.overall": "9", "q.more": "楼道灯"})
    assert wrong.status == 422
    page = await wrong.text()
    assert "请写1到5之间的数字" in page
    assert "楼道灯" in page
    assert (await aunt.post(path, data={"q.more": "楼道灯"})).status == 422
    done = await aunt.post(path, data=[("q.overall", "2"), ("q.worst", "0"), ("q.worst", "3"), ("q.best", "1")])
    assert "收到了" in await done.text()
    assert (await house.rows(select(Response)))[0].answers == {"overall": 2, "worst": [0, 3], "more": None}
    assert "您家已经答过了" in await (await uncle.get(path)).text()
    assert "您家已答" in await (await uncle.get("/surveys")).text()
    assert (await uncle.post(path, data={"q.overall": "5"})).status == 422
    assert len(await house.rows(select(Response))) == 1
    assert (await uncle.post(path, data={"q.overall": "5"}, headers={"Origin": "https://other.example"})).status == 403


async def test_a_link_counts_a_browser_once_and_not_too_many_from_one_place(house: House) -> None:
    people, do = house.people, house.parts.performer.run
    desk_id = people.staff["钱主任"]
    survey_id = int((await do(CreateSurvey(people.community_id, desk_id, "路过的都来答"))).value)
    await do(SaveQuestion(survey_id, desk_id, YES_NO))
    here = (people.community_id,)
    await do(SetSurvey(survey_id, desk_id, Setting("路过的都来答", who="link", unit_ids=here)))
    await do(OpenSurvey(survey_id, desk_id))
    token = (await house.rows(select(Survey)))[0].token
    address = house.server.make_url(f"/surveys/t/{token}")

    async def fresh() -> ClientSession:
        return ClientSession(cookie_jar=CookieJar(unsafe=True))

    async with await fresh() as phone:
        assert (await phone.post(address, data={"q.q1": "0"})).status == 400  # no cookie yet
        assert "一部手机一份" in await (await phone.get(address)).text()
        assert DEVICE in {cookie.key for cookie in phone.cookie_jar}
        assert "收到了" in await (await phone.post(address, data={"q.q1": "0"})).text()
        assert "这部手机已经答过了" in await (await phone.post(address, data={"q.q1": "1"})).text()
    statuses: list[int] = []
    async with await fresh() as crowd:
        await crowd.get(address)
        for _ in range(ANSWERS_A_MINUTE):
            statuses.append((await crowd.post(address, data={"q.q1": "0"})).status)
    assert statuses[-1] == 429
    assert len(await house.rows(select(Response))) == 2
    async with await fresh() as stranger:
        assert (await stranger.get(house.server.make_url(f"/surveys/t/{'a' * 22}"))).status == 404


async def test_what_was_found_is_published_and_nobody_elsewhere_sees_it(house: House) -> None:
    survey_id = await community_survey(house)
    desk = await house.browser("committee")
    aunt = await house.resident("王阿姨")
    act = f"/console/surveys/{survey_id}/act"
    await desk.post(act, {"do": "close"})
    assert "已经截止了" in await (await aunt.get(f"/surveys/{survey_id}")).text()
    await desk.post(act, {"do": "publish", "found": "健身的地方不够", "doing": "<b>明年三月</b>前加两处"})
    page = await (await aunt.get(f"/surveys/{survey_id}")).text()
    assert "健身的地方不够" in page
    assert "&lt;b&gt;明年三月" in page
    assert OVERALL in page
    said = [row.body["text"] for row in await house.rows(select(OutboxRow)) if "【问卷结果】" in row.body["text"]]
    assert len(said) == 2
    grid = await house.browser("grid_worker")
    assert (await grid.get(f"/console/surveys/{survey_id}")).status == 404
    watcher = await house.browser("supervisor")
    assert "现在截止" not in await watcher.page(f"/console/surveys/{survey_id}")


async def test_the_home_of_a_household_is_what_counts(house: House) -> None:
    """One who is listed in a household but whose claim was ended is no voice of it."""
    people, do = house.people, house.parts.performer.run
    desk_id = people.staff["钱主任"]
    survey_id = int((await do(CreateSurvey(people.community_id, desk_id, template="service"))).value)
    await do(OpenSurvey(survey_id, desk_id))
    await move_in(house, "王阿姨")
    async with house.parts.db.write() as session:
        await session.execute(update(Residence).values(state=HomeState.ENDED))
    aunt = await house.resident("王阿姨")
    answer: Any = await aunt.post(f"/surveys/{survey_id}", data={"q.overall": "5"})
    assert answer.status == 422
    assert await house.rows(select(Response)) == []
    assert len(await house.rows(select(Household))) == 1
