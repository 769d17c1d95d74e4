"""docs/websocket.md says what the server does."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from bot.channels.webchat.wire import READERS
from bot.phrases import Phrases
from bot.settings import ROOT
from tests.integration.webchat_world import Page, World, open_world

PAGE = (ROOT / "docs" / "websocket.md").read_text("utf-8")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


def read_session() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Runs of frames with who and direction."""
    block = re.search(r"```session\n(.*?)\n```", PAGE, re.DOTALL)
    assert block
    steps = [re.fullmatch(r"(\S+ [→←]) (\{.*\})", line) for line in block[1].splitlines()]
    assert all(steps)
    for who, run in groupby((s for s in steps if s), key=lambda s: s[1]):
        yield who, [json.loads(step[2]) for step in run]


def is_like(expected: Any, got: Any) -> bool:
    """Equal, but a text ending in an ellipsis goes on."""
    if isinstance(expected, str) and expected.endswith("…"):
        return isinstance(got, str) and got.startswith(expected[:-1])
    if isinstance(expected, dict) and isinstance(got, dict):
        return expected.keys() == got.keys() and all(is_like(v, got[k]) for k, v in expected.items())
    if isinstance(expected, list) and isinstance(got, list):
        return len(expected) == len(got) and all(map(is_like, expected, got))
    return bool(expected == got)


async def test_the_example_session_is_what_happens(world: World) -> None:
    wang = await world.open_page(await world.join("王叔", home="6:1"))
    browser = await world.join("张阿姨")
    await world.deliver()
    zhang = Page(await browser.ws_connect("/ws"))
    for who, frames in read_session():
        if who == "张阿姨 ←":
            got = [await zhang.socket.receive_json(timeout=30) for _ in frames]
            for expected in frames:  # within a run the order is not promised
                assert any(is_like(expected, frame) for frame in got), (expected, got)
        for frame in frames:
            if who == "张阿姨 →":
                await zhang.say(**frame)
            elif who == "王叔 →":
                await wang.say(**frame)
            elif who == "小邻 →":
                await world.bot_says(**frame)


def test_every_frame_and_every_error_is_documented() -> None:
    for kind in READERS:
        assert f"| `{kind}` |" in PAGE
    phrases = Phrases.load(ROOT / "data" / "phrases")
    http_only = {"not_signed_in", "foreign_page"}
    for key in phrases.keys():
        code = key.removeprefix("webchat.error.")
        if key != code and code not in http_only and not code.startswith("picture_"):
            assert f"`{code}`" in PAGE, code


def test_every_code_that_is_raised_has_its_text() -> None:
    phrases = Phrases.load(ROOT / "data" / "phrases")
    folder = ROOT / "bot" / "channels" / "webchat"
    source = "\n".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    codes = set(re.findall(r'(?:ChatRefused|BadFrame|BadPicture)\(\s*"(\w+)"', source))
    assert len(codes) > 20
    assert {c for c in codes if f"webchat.error.{c}" not in phrases} == set()
    missing = {c for c in re.findall(r'JoinRefused\("(\w+)"', source) if f"webchat.join.{c}" not in phrases}
    assert missing == set()
