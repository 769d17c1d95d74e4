"""The bytes of models: in the database for every host, in var/models for this one."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import tempfile
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.teaching.model import ModelArchive
from bot.errors import UnderstandError

OURS = re.compile(r"[0-9a-f]{64}\.tar\.gz")  # copies kept here, beside the model that came with the software


def folder_of(var: Path) -> Path:
    """Where copies are kept."""
    return var / "models"


def is_copy(path: Path) -> bool:
    """Whether a file in that folder is a copy of ours and not the model that came with the software."""
    return OURS.fullmatch(path.name) is not None


def digest_of(content: bytes) -> str:
    """The fingerprint by which an archive is known."""
    return hashlib.sha256(content).hexdigest()


async def fetch(session: AsyncSession, var: Path, sha256: str) -> Path:
    """The archive as a file, taken from the database if it is not here yet. Raises UnderstandError."""
    path = folder_of(var) / f"{sha256}.tar.gz"
    if await asyncio.to_thread(_is_whole, path, sha256):
        return path
    content = await session.scalar(select(ModelArchive.content).where(ModelArchive.sha256 == sha256))
    if content is None:
        raise UnderstandError(f"the archive {sha256[:12]} is not in the database")
    if digest_of(content) != sha256:
        raise UnderstandError(f"the archive {sha256[:12]} is damaged in the database")
    await asyncio.to_thread(keep, path, content)
    return path


def _is_whole(path: Path, sha256: str) -> bool:
    try:
        return digest_of(path.read_bytes()) == sha256
    except OSError:
        return False


def keep(path: Path, content: bytes) -> None:
    """Write the file whole or not at all: another process may be reading it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".fetching-", delete=False) as file:
        file.write(content)
    os.replace(file.name, path)
