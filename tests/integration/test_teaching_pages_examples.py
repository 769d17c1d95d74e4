"""The workbench's pages of meanings and sentences: adding, moving, editing, finding, and taking it back."""

from __future__ import annotations

import html
import re

from aiohttp import FormData
from sqlalchemy import select

from actions.teaching.model import Label
from tests.support.workbench import ELEVATOR, HOME, NOISE, Workbench, text_of


async def test_lines_are_added_under_their_meaning_and_what_cannot_be_is_named(bench: Workbench) -> None:
    known = (await bench.examples(intent="service_request", category="elevator"))[0]
    lines = f"[3栋](building)电梯不动了\n\n{known.plain}\n电梯停了打我13812345678\n[3栋](house)电梯"
    here = f"{HOME}/examples?label={ELEVATOR}"
    assert f'name="next" value="{here}"' in await bench.page(f"/examples?label={ELEVATOR}")
    page = text_of(await bench.post("/examples/add", {"label": ELEVATOR, "text": lines, "next": here}))
    assert "加了 2 句" in page
    assert "2 句没有收" in page
    assert "这句已经有了" in page
    assert "标注写得不对" in page
    assert "已换成无关的数字" in page
    added = await bench.find("3栋电梯不动了")
    assert added is not None
    assert (added.label, added.marked, added.origin) == (ELEVATOR, "[3栋](building)电梯不动了", "admin")
    assert await bench.find("电梯停了打我13812345678") is None
    assert [e.plain for e in await bench.examples(origin="admin")] == ["3栋电梯不动了", "电梯停了打我13800000000"]


async def test_the_last_change_can_be_taken_back_from_the_next_page_once(bench: Workbench) -> None:
    page = await bench.post("/examples/add", {"label": ELEVATOR, "text": "电梯不动了\n电梯不走了"})
    batch = re.search(r'name="batch" value="([^"]+)"', page)
    assert batch is not None
    assert "已撤销" in await bench.post("/undo", {"batch": batch[1]})
    assert await bench.find("电梯不动了") is None
    assert "没有可撤销的了" in await bench.post("/undo", {"batch": batch[1]})
    assert "没有可以撤销的改动" in await bench.post("/undo", {"batch": "made up"})
    assert 'name="batch"' not in await bench.page()


async def test_sentences_move_and_go_by_several_or_by_one(bench: Workbench) -> None:
    first, second, third, *_ = await bench.examples(intent="service_request", category="elevator")
    form = FormData()
    for name, value in (("csrf", await bench.browser.token()), ("label", NOISE), ("ids", first.id), ("ids", second.id)):
        form.add_field(name, str(value))
    answer = await bench.browser.http.post(f"{HOME}/examples/move", data=form, allow_redirects=False)
    assert answer.status == 303
    assert [(await bench.find(e.plain)).label for e in (first, second, third)] == [NOISE, NOISE, ELEVATOR]  # type: ignore[union-attr]
    # the row's own button counts, whatever is ticked
    page = await bench.post("/examples/delete", {"only": str(third.id), "ids": str(first.id)})
    assert "删了 1 句" in page
    assert await bench.find(third.plain) is None
    assert await bench.find(first.plain) is not None
    assert third.plain in html.unescape(await bench.page(f"/examples?label={ELEVATOR}&deleted=1"))


async def test_a_sentence_is_edited_in_place_and_a_slower_admin_is_told(bench: Workbench) -> None:
    example = (await bench.examples(intent="chitchat"))[0]
    path, before = f"/examples/{example.id}", example.marked
    assert "<form" in await bench.page(f"{path}/edit")
    row = await bench.post(path, {"marked": "[明天](time)一起跳舞", "before": before})
    assert "已保存" in row
    assert 'class="ent">明天<small>时间' in row
    assert (await bench.find("明天一起跳舞")).id == example.id  # type: ignore[union-attr]
    form = await bench.post(path, {"marked": "后天一起跳舞", "before": before})
    assert "刚才有人改过了" in form
    assert "后天一起跳舞</textarea>" in form
    assert "标注写得不对" in await bench.post(path, {"marked": "[明天](tomorrow)跳舞", "before": ""})
    assert await bench.page("/examples/99999999", 404)


async def test_search_finds_a_piece_of_a_sentence_literally_across_meanings(bench: Workbench) -> None:
    await bench.post("/examples/add", {"label": ELEVATOR, "text": "电梯100%坏了"})
    await bench.post("/examples/add", {"label": NOISE, "text": "楼上100%是故意的"})
    page = text_of(await bench.page("/examples?q=100%25"))
    assert "电梯100%坏了" in page
    assert "楼上100%是故意的" in page
    assert "共 2 句" in page
    assert "共 1 句" in text_of(await bench.page(f"/examples?q=100%25&label={NOISE}"))
    assert "没有找到“_”" in text_of(await bench.page("/examples?q=_"))
    assert await bench.page("/examples?label=made_up", 404)
    for page in ("0", "-1", "99", "x", "9" * 50):
        assert "电梯100%坏了" in await bench.page(f"/examples?q=100%25&page={page}")


async def test_long_lists_come_in_pages(bench: Workbench) -> None:
    lines = "\n".join(f"电梯停在{n}楼半了" for n in range(1, 61))
    await bench.post("/examples/add", {"label": ELEVATOR, "text": lines})
    first, second = await bench.page("/examples?q=楼半"), await bench.page("/examples?q=楼半&page=2")
    assert "第 1 / 2 页，共 60 句" in first
    assert (first.count("data-one"), second.count("data-one")) == (50, 10)


async def test_while_typing_it_is_said_what_is_known_of_each_line(bench: Workbench) -> None:
    await bench.post("/examples/add", {"label": NOISE, "text": "楼上天天半夜拖椅子吵死人了"})
    known = (await bench.examples(intent="service_request", category="elevator"))[0]
    lines = f"{known.marked}\n楼上天天半夜拖椅子，吵死人啦\n电梯停了打我13812345678\n[三栋](house)电梯"
    page = await bench.post("/examples/check", {"label": ELEVATOR, "text": lines})
    same, near, private, marks = (text_of(item) for item in re.findall(r"<li.*?</li>", page, re.DOTALL))
    assert "已经有这句了，在“报修服务 · 电梯”里" in same
    assert "很像“矛盾纠纷 · 噪音”里的：楼上天天半夜拖椅子吵死人了" in near
    assert "有电话或门牌，会记成：电梯停了打我13800000000" in private
    assert "标注写得不对" in marks
    assert re.search(r"小邻现在觉得是“报修服务 · 电梯” \d+%", private)
    # a sentence is not its own duplicate while it is edited
    editing = {"label": known.label, "marked": known.marked, "editing": str(known.id)}
    assert "已经有这句了" not in await bench.post("/examples/check", editing)
    assert "<li" not in await bench.post("/examples/check", {"label": ELEVATOR, "text": ""})


async def test_a_meaning_of_one_s_own_is_added_taught_renamed_and_laid_aside(bench: Workbench) -> None:
    category = {"name": "充电桩", "intent": "service_request", "answer": "不要", "unasked": "1"}
    await bench.post("/labels/add", category)
    page = await bench.post("/labels/add", {**category, "name": "借会议室", "intent": "", "answer": "请到服务台登记"})
    assert "“借会议室”加好了" in text_of(page)
    pile, room = await bench.office.rows(select(Label).where(Label.fixed.is_(False)).order_by(Label.id))
    assert (pile.intent, pile.answer, pile.unasked) == ("service_request", "", False)
    assert (room.category, room.answer, room.unasked) == ("", "请到服务台登记", True)
    await bench.post("/examples/add", {"label": pile.code, "text": "充电桩没电了"})
    own = f"/examples?label={room.code}"
    form = {"name": "会议室", "answer": "请打服务台电话", "next": f"{HOME}{own}"}
    assert "会议室" in text_of(await bench.post(f"/labels/{room.id}", form))
    (again,) = await bench.office.rows(select(Label).where(Label.id == room.id))
    assert (again.name, again.answer, again.unasked) == ("会议室", "请打服务台电话", False)
    assert "已停用" in await bench.post(f"/labels/{pile.id}/retire")
    assert "已经停用的" in await bench.page()
    assert "请先选一种意思" in await bench.post("/examples/add", {"label": pile.code, "text": "充电桩冒烟了"})
    assert "已重新启用" in await bench.post(f"/labels/{pile.id}/retire", {"retired": "0"})
    assert "改一种意思" in await bench.page("/changes")
