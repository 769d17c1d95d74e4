"""Understanding by a Rasa server over HTTP, for pipelines that the bot does not run itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import TracebackType

import aiohttp

from bot.errors import UnderstandError
from bot.understand.rasa_server_wire import PARSE_PATH, build_request, read_parse
from nlu.model.parse import Parse

TIMEOUT = 10.0  # seconds for one sentence
AT_ONCE = 8  # requests in flight; Rasa's server answers one after the other anyway


class RasaServer:
    """Asks `POST /model/parse` for each text. Use as an async context manager, or call `aclose`."""

    def __init__(self, url: str, *, token: str = "", timeout: float = TIMEOUT) -> None:
        self._url = url.rstrip("/") + PARSE_PATH
        self._token = {"token": token} if token else {}
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def __aenter__(self) -> RasaServer:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def parse_batch(self, texts: Sequence[str]) -> list[Parse]:
        """One parse a text, in order. Raises UnderstandError when the server fails on any."""
        return list(await asyncio.gather(*(self._parse(at, text) for at, text in enumerate(texts))))

    async def glance_batch(self, texts: Sequence[str]) -> list[Parse]:
        """The same: a server has no cheaper look."""
        return await self.parse_batch(texts)

    async def _parse(self, at: int, text: str) -> Parse:
        async with self._gate:
            try:
                return read_parse(text, await self._ask(build_request(text, str(at))))
            except TimeoutError as error:
                raise UnderstandError(f"the model server did not answer in {self._timeout:g} s") from error
            except (aiohttp.ClientError, ValueError) as error:
                raise UnderstandError(f"the model server cannot be asked: {error!r}") from error

    async def _ask(self, body: dict[str, str]) -> object:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._timeout))
        async with self._session.post(self._url, json=body, params=self._token) as response:
            if response.status != 200:
                raise UnderstandError(f"the model server answered {response.status}")
            answer: object = await response.json(content_type=None)
            return answer
