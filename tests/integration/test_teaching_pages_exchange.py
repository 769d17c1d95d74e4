"""The workbench's pages of files: a file is looked at before it is taken in, and what goes out comes back."""

from __future__ import annotations

import html
import io
import re

from aiohttp import FormData
from openpyxl import Workbook, load_workbook

from tests.support.workbench import ELEVATOR, HOME, HOSTILE, NOISE, Workbench, everything, text_of


async def upload(bench: Workbench, name: str, content: bytes) -> tuple[int, str]:
    form = FormData()
    form.add_field("csrf", await bench.browser.token())
    form.add_field("file", content, filename=name)
    answer = await bench.browser.http.post(f"{HOME}/exchange", data=form, allow_redirects=False)
    if answer.status == 303:
        return 303, await bench.browser.page(answer.headers["Location"])
    return answer.status, await answer.text()


def hidden_rows(page: str) -> str:
    found = re.search(r'name="rows" value="([^"]*)"', page)
    assert found is not None
    return html.unescape(found[1])


async def test_a_file_is_looked_at_first_and_taken_in_on_the_admin_s_word(bench: Workbench) -> None:
    known, moved = (await bench.examples(intent="service_request", category="elevator"))[:2]
    sheet = Workbook()
    rows = [("意思", "小类", "例句"), ("报修服务", "电梯", "[3栋](building)梯子罢工了"), ("chitchat", "", "晚上吃火锅"),
            ("报修服务", "电梯", known.marked), ("矛盾纠纷", "噪音", moved.marked)]  # fmt: skip
    for row in rows:
        sheet.worksheets[0].append(row)
    content = io.BytesIO()
    sheet.save(content)
    before = await everything(bench)
    status, page = await upload(bench, "例句.xlsx", content.getvalue())
    assert status == 200
    words = text_of(page)
    assert "2 新的例句" in words
    assert "1 已经有了，不变" in words
    assert "1 已经有，但意思或标记不一样" in words
    assert "第 5 行：文件里是“矛盾纠纷 · 噪音”；现在是“报修服务 · 电梯”" in words
    assert await everything(bench) == before
    done = text_of(await bench.post("/exchange/import", {"rows": hidden_rows(page), "overwrite": "1"}))
    assert "加了 2 句" in done
    assert (await bench.find("3栋梯子罢工了")).label == ELEVATOR  # type: ignore[union-attr]
    assert (await bench.find(moved.plain)).label == NOISE  # type: ignore[union-attr]
    assert "撤销刚才的改动" in done


async def test_what_a_file_lacks_is_deleted_only_when_asked_and_can_be_taken_back(bench: Workbench) -> None:
    before = len(await bench.examples())
    _, page = await upload(bench, "x.csv", "意思,小类,例句\nchitchat,,晚上吃火锅\n".encode())
    rows = hidden_rows(page)
    await bench.post("/exchange/import", {"rows": rows})
    assert len(await bench.examples()) == before + 1
    page = await bench.post("/exchange/import", {"rows": rows, "replace": "1"})
    assert [e.plain for e in await bench.examples(use="train")] == ["晚上吃火锅"]
    batch = re.search(r'name="batch" value="([^"]+)"', page)
    assert batch is not None
    await bench.post("/undo", {"batch": batch[1]})
    assert len(await bench.examples()) == before + 1


BAD_FILES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "x.csv",
        "意思,小类,例句\nservice_request,升降机,电梯坏\nchitchat,,卡号6222021234567890123\n",
        ("2 没有这种意思 service_request/升降机", "3 这句里有身份证号"),
    ),
    (
        "x.csv",
        "意思,小类,例句\nservice_request,,电梯坏\nchitchat,,好\nchitchat,,好\n",
        ("2 这种意思要写小类", "4 文件里前面已经有"),
    ),
    ("x.csv", "甲,乙\n1,2\n", ("第一行要有“意思”和“例句”两列",)),
    ("x.csv", "", ("文件里没有例句",)),
    ("x.doc", "好", ("不认识这种文件",)),
    ("x.xlsx", "not a zip", ("读不懂",)),
    ("x.yml", "nlu:\n  - intent: chitchat\n   examples: x\n", ("读不懂",)),
    (f"{HOSTILE}.csv", "意思,例句\nmade_up,<script>alert(3)</script>\n", ("没有这种意思",)),
)


async def test_a_bad_file_changes_nothing_and_is_told_line_by_line(bench: Workbench) -> None:
    before = await everything(bench)
    for name, content, words in BAD_FILES:
        status, page = await upload(bench, name, content.encode())
        assert (name, status) == (name, 422)
        assert "什么都没有改" in page
        assert [word for word in words if word not in text_of(page)] == []
        assert "<script>alert" not in page
        assert await everything(bench) == before


async def test_what_was_exported_comes_back_without_a_change(bench: Workbench) -> None:
    await bench.post("/examples/add", {"label": ELEVATOR, "text": "=1+1电梯\n'电梯坏了\n@小邻 电梯", "use": "test"})
    for kind, ending in (("xlsx", "xlsx"), ("csv", "csv"), ("rasa", "zip")):
        answer = await bench.browser.get(f"{HOME}/export/{kind}")
        assert f'.{ending}"' in answer.headers["Content-Disposition"]
        content = await answer.read()
        status, page = await upload(bench, f"again.{ending}", content)
        words = text_of(page)
        assert (kind, status) == (kind, 200)
        assert f"0 新的例句 {len(await bench.examples())} 已经有了，不变 0 已经有，但意思或标记不一样 0 我们有" in words
    book = load_workbook(io.BytesIO(await (await bench.browser.get(f"{HOME}/export/xlsx")).read()), read_only=True)
    head, first, *_ = book.worksheets[0].iter_rows(values_only=True)
    assert head == ("意思", "小类", "例句", "用途")
    assert re.fullmatch(r"[一-鿿、]+", str(first[0]))
