"""Pictures on their way through the page."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from tests.integration.webchat_world import GROUP, World, open_world, picture


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


async def test_a_picture_is_sent_and_seen_by_the_neighbour(world: World) -> None:
    browser, neighbour = await world.join("张阿姨"), await world.join("王叔")
    page, wang = await world.open_page(browser), await world.open_page(neighbour)
    exif = Image.Exif()
    exif[0x010F] = "where I live"
    answer = await browser.post("/api/chat/pictures", data=picture(2000, 1000, exif=exif.tobytes()))
    assert answer.status == 201
    uploaded = await answer.json()
    ack = await page.send("", "c1", pictures=[uploaded["id"]])
    line = (await wang.hear("line"))["line"]
    assert line["pictures"] == [{"id": uploaded["id"], "width": 1600, "height": 800}]
    address = f"/api/chat/lines/{ack['id']}/pictures/{uploaded['id']}"
    full, thumb = await neighbour.get(address), await neighbour.get(f"{address}?thumb")
    body = await full.read()
    assert full.content_type == "image/jpeg"
    assert full.headers["X-Content-Type-Options"] == "nosniff"
    assert b"where I live" not in body
    assert Image.open(io.BytesIO(await thumb.read())).width == 320
    await page.say(type="recall", chat_id=GROUP, line_id=ack["id"])
    await wang.hear("recalled")
    assert (await neighbour.get(address)).status == 404


async def test_what_is_no_picture_is_refused_in_chinese(world: World) -> None:
    browser = await world.join()
    text = await browser.post("/api/chat/pictures", data=b"hello", headers={"Content-Type": "image/jpeg"})
    assert (text.status, (await text.json())["message"]) == (415, "只能发图片（JPG、PNG或WebP）")
    large = await browser.post("/api/chat/pictures", data=io.BytesIO(bytes(5 * 1024 * 1024 + 1)))
    assert (large.status, (await large.json())["code"]) == (413, "picture_too_large")
    broken = await browser.post("/api/chat/pictures", data=picture()[:200])
    assert broken.status in (400, 415)


async def test_only_ones_own_uploads_can_be_sent(world: World) -> None:
    browser, neighbour = await world.join("张阿姨"), await world.join("王叔")
    uploaded = await (await browser.post("/api/chat/pictures", data=picture())).json()
    wang = await world.open_page(neighbour)
    for id_ in (uploaded["id"], "0" * 40):
        await wang.say(type="send", client_id="c", chat_id=GROUP, text="", pictures=[id_])
        assert (await wang.hear("error"))["code"] == "unknown_picture"
    same = await (await neighbour.post("/api/chat/pictures", data=picture())).json()
    assert same["id"] != uploaded["id"]
    assert (await wang.send("", "c2", pictures=[same["id"]]))["fresh"] is True
