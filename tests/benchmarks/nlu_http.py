"""Models served by Rasa's own server, on the loopback: training the stock ones, starting a server, asking it."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import aiohttp

from bot.understand.rasa_server_wire import PARSE_PATH, build_request, read_parse
from tests.benchmarks.nlu_figures import Figures, Work
from tests.benchmarks.stock_rasa import (
    LONGEST_ANSWER,
    LONGEST_TRAINING,
    RASA,
    STOCK,
    StockFailed,
    find_free_ports,
    last_words,
    memory_of,
    running,
    until_ready,
)
from tests.needs import ROOT


def train_stock(folder: Path, kind: str, data: Path, environment: Mapping[str, str]) -> Path:
    """`rasa train nlu` with one of the stock pipelines; everything it writes is in the folder."""
    shutil.copyfile(STOCK / f"{kind}.yml", folder / f"{kind}.yml")
    command = [str(RASA), "train", "nlu", "--nlu", str(data), "--config", f"{kind}.yml"]
    # the domain knows the categories, about which Rasa would warn once an example
    command += ["--domain", str(ROOT / "nlu" / "domain.yml"), "--out", "models", "--fixed-model-name", kind]
    log = folder / f"{kind}.train.log"
    with log.open("wb") as out:
        done = subprocess.run(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            timeout=LONGEST_TRAINING,
        )
    archive = folder / "models" / f"{kind}.tar.gz"
    if done.returncode or not archive.exists():
        raise StockFailed(f"training {kind} ended with code {done.returncode}: {last_words(log)}")
    return archive


def measure_http(folder: Path, archive: Path, work: Work, environment: Mapping[str, str]) -> Figures:
    """Figures of one `rasa run --enable-api`, which is gone afterwards. Raises StockFailed or ClientError."""
    [port] = find_free_ports(1)
    words = ["--enable-api", "--interface", "127.0.0.1", "--port", str(port), "--model", str(archive)]
    begun = time.monotonic()
    with running(folder, archive.name, words, environment) as pid:
        return asyncio.run(_measure(port, pid, folder / f"{archive.name}.log", work, begun))


async def _measure(port: int, pid: int, log: Path, work: Work, begun: float) -> Figures:
    wait = aiohttp.ClientTimeout(total=LONGEST_ANSWER)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", timeout=wait) as http:
        await until_ready(http, "/status", pid, log)
        await _ask(http, work.warm_up[0])
        first_answer = time.monotonic() - begun
        await _ask_all(http, work.warm_up, work.in_flight)
        at = time.perf_counter()
        took = await _ask_all(http, work.texts, work.in_flight)
        spent = time.perf_counter() - at
    return Figures.of(len(took) / spent, took, memory_of([pid]), first_answer)


async def _ask_all(http: aiohttp.ClientSession, texts: Sequence[str], in_flight: int) -> list[float]:
    """The seconds each text took, so many at a time."""
    gate = asyncio.Semaphore(in_flight)

    async def one(text: str) -> float:
        async with gate:
            return await _ask(http, text)

    return list(await asyncio.gather(*(one(text) for text in texts)))


async def _ask(http: aiohttp.ClientSession, text: str) -> float:
    """The seconds until the answer is there. Raises UnderstandError where it is none."""
    begun = time.perf_counter()
    async with http.post(PARSE_PATH, json=build_request(text, "speed")) as answer:
        answer.raise_for_status()
        payload = await answer.json(content_type=None)
    took = time.perf_counter() - begun
    read_parse(text, payload)
    return took
