"""The two Python environments: the bot's, and Rasa's."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.machine import (
    SetupError,
    Version,
    check_space,
    dotted,
    find_python,
    find_tool,
    find_uv_python,
    python_version,
)
from tools.progress import run_logged

STAMP = ".linan-lock"
BOT_VERSIONS: tuple[Version, ...] = ((3, 11), (3, 12), (3, 13), (3, 14))
RASA_VERSIONS: tuple[Version, ...] = ((3, 10),)


@dataclass(frozen=True)
class Environment:
    """A virtual environment: its folder, the locks that will do for it, its Pythons in order."""

    folder: str
    locks: tuple[str, ...]
    versions: tuple[Version, ...]
    needed_bytes: int
    compiled: bool  # ahead of time: the bot has to start fast


BOT = Environment(".venv", ("bot", "dev"), BOT_VERSIONS, 700_000_000, True)
DEV = Environment(".venv", ("dev",), BOT_VERSIONS, 900_000_000, True)
RASA = Environment(".venv-rasa", ("rasa",), RASA_VERSIONS, 4_000_000_000, False)


def digest(*files: Path) -> str:
    """One hash over the contents of the files."""
    total = hashlib.sha256()
    for file in files:
        total.update(file.read_bytes())
    return total.hexdigest()


def lock_file(root: Path, name: str) -> Path:
    """Where a lock lives."""
    return root / "requirements" / f"{name}.lock"


def is_built(root: Path, environment: Environment) -> bool:
    """True when the environment holds exactly what one of its locks says (starts no interpreter)."""
    folder = root / environment.folder
    stamp = folder / STAMP
    if not stamp.is_file() or not (folder / "bin" / "python").exists():
        return False
    installed = stamp.read_text(encoding="utf-8").strip()
    return installed in {digest(lock_file(root, name)) for name in environment.locks}


def build(root: Path, environment: Environment, log: Path) -> None:
    """Make the environment hold exactly what its lock says."""
    check_space(root, environment.needed_bytes)
    uv = get_uv(root, log)
    folder = root / environment.folder
    python = folder / "bin" / "python"
    if not python.exists() or python_version(str(python)) not in environment.versions:
        base = choose_python(environment, uv)
        run_logged(
            [*uv, "venv", "-q", "--clear", "--python", base, str(folder)], log, root, tool_env(), "uv venv"
        )
    lock = choose_lock(root, environment)
    if (folder / STAMP).exists():
        (folder / STAMP).unlink()
    sync = [*uv, "pip", "sync", "-q", "--require-hashes", "--python", str(python), str(lock)]
    if environment.compiled:
        sync.insert(-1, "--compile-bytecode")
    run_logged(sync, log, root, tool_env(), f"requirements/{lock.name}")
    (folder / STAMP).write_text(digest(lock) + "\n", encoding="utf-8")


def choose_lock(root: Path, environment: Environment) -> Path:
    """The first lock, but dev where the tests' tools are already: `make run` must not remove them."""
    has_tests = (root / environment.folder / "bin" / "pytest").exists()
    return lock_file(root, "dev" if has_tests and "dev" in environment.locks else environment.locks[0])


def choose_python(environment: Environment, uv: list[str]) -> str:
    """An interpreter for the environment; raises SetupError with what to install."""
    found = find_python(environment.versions) or find_uv_python(uv, environment.versions[0])
    if found:
        return found
    wanted = dotted(environment.versions[0])
    newer = " or newer" if len(environment.versions) > 1 else ""
    raise SetupError(
        f"找不到 Python {wanted} · no Python {wanted}{newer} for {environment.folder}: install it with "
        f"`pyenv install {wanted}`, `uv python install {wanted}` or the system's package python{wanted}"
    )


def get_uv(root: Path, log: Path) -> list[str]:
    """The command uv: the machine's, or one of our own in .tools/uv."""
    own = root / ".tools" / "uv"
    found = find_tool("uv", own / "bin" / "uv")
    if found:
        return found
    install_tool(root, "uv", log)
    return [str(own / "bin" / "uv")]


def install_tool(root: Path, name: str, log: Path) -> None:
    """Put requirements/<name>.lock into an environment of its own, .tools/<name>, with plain pip."""
    folder = root / ".tools" / name
    run_logged(
        [sys.executable, "-m", "venv", "--clear", str(folder)], log, root, tool_env(), f"venv .tools/{name}"
    )
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-q", "--require-hashes", "-r"]
    run_logged([*pip, str(lock_file(root, name))], log, root, tool_env(), f"pip install {name}")


def tool_env(extra: dict[str, str] | None = None) -> dict[str, str]:
    """The environment for tools: no colours, no interpreter settings of the caller."""
    dropped = {"VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "NO_COLOR": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **(extra or {})}
