"""The workbench's page to try a sentence out: it says what the bot would say and leaves nothing behind."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.bootstrap import build_engine
from bot.messages import Arrival
from bot.storage.tables import ChatMessage
from tests.support.workbench import Workbench, everything, text_of


@pytest.mark.parametrize(
    ("text", "form", "words"),
    [
        ("3栋2单元电梯坏了，快来修", {}, "会开口：登记“电梯故障”"),
        ("我家着火了快来人", {}, "会开口：登记“"),
        ("哈哈哈哈", {}, "不出声"),
        ("哈哈哈哈", {"to_bot": "1"}, "会开口，回一句话"),
        ("我要找网格员", {"where": "private"}, "会开口：转给工作人员"),
        ("我的工单", {"to_bot": "1"}, "会开口：列出这位居民的工单"),
    ],
)
async def test_trying_says_what_the_bot_would_say_and_leaves_nothing_behind(
    bench: Workbench, text: str, form: dict[str, str], words: str
) -> None:
    before = await everything(bench)
    east = bench.office.people.groups["东区群"]
    page = text_of(await bench.post("/try", {"text": text, "where": str(east), **form}))
    assert words in page
    assert "最像哪种意思" in page
    assert await everything(bench) == before


async def test_each_matter_says_which_words_and_which_lessons_weighed(bench: Workbench) -> None:
    east = bench.office.people.groups["东区群"]
    said = {"text": "5栋电梯坏了停在三楼不动。还有，东门的垃圾桶满了，臭", "where": str(east)}
    page = await bench.post("/try", said)
    words = text_of(page)
    assert "一句话里有 2 件事" in words
    lift, bins = re.split("第 2 件", words)
    assert "第 1 件" in lift
    assert "报修服务里的哪一类 电梯" in lift
    assert "报修服务里的哪一类 环境卫生" in bins
    parser = await bench.office.parts.watcher.want_model()
    [nearest] = await parser.neighbours("东门的垃圾桶满了，臭", 1)
    assert nearest.text in bins


# said twice it would be the same fault
ELSEWHERE = {
    "北门旁边的路灯不亮了，麻烦修一下": "南门旁边的路灯不亮了，麻烦修一下",
    "5栋电梯坏了停在三楼不动。还有，东门的垃圾桶满了，臭": "4栋电梯坏了停在三楼不动。还有，西门的垃圾桶满了，臭",
}

SAID = (
    *ELSEWHERE, "楼上天天半夜拉琴，谁来管管", "居住证怎么办理", "谁家多了一箱苹果", "救命，有人掉河里了",
)  # fmt: skip


async def test_trying_speaks_as_the_real_road_does(bench: Workbench) -> None:
    people, parts = bench.office.people, bench.office.parts
    east, said = people.groups["东区群"], {}
    for words in SAID:
        for to_bot in ("", "1"):
            text = ELSEWHERE.get(words, words) if to_bot else words
            page = await bench.post("/try", {"text": text, "where": str(east), "to_bot": to_bot})
            bubbles = re.findall(r'<div class="bubble">(.*?)</div>', page, re.DOTALL)
            said[text, to_bot] = [without_ref(html.unescape(bubble)) for bubble in bubbles]
    worker = build_engine(parts, name="test").worker
    newcomer = people.residents["新邻居"]  # lives nowhere, as who tries things out
    for number, (text, to_bot) in enumerate(said):
        (last,) = await bench.office.rows(select(func.max(ChatMessage.id)))
        await parts.inbox.accept(Arrival(east, newcomer, f"{newcomer}:{number}", text, mentions_bot=bool(to_bot)))
        while await worker.run_once():
            pass
        lines = await bench.office.rows(
            select(ChatMessage).where(ChatMessage.id > (last or 0), ChatMessage.sender == "bot")
        )
        assert sorted(said[text, to_bot]) == sorted(without_ref(line.text) for line in lines), text
        bench.office.clock.advance(timedelta(hours=1))  # what is said next is a matter of its own


def without_ref(text: str) -> str:
    """The number of the ticket and the deadline depend on when it is said."""
    return re.sub(r"\d{8}-\d{4}|\d+月\d+日\d\d:\d\d|(今天|明天|后天)?\d\d:\d\d", "…", text)


@pytest.mark.parametrize(
    ("form", "words"),
    [({"text": ""}, "请先写一句话"), ({"text": "好", "where": "777"}, "表单不完整"), ({"text": "好" * 501}, "太长了")],
)
async def test_what_cannot_be_tried_is_said(bench: Workbench, form: dict[str, str], words: str) -> None:
    assert words in await bench.post("/try", form)


async def test_an_answer_of_one_s_own_is_tried_with_its_words(bench: Workbench) -> None:
    await bench.post("/labels/add", {"name": "借会议室", "intent": "", "answer": "请到服务台登记"})
    await bench.office.parts.watcher.look()
    assert [a.text for a in bench.office.parts.known.answers.values()] == ["请到服务台登记"]
