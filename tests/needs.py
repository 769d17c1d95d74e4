"""What a test needs from the machine. Without it a test is skipped and says why; in CI it fails."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parent.parent
POSTGRES = os.environ.get("LINAN_TEST_POSTGRES", "postgresql+asyncpg://postgres@127.0.0.1:5432/test")
REDIS = os.environ.get("LINAN_TEST_REDIS", "redis://127.0.0.1:6379/15")


def require(condition: object, reason: str) -> None:
    """Skip the test with the reason unless the condition holds (tests/conftest.py makes it fail in CI)."""
    if not condition:
        pytest.skip(reason)


def listens(url: str, default_port: int) -> bool:
    """True when a server takes connections at the address."""
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or default_port), timeout=2):
            return True
    except OSError:
        return False


def postgres_url() -> str:
    """The PostgreSQL database for tests (LINAN_TEST_POSTGRES)."""
    require(listens(POSTGRES, 5432), "no PostgreSQL for tests: start one or set LINAN_TEST_POSTGRES")
    return POSTGRES


def redis_url() -> str:
    """The Redis database for tests (LINAN_TEST_REDIS)."""
    require(listens(REDIS, 6379), "no Redis for tests: start one or set LINAN_TEST_REDIS")
    return REDIS


def chromium() -> str:
    """The browser for tests: Debian's chromium, or whatever LINAN_TEST_CHROMIUM names."""
    named = os.environ.get("LINAN_TEST_CHROMIUM")
    found = named or shutil.which("chromium") or shutil.which("chromium-browser")
    require(found, "no chromium: `apt-get install chromium fonts-noto-cjk`")
    return str(found)


def rasa() -> Path:
    """Rasa's command in its own environment."""
    command = ROOT / ".venv-rasa" / "bin" / "rasa"
    require(command.exists(), "no Rasa environment: `make env`")
    return command


def node_package(name: str) -> Path:
    """The folder of an npm package that only tests use, beside `node` itself."""
    folder = ROOT / ".tools" / "npm" / "node_modules" / name
    require(shutil.which("node") and folder.is_dir(), f"no {name}: `make assets`, with node on the path")
    return folder
