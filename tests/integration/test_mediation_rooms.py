"""A party's room over the doors of the chat: for the other side it does not exist, whatever they try."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.live import resident_topic
from bot.storage.chats import open_mediation_room
from tests.integration.webchat_world import NOW, Page, World, open_world, picture


@dataclass
class Two:
    """Two neighbours, each with a room of their own, and a room for both."""

    world: World
    browsers: list[Any]
    pages: list[Page]
    own: list[int]
    common: int


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Two]:
    async with open_world(tmp_path) as world:
        browsers = [await world.join("王阿姨"), await world.join("老李", room="102", home="5:2")]
        pages = [await world.open_page(browser) for browser in browsers]
        people = [page.me for page in pages]
        async with world.db.write() as session:
            own = [await open_mediation_room(session, 3, f"1:{i}", "调解室（单独）", [i], NOW) for i in people]
            common = await open_mediation_room(session, 3, "1:common", "调解室（共同）", people, NOW)
        for one in people:
            await world.live.publish(resident_topic(one), {"type": "joined"})
        for page in pages:
            await page.hear("chats")
        yield Two(world, browsers, pages, own, common)


async def test_each_has_their_own_room_and_the_common_one_in_the_list(two: Two) -> None:
    for number, browser in enumerate(two.browsers):
        listed = (await (await browser.get("/api/chat/groups")).json())["chats"]
        rooms = {chat["id"]: chat for chat in listed if chat["kind"] == "room"}
        assert set(rooms) == {two.own[number], two.common}


async def test_what_is_said_in_a_room_is_heard_there_and_nowhere_else(two: Two) -> None:
    first, second = two.pages
    await first.send("其实我怕他", "a1", two.own[0])
    await first.send("大家好", "a2", two.common)
    line = await second.hear("line")  # the first that comes is that of the common room
    assert (line["line"]["text"], line["line"]["chat_id"]) == ("大家好", two.common)
    fresh = await two.world.open_page(two.browsers[1])
    assert two.own[0] not in fresh.lines
    assert "其实我怕他" not in str(fresh.lines)
    again = await two.world.open_page(two.browsers[1], {two.own[0]: 0})  # asks for what was missed there
    assert two.own[0] not in again.lines


async def test_every_door_to_the_others_room_is_shut(two: Two) -> None:
    first, second = two.pages
    foreign = two.own[0]
    ack = await first.send("单独说的", "a1", foreign)
    for frame in (
        {"type": "send", "client_id": "x1", "chat_id": foreign, "text": "我来了"},
        {"type": "press", "client_id": "x2", "chat_id": foreign, "line_id": ack["id"], "value": "mediation:stop:1"},
        {"type": "recall", "chat_id": foreign, "line_id": ack["id"]},
        {"type": "read", "chat_id": foreign, "to": ack["id"]},
    ):
        await second.say(**frame)
        assert (await second.hear("error"))["code"] == "not_a_member", frame["type"]
    await second.say(type="send", client_id="x3", chat_id=two.common, text="看看", reply_to=ack["id"])
    assert (await second.hear("error"))["code"] == "unknown_line"
    for path in ("lines", "members"):
        answers = [await browser.get(f"/api/chat/{foreign}/{path}") for browser in two.browsers]
        found = [answer.status for answer in answers]
        assert found[1] in (403, 404), path
        assert found[0] == 200, path


async def test_a_picture_shown_in_a_room_is_not_shown_to_the_other(two: Two) -> None:
    first, second = two.browsers
    uploaded = await first.post("/api/chat/pictures", data=picture())
    name = (await uploaded.json())["id"]
    ack = await two.pages[0].send("", "p1", two.own[0], pictures=[name])
    assert (await first.get(f"/api/chat/lines/{ack['id']}/pictures/{name}")).status == 200
    assert (await second.get(f"/api/chat/lines/{ack['id']}/pictures/{name}")).status in (403, 404)


async def test_a_room_is_opened_once_and_has_no_way_in(two: Two) -> None:
    async with two.world.db.write() as session:
        again = await open_mediation_room(session, 3, f"1:{two.pages[0].me}", "另一个名字", [two.pages[1].me], NOW)
        assert again == two.own[0]
    answer = await two.browsers[1].get(f"/api/chat/{two.own[0]}/lines")
    assert answer.status in (403, 404)
