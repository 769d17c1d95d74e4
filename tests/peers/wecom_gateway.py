"""WeCom with nobody behind it: the gateway of the long connection, the webhook of group robots, addresses for answers.

It keeps the platform's rules (who may connect, what is acknowledged, how much a chat takes) and counts the breaches.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

PATIENCE_S = 60.0
BOT, SECRET, KEY = "aibGuihuaEast2026", "long-connection-secret-2026", "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
TYPES = frozenset({"text", "markdown", "markdown_v2", "image", "news", "file", "voice", "template_card"})
ANSWERED = frozenset({"aibot_respond_msg", "aibot_respond_welcome_msg", "aibot_respond_update_msg"})
BROKEN = 502  # in place of an errcode: something before the platform answers for it
Fault = Callable[[dict[str, Any]], int | None]  # a frame or body → errcode; None: no answer at all


def well(_frame: dict[str, Any]) -> int:
    return 0


class Gateway:
    """``now`` is asked for limits; ``fault`` says what becomes of a frame."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.fault: Fault = well
        self.frames: list[dict[str, Any]] = []
        self.taken: list[dict[str, Any]] = []  # those that were not refused
        self.bodies: list[dict[str, Any]] = []  # of the webhook
        self.uploads: list[bytes] = []
        self.answers: list[tuple[str, dict[str, Any]]] = []  # at addresses for answers
        self.used: set[str] = set()
        self.broken: Counter[str] = Counter()  # the platform's rules that were broken
        self.sockets: list[web.WebSocketResponse] = []
        self.subscribed: dict[str, web.WebSocketResponse] = {}
        self.known: dict[str, str] = {}  # req_id of a callback → kind
        self.media: dict[str, bytes] = {}
        self.fetched = 0  # how often one of them was
        self.late: list[tuple[web.WebSocketResponse, str]] = []  # acknowledgements kept back
        self.holds = ""  # the command whose acknowledgements are kept back
        self._chats: dict[str, str] = {}  # req_id of a callback → where it was said
        self._spent: dict[str, list[datetime]] = defaultdict(list)
        self._files: dict[str, bytearray] = {}
        self._numbers = itertools.count(1)
        self._changed = asyncio.Event()

    def app(self) -> web.Application:
        app = web.Application(client_max_size=32 * 1024 * 1024)
        app.router.add_get("/", self._serve)
        app.router.add_post("/cgi-bin/webhook/send", self._send)
        app.router.add_post("/cgi-bin/webhook/upload_media", self._upload)
        app.router.add_post("/cgi-bin/aibot/response", self._answered)
        app.router.add_get("/media/{name}", self._media)
        return app

    @property
    def socket(self) -> web.WebSocketResponse:
        """The connection that counts."""
        return self.subscribed[BOT]

    async def until(self, told: Callable[[], Any]) -> Any:
        """Wait for what a test waits for; its value."""
        async with asyncio.timeout(PATIENCE_S):
            while not (value := told()):
                self._changed.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.02):
                        await self._changed.wait()
        return value

    def message(
        self, text: str = "", *, user: str = "wangayi", chat: str = "wrGroupEast", **more: Any
    ) -> dict[str, Any]:
        """Something said to the bot, as the platform tells it; ``chat`` "" for a private chat."""
        where = {"chattype": "group", "chatid": chat} if chat else {"chattype": "single"}
        body = {"msgid": f"msg-{next(self._numbers)}", "aibotid": BOT, **where, "from": {"userid": user}}
        return {**body, "msgtype": "text", "text": {"content": text}, **more}

    def event(self, kind: str, *, user: str = "wangayi", chat: str = "wrGroupEast", **event: Any) -> dict[str, Any]:
        """An event with what stands in it."""
        body = self.message(user=user, chat=chat, msgtype="event", create_time=int(self.now().timestamp()))
        del body["text"]
        return {**body, "event": {"eventtype": kind, **event}}

    async def tell(self, body: dict[str, Any]) -> str:
        """Push a message or event over the connection; the name of the request."""
        req_id = f"CB-{next(self._numbers)}"
        cmd = "aibot_event_callback" if body.get("msgtype") == "event" else "aibot_msg_callback"
        self.known[req_id] = body.get("event", {}).get("eventtype", "message")
        self._chats[req_id] = body.get("chatid") or body["from"]["userid"]
        await self.socket.send_str(json.dumps({"cmd": cmd, "headers": {"req_id": req_id}, "body": body}))
        return req_id

    async def say(self, text: str, **more: Any) -> str:
        return await self.tell(self.message(text, **more))

    def sent(self, cmd: str = "") -> list[dict[str, Any]]:
        """What the bot said, or did by one command."""
        cmds = {cmd} if cmd else {"aibot_respond_msg", "aibot_send_msg"}
        return [frame for frame in self.frames if frame["cmd"] in cmds]

    def words(self) -> list[str]:
        """The texts of what the bot said and the platform took."""
        bodies = [frame["body"] for frame in self.taken if frame["cmd"] in ("aibot_respond_msg", "aibot_send_msg")]
        return [text for body in bodies if (text := (body.get("stream") or body.get("markdown") or {}).get("content"))]

    async def release(self) -> None:
        """Give the acknowledgements that were kept back."""
        kept, self.late = self.late, []
        for socket, ack in kept:
            with contextlib.suppress(ConnectionError):
                await socket.send_str(ack)

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=4 * 1024 * 1024, timeout=0.2)
        await socket.prepare(request)
        self.sockets.append(socket)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._frame(socket, json.loads(message.data))
        finally:
            for bot, current in tuple(self.subscribed.items()):
                if current is socket:
                    del self.subscribed[bot]
            self._changed.set()
        return socket

    async def _frame(self, socket: web.WebSocketResponse, frame: dict[str, Any]) -> None:
        self.frames.append(frame)
        self._changed.set()
        code = self.fault(frame)
        if code is None:
            return
        body: dict[str, Any] = {}
        if code == 0:
            code, body = await self._obey(socket, frame)
            self.taken += [frame] if code == 0 else []
        ack = {"headers": frame["headers"], "errcode": code, "errmsg": "ok" if not code else "refused"}
        text = json.dumps({**ack, "body": body} if body else ack)
        if self.holds == frame["cmd"]:
            self.late.append((socket, text))
        elif not socket.closed:
            with contextlib.suppress(ConnectionError):
                await socket.send_str(text)

    async def _obey(self, socket: web.WebSocketResponse, frame: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        cmd, body = frame["cmd"], frame.get("body") or {}
        if cmd == "aibot_subscribe":
            return await self._subscribe(socket, body), {}
        if socket not in self.subscribed.values():
            self.broken["not subscribed"] += 1
            return 846600, {}
        if cmd in ANSWERED:
            wanted = {"aibot_respond_welcome_msg": "enter_chat", "aibot_respond_update_msg": "template_card_event"}
            if self.known.get(frame["headers"]["req_id"]) != wanted.get(cmd, "message"):
                self.broken["wrong req_id"] += 1
                return 846605, {}
        if cmd == "aibot_send_msg" and body.get("msgtype") == "template_card" and body.get("chat_type") == 2:
            self.broken["card pushed into a group"] += 1
        return (0, self._file(cmd, body)) if cmd.startswith("aibot_upload") else (self._spend(cmd, frame), {})

    async def _subscribe(self, socket: web.WebSocketResponse, body: dict[str, Any]) -> int:
        if (body.get("bot_id"), body.get("secret")) != (BOT, SECRET):
            return 853000  # the connection stays open
        old = self.subscribed.get(BOT)
        self.subscribed[BOT] = socket
        if old is not None and not old.closed:
            event = {"cmd": "aibot_event_callback", "headers": {"req_id": "gone"},
                     "body": self.event("disconnected_event")}  # fmt: skip
            await old.send_str(json.dumps(event))
        return 0

    def _spend(self, cmd: str, frame: dict[str, Any]) -> int:
        if cmd not in ("aibot_respond_msg", "aibot_send_msg"):
            return 0
        chat = frame["body"].get("chatid") or self._chats[frame["headers"]["req_id"]]
        return self._limit(chat, 30)

    def _limit(self, chat: str, most: int) -> int:
        now = self.now()
        lately = self._spent[chat] = [at for at in self._spent[chat] if now - at < timedelta(minutes=1)]
        if len(lately) >= most:
            self.broken["too many"] += 1
            return 45009
        lately.append(now)
        return 0

    def _file(self, cmd: str, body: dict[str, Any]) -> dict[str, Any]:
        if cmd.endswith("init"):
            name = f"up-{next(self._numbers)}"
            self._files[name] = bytearray()
            return {"upload_id": name}
        if cmd.endswith("chunk"):
            self._files[body["upload_id"]] += base64.b64decode(body["base64_data"])
            return {}
        self.uploads.append(bytes(self._files[body["upload_id"]]))
        return {"type": "image", "media_id": f"media-{len(self.uploads)}", "created_at": 1}

    async def _send(self, request: web.Request) -> web.Response:
        body = await request.json()
        code = self.fault(body)
        if code is None:
            request.transport.abort()  # type: ignore[union-attr]
            raise ConnectionError
        if code == BROKEN:
            return web.Response(status=BROKEN, text="<html>bad gateway</html>")
        kind = body.get("msgtype")
        if code == 0 and kind not in TYPES:
            code = 40008
        elif code == 0 and request.query.get("key") != KEY:
            code = 93000
        elif code == 0 and kind == "text" and len(body["text"]["content"].encode()) > 2048:
            code = 45002
        elif code == 0 and kind == "template_card" and "card_action" not in body["template_card"]:
            code = 42045
        code = code or self._limit("webhook", 20)
        if code == 0:
            self.bodies.append(body)
        self._changed.set()
        return web.json_response({"errcode": code, "errmsg": "ok" if code == 0 else "refused"})

    async def _upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        media = form["media"]
        assert isinstance(media, web.FileField)
        self.uploads.append(media.file.read())
        return web.json_response({"errcode": 0, "errmsg": "ok", "type": request.query["type"],
                                  "media_id": f"media-{len(self.uploads)}", "created_at": "1"})  # fmt: skip

    async def _answered(self, request: web.Request) -> web.Response:
        code, body = request.query["response_code"], await request.json()
        refusal = self.fault(body)
        if refusal is None:
            request.transport.abort()  # type: ignore[union-attr]
            raise ConnectionError
        if code in self.used:
            self.broken["address called twice"] += 1
            refusal = refusal or 40058
        if refusal == 0:
            self.used.add(code)
            self.answers.append((code, body))
        self._changed.set()
        return web.json_response({"errcode": refusal, "errmsg": "ok"})

    async def _media(self, request: web.Request) -> web.Response:
        self.fetched += 1
        return web.Response(body=self.media[request.match_info["name"]])


@asynccontextmanager
async def serve(gateway: Gateway) -> AsyncIterator[TestServer]:
    """The platform at an address."""
    server = TestServer(gateway.app())
    await server.start_server()
    try:
        yield server
    finally:
        await server.close()
