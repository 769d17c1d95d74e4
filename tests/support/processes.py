"""``python -m bot …`` as real processes: started on a free port, killed without warning, their words read."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout

from tests.needs import ROOT

MODEL = ROOT / "var" / "models" / "current.tar.gz"
READY_S = 90.0  # patience with a start on a busy machine
ALWAYS = {
    "LINAN_QUIET_FROM": "0",  # tests run at any hour
    "LINAN_QUIET_TO": "0",
    "LINAN_GROUP_RATE": "100000",
    "LINAN_MODEL": str(MODEL),
}


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_environment(settings: Mapping[str, str], root: Path = ROOT) -> dict[str, str]:
    """What a process gets: the settings, a path, nothing of this one's LINAN_… or CI's."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {"PYTHONUTF8": "1", "PYTHONPATH": str(root)} | ALWAYS | dict(settings)


@dataclass(frozen=True)
class Result:
    """What a finished command left."""

    code: int
    out: str
    err: str

    @property
    def err_lines(self) -> list[str]:
        return self.err.splitlines()


async def run_bot(
    *arguments: str, given: bytes = b"", timeout_s: float = 60.0, root: Path = ROOT, **settings: str
) -> Result:
    """Run a command to its end. ``root``: the folder whose code it is."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *arguments,
        cwd=root, env=make_environment(settings, root),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        out, err = await asyncio.wait_for(process.communicate(given), timeout_s)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    return Result(process.returncode or 0, out.decode(), err.decode())


@dataclass
class Bot:
    """One long-running process and where it writes."""

    command: str
    settings: Mapping[str, str]
    log: Path
    root: Path = ROOT  # the folder whose code it is
    process: asyncio.subprocess.Process | None = None
    starts: int = 0
    _offset: int = field(default=0, repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings['LINAN_PORT']}"

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.returncode is None

    async def start(self) -> None:
        """Start it; does not wait until it is ready."""
        assert not self.alive
        self._offset = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", self.command,
                cwd=self.root, env=make_environment(self.settings, self.root),
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self.starts += 1

    async def ready(self) -> None:
        """Wait until it says so; a web process must also answer /health."""
        until = time.monotonic() + READY_S
        while not (self._said_ready() and (self.command not in ("run", "web") or await self._answers())):
            assert self.alive, f"{self.command} ended: {self.words()[-2000:]}"
            assert time.monotonic() < until, f"{self.command} is not ready: {self.words()[-2000:]}"
            await asyncio.sleep(0.1)

    def _said_ready(self) -> bool:
        with self.log.open("rb") as log:
            log.seek(self._offset)
            return b'"event": "ready"' in log.read()

    async def _answers(self) -> bool:
        try:
            async with ClientSession(timeout=ClientTimeout(total=2)) as http, http.get(self.url + "/health") as answer:
                return answer.status == 200
        except (ClientError, OSError, TimeoutError):
            return False

    async def kill(self) -> None:
        """SIGKILL: no chance to say good-bye."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """SIGTERM, as a supervisor does; the exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> int:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(how)
        try:
            return await asyncio.wait_for(self.process.wait(), 60)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
            raise

    def words(self) -> str:
        """Everything it has written, over all its lives."""
        return self.log.read_text("utf-8") if self.log.exists() else ""


class Fleet:
    """The processes of one test."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self._folder, self._settings = folder, dict(settings)
        self.bots: list[Bot] = []

    def add(self, command: str, *, root: Path = ROOT, **settings: str) -> Bot:
        """A process to be, on a port of its own."""
        log = self._folder / f"{len(self.bots)}-{command}.log"
        given = {**self._settings, "LINAN_HOST": "127.0.0.1", "LINAN_PORT": str(free_port()), **settings}
        bot = Bot(command, given, log, root)
        self.bots.append(bot)
        return bot

    async def start(self) -> None:
        """Start all that do not run and wait for them."""
        for bot in self.bots:
            if not bot.alive:
                await bot.start()
        for bot in self.bots:
            await bot.ready()

    def words(self) -> str:
        return "".join(bot.words() for bot in self.bots)


@asynccontextmanager
async def open_fleet(folder: Path, **settings: str) -> AsyncIterator[Fleet]:
    """Processes that are gone at the end, whatever happened."""
    fleet = Fleet(folder, settings)
    try:
        yield fleet
    finally:
        for bot in fleet.bots:
            if bot.alive:
                await bot.kill()
