"""The anonymous form on a real server: no cookie, nothing kept of who came, nothing in clear, no guessing."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select

from actions.tips.commands import LeaveTip, MoveTip, Opening, ReadTip, TipMove
from actions.tips.model import Tip
from actions.tips.passing import LOCKED_FOR, MOST_WRONG
from bot.channels.webchat.signing import COOKIE, make_token
from bot.sealing import FILE
from bot.web import create_app
from tests.support.tips import plain_rows
from tests.support.world import World, open_world

SECRET = "五零一那个穿灰夹克的半夜撬电瓶"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@dataclass
class Visitor:
    """Somebody with a browser, and the world they come to."""

    world: World
    http: TestClient[Any, Any]

    async def page(self, path: str, status: int = 200) -> str:
        answer = await self.http.get(path, allow_redirects=False)
        assert answer.status == status
        return await answer.text()

    async def form(self) -> dict[str, str]:
        """The hidden fields of a fresh form."""
        found = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', await self.page("/tip"))
        return {name: html.unescape(value) for name, value in found}

    async def send(self, path: str, **form: str) -> ClientResponse:
        return await self.http.post(path, data=form, allow_redirects=False)

    async def leave(self, text: str = SECRET, **more: str) -> tuple[str, str]:
        """Number and passphrase as they are shown."""
        answer = await self.send("/tip", **{**await self.form(), "text": text, **more})
        return keys_of(await answer.text())

    async def back(self, ref: str, passphrase: str, **more: str) -> tuple[int, str]:
        answer = await self.send("/tip/back", ref=ref, passphrase=passphrase, **more)
        return answer.status, await answer.text()

    async def tips(self) -> list[Tip]:
        async with self.world.parts.db.read() as session:
            return list(await session.scalars(select(Tip).order_by(Tip.id)))

    async def staff(self, move: TipMove, text: str, name: str = "周警官") -> None:
        staff_id, run = self.world.staff[name], self.world.parts.performer.run
        await run(ReadTip(1, staff_id, Opening.CONTENT, "handle"))
        await run(MoveTip(1, staff_id, move, text))


def keys_of(page: str) -> tuple[str, str]:
    found = re.search(r"<dd>(X\d{8})</dd><dt>口令</dt><dd>([\d ]+)</dd>", page)
    assert found is not None, page
    return found[1], found[2]


@pytest.fixture
async def visitor(tmp_path: Path) -> AsyncIterator[Visitor]:
    async with open_world(tmp_path) as world, TestClient(TestServer(create_app(world.parts))) as http:
        yield Visitor(world, http)


async def test_a_tip_is_left_and_asked_back_without_anybody_being_known(visitor: Visitor) -> None:
    ref, passphrase = await visitor.leave(building="3", service="safety_tip/theft")
    (tip,) = await visitor.tips()
    assert (tip.ref, tip.source, tip.reporter_id, tip.service) == (ref, "form", None, "safety_tip/theft")
    await visitor.staff(TipMove.ASK, "他几点来？")
    status, page = await visitor.back(ref.lower(), passphrase.replace(" ", ""))
    assert status == 200
    assert SECRET in page
    assert "他几点来？" in page
    status, page = await visitor.back(ref, passphrase, text="一点多")
    assert "您补充的话已经封存" in page
    assert [t.state for t in await visitor.tips()] == ["checking"]
    for words in (SECRET, "他几点来", "一点多", passphrase, passphrase.replace(" ", "")):
        assert [name for name, row in await plain_rows(visitor.world.parts.db) if words in row] == []


async def test_no_cookie_is_set_and_nothing_of_the_visitor_is_kept(visitor: Visitor) -> None:
    agent = {"User-Agent": "Spuerhund/1.0", "X-Forwarded-For": "203.0.113.77"}
    form = await visitor.form()
    answers = [await visitor.http.get("/tip", headers=agent), await visitor.http.get("/tip/back", headers=agent)]
    answers.append(await visitor.http.post("/tip", data={**form, "text": SECRET}, headers=agent))
    for answer in answers:
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    rows = " ".join(row for _, row in await plain_rows(visitor.world.parts.db))
    assert not [word for word in ("Spuerhund", "203.0.113.77", "127.0.0.1") if word in rows]


async def test_who_is_signed_in_stays_unknown_on_the_form(visitor: Visitor) -> None:
    world = visitor.world
    async with world.parts.db.write() as session:
        token = make_token(session, world.residents["王阿姨"], world.clock.now())
    visitor.http.session.cookie_jar.update_cookies({COOKIE: token})
    await visitor.leave()
    assert [tip.reporter_id for tip in await visitor.tips()] == [None]


async def test_sent_twice_it_is_one_case_with_the_same_keys(visitor: Visitor) -> None:
    form = {**await visitor.form(), "text": SECRET}
    first, second = [keys_of(await (await visitor.send("/tip", **form)).text()) for _ in range(2)]
    assert first == second
    assert len(await visitor.tips()) == 1
    other = {**form, "passphrase": "1111 2222 3333"}
    answer = await visitor.send("/tip", **other)
    assert answer.status == 409
    assert "请打开新的一张" in await answer.text()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"text": "  "}, "四个字以上"),
        ({"text": "啊" * 2001}, "两千字以内"),
        ({"passphrase": "1"}, "请打开新的一张"),
        ({"number": ""}, "请打开新的一张"),
    ],
)
async def test_what_is_missing_is_said_and_what_was_written_stays(
    visitor: Visitor, change: dict[str, str], words: str
) -> None:
    answer = await visitor.send("/tip", **{**await visitor.form(), "text": SECRET, "building": "3", **change})
    page = await answer.text()
    assert answer.status == 400
    assert words in page
    assert 'value="3"' in page
    assert await visitor.tips() == []


async def test_hostile_words_are_shown_as_words(visitor: Visitor) -> None:
    ref, passphrase = await visitor.leave(HOSTILE, service="'; DROP TABLE tip; --")
    assert [tip.service for tip in await visitor.tips()] == ["safety_tip/other"]
    _, page = await visitor.back(ref, passphrase)
    assert HOSTILE not in page
    assert html.escape("<script>") in page
    page = await (await visitor.send("/tip", text=HOSTILE)).text()
    assert "<script>" not in page


async def test_too_much_is_refused(visitor: Visitor) -> None:
    answer = await visitor.send("/tip", text="大" * 40_000)
    assert answer.status == 413
    assert await visitor.tips() == []


async def test_wrong_passphrases_lock_and_tell_nothing(visitor: Visitor) -> None:
    ref, passphrase = await visitor.leave()
    unknown = await visitor.back("X00000000", passphrase)
    for _ in range(MOST_WRONG):
        wrong = await visitor.back(ref, "0000 0000 0000")
        assert wrong[0] == 403
        assert wrong[1].replace(ref, "") == unknown[1].replace("X00000000", "")
    assert (await visitor.back(ref, passphrase))[0] == 403
    visitor.world.clock.advance(LOCKED_FOR + timedelta(seconds=1))
    assert (await visitor.back(ref, passphrase))[0] == 200


async def test_who_comes_too_often_waits_and_loses_nothing(visitor: Visitor) -> None:
    form = await visitor.form()
    answers = [await visitor.send("/tip", **form, text="短") for _ in range(6)]
    assert {answer.status for answer in answers} == {400}
    late = await visitor.send("/tip", **form, text=SECRET)
    assert late.status == 429
    assert SECRET in await late.text()
    visitor.world.clock.advance(timedelta(minutes=1))
    assert (await visitor.send("/tip", **form, text=SECRET)).status == 200
    visits = [(await visitor.back("X00000000", "1"))[0] for _ in range(13)]
    assert visits == [403] * 12 + [429]


async def test_another_site_cannot_send_the_form(visitor: Visitor) -> None:
    form, headers = await visitor.form(), {"Origin": "https://elsewhere.example"}
    for path in ("/tip", "/tip/back"):
        answer = await visitor.http.post(path, data={**form, "text": SECRET}, headers=headers)
        assert answer.status == 403
    assert await visitor.tips() == []


async def test_without_the_key_what_is_added_is_kept_and_said_so(visitor: Visitor) -> None:
    ref, passphrase = await visitor.leave()
    key = visitor.world.parts.settings.var / FILE
    kept = key.read_text()
    key.unlink()
    status, page = await visitor.back(ref, passphrase, text="又来了一次")
    assert status == 200
    assert "已经写的都还在" in page
    key.write_text(kept)
    assert "又来了一次" in (await visitor.back(ref, passphrase))[1]


async def test_ones_own_case_opens_for_the_signed_in_alone(visitor: Visitor) -> None:
    world = visitor.world
    mine = LeaveTip(world.community_id, "safety_tip/theft", SECRET, reporter_id=world.residents["王阿姨"])
    ref = (await world.parts.performer.run(mine)).value.ref
    await visitor.staff(TipMove.ASK, "他几点来？")
    assert (await visitor.http.get(f"/tip/mine/{ref}", allow_redirects=False)).headers["Location"] == "/"
    for who, status in (("老李", 404), ("王阿姨", 200)):
        async with world.parts.db.write() as session:
            token = make_token(session, world.residents[who], world.clock.now())
        visitor.http.session.cookie_jar.update_cookies({COOKIE: token})
        assert ("他几点来？" in await visitor.page(f"/tip/mine/{ref}", status)) == (status == 200)
        answer = await visitor.send(f"/tip/mine/{ref}", text=f"{who}说一点多")
        assert answer.status == status
    page = await visitor.page(f"/tip/mine/{ref}")
    assert "王阿姨说一点多" in page
    assert "老李" not in page
    foreign = {"Origin": "https://elsewhere.example"}
    answer = await visitor.http.post(f"/tip/mine/{ref}", data={"text": "替她说"}, headers=foreign)
    assert answer.status == 403
