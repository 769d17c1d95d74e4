"""Said in confidence to real processes, the words stand in no table, no file and no log."""

from __future__ import annotations

import base64
import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from PIL import Image
from sqlalchemy import select
from structlog.testing import capture_logs

from actions.tips.commands import Opening, ReadTip
from bot.bootstrap import bring_in, build_engine, open_parts
from bot.channels.webchat.pictures import add_picture, encode_in_thread, picture_id, write_files
from bot.errors import SettingsError
from bot.inbox import MOST_ATTEMPTS, try_again
from bot.logs import set_up_logs
from bot.scheduling.timetable import TIPS
from bot.storage.tables import InboxRow, Picture
from tests.support.tips import plain_rows
from tests.support.world import World, open_world

SECRET = "五零一那个穿灰夹克的半夜撬电瓶"
MORE = "他把电瓶藏在顶楼水箱后面"
PLACE = "17号车棚"


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything the processes log, at the lowest level."""
    out, root = io.StringIO(), logging.getLogger()
    before = root.handlers[:], root.level
    set_up_logs("DEBUG")
    root.addHandler(logging.StreamHandler(out))
    yield out
    root.handlers[:], root.level = before
    structlog.reset_defaults()


async def test_the_secret_is_found_in_no_table_no_file_and_no_log(
    tmp_path: Path, logged: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    async with open_world(tmp_path) as world:
        await world.say("王阿姨", "我要举报", chat="私聊")
        await world.settle()
        await world.say("王阿姨", f"{PLACE}，{SECRET}", chat="私聊")
        await world.settle()
        await world.say("王阿姨", MORE, chat="私聊")
        await world.settle()
        tables = [(name, row) for name, row in await plain_rows(world.parts.db)]
        for words in (SECRET, MORE, PLACE, "撬电瓶", "水箱", json.dumps(SECRET)[1:-1]):
            assert [name for name, row in tables if words in row] == []
        case = (await world.parts.performer.run(ReadTip(1, world.staff["周警官"], Opening.CONTENT, "handle"))).value
        assert [entry.words["text"] for entry in case.entries] == [f"{PLACE}，{SECRET}", MORE]
        await world.jobs.run(TIPS)  # lets the log of the database go
        look_into_files(tmp_path)
    said = logged.getvalue() + "".join(capfd.readouterr())
    for words in (SECRET, MORE, PLACE):
        assert words not in said


def look_into_files(folder: Path) -> None:
    """No file holds the words, not even in a page that the database has freed."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert any(path.name == "linan.db" for path in files)
    for path in files:
        data = path.read_bytes()
        for words in (SECRET, MORE, PLACE):
            assert words.encode() not in data, path.name
            assert json.dumps(words)[1:-1].encode() not in data, path.name


async def test_confided_pictures_are_sealed_and_their_files_go(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        run, folder = world.parts.performer.run, world.parts.settings.var / "pictures"
        kept, shared = await upload(world, "red"), await upload(world, "blue")
        await world.say("王阿姨", "大家看这片晚霞", pictures=(shared,))
        await world.settle()
        await world.say("王阿姨", "我要举报", chat="私聊")
        await world.say("王阿姨", SECRET, chat="私聊", pictures=(kept, shared))
        await world.settle()
        assert names_in(folder) == {f"{shared}.jpg", f"{shared}.thumb.jpg"}  # a neighbour may still look at it
        async with world.parts.db.read() as session:
            assert list(await session.scalars(select(Picture.id))) == [shared]
        case = (await run(ReadTip(1, world.staff["周警官"], Opening.CONTENT, "handle"))).value
        images = [base64.b64decode(image) for image in case.entries[0].words["pictures"]]
        assert [Image.open(io.BytesIO(image)).size for image in images] == [(40, 30), (40, 30)]


async def upload(world: World, colour: str) -> str:
    """A picture as the page uploads it; its id."""
    raw = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(raw, "PNG")
    encoded, resident = await encode_in_thread(raw.getvalue()), world.residents["王阿姨"]
    id_ = picture_id(encoded, resident)
    write_files(world.parts.settings.var / "pictures", id_, encoded)
    async with world.parts.db.write() as session:
        about = {"community_id": world.community_id, "resident_id": resident, "now": world.clock.now()}
        await add_picture(session, id_, encoded, **about)
    return id_


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def test_with_a_key_that_is_none_what_is_confided_waits_and_is_handled_later(tmp_path: Path) -> None:
    async with open_world(tmp_path, tip_key="no key") as world:
        await world.say("王阿姨", f"我要举报{SECRET}", chat="私聊")
        for _ in range(MOST_ATTEMPTS):
            await world.settle()
            world.clock.advance(timedelta(minutes=5))
        async with world.parts.db.read() as session:
            (row,) = await session.scalars(select(InboxRow))
        assert (row.state, row.error) == ("failed", "TipKeyUnavailable")
        with pytest.raises(SettingsError, match=r"tips\.key"):
            await bring_in(world.parts, model=False)
        mended = replace(world.parts, settings=world.parts.settings.model_copy(update={"tip_key": ""}))
    async with open_parts(mended.settings, world.clock) as parts:
        await bring_in(parts, model=False)
        async with parts.db.write() as session:
            assert await try_again(session, row.id, world.community_id, world.clock.now())
        engine = build_engine(parts, name="test")
        while await engine.worker.run_once():
            pass
        assert [name for name, stored in await plain_rows(parts.db) if SECRET in stored] == []
        case = (await parts.performer.run(ReadTip(1, world.staff["周警官"], Opening.CONTENT, "handle"))).value
        assert SECRET in case.entries[0].words["text"]


async def test_a_start_with_another_key_says_so_and_goes_on(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        await bring_in(world.parts, model=False)
        key = world.parts.settings.var / "tips.key"
        for spoil, code in ((lambda: key.write_text("A" * 43 + "="), "tip_key_wrong"), (key.unlink, "tip_key_missing")):
            spoil()
            with capture_logs() as logged:
                await bring_in(world.parts, model=False)
            assert [entry["code"] for entry in logged if entry["event"] == "tip_key_unavailable"] == [code]
