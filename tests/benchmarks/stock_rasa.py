"""How fast the same job is on stock Rasa 3.6: rasa, rasa-sdk's action server, SQLite, the REST channel.

    python -m tests.benchmarks.stock_rasa [--messages 200] [--in-flight 8]

Trains the bot of tests/benchmarks/stock on our examples in a temporary folder, starts both of its servers
on free ports of the loopback, sends the requests of tests/benchmarks/road.py, each from a resident of its
own, and prints one JSON line. A few messages beforehand are not counted: Rasa reads jieba's dictionary with
the first one. `load` is the machine's, over 1, 5 and 15 minutes: figures of a busy machine say little.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from pathlib import Path

import aiohttp
import psutil
import yaml

from tests.benchmarks.road import make_text, quantile
from tests.needs import ROOT

RASA = ROOT / ".venv-rasa" / "bin" / "rasa"
STOCK = Path(__file__).with_name("stock")
EXAMPLES = ROOT / "data" / "nlu"
LONGEST_TRAINING = 900  # seconds
LONGEST_START = 300  # seconds
LONGEST_ANSWER = 120  # seconds
WARM_UP = 8  # messages before the clock starts


class StockFailed(Exception):
    """The stock bot did not come up; the message says which part and what it said last."""


def prepare(folder: Path) -> None:
    """The bot and our examples, without categories, as a Rasa project of its own."""
    shutil.copytree(STOCK, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    blocks = [
        {"intent": block["intent"].partition("/")[0], "examples": block["examples"]}
        for path in sorted(EXAMPLES.rglob("*.yml"))
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
        if "intent" in block
    ]
    content = yaml.safe_dump({"version": "3.1", "nlu": blocks}, allow_unicode=True, width=10**6)
    (folder / "nlu.yml").write_text(content, encoding="utf-8")
    (folder / "tmp").mkdir()


def build_environment(folder: Path, action_port: int) -> dict[str, str]:
    """What Rasa may know of this machine: its caches stay in the folder, nothing is sent abroad."""
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return own | {
        "ACTION_PORT": str(action_port),
        "LOG_LEVEL": "WARNING",
        "PYTHONUTF8": "1",
        "RASA_TELEMETRY_ENABLED": "false",
        "SANIC_HOST": "127.0.0.1",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TMPDIR": str(folder / "tmp"),
    }


def find_free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, all different: none is let go before the last is found."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def train(folder: Path, environment: Mapping[str, str]) -> None:
    """`rasa train` where its default names mean the copy and not the project."""
    command = [str(RASA), "train", "--config", "config.yml", "--domain", "domain.yml", "--out", "models"]
    command += ["--data", "nlu.yml", "patterns.yml", "rules.yml"]
    with (folder / "train.log").open("wb") as log:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            timeout=LONGEST_TRAINING,
        )
    if done.returncode or not list((folder / "models").glob("*.tar.gz")):
        raise StockFailed(f"training ended with code {done.returncode}: {last_words(folder / 'train.log')}")


def last_words(log: Path) -> str:
    """The end of what a process said."""
    return " | ".join(log.read_text(encoding="utf-8", errors="replace").split("\n")[-15:])


@contextmanager
def running(folder: Path, name: str, words: Sequence[str], environment: Mapping[str, str]) -> Iterator[int]:
    """One `rasa run …` in a process group of its own, which ends with the block; its process id."""
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [str(RASA), "run", *words],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process.pid
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask its group to end, and end it after ten seconds."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(10)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


async def until_ready(http: aiohttp.ClientSession, url: str, pid: int, log: Path) -> None:
    """Wait until the server answers that it is well."""
    deadline = time.monotonic() + LONGEST_START
    while time.monotonic() < deadline:
        try:
            async with http.get(url) as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientError:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                break
        await asyncio.sleep(0.1)
    raise StockFailed(f"{url} did not become ready: {last_words(log)}")


@asynccontextmanager
async def started(
    folder: Path, environment: Mapping[str, str], port: int
) -> AsyncIterator[tuple[aiohttp.ClientSession, list[int], float]]:
    """Both servers ready: a client of the bot, their process ids, the seconds it took."""
    began = time.perf_counter()
    action_port = environment["ACTION_PORT"]
    bot = ["--enable-api", "--connector", "rest", "--interface", "127.0.0.1", "--port", str(port)]
    bot += ["--endpoints", "endpoints.yml", "--model", "models"]
    acts = ["actions", "--actions", "actions", "--port", action_port]
    wait = aiohttp.ClientTimeout(total=LONGEST_ANSWER)
    with (
        running(folder, "acts", acts, environment) as acts_pid,
        running(folder, "bot", bot, environment) as bot_pid,
    ):
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", timeout=wait) as http:
            health = f"http://127.0.0.1:{action_port}/health"
            await until_ready(http, health, acts_pid, folder / "acts.log")
            await until_ready(http, "/status", bot_pid, folder / "bot.log")
            yield http, [acts_pid, bot_pid], time.perf_counter() - began


async def ask(http: aiohttp.ClientSession, sender: str, words: str) -> list[str]:
    """What the bot says to one message."""
    async with http.post("/webhooks/rest/webhook", json={"sender": sender, "message": words}) as answer:
        answer.raise_for_status()
        return [line["text"] for line in await answer.json() if "text" in line]


async def burst(
    http: aiohttp.ClientSession, name: str, messages: int, in_flight: int
) -> tuple[float, list[float]]:
    """All messages, so many at a time: the seconds of it all, and of each message that was answered."""
    dice, gate, took = random.Random(1), asyncio.Semaphore(in_flight), list[float]()

    async def one(n: int) -> None:
        words = make_text("requests", n, dice)
        async with gate:
            began = time.perf_counter()
            if await ask(http, f"{name}:{n}", words):
                took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(one(n) for n in range(messages)))
    return time.perf_counter() - began, took


def count_tickets(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "tickets.db")) as connection:
        return int(connection.execute("SELECT count(*) FROM tickets").fetchone()[0])


def memory_of(pids: Sequence[int]) -> float:
    """Megabytes held by the processes and their children."""
    parents = [psutil.Process(pid) for pid in pids]
    family = [one for parent in parents for one in (parent, *parent.children(recursive=True))]
    return float(sum(one.memory_info().rss for one in family) / 2**20)


async def measure(
    folder: Path, environment: Mapping[str, str], port: int, wanted: argparse.Namespace
) -> None:
    """Start, send, print."""
    async with started(folder, environment, port) as (http, pids, ready):
        await burst(http, "warm-up", WARM_UP, wanted.in_flight)
        before = count_tickets(folder)
        seconds, took = await burst(http, "stock", wanted.messages, wanted.in_flight)
        row = {
            "messages_per_s": round(wanted.messages / seconds, 1),
            "p50_ms": round(quantile(took, 0.5) * 1000),
            "p99_ms": round(quantile(took, 0.99) * 1000),
            "memory_mb": round(memory_of(pids)),
            "ready_s": round(ready, 1),
            "answered": len(took),
            "tickets": count_tickets(folder) - before,
            "in_flight": wanted.in_flight,
            "load": [round(one, 1) for one in os.getloadavg()],
        }
    print(json.dumps(row, ensure_ascii=False))


def main(wanted: argparse.Namespace) -> int:
    """Everything in a temporary folder that is gone at the end; exit code 2 when the bot does not come up."""
    # ended from outside, the servers must end too
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if not RASA.exists():
        print(f"{RASA} is missing: run `make env` to build Rasa's environment", file=sys.stderr)
        return 2
    port, action_port = find_free_ports(2)
    with tempfile.TemporaryDirectory(prefix="stock-rasa-") as name:
        folder = Path(name)
        environment = build_environment(folder, action_port)
        try:
            prepare(folder)
            print("training stock Rasa (about a minute)", file=sys.stderr)
            train(folder, environment)
            print("starting and measuring", file=sys.stderr)
            asyncio.run(measure(folder, environment, port, wanted))
        except (StockFailed, subprocess.TimeoutExpired, aiohttp.ClientError) as error:
            print(error, file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            return 130
    return 0


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=200)
    parser.add_argument("--in-flight", type=int, default=8)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main(read_arguments()))
