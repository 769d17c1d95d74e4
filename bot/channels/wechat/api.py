"""Calls of the two platforms over HTTPS: a token in front, one retry where it has run out under way."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout, FormData

from bot.channels.wechat.accounts import Account
from bot.channels.wechat.api_wire import Answer, Verdict, read_answer
from bot.channels.wechat.deps import WeChatParts
from bot.channels.wechat.tokens import TokenRefused, Tokens
from bot.errors import DeliveryError, DeliveryUnknown

LARGEST_ANSWER = 1024 * 1024
PICTURE = "image.jpg"


class Api:
    """One for all accounts of the process."""

    def __init__(self, deps: WeChatParts, http: ClientSession) -> None:
        self._deps, self._http = deps, http
        self._timeout = ClientTimeout(total=deps.base.call_timeout_s)
        self.tokens = Tokens(deps.base.clock, self._fetch_token)

    async def call(
        self, account: Account, path: str, payload: Any = None, *, params: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer, whatever it says. Without ``payload`` it is asked by GET. Raises DeliveryError where nothing
        can have happened, DeliveryUnknown where no answer came, TokenRefused."""

        async def once(token: str) -> Answer:
            query = {"access_token": token, **(params or {})}
            return await self._ask(account, path, query, payload)

        return await self._with_token(account, once)

    async def upload(self, account: Account, body: bytes) -> Answer:
        """A picture; its ``media_id`` holds for three days. Nobody sees it before it is sent."""

        async def once(token: str) -> Answer:
            form = FormData()
            form.add_field("media", body, filename=PICTURE, content_type="image/jpeg")
            return await self._try(account, "media/upload", {"access_token": token, "type": "image"}, form)

        return await self._with_token(account, once)

    async def fetch_media(self, account: Account, media_id: str, most: int) -> bytes | None:
        """The bytes of what a resident has sent, or None where they cannot be had."""
        found = b""

        async def once(token: str) -> Answer:
            nonlocal found
            url, query = self._url(account, "media/get"), {"access_token": token, "media_id": media_id}
            async with self._http.get(url, params=query, timeout=self._timeout, allow_redirects=False) as answer:
                if answer.status != 200 or answer.content_type in {"application/json", "text/plain"}:
                    return read_answer(_json(await answer.content.read(LARGEST_ANSWER)))
                body = bytearray()
                async for chunk in answer.content.iter_any():
                    body += chunk
                    if len(body) > most:
                        return read_answer(None)
                found = bytes(body)
            return Answer(0, "", {})

        try:
            await self._with_token(account, once)
        except (ClientError, TimeoutError, OSError, TokenRefused, DeliveryError):
            return None
        return found or None

    async def _with_token(self, account: Account, once: Callable[[str], Awaitable[Answer]]) -> Answer:
        token = await self.tokens.get(account)
        answer = await once(token)
        if answer.verdict is not Verdict.TOKEN:
            return answer
        self.tokens.drop(account, token)
        return await once(await self.tokens.get(account))

    async def _fetch_token(self, account: Account) -> Answer:
        if account.is_app:
            query = {"corpid": account.owner_id, "corpsecret": account.secret}
            return await self._try(account, "gettoken", query)
        body = {"grant_type": "client_credential", "appid": account.owner_id, "secret": account.secret}
        return await self._try(account, "stable_token", {}, body)

    async def _try(self, account: Account, path: str, query: Mapping[str, str], body: Any = None) -> Answer:
        """The same for what nobody gets to see: without an answer, nothing has happened."""
        try:
            return await self._ask(account, path, query, body)
        except DeliveryUnknown as error:
            raise DeliveryError(str(error)) from None

    async def _ask(self, account: Account, path: str, query: Mapping[str, str], body: Any = None) -> Answer:
        given = {"data": body} if isinstance(body, FormData) else {"json": body} if body is not None else {}
        method, url = ("POST" if body is not None else "GET"), self._url(account, path)
        try:
            async with self._http.request(
                method, url, params=dict(query), timeout=self._timeout, allow_redirects=False, **given
            ) as answer:
                data = _json(await answer.content.read(LARGEST_ANSWER))
                if answer.status < 400 and isinstance(data, Mapping):
                    return read_answer(data)
                if 400 <= answer.status < 500:
                    return Answer(-1, f"HTTP {answer.status}", {})
                raise DeliveryUnknown(f"{path}: HTTP {answer.status}, it may have arrived")
        except ClientConnectorError as error:
            raise DeliveryError(f"{path}: {type(error).__name__}") from None  # the address in it holds a secret
        except (ClientError, TimeoutError, OSError) as error:
            raise DeliveryUnknown(f"{path}: {type(error).__name__}, it may have arrived") from None

    def _url(self, account: Account, path: str) -> str:
        return f"{self._deps.hosts[account.kind]}/cgi-bin/{path}"


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None
