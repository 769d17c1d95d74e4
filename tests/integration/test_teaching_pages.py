"""The workbench's pages as a whole: who may open them, what is refused, that no markup runs, that all has words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from actions.teaching.model import ModelState, Origin, Reason
from bot.console.teaching.comparison import LISTS, SHARES
from bot.console.teaching.routes import ROUTES
from bot.console.teaching.wording import ENTITY_KINDS
from nlu.evaluation.comparing import Verdict
from tests.support.workbench import ELEVATOR, HOME, HOSTILE, NOISE, Workbench, everything, text_of

PAGES = (
    "", "/examples", f"/examples?label={ELEVATOR}", "/examples?q=电梯&deleted=1", "/review", "/review?view=list",
    "/models", "/models/1", "/try", "/phrases", "/phrases?changed=1", "/phrases/one?key=help.yes", "/names",
    "/exchange", "/changes", "/export/csv", "/examples/1", "/examples/1/edit",
)  # fmt: skip
REFUSED: tuple[tuple[str, dict[str, str], str], ...] = (
    ("/examples/add", {"label": ELEVATOR, "text": " \n "}, "还没有写内容"),
    ("/examples/add", {"label": ELEVATOR, "text": "电梯不动了\n" * 201}, "一次最多写200行"),
    ("/examples/add", {"label": "service_request", "text": "电梯不动了"}, "请先选一种意思"),
    ("/examples/add", {"label": "made_up", "text": "电梯不动了"}, "请先选一种意思"),
    ("/examples/add", {"label": ELEVATOR, "text": "我的卡号6222021234567890123"}, "身份证号或银行卡号"),
    ("/examples/add", {"label": ELEVATOR, "text": "电" * 301}, "太长了"),
    ("/examples/move", {"label": NOISE}, "请先勾选例句"),
    ("/examples/move", {"label": "", "ids": "1"}, "请先选一种意思"),
    ("/examples/move", {"label": NOISE, "ids": "1 OR 1"}, "表单不完整"),
    ("/examples/delete", {}, "请先勾选例句"),
    ("/examples/delete", {"only": "-1"}, "表单不完整"),
    ("/labels/add", {"name": "", "intent": "dispute"}, "名称请写"),
    ("/labels/add", {"name": "借会议室", "intent": ""}, "请写机器人怎么回答"),
    ("/labels/add", {"name": "问路", "intent": "chitchat"}, "没有这个意思"),
    ("/labels/add", {"name": "噪音", "intent": "dispute"}, "已经有了"),
    ("/labels/1/retire", {"retired": "1"}, "系统自带"),
    ("/phrases/one", {"key": "ticket.opened.other", "text": "收到"}, "{ref}"),
    ("/phrases/one", {"key": "help.yes", "text": "我在{谁}"}, "大括号里的内容"),
    ("/phrases/one", {"key": "help.yes", "text": "我在{"}, "大括号没有成对"),
    ("/phrases/one", {"key": "help.yes", "text": ""}, "请写内容"),
    ("/phrases/one", {"key": "console.status.closed", "text": "完"}, "没有这句用语"),
    ("/names", {"community": "", "kind": "place", "words": "老锅炉房"}, "还没有写内容"),
    ("/names", {"community": "999", "kind": "place", "words": "老锅炉房"}, "没有这个社区"),
    ("/names/77/remove", {}, "已经不在了"),
    ("/models/1/cancel", {}, "没有在训练"),
    ("/models/1/publish", {"reason": "好"}, "不能发布"),
    ("/models/1/publish", {"reason": " "}, "为什么发布"),
    ("/models/99/publish", {"reason": "好"}, "没有这个版本"),
    ("/rollback", {}, "没有更早的版本"),
    ("/publications/99", {"agree": "1"}, "没有这个版本"),
    ("/review/99", {"decision": "confirm"}, "这条消息已经不在了"),
    ("/review/99", {"decision": "burn"}, "表单不完整"),
    ("/exchange", {}, "请先选一个文件"),
    ("/exchange/import", {"rows": "[[1,2]]"}, "表单不完整"),
    ("/exchange/import", {"rows": "[" * 3000}, "表单不完整"),
    ("/exchange/import", {"rows": "[]"}, "没有可以加的句子"),
)


async def test_pages_and_forms_are_for_admins_only_and_exist_for_nobody_else(bench: Workbench) -> None:
    stranger = await bench.office.browser()
    for page in PAGES:
        assert (page, (await bench.browser.get(f"{HOME}{page}")).status) == (page, 200)
        assert (await stranger.get(f"{HOME}{page}")).status == 303
    before = await bench.changes()
    for role in ("committee", "steward", "supervisor", "district"):
        browser = await bench.office.browser(role)
        token = await browser.token()
        assert "/console/teaching" not in await browser.page("/console/")
        for page in PAGES:
            assert (role, page, (await browser.get(f"{HOME}{page}")).status) == (role, page, 404)
        for route in ROUTES:
            if route.method != "POST":
                continue
            path = re.sub(r"\{[^{}]*(\{[^{}]*\})?[^{}]*\}", "1", route.path)
            form = {"label": ELEVATOR, "text": "电梯不动了", "ids": "1", "marked": "电梯", "name": "新的"}
            assert (role, path, (await browser.post(f"/console{path}", form, token=token)).status) == (role, path, 404)
    assert await bench.changes() == before


async def test_a_form_without_the_page_s_token_does_nothing(bench: Workbench) -> None:
    answer = await bench.browser.post(f"{HOME}/examples/add", {"label": ELEVATOR, "text": "电梯不动了"}, token="x")
    assert answer.status == 403
    assert await bench.find("电梯不动了") is None


async def test_a_form_never_leads_away_from_the_workbench(bench: Workbench) -> None:
    for target in ("//evil.example/", f"{HOME}\\evil", "/console/", "https://evil.example", f"{HOME}evil", ""):
        form = {"label": ELEVATOR, "text": "电梯不动了", "next": target}
        answer = await bench.browser.post(f"{HOME}/examples/add", form)
        assert (target, answer.headers["Location"]) == (target, HOME)


async def test_what_cannot_be_done_is_said_in_words_and_changes_nothing(bench: Workbench) -> None:
    before = await everything(bench)
    for path, form, words in REFUSED:
        page = text_of(await bench.post(path, form))
        assert words in page, (path, form, page[:600])
        assert await everything(bench) == before, path


async def test_markup_in_sentences_names_and_phrases_is_shown_and_never_run(bench: Workbench) -> None:
    await bench.post("/examples/add", {"label": ELEVATOR, "text": HOSTILE})
    await bench.post("/labels/add", {"name": "<b>借房</b>", "intent": "", "answer": HOSTILE})
    await bench.doubt(HOSTILE, "chitchat")
    await bench.post("/phrases/one", {"key": "help.yes", "text": "<script>x</script>"})
    check = {"label": ELEVATOR, "text": HOSTILE}
    shown = [page for page in PAGES if not page.startswith("/export")]
    pages = [await bench.page(p) for p in (*shown, "/examples?q=script")]
    pages.append(await bench.post("/examples/check", check))
    pages.append(await bench.post("/try", {"text": HOSTILE, "where": "private"}))
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b>借房" not in page
        assert "<script>x" not in page
    assert quote("<script>alert(1)") in pages[-1]  # it was shown, harmless, in the link to sentences like it


async def test_everything_the_workbench_may_show_has_words(bench: Workbench) -> None:
    phrases = bench.office.parts.phrases
    wanted: dict[str, Iterable[str]] = {
        "review": list(Reason), "origin": list(Origin), "model": list(ModelState), "figure": list(SHARES),
        "changed": list(LISTS), "entity": list(ENTITY_KINDS),
        "publication": ["asked", "live", "over", "refused", "broken", "confirmed"],
        "teach_change": ["add", "edit", "move", "delete", "undo", "seed", "label_add", "label_change"],
    }  # fmt: skip
    missing = [f"{kind}.{v}" for kind, values in wanted.items() for v in values if f"console.{kind}.{v}" not in phrases]
    assert missing == []
    assert [v for v in Verdict if f"teaching.verdict.{v.value}" not in phrases] == []
