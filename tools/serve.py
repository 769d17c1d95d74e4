"""Start the bot, wait until it answers, stay until it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType

from tools.installation import linan
from tools.machine import SetupError

PATIENCE = 60.0


def answers(url: str) -> bool:
    """True when the bot's health page answers: 503 too, a backlog after an outage is not a failed start."""
    try:
        with urllib.request.urlopen(url + "/health", timeout=2) as response:
            return bool(response.status == 200)
    except urllib.error.HTTPError as error:
        return error.code == 503
    except OSError:
        return False


class Child:
    """The bot as a process of ours; signals that would end us are passed on to it from its first moment."""

    def __init__(self, command: list[str], cwd: Path, environment: dict[str, str]) -> None:
        self._told_to_stop = False
        self._process = subprocess.Popen(command, cwd=str(cwd), env={**os.environ, **environment})
        signal.signal(signal.SIGTERM, self._pass_on)
        signal.signal(signal.SIGINT, self._pass_on)

    def wait_until_ready(self, url: str, patience: float = PATIENCE) -> None:
        """Return when the bot answers or was told to stop; raises SetupError when it ends or keeps silent."""
        until = time.monotonic() + patience
        while not self._told_to_stop and time.monotonic() < until:
            if self._process.poll() is not None:
                raise SetupError("服务未能启动 · the bot ended while starting: its reason stands above")
            if answers(url):
                return
            try:
                self._process.wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                continue
        if not self._told_to_stop:
            self._process.terminate()
            raise SetupError(f"服务没有应答 · no answer on {url}/health within {patience:.0f} s")

    def stay(self) -> int:
        """Wait for the bot to end; returns its exit code."""
        return self._process.wait()

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        self._told_to_stop = True
        self._process.send_signal(number)


def start(root: Path, environment: dict[str, str]) -> Child:
    """The bot with all its parts, in a process of its own."""
    return Child(linan(root, "run"), root, environment)
