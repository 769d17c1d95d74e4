"""The demo as `make run` loads it: in a process of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import installation

ROOT = Path(__file__).resolve().parents[2]


def test_a_start_that_was_killed_after_the_load_goes_on_and_shows_the_accounts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINAN_VAR", str(tmp_path))
    wanted = tmp_path / installation.DEMO_WANTED
    installation.migrate(ROOT, tmp_path / "log")
    first = installation.load_demo(ROOT, tmp_path / "log")
    assert "guanliyuan" in first
    assert not wanted.exists()
    wanted.touch()
    assert installation.load_demo(ROOT, tmp_path / "log") == first
    assert not wanted.exists()
