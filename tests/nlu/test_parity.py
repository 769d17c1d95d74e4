"""Rasa and the bot read the same archive in the same way: intents, confidences, categories, entities."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from bot.understand.local import LocalModel
from bot.understand.rasa_server import RasaServer
from nlu.model.parse import Parse
from nlu.training import ROOT
from tests.nlu.conftest import small_data

CLOSE = 1e-6
STARTS_IN = 100  # seconds
TEXTS = [
    "3栋2单元电梯又停在半道上了",
    "三號樓樓道燈壞咗,一閃一閃",
    "楼上天天半夜拖凳子，说了也不听，求调解",
    "明晚八点的八段锦我们仨报名",
    "@小邻 你能做什么？😂😂😂",
    "１２栋负一层有人给电动车飞线充电",
    "0007怎么样了",
    "快来人！！着火了！！！",
    "hello world 123",
    "㍿ 𠮷 \u200d 🧑‍🌾",
    "水" * 900,
]


@pytest.fixture(scope="module")
def server(rasa: Path, small_archive: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(rasa), "run", "--enable-api", "-m", str(small_archive), "-i", "127.0.0.1", "-p", str(port)]
    environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=-3, stderr=-3) as process:
        try:
            asyncio.run(wait_for(f"http://127.0.0.1:{port}/status", process))
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


async def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTS_IN
    async with aiohttp.ClientSession() as session:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                async with session.get(url) as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.3)
    pytest.fail(f"rasa run did not start (code {process.poll()})")


def assert_alike(ours: Parse, theirs: Parse) -> None:
    assert ours.intent == theirs.intent, ours.text
    assert ours.confidence == pytest.approx(theirs.confidence, abs=CLOSE)
    assert dict(ours.ranking) == pytest.approx(dict(theirs.ranking), abs=CLOSE)
    assert ours.category == theirs.category
    assert dict(ours.category_ranking) == pytest.approx(dict(theirs.category_ranking), abs=CLOSE)
    assert dict(ours.likeliest) == pytest.approx(dict(theirs.likeliest), abs=CLOSE)
    assert ours.entities == theirs.entities


@pytest.mark.timeout(300)
async def test_rasa_and_the_bot_understand_every_sentence_alike(
    server: str, small_archive: Path, tmp_path: Path
) -> None:
    examples = (small_data(tmp_path / "data") / "some.yml").read_text(encoding="utf-8").splitlines()
    texts = TEXTS + [line.strip()[2:] for line in examples if line.strip().startswith("- ")][::9]
    ours = await LocalModel.load(small_archive).parse_batch(texts)
    async with RasaServer(server) as rasa_server:
        theirs = await rasa_server.parse_batch(texts)

    assert len(ours) == len(theirs) == len(texts) > 50
    for mine, other in zip(ours, theirs, strict=True):
        assert_alike(mine, other)
