"""Bodies of callbacks: read within limits, whoever sends them."""

from __future__ import annotations

import asyncio

from aiohttp import web

LARGEST = 1024 * 1024  # bytes
PATIENCE_S = 10.0  # the platforms themselves wait five


class BodyRefused(Exception):
    """It is not read to its end; ``code`` is counted, ``status`` is what its sender gets."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.code, self.status = code, status


async def read_body(request: web.Request) -> bytes:
    """The body, given up as soon as it is too large, or when it takes too long. Raises BodyRefused."""
    if (request.content_length or 0) > LARGEST:
        raise BodyRefused("too_large", 413)
    body = bytearray()
    try:
        async with asyncio.timeout(PATIENCE_S):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > LARGEST:
                    raise BodyRefused("too_large", 413)
    except TimeoutError:
        raise BodyRefused("too_slow", 408) from None
    return bytes(body)
