"""The workbench's pages of models: training, the comparison in plain words, publishing by two, the way back."""

from __future__ import annotations

import re

from sqlalchemy import select

from actions.teaching.commands import AskTraining
from actions.teaching.model import ModelState, ModelVersion, Publication
from actions.teaching.publishing import find_version
from tests.support.workbench import ELEVATOR, HOME, Workbench, ready, text_of

LOG = "<b>line</b>\ntraining LinanClassifier\nencoded 640 of 11045 sentences\n"


async def test_a_training_is_asked_for_once_watched_and_given_up(bench: Workbench) -> None:
    await bench.post("/examples/add", {"label": ELEVATOR, "text": "电梯不动了"})
    assert "例句改动了 1 处" in text_of(await bench.page("/models"))
    page = await bench.post("/models/train")
    assert "第 2 版 ：排队等着开始" in text_of(page)
    assert "已经有一个新版本在训练" in await bench.post("/models/train")
    async with bench.office.parts.db.write() as session:
        version = await find_version(session, 2)
        assert version is not None
        version.state, version.percent, version.step, version.log = ModelState.TRAINING, 42, "training", LOG
    progress = await bench.page("/models/2/progress")
    assert "正在学例句" in progress
    assert 'value="42"' in progress
    assert "&lt;b&gt;line" in progress
    assert "开始：学意思和小类\n读懂例句的意思：640/11045 句" in progress
    assert "已停止训练" in await bench.post("/models/2/cancel")
    assert "有人停止了训练" in await bench.page("/models/2")
    answer = await bench.browser.get(f"{HOME}/models/2/progress")
    assert answer.headers["HX-Redirect"] == f"{HOME}/models"


async def test_a_failed_training_says_why_without_a_program_s_words(bench: Workbench) -> None:
    await bench.office.parts.performer.run(AskTraining(bench.office.people.staff["管理员"]))
    async with bench.office.parts.db.write() as session:
        version = await find_version(session, 2)
        assert version is not None
        version.state, version.error, version.log = ModelState.FAILED, "crashed: KeyError", "<b>Traceback</b>"
    page = await bench.page("/models/2")
    assert "出了意外。可以重新训练" in page
    assert "KeyError" not in page
    assert "<b>Traceback" not in page
    async with bench.office.parts.db.write() as session:
        version = await find_version(session, 2)
        assert version is not None
        version.error = "training_killed: signal 9"
    page = await bench.page("/models/2")
    assert "多半是内存不够，和例句没有关系" in page
    assert "signal" not in page


async def test_the_comparison_is_told_in_plain_words_and_the_worst_comes_first(bench: Workbench) -> None:
    await ready(bench, 2)
    page = await bench.page("/models/2")
    words = text_of(page)
    assert "比原来差：321 句原来听对、现在听错" in words
    assert "注意：听出的紧急求助变少了。" in words
    assert "原来听出 10 句，这一版听出 8 句" in words
    assert "意思听对的 90.0% 80.0% 变差" in words
    assert "闲聊时插嘴（越少越好） 10.0% 5.0% 变好" in words  # fewer is better
    assert words.index("矛盾纠纷 9 句考题 100 50 变差") < words.index("闲聊 9 句考题 50 100 变好")
    assert "原来听得出、现在漏掉的紧急求助 1" in words
    assert "原来对、现在听错的 321" in words
    assert "只列出前 1 句" in words
    assert "<script>alert" not in page
    assert "要另一位管理员也同意" in words


async def test_what_hears_fewer_emergencies_needs_two_admins(bench: Workbench) -> None:
    await ready(bench, 2)
    assert "要另一位管理员确认后才生效" in await bench.post("/models/2/publish", {"reason": "急着用"})
    (asked,) = await bench.office.rows(select(Publication).where(Publication.state == "asked"))
    mine = await bench.page("/models")
    assert "等另一位管理员确认" in mine
    assert "我同意，发布" not in mine
    assert "不能自己确认自己" in await bench.post(f"/publications/{asked.id}", {"agree": "1"})
    second = await bench.second()
    assert "我同意，发布" in await second.page("/models/2")
    assert "第 2 版已发布" in await second.post(f"/publications/{asked.id}", {"agree": "1"})
    history = text_of(await bench.page("/models"))
    assert "第 2 版 正在用" in history
    assert "管理员 发布，第二管理员 确认：急着用" in history


async def test_either_admin_can_refuse(bench: Workbench) -> None:
    for number, browser in ((2, bench), (3, await bench.second())):
        await ready(bench, number)
        await bench.post(f"/models/{number}/publish", {"reason": "急着用"})
        (asked,) = await bench.office.rows(select(Publication).where(Publication.state == "asked"))
        assert f"第 {number} 版不发布" in await browser.post(f"/publications/{asked.id}", {"agree": "0"})
    assert "没有同意" in await bench.page("/models")
    assert [p.number for p in await bench.office.rows(select(Publication).where(Publication.state == "live"))] == [1]


async def test_a_version_goes_live_and_is_rolled_back_and_the_slower_admin_is_told(bench: Workbench) -> None:
    await ready(bench, 2, heard=10)
    await ready(bench, 3, heard=10)
    second = await bench.second()
    seen = re.search(r'name="seen" value="(\d+)"', await second.page("/models/3"))
    assert seen is not None
    assert "第 2 版已发布" in await bench.post("/models/2/publish", {"reason": "更好", "seen": seen[1]})
    assert "刚才有人改过了" in await second.post("/models/3/publish", {"reason": "更好", "seen": seen[1]})
    assert "退回第 1 版" in await bench.page("/models")
    assert "已退回第 1 版" in await bench.post("/rollback", {"reason": "不对劲"})
    page = text_of(await bench.page("/models"))
    assert "管理员 退回到这一版：不对劲" in page
    assert "第 1 版（退回） 正在用" in page
    (two,) = await bench.office.rows(select(ModelVersion).where(ModelVersion.number == 2))
    assert two.state == ModelState.RETIRED


async def test_a_worker_that_cannot_load_the_version_is_told_on_the_page(bench: Workbench) -> None:
    async with bench.office.parts.db.write() as session:
        (live,) = await session.scalars(select(Publication))
        live.error = "OSError: secret path"
    page = await bench.page("/models")
    assert "有地方打不开" in page
    assert "secret path" not in page
