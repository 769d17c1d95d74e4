"""The model in use, which can be exchanged while messages come in."""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import UnderstandError
from bot.understand.local import LocalModel
from bot.understand.understanding import Parser
from nlu.model.cascade import Neighbour
from nlu.model.lexicon import Lexicon
from nlu.model.parse import Parse


class ServedModel:
    """A parser whose model is swapped between batches: every batch is read by one model from beginning to end."""

    def __init__(self, parser: Parser | None = None, version: str = "") -> None:
        self._base = self._parser = parser
        self._lexicon: Lexicon | None = None
        self.version = version

    @property
    def is_loaded(self) -> bool:
        return self._parser is not None

    def swap(self, parser: Parser, version: str) -> None:
        """Read with this model from the next batch on."""
        self._base, self.version = parser, version
        self._parser = self._with_names(parser)

    def know(self, lexicon: Lexicon) -> None:
        """Know these local names from the next batch on; names known before and not in it are forgotten."""
        self._lexicon = lexicon
        if self._base is not None:
            self._parser = self._with_names(self._base)

    def _with_names(self, parser: Parser) -> Parser:
        if self._lexicon is None or not isinstance(parser, LocalModel):  # a Rasa server keeps its own words
            return parser
        return parser.with_lexicon(self._lexicon)

    async def parse_batch(self, texts: Sequence[str]) -> list[Parse]:
        """One parse a text, in order. Raises UnderstandError while there is no model."""
        return await self._loaded().parse_batch(texts)

    async def glance_batch(self, texts: Sequence[str]) -> list[Parse]:
        """A cheaper look at each text, in order. Raises UnderstandError while there is no model."""
        return await self._loaded().glance_batch(texts)

    async def neighbours(self, text: str, count: int) -> tuple[Neighbour, ...]:
        """The learned sentences most like this one; none where a Rasa server reads. Raises UnderstandError."""
        parser = self._loaded()
        return await parser.neighbours(text, count) if isinstance(parser, LocalModel) else ()

    def _loaded(self) -> Parser:
        """What is swapped while we wait is for the next batch."""
        if self._parser is None:
            raise UnderstandError("no model is loaded yet")
        return self._parser
