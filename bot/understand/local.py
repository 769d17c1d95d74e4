"""The understanding model in this process: the archive that Rasa wrote, read without Rasa."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.errors import UnderstandError
from nlu.model.archive import read_archive
from nlu.model.cascade import Neighbour
from nlu.model.freeing import give_back
from nlu.model.lexicon import Lexicon
from nlu.model.parse import Parse
from nlu.model.reader import Reader
from nlu.model.storage import BrokenModel


@dataclass(frozen=True)
class LocalModel:
    """Reads messages with the model of one archive. Frozen, so threads may share it."""

    reader: Reader
    version: str

    @classmethod
    def load(cls, archive: Path, *, lexicon: Lexicon | None = None) -> LocalModel:
        """Opens the archive. `lexicon` adds an installation's own names. Raises UnderstandError."""
        try:
            model = cls(read_archive(archive), archive.name.removesuffix(".tar.gz"))
        except BrokenModel as error:
            raise UnderstandError(str(error)) from error
        give_back()
        return model.with_lexicon(lexicon) if lexicon else model

    def with_lexicon(self, lexicon: Lexicon) -> LocalModel:
        """The same model that also knows these names; takes effect at once, without training."""
        return replace(self, reader=replace(self.reader, lexicon=self.reader.lexicon.merged(lexicon)))

    def parse_now(self, texts: Sequence[str]) -> list[Parse]:
        """One parse a text, in order, in the calling thread."""
        return self.reader.parse_batch(texts)

    async def parse_batch(self, texts: Sequence[str]) -> list[Parse]:
        """One parse a text, in order, beside the event loop."""
        return await asyncio.to_thread(self.parse_now, texts)

    async def glance_batch(self, texts: Sequence[str]) -> list[Parse]:
        """What words and characters alone say of each text, beside the event loop."""
        return await asyncio.to_thread(self.reader.glance_batch, texts)

    async def neighbours(self, text: str, count: int) -> tuple[Neighbour, ...]:
        """The learned sentences most like this one in what they mean; none where the model reads no vectors."""
        return await asyncio.to_thread(self.reader.cascade.neighbours, text, count)
