"""The bot's process: waited for while it starts, ended with us, its failure said in one line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.needs import ROOT

SERVER = """
import http.server, signal, sys
status = int(sys.argv[2])

class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(status)
        self.end_headers()

    def log_message(self, *words):
        pass

def stop(number, frame):
    print("asked to stop", flush=True)
    sys.exit(0)

signal.signal(signal.SIGTERM, stop)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Health).serve_forever()
"""
PARENT = """
import sys
from pathlib import Path
from tools.machine import SetupError
from tools.serve import Child
child = Child([sys.executable, *sys.argv[3:]], Path("."), {})
try:
    child.wait_until_ready(sys.argv[1], patience=float(sys.argv[2]))
except SetupError as error:
    sys.exit(str(error))
print("ready", flush=True)
sys.exit(child.stay())
"""


def start_parent(url: str, patience: float, *child: str) -> subprocess.Popen[str]:
    """A process that starts a child as `make run` starts the bot."""
    command = [sys.executable, "-c", PARENT, url, str(patience), *child]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=environment, text=True, stdout=pipe, stderr=pipe)


@pytest.mark.parametrize("status", ["200", "503"])
def test_it_is_ready_when_health_answers_and_ends_with_us(
    tmp_path: Path, unused_tcp_port: int, status: str
) -> None:
    script = tmp_path / "server.py"
    script.write_text(SERVER, encoding="utf-8")
    url = f"http://127.0.0.1:{unused_tcp_port}"
    with start_parent(url, 20, str(script), str(unused_tcp_port), status) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        parent.send_signal(signal.SIGTERM)
        output, _ = parent.communicate(timeout=10)
        assert output == "asked to stop\n"
        assert parent.returncode == 0


def test_a_child_that_ends_while_starting_is_reported_at_once(unused_tcp_port: int) -> None:
    began = time.monotonic()
    with start_parent(f"http://127.0.0.1:{unused_tcp_port}", 60, "-c", "raise SystemExit(3)") as parent:
        _, errors = parent.communicate(timeout=30)
    assert parent.returncode == 1
    assert "ended while starting" in errors
    assert time.monotonic() - began < 20


def test_a_silent_child_is_ended(unused_tcp_port: int) -> None:
    url = f"http://127.0.0.1:{unused_tcp_port}"
    with start_parent(url, 0.5, "-c", "import signal; signal.pause()") as parent:
        _, errors = parent.communicate(timeout=30)
    assert parent.returncode == 1
    assert "no answer" in errors
