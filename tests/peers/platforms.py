"""Stand-ins of qyapi.weixin.qq.com and api.weixin.qq.com: as strict as the platforms are, with nobody behind them."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from bot.channels.wecom.crypto import MessageCrypt, sign
from bot.channels.wecom.envelopes import build_xml, find_cipher, read_envelope, text_of
from tests.peers.bridge import PATIENCE_S

CORP, AGENT, CORP_SECRET = "ww1436e0e65a779aee", 1000002, "corp-secret-of-the-app-0123456789abcdefgh"
APP, APP_SECRET = "wx49f0ab532d5d035a", "0123456789abcdef0123456789abcdef"
GH = "gh_97417a04a28d"  # what an Official Account calls itself in callbacks
TOKEN, KEY = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
TEMPLATE = "tpl-AAAAAAAAAAAA"
OPENID = "oAbCdEfGhIjKlMnOpQrStUvWx{:03}"
Fault = Callable[[str, dict[str, Any]], dict[str, Any] | int | None]  # an answer, an HTTP status, or None: as it is


class Platform(ABC):
    """What both have in common: tokens, calls written down, faults on demand. ``now``: the clock of the test."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.asked: Counter[str] = Counter()
        self.fault: Fault = lambda _path, _payload: None
        self.media: dict[str, bytes] = {"picked": b""}
        self.token = ""
        self._numbers = itertools.count(1)
        self._changed = asyncio.Event()
        self.slow: asyncio.Event | None = None  # the counter for tokens waits for it

    def app(self) -> web.Application:
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_get("/cgi-bin/gettoken", self._token_by_get)
        app.router.add_post("/cgi-bin/stable_token", self._token_by_post)
        app.router.add_get("/cgi-bin/token", self._token_by_get)
        app.router.add_post("/cgi-bin/media/upload", self._upload)
        app.router.add_get("/cgi-bin/media/get", self._media)
        app.router.add_route("*", "/cgi-bin/{path:.+}", self._call)
        return app

    def revoke(self) -> None:
        """The token is void before its time."""
        self.token = ""

    async def _token_by_get(self, request: web.Request) -> web.Response:
        query = request.query
        if "corpid" in query:
            return await self._give(query["corpid"], query["corpsecret"])
        return await self._give(query["appid"], query["secret"])

    async def _token_by_post(self, request: web.Request) -> web.Response:
        body = await request.json()
        assert body["grant_type"] == "client_credential"
        return await self._give(body["appid"], body["secret"])

    async def _give(self, owner: str, secret: str) -> web.Response:
        self.asked["token"] += 1
        if self.slow is not None:
            await self.slow.wait()
        answer = self.fault("token", {"owner": owner})
        if isinstance(answer, dict):
            return web.json_response(answer)
        if answer is not None:
            return web.Response(status=answer)
        if owner not in {CORP, APP}:
            return web.json_response({"errcode": 40013, "errmsg": "invalid corpid or appid"})
        if secret not in {CORP_SECRET, APP_SECRET}:
            return web.json_response({"errcode": 40001, "errmsg": "invalid credential"})
        self.token = self.token or f"token-{next(self._numbers)}"
        return web.json_response({"errcode": 0, "errmsg": "ok", "access_token": self.token, "expires_in": 7200})

    def _refused(self, request: web.Request) -> dict[str, Any] | None:
        given = request.query.get("access_token", "")
        if not given:
            return {"errcode": 41001, "errmsg": "access_token missing"}
        if given != self.token:
            return {"errcode": 42001 if given.startswith("token-") else 40014, "errmsg": "access_token expired"}
        return None

    async def _call(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        self.asked[path] += 1
        payload = await request.json() if request.method == "POST" else dict(request.query)
        refused = self._refused(request) or self.fault(path, payload)
        if isinstance(refused, int):
            return web.Response(status=refused)
        answer = refused or self.answer(path, payload)
        if not answer.get("errcode"):
            self.calls.append((path, payload))
        self._changed.set()
        return web.json_response({"errcode": 0, "errmsg": "ok", **answer})

    @abstractmethod
    def answer(self, path: str, payload: dict[str, Any]) -> dict[str, Any]:
        """What this platform says to a call that it takes."""

    async def _upload(self, request: web.Request) -> web.Response:
        refused = self._refused(request)
        if refused:
            return web.json_response(refused)
        field = await (await request.multipart()).next()
        assert field is not None
        assert field.name == "media"  # type: ignore[union-attr]
        name = f"media-{next(self._numbers)}"
        self.media[name] = bytes(await field.read())  # type: ignore[union-attr]
        return web.json_response({"type": "image", "media_id": name, "created_at": "1380000000"})

    async def _media(self, request: web.Request) -> web.Response:
        refused = self._refused(request)
        body = self.media.get(request.query.get("media_id", ""))
        if refused or body is None:
            return web.json_response(refused or {"errcode": 40007, "errmsg": "invalid media_id"})
        return web.Response(body=body, content_type="image/jpeg")

    def said(self) -> list[str]:
        """The texts that arrived, in order."""
        return [
            words_of(payload)
            for path, payload in self.calls
            if path.endswith("send") and "/send" in path and "template/" not in path
        ]

    async def until(self, told: Callable[[], Any]) -> Any:
        """Wait for what a test waits for; its value."""
        async with asyncio.timeout(PATIENCE_S):
            while not (value := told()):
                self._changed.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await self._changed.wait()
        return value


def words_of(payload: dict[str, Any]) -> str:
    """What a person reads of it."""
    match payload["msgtype"]:
        case "text":
            return str(payload["text"]["content"])
        case "template_card":
            card = payload["template_card"]
            buttons = " ".join(button["text"] for button in card["button_list"])
            return f"{card['sub_title_text']} [{buttons}]"
    return f"[{payload['msgtype']}]"


class Qyapi(Platform):
    """WeCom. Members of its corporation are those in ``members``."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(now)
        self.members = {"WangAyi", "LaoLi", "LiShifu", "QianZhuren"}
        self.groups: dict[str, dict[str, Any]] = {}
        self.closed = 0
        self.reached: dict[str, list[datetime]] = defaultdict(list)
        self.dropped = 0

    def answer(self, path: str, payload: dict[str, Any]) -> dict[str, Any]:
        match path:
            case "message/send":
                return self._send(payload)
            case "appchat/create":
                return self._make(payload)
            case "appchat/send":
                known = payload["chatid"] in self.groups
                return _piece(payload) if known else {"errcode": 86008, "errmsg": "no such chat"}
            case "agent/get":
                right = payload["agentid"] == str(AGENT)
                info = {"agentid": AGENT, "name": "邻安", "close": self.closed}
                return info if right else {"errcode": 301002, "errmsg": "not allow operate another agent"}
        return {"errcode": 40058, "errmsg": f"unknown {path}"}

    def _send(self, payload: dict[str, Any]) -> dict[str, Any]:
        if payload["agentid"] != AGENT:
            return {"errcode": 301002, "errmsg": "not allow operate another agent"}
        people = payload["touser"].split("|")
        strangers = [one for one in people if one not in self.members]
        lately = [at for at in self.reached[people[0]] if self.now() - at < timedelta(minutes=1)]
        self.reached[people[0]] = [*lately, self.now()]
        self.dropped += len(lately) >= 30  # the platform says no word of it
        if len(strangers) == len(people):
            return {"errcode": 81013, "errmsg": "all recipients are invalid"}
        return {**_piece(payload), "invaliduser": "|".join(strangers), "msgid": f"m{next(self._numbers)}"}

    def _make(self, payload: dict[str, Any]) -> dict[str, Any]:
        users = payload["userlist"]
        if not 2 <= len(users) <= 2000 or payload["owner"] not in users or not set(users) <= self.members:
            return {"errcode": 86001, "errmsg": "invalid chat members"}
        name = f"wrkSFfCgAA{next(self._numbers)}"
        self.groups[name] = payload
        return {"chatid": name}


class WeixinApi(Platform):
    """Official Accounts: so many messages after somebody wrote, then none."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(now)
        self.windows: dict[str, tuple[datetime, int]] = {}
        self.templates = [TEMPLATE]
        self.subscribers: set[str] = set()  # those who have agreed to notices
        self.notices: dict[str, dict[str, Any]] = {}

    def wrote(self, openid: str) -> None:
        self.windows[openid] = (self.now() + timedelta(hours=48), 5)

    def answer(self, path: str, payload: dict[str, Any]) -> dict[str, Any]:
        match path:
            case "message/custom/send":
                until, left = self.windows.get(payload["touser"], (self.now(), 0))
                if until <= self.now():
                    return {"errcode": 45015, "errmsg": "response out of time limit"}
                if left < 1:
                    return {"errcode": 45047, "errmsg": "out of response count limit"}
                self.windows[payload["touser"]] = (until, left - 1)
                return _piece(payload)
            case "message/template/send":
                known = payload["template_id"] in self.templates
                self.notices.setdefault(payload["client_msg_id"], payload)
                return {"msgid": 1} if known else {"errcode": 40037, "errmsg": "invalid template_id"}
            case "message/subscribe/bizsend":
                assert set(payload) == {"touser", "template_id", "page", "data"}
                if payload["touser"] not in self.subscribers:
                    return {"errcode": 43101, "errmsg": "user refuse to accept the msg"}
                return {} if payload["template_id"] in self.templates else {"errcode": 40037, "errmsg": "invalid"}
            case "template/get_all_private_template":
                return {"template_list": [{"template_id": one, "title": "新回复"} for one in self.templates]}
        return {"errcode": 40058, "errmsg": f"unknown {path}"}


def _piece(payload: dict[str, Any]) -> dict[str, Any]:
    """Whether what is sent is laid out as it must be."""
    kind = payload.get("msgtype")
    if kind == "text":
        size = len(payload["text"]["content"].encode())
        return {"errcode": 45002, "errmsg": "content too long"} if not 0 < size <= 2048 else {}
    if kind == "image":
        return {} if payload["image"]["media_id"] else {"errcode": 40007, "errmsg": "invalid media_id"}
    if kind == "template_card":
        card = payload["template_card"]
        right = card["card_type"] == "button_interaction" and card["main_title"]["title"] and card["task_id"]
        return {} if right and 1 <= len(card["button_list"]) <= 6 else {"errcode": 40058, "errmsg": "bad card"}
    return {"errcode": 40008, "errmsg": "invalid message type"}


class Caller:
    """The side of a platform that calls us: builds signed callbacks and opens what they are answered with."""

    def __init__(self, *, sealed: bool = True, app: bool = True) -> None:
        self.sealed, self.app = sealed, app
        self.owner, self.to = (CORP, CORP) if app else (APP, GH)
        self.crypt = MessageCrypt(TOKEN, KEY, self.owner)
        self._ids = itertools.count(4561255354251345929)
        self._nonces = itertools.count(1372623149)

    def message(self, text: str, user: str, at: datetime, **more: Any) -> dict[str, Any]:
        """Somebody's words, as the platform tells them."""
        kind = {"MsgType": "text", "Content": text, "MsgId": next(self._ids)}
        return self._told(user, at, {**kind, **more})

    def event(self, event: str, user: str, at: datetime, **more: Any) -> dict[str, Any]:
        return self._told(user, at, {"MsgType": "event", "Event": event, **more})

    def _told(self, user: str, at: datetime, more: dict[str, Any]) -> dict[str, Any]:
        told = {"ToUserName": self.to, "FromUserName": user, "CreateTime": int(at.timestamp()), **more}
        return {"AgentID": AGENT, **told} if self.app else told

    def post(self, told: dict[str, Any], nonce: str = "") -> tuple[dict[str, str], str]:
        """Query and body."""
        stamp, nonce = str(told["CreateTime"]), nonce or str(next(self._nonces))
        plain = build_xml(told)
        query = {"timestamp": stamp, "nonce": nonce, "signature": sign(TOKEN, stamp, nonce)}
        if not self.sealed:
            return query, plain
        sealed = self.crypt.seal(plain.encode(), stamp, nonce)
        query |= {"msg_signature": sealed.signature, "encrypt_type": "aes"}
        return query, build_xml({"ToUserName": self.to, "Encrypt": sealed.encrypt})

    def read(self, body: str) -> str:
        """The text of what we were answered with; "" for nothing."""
        if body in {"", "success"}:
            return ""
        tree = read_envelope(body.encode())
        if self.sealed:
            stamp, nonce = text_of(tree, "TimeStamp"), text_of(tree, "Nonce")
            opened = self.crypt.open(text_of(tree, "MsgSignature"), stamp, nonce, find_cipher(tree))
            tree = read_envelope(opened)
        assert text_of(tree, "FromUserName") == self.to
        assert text_of(tree, "MsgType") == "text"
        return text_of(tree, "Content")

    def verify(self, at: datetime) -> tuple[dict[str, str], str]:
        """The question whether an address is ours, and what must come back."""
        stamp, nonce, echo = str(int(at.timestamp())), "263014780", "1616140317555161061"
        if not self.app:
            return {"timestamp": stamp, "nonce": nonce, "signature": sign(TOKEN, stamp, nonce), "echostr": echo}, echo
        sealed = self.crypt.seal(echo.encode(), stamp, nonce)
        return {"msg_signature": sealed.signature, "timestamp": stamp, "nonce": nonce, "echostr": sealed.encrypt}, echo
