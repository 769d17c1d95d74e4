"""What an installation needs besides its environments: model, database, demo community."""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Iterator

from tools.machine import SetupError
from tools.progress import run_logged

TRAINED_FROM = ("nlu", "data/nlu", "data/lexicon")
SUFFIXES = {".py", ".yml", ".yaml", ".txt"}
STAMP = ".trained-from"
DEMO_WANTED = ".demo-wanted"
DEMO_ACCOUNTS = "demo-accounts.txt"
DEMO_IS_THERE = "[demo_loaded]"
REVISION = re.compile(r"""^(revision|down_revision)\b[^=\n]*= *["'](\w+)["']""", re.MULTILINE)


def var_folder(root: Path) -> Path:
    """The folder of database, model and secrets (LINAN_VAR, else var/)."""
    return Path(os.environ.get("LINAN_VAR") or root / "var")


def linan(root: Path, *arguments: str) -> list[str]:
    """The bot's command line."""
    return [str(root / ".venv" / "bin" / "python"), "-m", "bot", *arguments]


def own_model() -> bool:
    """True when the installation names a model or a Rasa server of its own: then we train none."""
    return bool(os.environ.get("LINAN_MODEL") or os.environ.get("LINAN_NLU_URL"))


def training_inputs(root: Path) -> Iterator[Path]:
    """Every file that the model is made from."""
    for folder in TRAINED_FROM:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                yield path


def inputs_digest(root: Path) -> str:
    """Changes when a file that the model is made from was written; `linan train` looks at contents."""
    total = hashlib.sha256()
    for path in training_inputs(root):
        status = path.stat()
        total.update(f"{path.relative_to(root)} {status.st_size} {status.st_mtime_ns}\n".encode())
    return total.hexdigest()


def is_trained(root: Path) -> bool:
    """True when there is a model and nothing it is made from changed since."""
    models = var_folder(root) / "models"
    stamp = models / STAMP
    if not stamp.is_file() or not any(models.glob("*.tar.gz")):
        return False
    return stamp.read_text(encoding="utf-8").strip() == inputs_digest(root)


def train(root: Path, log: Path) -> None:
    """Have Rasa train the model where its data is newer."""
    seen = inputs_digest(root)
    run_logged(linan(root, "train"), log, root, what="linan train")
    models = var_folder(root) / "models"
    if not any(models.glob("*.tar.gz")):
        raise SetupError(f"没有训练出模型 · training left no model in {models} (log: {log})")
    (models / STAMP).write_text(seen + "\n", encoding="utf-8")


def wants_demo(root: Path) -> bool:
    """True on the very first start on the default database, or when loading the demo was interrupted."""
    var = var_folder(root)
    return (var / DEMO_WANTED).exists() or not (
        os.environ.get("LINAN_DATABASE_URL") or (var / "linan.db").exists()
    )


def newest_migration(root: Path) -> str:
    """The revision that no other migration builds on."""
    found: dict[str, str] = {}
    for path in (root / "bot" / "storage" / "migrations" / "versions").glob("*.py"):
        for name, value in REVISION.findall(path.read_text(encoding="utf-8")):
            found.setdefault(name + value, value)
    built_on = {value for key, value in found.items() if key.startswith("down_revision")}
    newest = {value for key, value in found.items() if key.startswith("revision")} - built_on
    return newest.pop() if len(newest) == 1 else ""


def is_migrated(root: Path) -> bool:
    """True when the default database is at the newest version; asked without starting the bot."""
    database = var_folder(root) / "linan.db"
    if os.environ.get("LINAN_DATABASE_URL") or wants_demo(root):
        return False
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=2)) as connection:
            rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.Error:
        return False
    return rows == [(newest_migration(root),)]


def migrate(root: Path, log: Path) -> None:
    """Bring the database to the newest version; remember first whether the demo is to follow."""
    if wants_demo(root):
        (var_folder(root) / DEMO_WANTED).write_text("", encoding="utf-8")
    run_logged(linan(root, "migrate"), log, root, what="linan migrate")


def load_demo(root: Path, log: Path) -> str:
    """Load the demo community; returns what it printed (the accounts), which is not kept in the log."""
    done = subprocess.run(linan(root, "demo"), cwd=str(root), text=True, capture_output=True)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["ended without a word"]
        # killed between its loading and the end of this function: it is there, and so are its accounts
        if not lines[-1].endswith(DEMO_IS_THERE):
            raise SetupError(f"linan demo: {lines[-1].replace('linan: ', '', 1)}")
    (var_folder(root) / DEMO_WANTED).unlink()
    kept = var_folder(root) / DEMO_ACCOUNTS
    return done.stdout.strip() or (kept.read_text(encoding="utf-8").strip() if kept.exists() else "")
