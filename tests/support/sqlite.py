"""A migrated SQLite file for a test."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.storage.migrate import migrate

_made = TemporaryDirectory(prefix="linan-template-")
_template = Path(_made.name) / "linan.db"


async def copy_migrated(path: Path) -> None:
    """A database of the newest version where none is: migrating for every test would take longer than the test."""
    if not _template.exists():
        await migrate(f"sqlite+aiosqlite:///{_template}")
    _copy_to(path)


def _copy_to(path: Path) -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(_template, path)
