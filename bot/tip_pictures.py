"""Pictures that were confided: read to be sealed; their rows and files go once the sealing is committed."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import String, cast, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.tickets.model import Ticket
from bot.storage.tables import Chat, ChatMember, ChatMessage, Picture

SUFFIXES = (".jpg", ".png")


class TipPictures:
    """The folder of the re-encoded pictures, as the sealing sees it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def read(self, ids: Sequence[str]) -> tuple[str, ...]:
        """The bytes of each as base64; one whose file is gone is left out."""
        return await asyncio.to_thread(lambda: tuple(found for i in ids if (found := self._read(i))))

    async def remove(self, ids: Sequence[str]) -> None:
        """The files, large and small; after the commit that dropped their rows."""
        await asyncio.to_thread(self._remove, ids)

    def _remove(self, ids: Sequence[str]) -> None:
        for picture_id in ids:
            for path in self._folder.glob(f"{picture_id}.*"):
                path.unlink(missing_ok=True)

    def _read(self, picture_id: str) -> str:
        path = next((p for s in SUFFIXES if (p := self._folder / f"{picture_id}{s}").is_file()), None)
        return base64.b64encode(path.read_bytes()).decode() if path is not None else ""


async def drop_rows(session: AsyncSession, resident_id: int, ids: Sequence[str]) -> list[str]:
    """Forget those of the resident's pictures that nothing else of theirs shows; their ids."""
    gone = [i for i in ids if not await _is_shown(session, resident_id, i)]
    if gone:
        await session.execute(delete(Picture).where(Picture.id.in_(gone)))
    return gone


async def _is_shown(session: AsyncSession, resident_id: int, picture_id: str) -> bool:
    joined = select(ChatMember.chat_id).where(ChatMember.resident_id == resident_id)
    own = select(Chat.id).where(Chat.resident_id == resident_id)
    lines = select(ChatMessage.id).where(
        or_(ChatMessage.chat_id.in_(joined), ChatMessage.chat_id.in_(own)),
        ChatMessage.resident_id == resident_id,
        cast(ChatMessage.pictures, String).contains(picture_id),
    )
    tickets = select(Ticket.id).where(
        Ticket.reporter_id == resident_id, cast(Ticket.pictures, String).contains(picture_id)
    )
    return await session.scalar(lines.limit(1)) is not None or await session.scalar(tickets.limit(1)) is not None
