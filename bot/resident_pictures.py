"""Pictures that residents send through foreign platforms: checked, re-encoded and kept exactly as those of our page."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.channels.webchat.errors import BadPicture
from bot.channels.webchat.pictures import add_picture, encode_in_thread, picture_id, write_files
from bot.clock import Clock
from bot.storage.engine import Database


class ResidentPictures:
    """Keeps what a channel has fetched."""

    def __init__(self, db: Database, clock: Clock, folder: Path) -> None:
        self._db, self._clock, self._folder = db, clock, folder

    async def keep(self, raw: bytes, community_id: int, resident_id: int) -> str | None:
        """The id of the picture as kept, or None for what is none."""
        try:
            encoded = await encode_in_thread(raw)
        except BadPicture:
            return None
        id_ = picture_id(encoded, resident_id)
        await asyncio.to_thread(write_files, self._folder, id_, encoded)
        async with self._db.write() as session:
            await add_picture(
                session,
                id_,
                encoded,
                community_id=community_id,
                resident_id=resident_id,
                now=self._clock.now(),
            )
        return id_
