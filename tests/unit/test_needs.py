"""In CI a skipped test is a failed one, elsewhere it says why it was skipped."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.needs import ROOT, require

SKIPS = """
import pytest
from tests.needs import require

def test_needs_a_server() -> None:
    require(False, "no server here")
"""
SKIPS_ALL = 'import pytest\npytest.skip("whole module", allow_module_level=True)\n'


def run_pytest(folder: Path, text: str, ci: str) -> subprocess.CompletedProcess[str]:
    """A pytest of its own, on one file, with the project's conftest."""
    (folder / "test_it.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:randomly", "-rs"]
    options = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(folder), str(folder / "test_it.py")]
    environment = {**os.environ, "CI": ci, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command + options, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(("text", "reason"), [(SKIPS, "no server here"), (SKIPS_ALL, "whole module")])
def test_a_skip_fails_in_ci_with_its_reason(tmp_path: Path, text: str, reason: str) -> None:
    done = run_pytest(tmp_path, text, "true")
    assert done.returncode != 0, done.stdout
    assert f"not allowed to be skipped in CI: Skipped: {reason}" in done.stdout


def test_a_skip_elsewhere_passes_and_says_why(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, SKIPS, "")
    assert done.returncode == 0, done.stdout
    assert "no server here" in done.stdout


def test_what_is_there_is_not_skipped() -> None:
    require(True, "never said")
