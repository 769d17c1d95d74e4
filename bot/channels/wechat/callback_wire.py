"""What apps and Official Accounts tell us ⇄ values; pure. What cannot be made sense of is ``Odd``, never an error."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.channels.wecom.crypto import is_signed
from bot.channels.wecom.envelopes import text_of
from bot.messages import OutgoingButton

LONGEST_ID = 64
LONGEST_TEXT = 8000
OUTBOX_TASK = "linan-"  # a card's task is named after its delivery
_SYSTEM = frozenset({"", "sys"})
_NAMED = {"voice": "[语音]", "video": "[视频]", "shortvideo": "[视频]", "file": "[文件]"}
_FOLLOWS = frozenset({"subscribe"})
_LEAVES = frozenset({"unsubscribe"})
_SENT_REPORTS = frozenset({"templatesendjobfinish", "subscribe_msg_sent_event"})


@dataclass(frozen=True, slots=True)
class Query:
    """What stands in the address of a callback."""

    signature: str
    msg_signature: str
    timestamp: str
    nonce: str
    echo: str


@dataclass(frozen=True, slots=True)
class Heard:
    """Somebody said something. ``stamp``: CreateTime as told; ``button`` is what a pressed card or menu stands for."""

    user_id: str
    message_id: str
    text: str
    stamp: str
    sent_at: datetime | None
    picture_url: str = ""
    media_id: str = ""
    button: str = ""
    task: str = ""  # of the card that was pressed
    event: str = ""
    nickname: str = ""

    @property
    def has_picture(self) -> bool:
        return bool(self.picture_url or self.media_id)

    def identity(self) -> str:
        """The name under which it is stored once: a message's id alone is not enough, other people's may be the same;
        an event has none, so sender, time and what happened are its name."""
        if self.message_id:
            return f"|{self.message_id}|{self.user_id}:{self.stamp}"[:160]
        what = f"{self.event}\n{self.button}\n{self.task}\n{self.text}"
        return f"||{self.user_id}:{self.stamp}:{hashlib.sha256(what.encode('utf-8', 'replace')).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Followed:
    """Somebody follows the account, or may use the app, from now on."""

    user_id: str
    stamp: str
    nickname: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody does so no more."""

    user_id: str


@dataclass(frozen=True, slots=True)
class Reported:
    """What became of a template or subscription notice; ``status`` as the platform says it."""

    user_id: str
    status: str


@dataclass(frozen=True, slots=True)
class Opened:
    """Somebody looked in and said nothing."""

    user_id: str


@dataclass(frozen=True, slots=True)
class Odd:
    """Nothing that we know; why."""

    reason: str


Told = Heard | Followed | Left | Reported | Opened | Odd


def read_query(query: Mapping[str, str]) -> Query:
    """The address's part; two spellings of the envelope's signature are about."""
    sealed = query.get("msg_signature", "") or query.get("msgsignature", "")
    plain = (query.get(name, "")[:256] for name in ("timestamp", "nonce"))
    stamp, nonce = plain
    return Query(query.get("signature", "")[:256], sealed[:256], stamp, nonce, query.get("echostr", "")[:4096])


def is_plainly_signed(query: Query, token: str) -> bool:
    """Whether the address was signed without an envelope."""
    return bool(query.signature) and is_signed(query.signature, token, query.timestamp, query.nonce)


def read_told(tree: Mapping[str, Any]) -> Told:
    """What a callback tells."""
    user_id = text_of(tree, "FromUserName")
    if user_id.lower() in _SYSTEM or len(user_id) > LONGEST_ID:
        return Odd("nobody")
    kind = text_of(tree, "MsgType").lower()
    if kind == "event":
        return _read_event(tree, user_id)
    said = _read_said(tree, kind)
    if said is None:
        return Odd("unknown_message_type")
    message_id, stamp = text_of(tree, "MsgId", "MsgID")[:40], text_of(tree, "CreateTime")[:16]
    picture = kind == "image"
    return Heard(
        user_id,
        "" if message_id in {"0", "-1"} else message_id,
        said[:LONGEST_TEXT],
        stamp,
        instant(stamp),
        picture_url=text_of(tree, "PicUrl")[:2000] if picture else "",
        media_id=text_of(tree, "MediaId")[:256] if picture else "",
    )


def addressee_of(tree: Mapping[str, Any]) -> tuple[str, str]:
    """Whom it was said to: CorpID or the account's name, and the number of the app."""
    return text_of(tree, "ToUserName"), text_of(tree, "AgentID")


def _read_said(tree: Mapping[str, Any], kind: str) -> str | None:
    """All that was said as text; of what is no text a word remains. None for a kind that nobody has told us of."""
    match kind:
        case "text":
            return text_of(tree, "Content").strip()
        case "image":
            return ""
        case "voice":
            return text_of(tree, "Recognition").strip() or _NAMED[kind]
        case "location":
            return f"[位置] {text_of(tree, 'Label')}".strip()
        case "link":
            title, url = text_of(tree, "Title"), text_of(tree, "Url")
            return " ".join(part for part in ("[链接]", title, url) if part)
    return _NAMED.get(kind)


def _read_event(tree: Mapping[str, Any], user_id: str) -> Told:
    event, key = text_of(tree, "Event").lower(), text_of(tree, "EventKey")
    stamp = text_of(tree, "CreateTime")[:16]
    if event in _FOLLOWS:
        return Followed(user_id, stamp)
    if event in _LEAVES:
        return Left(user_id)
    if event in _SENT_REPORTS:
        return Reported(user_id, text_of(tree, "Status")[:64])
    if event == "template_card_event" and key:
        task = text_of(tree, "TaskId")[:128]
        return Heard(user_id, "", "", stamp, instant(stamp), button=key[:128], task=task, event=event)
    if event == "click" and key:  # the words of our menus are their keys
        return Heard(user_id, "", key[:64], stamp, instant(stamp), event=event)
    return Opened(user_id) if event in {"enter_agent", "view", "scan", "location"} else Odd("unknown_event")


def instant(stamp: str) -> datetime | None:
    """Seconds or milliseconds since 1970, or None for what can be neither."""
    if not (stamp.isascii() and stamp.isdigit()) or len(stamp) > 14:
        return None
    number = int(stamp)
    seconds = number / 1000 if number > 10**11 else number
    return datetime.fromtimestamp(seconds, UTC) if 10**9 <= seconds < 10**10 else None


def delivery_of(task: str) -> int | None:
    """The delivery whose card was pressed."""
    number = task.removeprefix(OUTBOX_TASK)
    fits = task.startswith(OUTBOX_TASK) and number.isascii() and number.isdecimal() and len(number) < 19
    return int(number) if fits else None


def label_of(buttons: object, value: str) -> str:
    """What the pressed button says; "" where that is not among those offered."""
    offered = buttons if isinstance(buttons, list | tuple) else ()
    known = (OutgoingButton(str(one.get("label", "")), str(one.get("value", ""))) for one in offered)
    return next((button.label for button in known if button.value == value), "")
