"""The workbench's pages of wording: the phrases residents read, and the local names of places."""

from __future__ import annotations

import re

from sqlalchemy import select

from actions.teaching.model import PhraseOverride
from bot.console.teaching.phrase_book import CHAPTERS, read_book
from tests.support.workbench import Workbench, text_of


async def test_a_phrase_is_changed_takes_effect_and_is_put_back(bench: Workbench) -> None:
    key, phrases = "ticket.opened.other", bench.office.parts.phrases
    page = await bench.page(f"/phrases/one?key={key}")
    assert all(word in text_of(page) for word in ("{ref} 工单号", "{due} 办理时限", "单号 20261118-0007"))
    reads = await bench.post("/phrases/preview", {"key": key, "text": "好的，{due}前回您。"})
    assert "好的，今天14:00前回您。" in reads
    assert "少了" in reads
    assert "{ref}" in reads
    await bench.post("/phrases/one", {"key": key, "text": "好的（{ref}），{due}前回您。"})
    await bench.office.parts.watcher.look()
    assert phrases.render(key, {"ref": 7, "due": "明天"}) == "好的（7），明天前回您。"
    changed = text_of(await bench.page("/phrases?changed=1"))
    assert "好的（20261118-0007），今天14:00前回您。" in changed
    assert "我们改过的 1" in changed
    await bench.post("/phrases/reset", {"key": key})
    await bench.office.parts.watcher.look()
    assert phrases.render(key, {"ref": 7, "due": "明天"}) == "收到，已登记，明天前给您回音。单号 7"
    assert await bench.office.rows(select(PhraseOverride)) == []
    assert await bench.page("/phrases/one?key=console.status.closed", 404)


async def test_every_phrase_that_residents_read_stands_in_the_book_under_its_chapter(bench: Workbench) -> None:
    shipped = bench.office.parts.phrases.keys()
    book = read_book(bench.office.parts.settings.data / "phrases")
    assert {place.chapter for place in book.values()} == set(CHAPTERS)
    heads = ("console.", "teaching.", "taught.", "tickets_", "duty.", "figures.")  # words of pages
    assert [key for key in shipped if key not in book and not key.startswith(heads)] == []
    for chapter in CHAPTERS:
        page = await bench.page(f"/phrases?chapter={chapter}")
        linked = re.findall(r"phrases/one\?key=([^\"]+)\"", page)
        assert len(linked) == sum(place.chapter == chapter for place in book.values())
        assert "〔" not in page  # every field has an example


async def test_local_names_are_known_at_once_and_forgotten_at_once(bench: Workbench) -> None:
    community = str(bench.office.people.community_id)
    page = await bench.post("/names", {"community": community, "kind": "place", "words": "大酒坛子，三角花园、 "})
    assert "加了 2 个叫法" in text_of(page)
    await bench.office.parts.watcher.look()
    tried = {"text": "大酒坛子那边水管爆了", "where": str(bench.office.people.groups["东区群"])}
    assert "地点</small>大酒坛子" in await bench.post("/try", tried)
    number = re.search(r"/names/(\d+)/remove", page.partition("大酒坛子")[2])
    assert number is not None
    await bench.post(f"/names/{number[1]}/remove")
    await bench.office.parts.watcher.look()
    assert "地点</small>大酒坛子" not in await bench.post("/try", tried)
