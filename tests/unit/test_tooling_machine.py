"""What can be wrong with a machine is said in one line that tells what to do."""

from __future__ import annotations

import errno
import os
import socket
import stat
import sys
from pathlib import Path

import pytest

from tools import environments, machine
from tools.machine import SetupError


def executable(path: Path, text: str) -> Path:
    """A small program at this path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def advice(*, of: type[SetupError] = SetupError, run: object) -> str:
    """The line that a failing check gives; it is one line and in both languages."""
    assert callable(run)
    with pytest.raises(of) as caught:
        run()
    line = str(caught.value)
    assert "\n" not in line
    assert " · " in line
    return line


def test_a_busy_port_names_the_next_one() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        line = advice(run=lambda: machine.check_port("127.0.0.1", port))
    assert f"{port} is in use" in line
    assert "make run PORT=" in line
    machine.check_port("127.0.0.1", port)


def test_a_port_just_left_is_free_again() -> None:
    with socket.socket() as server, socket.socket() as client:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        client.connect(("127.0.0.1", port))
        server.accept()[0].close()
    machine.check_port("127.0.0.1", port)


def test_a_foreign_address_names_the_setting() -> None:
    assert "LINAN_HOST" in advice(run=lambda: machine.check_port("192.0.2.1", 8080))


@pytest.mark.parametrize("text", ["", "abc", "0", "65536", "80 80", "-1", "٣"])
def test_what_is_no_port_is_refused(text: str) -> None:
    assert "1 to 65535" in advice(run=lambda: machine.read_port(text))


def test_a_port_is_read() -> None:
    assert machine.read_port("8081") == 8081


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("", encoding="utf-8")
    assert "make it writable" in advice(run=lambda: machine.check_folder(tmp_path / "var"))


def test_a_new_folder_is_made_and_left_empty(tmp_path: Path) -> None:
    machine.check_folder(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []


@pytest.mark.parametrize(("number", "word"), [(errno.ENOSPC, "is full"), (errno.EROFS, "make it writable")])
def test_full_and_read_only_disks_differ(number: int, word: str) -> None:
    assert word in machine.folder_advice(Path("var"), OSError(number, os.strerror(number)))


def test_too_little_disk_says_how_much_is_needed(tmp_path: Path) -> None:
    assert "4000.0 GB needed" in advice(run=lambda: machine.check_space(tmp_path, 4 * 10**12))
    machine.check_space(tmp_path, 1)


def test_an_interpreter_counts_only_when_it_runs(tmp_path: Path) -> None:
    broken = executable(tmp_path / "python3.10", "echo pyenv: version not set >&2; exit 127")
    assert machine.python_version(str(broken)) is None
    assert machine.python_version(str(tmp_path / "none")) is None
    assert machine.python_version(sys.executable) == sys.version_info[:2]


def test_pyenvs_versions_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable(tmp_path / "versions" / "3.10.99" / "bin" / "python", "echo 3 10")
    executable(tmp_path / "bin" / "python3.10", "exit 1")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    found = machine.find_python([(3, 10)])
    assert found == str(tmp_path / "versions" / "3.10.99" / "bin" / "python")


def test_the_first_of_several_versions_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for minor in (12, 14):
        executable(tmp_path / f"python3.{minor}", f"echo 3 {minor}")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "none"))
    monkeypatch.setattr(machine.sys, "version_info", (3, 9, 0))
    assert machine.find_python([(3, 11), (3, 12), (3, 14)]) == str(tmp_path / "python3.12")


def test_no_python_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uv = executable(tmp_path / "uv", "exit 2")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "none"))
    line = advice(run=lambda: environments.choose_python(environments.RASA, [str(uv)]))
    assert "no Python 3.10 for .venv-rasa" in line
    assert "pyenv install 3.10" in line


def test_uv_may_bring_the_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = executable(tmp_path / "managed" / "python", "echo 3 10")
    uv = executable(tmp_path / "uv", f'case "$2" in find) echo {python};; esac')
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "none"))
    assert machine.find_uv_python([str(uv)], (3, 10)) == str(python)


def test_a_tool_that_does_not_work_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable(tmp_path / "path" / "npm", "exit 1")
    own = executable(tmp_path / "own" / "npm", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    assert machine.find_tool("npm", own) == [str(own)]
    assert machine.find_tool("npm") is None
