"""Pictures that staff add: checked, re-encoded and kept exactly as those of residents."""

from __future__ import annotations

import asyncio
from pathlib import Path

from actions.errors import InvalidInput
from actions.inserting import insert_once
from bot.channels.webchat.errors import BadPicture
from bot.channels.webchat.pictures import encode_in_thread, picture_id, write_files
from bot.clock import Clock
from bot.storage.engine import Database
from bot.storage.tables import Picture


class StaffPictures:
    """Keeps what the console's forms bring."""

    def __init__(self, db: Database, clock: Clock, var: Path) -> None:
        self._db, self._clock, self._folder = db, clock, var / "pictures"

    async def save(self, raw: bytes, community_id: int, staff_id: int) -> str:
        """The id of the picture as kept. Raises InvalidInput for what is none."""
        try:
            encoded = await encode_in_thread(raw)
        except BadPicture as bad:
            raise InvalidInput(bad.code, phrase=bad.phrase, **bad.params) from None
        id_ = picture_id(encoded, -staff_id)  # never the id of a resident's picture
        await asyncio.to_thread(write_files, self._folder, id_, encoded)
        values = {
            "id": id_,
            "community_id": community_id,
            "staff_id": staff_id,
            "width": encoded.width,
            "height": encoded.height,
            "size": len(encoded.full),
            "kind": encoded.kind,
            "created_at": self._clock.now(),
        }
        async with self._db.write() as session:
            await insert_once(session, Picture, values, ("id",))
        return id_
