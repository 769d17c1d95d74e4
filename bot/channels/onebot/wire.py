"""Frames of OneBot v11 ⇄ values; pure. What cannot be made sense of is ``Odd``, never an error."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.channels.base import EMBEDDED, PictureLink
from bot.channels.onebot.cq import Segment, id_of, read_segments

MAX_FRAME = 1024 * 1024  # bytes
MAX_PICTURES = 9
MOST_MENTIONS = 50
LONGEST_NAME, LONGEST_URL, LONGEST_FILE = 32, 2000, 200
EVERYBODY = "all"
UNKNOWN = "[消息]"
# between a name and the words: blanks, and what personal WeChat clients put there
_GAP = "[\\s\u2000-\u200a\u3000]*"
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_FACES = frozenset({"face", "mface", "bface", "sface", "marketface", "emoji"})
_NAMED = {"record": "[语音]", "video": "[视频]", "file": "[文件]", "forward": "[聊天记录]", "node": "[聊天记录]",
          "music": "[音乐]", "contact": "[名片]", "json": "[卡片]", "xml": "[卡片]", "redbag": "[红包]",
          "dice": "🎲", "rps": "✊", "poke": "👉", "shake": "👉"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heard:
    """Something was said. ``group_id`` is "" in private; ``sent_at`` as the bridge has it, if it can be so."""

    self_id: str
    group_id: str
    user_id: str
    message_id: str
    text: str
    nickname: str
    stamp: str
    sent_at: datetime | None
    at_me: bool = False
    at: tuple[str, ...] = ()
    at_all: bool = False
    reply_to: str = ""
    pictures: tuple[PictureLink, ...] = ()
    temporary_from: str = ""  # private, begun out of this group

    def identity(self, received_at: datetime) -> str:
        """The name under which it is stored once. A bridge's message id alone is not enough: it may be 0, the same
        for everything, or come again for somebody else; so sender, time and words belong to it. Without id and time
        the ten minutes in which it came do."""
        said = f"{self.text}\n{len(self.pictures)}\n{'' if not self.pictures else self.pictures[0].file}"
        words = hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:16]
        stamp = self.stamp or ("" if _is_real(self.message_id) else f"~{int(received_at.timestamp()) // 600}")
        return f"|{self.message_id}|{self.user_id}:{stamp}:{words}"


@dataclass(frozen=True, slots=True)
class Recalled:
    """A message was taken back."""

    self_id: str
    group_id: str
    user_id: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Befriended:
    """Somebody has become a friend, so private messages reach them."""

    self_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class FriendAsked:
    """Somebody asks to be a friend."""

    self_id: str
    user_id: str
    flag: str


@dataclass(frozen=True, slots=True)
class Beat:
    """The bridge says that it is there. ``good``: it is signed in."""

    self_id: str
    good: bool
    interval_s: float


@dataclass(frozen=True, slots=True)
class Begun:
    """The bridge has connected."""

    self_id: str


@dataclass(frozen=True, slots=True)
class Own:
    """Something that the bot itself has said."""

    self_id: str


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to a call."""

    echo: str
    status: str
    retcode: int
    message_id: str
    data: Any
    wording: str

    @property
    def done(self) -> bool:
        return self.retcode == 0 or self.status in {"ok", "async"}


@dataclass(frozen=True, slots=True)
class Odd:
    """Nothing that we know; why."""

    reason: str
    self_id: str = ""


Event = Heard | Recalled | Befriended | FriendAsked | Beat | Begun | Own | Odd
Frame = Event | Result


def read_frame(raw: str | bytes, names: Iterable[str] = ()) -> Frame:
    """The value of a frame. ``names``: what the bot is called, beside its id."""
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        return Odd("bad_json")
    if not isinstance(data, dict):
        return Odd("no_object")
    if "post_type" not in data and ("retcode" in data or "status" in data):
        return _read_result(data)
    return read_event(data, names)


def read_event(data: Mapping[str, Any], names: Iterable[str] = ()) -> Event:
    """The value of an event."""
    self_id = id_of(data.get("self_id"))
    match data.get("post_type"):
        case "message":
            return _read_message(data, self_id, tuple(names))
        case "message_sent":
            return Own(self_id)
        case "notice":
            return _read_notice(data, self_id)
        case "request" if data.get("request_type") == "friend":
            return FriendAsked(self_id, id_of(data.get("user_id")), str(data.get("flag") or "")[:200])
        case "meta_event" if data.get("meta_event_type") == "heartbeat":
            return _read_beat(data, self_id)
        case "meta_event" if data.get("meta_event_type") == "lifecycle":
            return Begun(self_id)
        case _:
            return Odd("unknown_event", self_id)


def _read_message(data: Mapping[str, Any], self_id: str, names: tuple[str, ...]) -> Event:
    in_group = data.get("message_type") == "group"
    if not in_group and data.get("message_type") != "private":
        return Odd("unknown_message_type", self_id)
    group_id, user_id = id_of(data.get("group_id")), _who(data)
    if not user_id or (in_group and not group_id):
        return Odd("nobody", self_id)
    if user_id == self_id:
        return Own(self_id)
    if in_group and data.get("sub_type") == "notice":
        return Odd("notice", self_id)
    said = read_said(read_segments(data.get("message"), data.get("raw_message")), self_id, names)
    sender = data.get("sender")
    sender = sender if isinstance(sender, Mapping) else {}
    unread = not (said.text or said.pictures or said.at_me or said.reply_to)  # some send faces as nothing at all
    return Heard(
        self_id=self_id,
        group_id=group_id if in_group else "",
        user_id=user_id,
        message_id=id_of(data.get("message_id")),
        text=UNKNOWN if unread else said.text,
        nickname=_name(sender.get("card")) or _name(sender.get("nickname")) or _name(_anonymous(data).get("name")),
        stamp=_stamp(data.get("time")),
        sent_at=_instant(data.get("time")),
        at_me=said.at_me,
        at=said.at,
        at_all=said.at_all,
        reply_to=said.reply_to,
        pictures=said.pictures,
        temporary_from="" if in_group else group_id or id_of(sender.get("group_id")),
    )


@dataclass(frozen=True, slots=True)
class Said:
    """What a message says, in one piece."""

    text: str
    at_me: bool = False
    at: tuple[str, ...] = ()
    at_all: bool = False
    reply_to: str = ""
    pictures: tuple[PictureLink, ...] = ()


def read_said(segments: Iterable[Segment], self_id: str, names: tuple[str, ...] = ()) -> Said:
    """All pieces as one text; of what is no text a word remains. The bot's own @ is taken away at both ends."""
    parts: list[str] = []
    at: list[str] = []
    pictures: list[PictureLink] = []
    at_me = at_all = False
    reply_to = ""
    for one in segments:
        match one.kind:
            case "text":
                parts.append(one.text("text"))
            case "at" if one.text("qq") == self_id and self_id:
                at_me = True
                parts.append(" ")
            case "at" if one.text("qq") == EVERYBODY:
                at_all = True
                parts.append("@全体成员 ")
            case "at" if one.text("qq"):
                at.append(one.text("qq"))
                parts.append(f"@{_name(one.data.get('name')) or one.text('qq')} ")
            case "reply":
                reply_to = id_of(one.data.get("id")) or reply_to
            case "image":
                pictures.append(_picture(one))
            case _:
                parts.append(_in_a_word(one))
    text, called = _without_name(_UNSEEN.sub("", "".join(parts)).strip(), names)
    mentioned = tuple(dict.fromkeys(at))[:MOST_MENTIONS]
    return Said(text, at_me or called, mentioned, at_all, reply_to, tuple(pictures[:MAX_PICTURES]))


def _without_name(text: str, names: tuple[str, ...]) -> tuple[str, bool]:
    """The text without the bot's name in front or at the end, if an @ stands before it."""
    called = False
    for name in sorted((n for n in names if n), key=len, reverse=True):
        mention = f"[@＠]{re.escape(name)}"
        for pattern in (f"^{_GAP}{mention}(?!\\w){_GAP}", f"{_GAP}{mention}{_GAP}$"):
            text, count = re.subn(pattern, "", text)
            called = called or count > 0
    return text.strip(), called


def _picture(one: Segment) -> PictureLink:
    """Where it lies: some bridges put the address, or the picture itself, where others put a name."""
    url, file = one.text("url"), one.text("file")
    if file.startswith(EMBEDDED):
        return PictureLink("", file)
    if not url and file.startswith(("http://", "https://")):
        url = file
    return PictureLink(url[:LONGEST_URL], file[:LONGEST_FILE])


def _in_a_word(one: Segment) -> str:
    """What stands for a piece that is neither text nor picture."""
    if one.kind in _FACES:
        return "🙂"
    if one.kind == "markdown":
        return one.text("content")
    if one.kind == "location":
        return " ".join(part for part in ("[位置]", one.text("title"), one.text("content")) if part)
    if one.kind == "share":
        return f"[链接] {one.text('title')}".strip()
    return _NAMED.get(one.kind, UNKNOWN)


def _who(data: Mapping[str, Any]) -> str:
    hidden = id_of(_anonymous(data).get("id"))
    sender = data.get("sender")
    told = sender.get("user_id") if isinstance(sender, Mapping) else None
    return f"anonymous-{hidden}"[:40] if hidden else id_of(data.get("user_id")) or id_of(told)


def _anonymous(data: Mapping[str, Any]) -> Mapping[str, Any]:
    hidden = data.get("anonymous")
    return hidden if isinstance(hidden, Mapping) else {}


def _name(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())[:LONGEST_NAME]


def _stamp(value: Any) -> str:
    text = id_of(value)
    return "" if text in {"", "0"} else text[:16]


def _instant(value: Any) -> datetime | None:
    """Seconds or milliseconds since 1970, or None for what can be neither."""
    text = id_of(value)
    if not (text.isascii() and text.isdigit()) or len(text) > 14:
        return None
    number = int(text)
    seconds = number / 1000 if number > 10**11 else number
    return datetime.fromtimestamp(seconds, UTC) if 10**9 <= seconds < 10**10 else None


def _is_real(message_id: str) -> bool:
    return message_id not in {"", "0", "-1"}


def _read_notice(data: Mapping[str, Any], self_id: str) -> Event:
    match data.get("notice_type"):
        case "group_recall":
            group_id = id_of(data.get("group_id"))
            return Recalled(self_id, group_id, id_of(data.get("user_id")), id_of(data.get("message_id")))
        case "friend_recall":
            return Recalled(self_id, "", id_of(data.get("user_id")), id_of(data.get("message_id")))
        case "friend_add":
            return Befriended(self_id, id_of(data.get("user_id")))
        case _:
            return Odd("notice", self_id)


def _read_beat(data: Mapping[str, Any], self_id: str) -> Beat:
    status = data.get("status")
    status = status if isinstance(status, Mapping) else {}
    good = status.get("online") is not False and status.get("good") is not False
    interval = data.get("interval")
    number = float(interval) if isinstance(interval, int | float) and not isinstance(interval, bool) else 15_000.0
    return Beat(self_id, good, min(max(number / 1000, 1.0), 600.0))


def _read_result(data: Mapping[str, Any]) -> Result:
    inner, retcode = data.get("data"), data.get("retcode")
    number = int(retcode) if isinstance(retcode, int) else 0 if data.get("status") in {"ok", "async"} else -1
    message_id = id_of(inner.get("message_id")) if isinstance(inner, Mapping) else ""
    wording = next((data[k] for k in ("wording", "message", "msg") if isinstance(data.get(k), str) and data[k]), "")
    return Result(echo_key(data.get("echo")), str(data.get("status") or ""), number, message_id, inner, wording[:200])


def echo_key(echo: Any) -> str:
    """One name for an echo, whatever type came back of it."""
    if isinstance(echo, str):
        return echo
    return "" if echo is None else json.dumps(echo, sort_keys=True, ensure_ascii=False)


def build_call(action: str, params: Mapping[str, Any], echo: str) -> str:
    """A call over a WebSocket."""
    return json.dumps({"action": action, "params": dict(params), "echo": echo}, ensure_ascii=False)


def has_signature(secret: str, body: bytes, header: str) -> bool:
    """Whether ``X-Signature`` was made of these bytes with that secret."""
    right = "sha1=" + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
    return hmac.compare_digest(right.encode(), header.strip().lower().encode("utf-8", "replace"))


def token_of(header: str, query: str) -> str:
    """The access token of a request: "Bearer …" or "Token …", else ``access_token`` of the address."""
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() in {"bearer", "token"} and token.strip():
        return token.strip()
    return scheme if scheme and not token else query.strip()
