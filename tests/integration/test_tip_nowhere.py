"""Said in confidence to real processes, the words stand in no table, no file and no log."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from actions.tips.commands import Opening, ReadTip
from bot.logs import set_up_logs
from bot.scheduling.timetable import TIPS
from tests.support.tips import plain_rows
from tests.support.world import open_world

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
