"""The workbench's review pages: a doubt is confirmed, corrected or laid aside, once, by those it concerns."""

from __future__ import annotations

import re

from sqlalchemy import select

from actions.teaching.model import ReviewItem
from tests.support.workbench import ELEVATOR, HOME, Workbench, ignore_doubt, text_of


async def test_a_doubt_is_confirmed_corrected_or_laid_aside_and_each_can_be_undone(bench: Workbench) -> None:
    by_staff = {"staff_intent": "safety_tip", "staff_category": "fire_safety"}
    right = await bench.doubt("三楼电梯门夹人", "service_request", "elevator", seen=3)
    wrong = await bench.doubt("楼道里堆满了纸箱子", "chitchat", seen=2, **by_staff)
    other = await bench.doubt("吃了吗您", "consult")
    page = text_of(await bench.page("/review"))
    assert "还有 3 条" in page
    assert "三楼电梯门夹人" in page
    assert "对，是“报修服务 · 电梯” 50%" in page
    page = text_of(await bench.post(f"/review/{right}", {"decision": "confirm", "next": f"{HOME}/review"}))
    assert "还有 2 条，您今天核对了 1 条" in page
    assert "工作人员按“ 安全线索 · 消防隐患 ”办了" in page
    better = {"decision": "correct", "label": "safety_tip/fire_safety", "text": "楼道堆满纸箱"}
    await bench.post(f"/review/{wrong}", better)
    await bench.post(f"/review/{other}", {"decision": "ignore"})
    assert (await bench.find("三楼电梯门夹人")).label == ELEVATOR  # type: ignore[union-attr]
    learnt = await bench.find("楼道堆满纸箱")
    assert learnt is not None
    assert (learnt.label, learnt.origin) == ("safety_tip/fire_safety", "review")
    assert "都核对完了" in await bench.page("/review")
    for item in (right, wrong, other):
        assert "已放回来" in await bench.post(f"/review/{item}/undo", {"next": f"{HOME}/review?view=list"})
    assert await bench.examples(origin="review") == []
    assert [i.state for i in await bench.office.rows(select(ReviewItem))] == ["open"] * 3


async def test_staff_s_own_view_is_offered_among_the_guesses(bench: Workbench) -> None:
    item = await bench.doubt("门口摄像头歪了", "chitchat", staff_intent="service_request", staff_category="elevator")
    page = await bench.page(f"/review?item={item}")
    assert re.findall(r'data-choose="([^"]+)"', page) == ["service_request/elevator", "consult"]
    assert "工作人员" in text_of(page)


async def test_no_guess_is_shown_that_nobody_could_choose(bench: Workbench) -> None:
    told = {ELEVATOR: 0.5, "safety_tip": 0.3, "consult": 0.1}
    item = await bench.doubt("三楼电梯门夹人", "service_request", "elevator", ranking=told)
    page = await bench.page(f"/review?item={item}")
    assert re.findall(r'data-choose="([^"]+)"', page) == ["consult"]
    assert "安全线索” 30%" not in text_of(page)


async def test_a_doubt_that_somebody_has_decided_is_not_decided_twice(bench: Workbench) -> None:
    item = await bench.doubt("三楼电梯门夹人", "service_request", "elevator")
    await ignore_doubt(bench, item)
    assert "刚才有人改过了" in await bench.post(f"/review/{item}", {"decision": "confirm"})
    assert await bench.find("三楼电梯门夹人") is None


async def test_doubts_of_other_communities_are_not_shown(bench: Workbench) -> None:
    theirs = await bench.doubt("别处的电梯坏了", "service_request", "elevator", community_id=999)
    assert "别处的电梯" not in await bench.page("/review?community=999")
    assert "别处的电梯" not in await bench.page(f"/review?item={theirs}")
    assert "已经不在了" in await bench.post(f"/review/{theirs}", {"decision": "confirm"})
