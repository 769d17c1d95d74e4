"""What AI bots hear ⇄ values; pure. What cannot be made sense of is ``Odd``, never an error."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.channels.wecom.codes import Answer, read_answer

MAX_FRAME = 1024 * 1024  # bytes
MOST_PICTURES = 9
LONGEST_ID, LONGEST_REQ = 64, 256
LONGEST_IDENTITY = 150
DATED_FROM = 1_000_000_000  # seconds; what is earlier is no time
# between a name and the words: blanks, and what clients put there
GAP = "[\\s\u2000-\u200b\u3000]"
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_NAMED = {"file": "[文件]", "video": "[视频]", "voice": "[语音]", "location": "[位置]", "link": "[链接]"}
_SOMEBODY = re.compile(rf"@\S{{1,32}}?(?:{GAP}+|$)")
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, or a file that may be one: where it lies for five minutes, and its own key if it has one."""

    url: str
    aes_key: str = ""
    is_file: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """Words and pictures. ``lost``: words for what stays where it is."""

    text: str = ""
    pictures: tuple[Media, ...] = ()


@dataclass(frozen=True, slots=True)
class Spoken:
    """Something was said to the bot. ``group_id`` is "" in private, ``quote`` what it answers to."""

    bot_id: str
    group_id: str
    user_id: str
    message_id: str
    text: str
    pictures: tuple[Media, ...] = ()
    quote: Content | None = None
    stamp: str = ""
    sent_at: datetime | None = None
    response_url: str = ""
    nickname: str = ""  # the platform tells none

    def identity(self, received_at: datetime) -> str:
        """The name under which it is stored once in its chat: two people may have the same message id, and without
        an id sender, time and words make one; without a time, the ten minutes in which it came."""
        if self.message_id:
            return f"|{self.message_id}|{self.user_id}"[:LONGEST_IDENTITY]
        stamp = self.stamp or f"~{int(received_at.timestamp()) // 600}"
        said = f"{self.text}\n{[one.url for one in self.pictures]}"
        return f"||{self.user_id}:{stamp}:{_digest(said)}"


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button of a card. ``task_id`` is ours."""

    bot_id: str
    group_id: str
    user_id: str
    message_id: str
    task_id: str
    key: str
    stamp: str = ""
    response_url: str = ""
    nickname: str = ""

    def identity(self) -> str:
        """The name under which it is stored once; a button may be pressed again at another time."""
        when = self.message_id or self.stamp
        return f"|card:{when}|{self.user_id}:{_digest(f'{self.task_id}:{self.key}')}"[:LONGEST_IDENTITY]


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody has opened the private chat, for the first time today."""

    bot_id: str
    user_id: str
    nickname: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """Somebody liked an answer or did not; ``about`` is what we called it."""

    bot_id: str
    liked: bool | None
    about: str


@dataclass(frozen=True, slots=True)
class Displaced:
    """Another connection of the same bot has taken over."""

    bot_id: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The platform asks what stands in a bubble now."""

    bot_id: str
    stream_id: str


@dataclass(frozen=True, slots=True)
class Odd:
    """Nothing that we know; why."""

    reason: str
    bot_id: str = ""


Event = Spoken | Pressed | Entered | Judged | Displaced | Asked | Odd


@dataclass(frozen=True, slots=True)
class Called:
    """A frame of the long connection with an event in it; ``req_id`` is what an answer must bear."""

    req_id: str
    event: Event


@dataclass(frozen=True, slots=True)
class Acked:
    """The answer to a frame of ours."""

    req_id: str
    answer: Answer
    body: Json = field(default_factory=dict)


def read_frame(raw: str | bytes, names: Iterable[str] = ()) -> Called | Acked | Odd:
    """The value of a frame of the long connection."""
    try:
        data = json.loads(raw, strict=False)  # the platform lets control characters through
    except (ValueError, RecursionError):
        return Odd("bad_json")
    if not isinstance(data, dict):
        return Odd("no_object")
    req_id = _text(_part(data, "headers").get("req_id"), LONGEST_REQ)
    if "cmd" not in data and "errcode" in data:
        return Acked(req_id, read_answer(data), _part(data, "body"))
    if data.get("cmd") not in ("aibot_msg_callback", "aibot_event_callback"):
        return Odd("unknown_cmd")
    return Called(req_id, read_event(_part(data, "body"), names))


def read_event(data: Json, names: Iterable[str] = ()) -> Event:
    """The value of what a callback brings, in either mode."""
    bot_id = _text(data.get("aibotid"))
    match data.get("msgtype"):
        case "event":
            return _read_event(data, bot_id)
        case "stream":
            stream_id = _text(_part(data, "stream").get("id"))
            return Asked(bot_id, stream_id) if stream_id else Odd("no_stream", bot_id)
        case str():
            return _read_message(data, bot_id, tuple(names))
        case _:
            return Odd("unknown_event", bot_id)


def _read_message(data: Json, bot_id: str, names: tuple[str, ...]) -> Event:
    who = _where(data)
    if isinstance(who, str):
        return Odd(who, bot_id)
    user_id, group_id = who
    content = _content(data)
    quoted = data.get("quote")
    quote = _content(quoted) if isinstance(quoted, Mapping) else None
    text = strip_name(content.text, names) if group_id else content.text
    if not (text or content.pictures or (quote and (quote.text or quote.pictures))):
        return Odd("empty", bot_id)
    stamp = data.get("create_time")
    return Spoken(
        bot_id,
        group_id,
        user_id,
        _text(data.get("msgid"), LONGEST_ID),
        text,
        content.pictures,
        quote,
        _text(stamp),
        _instant(stamp),
        _text(data.get("response_url"), 2000),
    )


def _where(data: Json) -> tuple[str, str] | str:
    """User and group; or what is wrong."""
    user_id, group_id = _text(_part(data, "from").get("userid")), _text(data.get("chatid"))
    if not user_id or user_id == "sys":
        return "nobody"
    if data.get("chattype") == "group":
        return (user_id, group_id) if group_id else "no_group"
    return user_id, ""


def _read_event(data: Json, bot_id: str) -> Event:
    event = _part(data, "event")
    match event.get("eventtype"):
        case "disconnected_event":
            return Displaced(bot_id)
        case "feedback_event":
            told = _part(event, "feedback_event")
            liked = {1: True, 2: False}.get(told["type"]) if isinstance(told.get("type"), int) else None
            return Judged(bot_id, liked, _text(told.get("id")))
        case "enter_chat" | "template_card_event" as kind:
            who = _where(data)
            if isinstance(who, str):
                return Odd(who, bot_id)
            return Entered(bot_id, who[0]) if kind == "enter_chat" else _read_press(data, event, bot_id, who)
        case _:
            return Odd("unknown_event", bot_id)


def _read_press(data: Json, event: Json, bot_id: str, who: tuple[str, str]) -> Event:
    card = _part(event, "template_card_event")
    task_id, key = _text(card.get("task_id"), 128), _text(card.get("event_key"), 1024)
    if not (task_id and key):
        return Odd("no_button", bot_id)
    url = _text(data.get("response_url"), 2000)
    message_id, stamp = _text(data.get("msgid"), LONGEST_ID), _text(data.get("create_time"))
    return Pressed(bot_id, who[1], who[0], message_id, task_id, key, stamp, url)


def _content(data: Json) -> Content:
    """Text and pictures of a message, or of one that is quoted."""
    kind = data.get("msgtype")
    if kind == "mixed":
        items = _part(data, "mixed").get("msg_item")
        parts = [_content(one) for one in (items if isinstance(items, list) else []) if isinstance(one, Mapping)]
        text = "\n".join(part.text for part in parts if part.text)
        return Content(text, tuple(one for part in parts for one in part.pictures)[:MOST_PICTURES])
    inner = _part(data, str(kind))
    if kind in ("text", "voice", "markdown"):
        said = _words(inner.get("content"))
        return Content(said or ("[语音]" if kind == "voice" else ""))
    if kind in ("image", "file"):
        url = _text(inner.get("url"), 2000)
        picture = (Media(url, _text(inner.get("aeskey"), 128), kind == "file"),) if url else ()
        return Content("" if picture else _NAMED.get(str(kind), "[图片]"), picture)
    return Content(_NAMED.get(str(kind), f"[{_text(kind, 16)}]"))


def strip_name(text: str, names: Iterable[str]) -> str:
    """Without the bot's own @, in front or at the end. Which name that is nobody tells: one that is known, with
    blanks in it or not; else whoever is called in front, for only what is said to the bot comes here."""
    for name in sorted({name for name in names if name}, key=len, reverse=True):
        own = rf"@{GAP}*{re.escape(name)}"
        stripped = re.sub(rf"^{GAP}*{own}{GAP}*|{GAP}*{own}{GAP}*$", "", text)
        if stripped != text:
            return stripped.strip()
    somebody = _SOMEBODY.match(text.strip())
    return text.strip()[somebody.end() if somebody else 0 :].strip()


def _part(data: Json, name: str) -> Json:
    found = data.get(name)
    return found if isinstance(found, Mapping) else {}


def _text(value: object, longest: int = LONGEST_ID) -> str:
    """An id as text, be it a number; "" for what is none or too long to be one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if value.bit_length() < 100 else ""
    if not isinstance(value, str) or len(value) > longest:
        return ""
    return _UNSEEN.sub("", value)


def _words(value: object) -> str:
    return _UNSEEN.sub("", value.replace("\r\n", "\n")) if isinstance(value, str) else ""


def _instant(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not DATED_FROM < value < 10**11:
        return None
    return datetime.fromtimestamp(value, UTC)


def _digest(said: str) -> str:
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:16]
