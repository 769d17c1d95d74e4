"""A OneBot v11 implementation with no chat program behind it: it says what a test says, and notes what it is told."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import itertools
import json
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, web

PATIENCE_S = 60.0
NEIGHBOURHOOD = [{"group_id": 555, "group_name": "桂花苑东区群"}, {"group_id": 666, "group_name": "拼单群"}]
Reply = Callable[[str, dict[str, Any]], dict[str, Any] | None]  # None: no answer at all


class Bridge:
    """The bot's account on a platform. ``reply`` may answer calls otherwise than well."""

    def __init__(self, *, self_id: int = 10001, post_format: str = "array", reply: Reply | None = None) -> None:
        self.self_id, self.post_format, self.reply = self_id, post_format, reply
        self.calls: list[dict[str, Any]] = []
        self.friends: set[int] = set()
        self.history: list[dict[str, Any]] = []
        self._numbers = itertools.count(1000)
        self._clock = itertools.count(1795312101)
        self._changed = asyncio.Event()

    def event(
        self, text: Any, *, user: Any = 222, group: Any = 555, name: str = "王阿姨", **changes: Any
    ) -> dict[str, Any]:
        """A message somebody wrote."""
        array = text if isinstance(text, list) else [{"type": "text", "data": {"text": text}}]
        plain = text if isinstance(text, str) else ""
        where = {"message_type": "group", "group_id": group} if group else {"message_type": "private"}
        return {
            "time": next(self._clock), "self_id": self.self_id, "post_type": "message", "sub_type": "normal", **where,
            "message_id": next(self._numbers), "user_id": user, "font": 0, "raw_message": plain,
            "message": array if self.post_format == "array" else plain,
            "sender": {"user_id": user, "nickname": name, "card": ""}, **changes,
        }  # fmt: skip

    def answer(self, action: str, params: dict[str, Any]) -> dict[str, Any] | None:
        """What the implementation answers to a call, without its echo."""
        self.calls.append({"action": action, "params": params})
        told = self.reply(action, params) if self.reply is not None else {}
        self._changed.set()
        if told is None or told:
            return told
        return {"status": "ok", "retcode": 0, "data": self._data(action, params)}

    def _data(self, action: str, params: dict[str, Any]) -> Any:
        match action:
            case "get_login_info":
                return {"user_id": self.self_id, "nickname": "小邻管家"}
            case "get_group_list":
                return NEIGHBOURHOOD
            case "get_status":
                return {"online": True, "good": True}
            case "get_group_msg_history":
                return {"messages": self.history}
            case _ if action.startswith("send_"):
                number = next(self._numbers)
                me = {"user_id": self.self_id}
                self.history.append({"message_id": number, "sender": me, "message": params["message"]})
                return {"message_id": number}
        return None

    def sent(self) -> list[dict[str, Any]]:
        """What was said through this bridge: where, text, whom it names, what it quotes, its number."""
        found = []
        for call in self.calls:
            if call["action"] in {"send_group_msg", "send_private_msg"}:
                pieces = call["params"]["message"]
                texts = (one["data"]["text"] for one in pieces if one["type"] == "text")
                at = next((one["data"]["qq"] for one in pieces if one["type"] == "at"), "")
                quotes = next((one["data"]["id"] for one in pieces if one["type"] == "reply"), "")
                where = "group" if call["action"] == "send_group_msg" else "private"
                found.append({"in": where, "text": "".join(texts).strip(), "at": at, "quotes": quotes,
                              "params": call["params"]})  # fmt: skip
        return found

    async def until(self, told: Callable[[], Any]) -> Any:
        """Wait for what a test waits for; its value."""
        async with asyncio.timeout(PATIENCE_S):
            while not (value := told()):
                self._changed.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await self._changed.wait()
        return value


class ReverseBridge(Bridge):
    """Dials us."""

    def __init__(
        self, http: ClientSession, url: str, *, token: str, headers: dict[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(**more)
        self._http, self._url = http, url
        self.headers = headers or {"X-Self-ID": str(self.self_id), "X-Client-Role": "Universal"}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"
        self.socket: ClientWebSocketResponse | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self.socket = await self._http.ws_connect(self._url, headers=self.headers)
        self._task = asyncio.create_task(self._serve(self.socket))
        await self.post({"post_type": "meta_event", "meta_event_type": "lifecycle", "sub_type": "connect",
                         "time": 1, "self_id": self.self_id})  # fmt: skip
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self.socket is not None:
            await self.socket.close()

    def vanish(self) -> None:
        """The cable is pulled: no close frame, no FIN."""
        assert self.socket is not None
        if self._task is not None:
            self._task.cancel()
        transport = self.socket._response.connection.transport  # type: ignore[union-attr]
        transport.abort()  # type: ignore[union-attr]

    async def post(self, frame: dict[str, Any] | str) -> None:
        assert self.socket is not None
        await self.socket.send_str(frame if isinstance(frame, str) else json.dumps(frame, ensure_ascii=False))

    async def say(self, text: Any, **more: Any) -> dict[str, Any]:
        """Somebody writes; the event."""
        event = self.event(text, **more)
        await self.post(event)
        return event

    async def _serve(self, socket: ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            call = json.loads(message.data)
            answer = self.answer(call["action"], call.get("params") or {})
            if answer is not None:
                await socket.send_str(json.dumps({**answer, "echo": call.get("echo")}))


class ServingBridge(Bridge):
    """Is dialled by us: a WebSocket at /, an HTTP API beside it; its token is asked for as the standard says."""

    def __init__(self, *, token: str = "", **more: Any) -> None:
        super().__init__(**more)
        self.token = token
        self.sockets: list[web.WebSocketResponse] = []

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/", self._open)
        app.router.add_post("/{action}", self._call)
        return app

    def _refusal(self, request: web.Request) -> web.Response | None:
        given = request.headers.get("Authorization", "")
        if self.token and given != f"Bearer {self.token}":
            return web.Response(status=403 if given else 401)
        return None

    async def _open(self, request: web.Request) -> web.StreamResponse:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        self._changed.set()
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                call = json.loads(message.data)
                answer = self.answer(call["action"], call.get("params") or {})
                if answer is not None:
                    await socket.send_str(json.dumps({**answer, "echo": call.get("echo")}))
        return socket

    async def _call(self, request: web.Request) -> web.Response:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        answer = self.answer(request.match_info["action"], await request.json())
        return web.json_response(answer) if answer is not None else web.Response(status=500)

    async def say(self, text: Any, **more: Any) -> None:
        await self.sockets[-1].send_str(json.dumps(self.event(text, **more)))


def signed(secret: str, self_id: int, body: bytes) -> dict[str, str]:
    """The headers of a posted event."""
    made = hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
    return {"X-Self-ID": str(self_id), "X-Signature": f"sha1={made}", "Content-Type": "application/json"}
