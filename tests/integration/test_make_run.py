"""`make run`: from a new database to a bot that answers, and the second start in a few seconds."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.needs import ROOT, require
from tools import serve


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An installation of its own (an empty var folder) that serves the model of this checkout."""
    models = sorted((ROOT / "var" / "models").glob("*.tar.gz"))
    require(models, "no model: `make train`")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LINAN_")}
    return {**kept, "LINAN_VAR": str(tmp_path / "var"), "LINAN_MODEL": str(models[-1])}


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_once(environment: dict[str, str]) -> str:
    """Start, wait for /health, end with SIGTERM; returns the output."""
    port = free_port()
    command = [sys.executable, "-m", "tools.setup", "run", "--port", str(port)]
    began = time.monotonic()
    child = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        while not serve.answers(f"http://127.0.0.1:{port}") and child.poll() is None:
            if time.monotonic() - began > 240:
                break
        child.send_signal(signal.SIGTERM)
        output, _ = child.communicate(timeout=60)
    finally:
        child.kill()
    assert child.returncode == 0, output
    return output


@pytest.mark.timeout(300)
def test_a_first_start_loads_the_demo_and_a_second_finds_everything_ready(environment: dict[str, str]) -> None:
    first = run_once(environment)
    assert "[7/7]" in first
    assert "demo community loaded" in first
    assert not (Path(environment["LINAN_VAR"]) / ".demo-wanted").exists()
    second = run_once(environment)
    assert "demo community loaded" not in second
    assert "/console" in second
    assert second.count("已就绪 ready") == 4, second  # nothing is built, trained or migrated again
