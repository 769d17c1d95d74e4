"""One line for every step, and the log that holds what the tools themselves said."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import TextIO

from tools.machine import SetupError

CAUSES: tuple[tuple[str, str], ...] = (
    (r"No space left|ENOSPC|Disk quota", "磁盘已满 · the disk is full: free some space, then run it again"),
    (
        r"Read-only file system|EROFS|Permission denied|EACCES",
        "文件夹不可写 · a folder cannot be written: check its owner",
    ),
    (
        r"dns error|resolve|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|timed out|Network is unreachable",
        "下载失败 · a download failed: check the network or the proxy, then run it again",
    ),
    (
        r"ensurepip is not available",
        "缺少 venv 模块 · the venv module is missing: `apt-get install python3-venv`",
    ),
    (
        r"hashes|integrity",
        "下载内容与锁定文件不符 · a download differs from the lock: check the mirror in use",
    ),
)


def explain(output: str) -> str | None:
    """The known cause named in a failed tool's output, as one line of advice, or None."""
    for pattern, advice in CAUSES:
        if re.search(pattern, output):
            return advice
    return None


class Step:
    """Prints `[n/m] name …` at once and `done, 12 s` when it ends; on a terminal the seconds count up."""

    def __init__(self, number: int, of: int, name: str, out: TextIO) -> None:
        self._head = f"[{number}/{of}] {name}"
        self._out = out
        self._live = out.isatty()
        self._over = threading.Event()
        self._result = "完成 done"
        self._started = time.monotonic()

    def __enter__(self) -> Step:
        self._out.write(f"{self._head} … " if self._live else f"{self._head} …\n")
        self._out.flush()
        if self._live:
            threading.Thread(target=self._count, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        seconds = time.monotonic() - self._started
        result = self._result if kind is None else "失败 failed"
        took = f", {seconds:.0f} s" if seconds >= 1 else ""
        start = "\r" if self._live else ""
        self._out.write(f"{start}{self._head}: {result}{took}   \n")
        self._out.flush()

    def ready(self) -> None:
        """Say that there was nothing to do."""
        self._result = "已就绪 ready"

    def result(self, text: str) -> None:
        """Say how it ended in other words."""
        self._result = text

    def _count(self) -> None:
        while not self._over.wait(1):
            self._out.write(f"\r{self._head} … {time.monotonic() - self._started:.0f} s ")
            self._out.flush()


class Steps:
    """Numbers the steps of one command."""

    def __init__(self, of: int, out: TextIO = sys.stdout) -> None:
        self._of = of
        self._number = 0
        self._out = out

    def step(self, name: str) -> Step:
        """The next step, to be used with `with`."""
        self._number += 1
        return Step(self._number, self._of, name, self._out)


def run_logged(
    command: list[str], log: Path, cwd: Path, env: dict[str, str] | None = None, what: str = ""
) -> str:
    """Run a tool with its output kept in the log; returns that output, raises SetupError with one line."""
    try:
        done = subprocess.run(
            command,
            cwd=str(cwd),
            env=env,
            text=True,
            errors="replace",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except OSError as error:
        raise SetupError(f"无法运行 · cannot run {command[0]}: {error.strerror}") from error
    _append(log, command, done.stdout)
    if done.returncode != 0:
        raise SetupError(
            f"{what or command[0]}: {explain(done.stdout) or _last_line(done.stdout)} (log: {log})"
        )
    return done.stdout


def _append(log: Path, command: list[str], output: str) -> None:
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write("$ " + " ".join(command) + "\n" + output + "\n")
    except OSError as error:
        raise SetupError(f"无法写日志 · cannot write {log}: {error.strerror}") from error


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "ended without a word"
