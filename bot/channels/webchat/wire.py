"""Frames of the WebSocket ⇄ values; pure. docs/websocket.md describes each of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.channels.webchat.errors import RETRY_AFTER_S, BadFrame, ChatRefused
from bot.inbox import MAX_TEXT

MAX_FRAME = 64 * 1024  # bytes of one frame
MAX_PICTURES = 9
MAX_MENTIONS = 50
MAX_SEEN = 500
MAX_ID = 2**53 - 1  # what JavaScript can hold exactly

CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
PICTURE_ID = re.compile(r"[0-9a-f]{40}")
# all but line break and tab: such characters cannot be shown, and PostgreSQL takes no NUL
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
BOT_MENTION = re.compile("[@＠]小[邻鄰]")


@dataclass(frozen=True, slots=True)
class Hello:
    """The first frame: the last line seen of each chat, for the catch-up."""

    seen: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Send:
    """Something to say."""

    client_id: str
    chat_id: int
    text: str
    pictures: tuple[str, ...] = ()
    reply_to: int | None = None
    mentions: tuple[int, ...] = ()

    @property
    def mentions_bot(self) -> bool:
        return BOT_MENTION.search(self.text) is not None


@dataclass(frozen=True, slots=True)
class Press:
    """A button pressed under a line of the bot."""

    client_id: str
    chat_id: int
    line_id: int
    value: str


@dataclass(frozen=True, slots=True)
class Recall:
    """Take back an own line."""

    chat_id: int
    line_id: int


@dataclass(frozen=True, slots=True)
class Read:
    """Everything up to this line was seen."""

    chat_id: int
    to: int


@dataclass(frozen=True, slots=True)
class Ping:
    """Are you there?"""


Frame = Hello | Send | Press | Recall | Read | Ping


def read_frame(raw: str) -> Frame:
    """The frame's value. Raises BadFrame with a stable code; the message's client id where it can be told."""
    if len(raw.encode("utf-8", "surrogatepass")) > MAX_FRAME:
        raise BadFrame("frame_too_large", client_id=_client_id_in(raw), limit=MAX_TEXT)
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadFrame("bad_json") from None
    if not isinstance(data, dict):
        raise BadFrame("bad_frame")
    kind = data.get("type")
    reader = READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise BadFrame("unknown_type")
    try:
        return reader(data)
    except BadFrame as error:
        error.client_id = error.client_id or _good_client_id(data.get("client_id"))
        raise


def clean_text(text: str) -> str:
    """The text without characters that cannot be shown or stored, and without blank ends."""
    return CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _read_hello(data: Mapping[str, Any]) -> Hello:
    seen = data.get("seen", {})
    if not isinstance(seen, dict) or len(seen) > MAX_SEEN:
        raise BadFrame("bad_frame")
    pairs = {}
    for chat_id, line_id in seen.items():
        if not (chat_id.isascii() and chat_id.isdecimal() and len(chat_id) < 16):
            raise BadFrame("bad_frame")
        pairs[int(chat_id)] = _id(line_id, least=0)
    return Hello(pairs)


def _read_send(data: Mapping[str, Any]) -> Send:
    text = data.get("text", "")
    if not isinstance(text, str):
        raise BadFrame("bad_frame")
    text = clean_text(text)
    if len(text) > MAX_TEXT:
        raise BadFrame("text_too_long", limit=MAX_TEXT, length=len(text))
    pictures = _list(data.get("pictures"), MAX_PICTURES, "too_many_pictures")
    if not all(isinstance(p, str) and PICTURE_ID.fullmatch(p) for p in pictures):
        raise BadFrame("unknown_picture")
    if not text and not pictures:
        raise BadFrame("empty_message")
    return Send(
        client_id=_client_id(data),
        chat_id=_id(data.get("chat_id")),
        text=text,
        pictures=tuple(dict.fromkeys(pictures)),
        reply_to=None if data.get("reply_to") is None else _id(data["reply_to"]),
        mentions=tuple(dict.fromkeys(_id(m) for m in _list(data.get("mentions"), MAX_MENTIONS, "bad_frame"))),
    )


def _read_press(data: Mapping[str, Any]) -> Press:
    value = data.get("value")
    if not isinstance(value, str) or not 0 < len(value) <= 128:
        raise BadFrame("no_such_button")
    return Press(_client_id(data), _id(data.get("chat_id")), _id(data.get("line_id")), value)


def _read_recall(data: Mapping[str, Any]) -> Recall:
    return Recall(_id(data.get("chat_id")), _id(data.get("line_id")))


def _read_read(data: Mapping[str, Any]) -> Read:
    return Read(_id(data.get("chat_id")), _id(data.get("to"), least=0))


READERS: Mapping[str, Callable[[Mapping[str, Any]], Frame]] = {
    "hello": _read_hello,
    "send": _read_send,
    "press": _read_press,
    "recall": _read_recall,
    "read": _read_read,
    "ping": lambda _data: Ping(),
}


def _id(value: Any, *, least: int = 1) -> int:
    if type(value) is not int or not least <= value <= MAX_ID:  # bool is an int, too
        raise BadFrame("bad_frame")
    return value


def _list(value: Any, most: int, code: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadFrame("bad_frame")
    if len(value) > most:
        raise BadFrame(code, limit=most)
    return value


def _client_id(data: Mapping[str, Any]) -> str:
    client_id = _good_client_id(data.get("client_id"))
    if client_id is None:
        raise BadFrame("bad_frame")
    return client_id


def _good_client_id(value: Any) -> str | None:
    return value if isinstance(value, str) and CLIENT_ID.fullmatch(value) else None


def _client_id_in(raw: str) -> str | None:
    """The client id of a frame too large to be parsed, so that the page knows which message it was."""
    found = re.search(r'"client_id"\s*:\s*"([A-Za-z0-9_-]{1,64})"', raw)
    return found[1] if found else None


def build_frame(kind: str, **fields: Any) -> str:
    """A frame to the page."""
    return json.dumps({"type": kind, **fields}, ensure_ascii=False, separators=(",", ":"))


def build_ack(client_id: str, line_id: int, sent_at: datetime, fresh: bool) -> str:
    """The message is stored."""
    return build_frame("ack", client_id=client_id, id=line_id, sent_at=sent_at.isoformat(), fresh=fresh)


def build_error(error: ChatRefused, message: str) -> str:
    """Refused, with the text for the resident; ``retry_after`` in seconds when it may be sent again."""
    return build_frame(
        "error",
        code=error.code,
        message=message,
        client_id=error.client_id,
        retry_after=RETRY_AFTER_S.get(error.code),
    )
