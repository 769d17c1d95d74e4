"""Residents who write Traditional characters read pages, labels and buttons in them; what they typed is not touched."""

from __future__ import annotations

from aiohttp.test_utils import make_mocked_request

from actions.people.model import Resident
from bot.channels.webchat.replies import load_templates, page
from bot.channels.webchat.traditional import in_traditional

PAGE = (
    '<html lang="zh-CN"><script type="module" src="/static/chat/survey.js"></script><h1>报名</h1>'
    '<input aria-label="说明" placeholder="请写说明" value="说明"><textarea aria-label="说明" name="x">说明</textarea>'
    "<code>说明</code><p>3 &lt; 说明</p>"
)


def test_all_that_is_said_is_turned_and_nothing_that_comes_back() -> None:
    assert in_traditional(PAGE) == (
        '<html lang="zh-Hant"><script type="module" src="/static/chat-hant/survey.js"></script><h1>報名</h1>'
        '<input aria-label="說明" placeholder="請寫說明" value="说明">'
        '<textarea aria-label="說明" name="x">说明</textarea>'
        "<code>说明</code><p>3 &lt; 說明</p>"
    )


def test_a_page_is_in_the_script_and_the_size_of_its_reader() -> None:
    reader = Resident(script="hant", big_text=True)
    made = page(make_mocked_request("GET", "/"), load_templates(), "activity_said.html", resident=reader, said="已报名")
    assert made.text is not None
    assert '<html lang="zh-Hant" class="big">' in made.text
    assert "已報名" in made.text
    reader.script = "hans"
    made = page(make_mocked_request("GET", "/"), load_templates(), "activity_said.html", resident=reader, said="已报名")
    assert made.text is not None
    assert "已报名" in made.text
