"""What this machine has: interpreters, uv, npm, a free port, a folder that can be written."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Iterator, Sequence, Tuple

Version = Tuple[int, int]
PROBE = "import sys; print(sys.version_info[0], sys.version_info[1])"


class SetupError(Exception):
    """The set-up cannot go on; the text is one line that says what to do."""


def dotted(version: Version) -> str:
    """3.11, as people write it."""
    return f"{version[0]}.{version[1]}"


def python_version(command: str) -> Version | None:
    """The version an interpreter reports when it is run, or None: a pyenv shim may exist and not work."""
    try:
        done = subprocess.run([command, "-c", PROBE], capture_output=True, text=True, timeout=30, check=True)
        major, minor = done.stdout.split()
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return int(major), int(minor)


def pyenv_root() -> Path:
    """Where pyenv keeps its versions."""
    return Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")


def python_candidates(wanted: Version) -> Iterator[str]:
    """Commands that may be the wanted Python: this one, the system's, pyenv's."""
    if sys.version_info[:2] == wanted and sys.prefix == sys.base_prefix:
        yield sys.executable
    name = "python" + dotted(wanted)
    found = shutil.which(name)
    if found:
        yield found
    for folder in sorted((pyenv_root() / "versions").glob(dotted(wanted) + "*"), reverse=True):
        yield str(folder / "bin" / "python")


def find_python(versions: Sequence[Version]) -> str | None:
    """The first interpreter of one of the versions, in their order, or None."""
    for wanted in versions:
        for command in python_candidates(wanted):
            if python_version(command) == wanted:
                return command
    return None


def find_uv_python(uv: list[str], version: Version) -> str | None:
    """A Python that uv has or can fetch, or None."""
    wanted = dotted(version)
    for arguments in (
        ["python", "find", wanted],
        ["python", "install", "-q", wanted],
        ["python", "find", wanted],
    ):
        try:
            done = subprocess.run([*uv, *arguments], capture_output=True, text=True, timeout=600)
        except (OSError, subprocess.SubprocessError):
            return None
        command = done.stdout.strip()
        if arguments[1] == "find" and done.returncode == 0 and python_version(command) == version:
            return command
    return None


def runs(command: Sequence[str]) -> bool:
    """True when the command starts and ends well."""
    try:
        return subprocess.run(command, capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def find_tool(name: str, *others: Path) -> list[str] | None:
    """The command for a tool on PATH or at one of the other places, provided that it works."""
    for place in [shutil.which(name), *map(str, others)]:
        if place and runs([place, "--version"]):
            return [place]
    return None


def read_port(text: str) -> int:
    """The port somebody asked for; raises SetupError when it is none."""
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= 65535:
        raise SetupError(
            f"PORT={text} 不是端口号 · is not a port: use 1 to 65535, as in `make run PORT=8081`"
        )
    return int(text)


def check_port(host: str, port: int) -> None:
    """Raise SetupError when somebody else listens there or we may not."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SetupError(_port_advice(host, port, error)) from error


def _port_advice(host: str, port: int, error: OSError) -> str:
    other = port + 1 if 1024 <= port < 65535 else 8081
    if error.errno == errno.EADDRINUSE:
        return (
            f"端口 {port} 已被占用 · port {port} is in use: stop the other program, "
            f"or choose another with `make run PORT={other}`"
        )
    if error.errno == errno.EACCES:
        advice = f"use one above 1023, `make run PORT={other}`"
        return f"端口 {port} 需要管理员权限 · port {port} needs root: {advice}"
    advice = "set LINAN_HOST to an address of this machine"
    return f"无法监听 {host} · cannot listen on {host}:{port} ({error.strerror}): {advice}"


def check_folder(folder: Path) -> None:
    """Raise SetupError when the folder cannot be made or written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=str(folder), prefix=".linan-"):
            return
    except OSError as error:
        raise SetupError(folder_advice(folder, error)) from error


def folder_advice(folder: Path, error: OSError) -> str:
    """One line for a folder that cannot be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"磁盘已满 · the disk of {folder} is full: free some space, then run the same command again"
    return (
        f"无法写入 {folder} · cannot write to {folder} ({error.strerror}): "
        "make it writable for this user, or copy the project to a folder that is"
    )


def check_space(folder: Path, needed: int) -> None:
    """Raise SetupError when fewer bytes than needed are free."""
    free = shutil.disk_usage(str(folder)).free
    if free < needed:
        raise SetupError(
            f"磁盘空间不足 · not enough disk: {free / 1e9:.1f} GB free in {folder}, "
            f"{needed / 1e9:.1f} GB needed; free some space, then run the same command again"
        )
