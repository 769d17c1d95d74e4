"""What AI bots are to say → bodies and frames of the platform; pure."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.channels.wecom.pieces import cut_bytes, split_bytes
from bot.messages import OutgoingButton

STREAM_BYTES = 20480
MOST_BUTTONS = 6
LABEL_BYTES, KEY_BYTES = 30, 1024
MOST_PICTURES = 10
LARGEST_PICTURE = 10 * 1024 * 1024
CHUNK = 512 * 1024
MOST_CHUNKS = 100
TASK = "linan-"
PRESSED = "linan:done"  # the button that stands where one was pressed
Json = dict[str, Any]


def build_frame(cmd: str, req_id: str, body: Mapping[str, Any] | None = None) -> str:
    """A frame of the long connection."""
    frame: Json = {"cmd": cmd, "headers": {"req_id": req_id}}
    if body is not None:
        frame["body"] = dict(body)
    return json.dumps(frame, ensure_ascii=False)


def split_words(text: str) -> list[str]:
    """The text in bubbles."""
    return split_bytes(text, STREAM_BYTES)


def stream_name(delivery_id: int, place: int) -> str:
    """What a bubble is called: the same one replaces itself, so that saying it again is not saying it twice."""
    return f"linan-{delivery_id}-{place}"


def build_bubble(stream_id: str, text: str, *, finish: bool, pictures: Sequence[bytes] = (), about: str = "") -> Json:
    """A bubble with all that stands in it now. Pictures only when it is finished; ``about``: its name in a
    feedback."""
    stream: Json = {"id": stream_id, "finish": finish, "content": cut_bytes(text, STREAM_BYTES)}
    if pictures and finish:
        stream["msg_item"] = [_picture(raw) for raw in pictures[:MOST_PICTURES]]
    if about:
        stream["feedback"] = {"id": about}
    return {"msgtype": "stream", "stream": stream}


def with_card(bubble: Json, card: Json | None) -> Json:
    """The bubble with a card under it."""
    return {**bubble, "msgtype": "stream_with_template_card", "template_card": card} if card else bubble


def build_markdown(text: str) -> Json:
    """Something said without being asked, or at the address for answers."""
    return {"msgtype": "markdown", "markdown": {"content": cut_bytes(text, STREAM_BYTES)}}


def build_text(text: str) -> Json:
    """A greeting."""
    return {"msgtype": "text", "text": {"content": cut_bytes(text, 2048)}}


def _picture(raw: bytes) -> Json:
    digest = hashlib.md5(raw, usedforsecurity=False).hexdigest()  # the platform's own check of what arrived
    return {"msgtype": "image", "image": {"base64": base64.b64encode(raw).decode(), "md5": digest}}


def can_have_card(buttons: Sequence[OutgoingButton]) -> bool:
    """Whether the platform's card can hold these buttons."""
    fits = all(0 < len(one.value.encode()) <= KEY_BYTES and one.label for one in buttons)
    return fits and 0 < len(buttons) <= MOST_BUTTONS


def build_card(title: str, buttons: Sequence[Mapping[str, Any]], delivery_id: int) -> Json:
    """A card of buttons, each ``{"label": …, "value": …}``."""
    return {
        "card_type": "button_interaction",
        "main_title": {"title": title},
        "button_list": [
            {"text": cut_bytes(str(one["label"]), LABEL_BYTES), "style": 1 if n == 0 else 2, "key": str(one["value"])}
            for n, one in enumerate(buttons)
        ],
        "task_id": f"{TASK}{delivery_id}",
    }


def delivery_of(task_id: str) -> int | None:
    """The delivery that a card of ours came with."""
    number = task_id.removeprefix(TASK)
    plain = task_id.startswith(TASK) and number.isascii() and number.isdecimal() and len(number) < 18
    return int(number) if plain else None


def build_pressed(title: str, label: str, task_id: str) -> Json:
    """The same card after a button of it was pressed."""
    button = {"text": cut_bytes(f"✓ {label}", LABEL_BYTES), "style": 2, "key": PRESSED}
    return {
        "card_type": "button_interaction",
        "main_title": {"title": title},
        "button_list": [button],
        "task_id": task_id,
    }


def build_update(card: Json, user_ids: Sequence[str] = ()) -> Json:
    """The card in place of the one that was pressed, for these people."""
    return {"response_type": "update_template_card", "userids": list(user_ids), "template_card": card}


def build_push(chat: str, *, group: bool, body: Json) -> Json:
    """Something said first."""
    return {"chatid": chat, "chat_type": 2 if group else 1, **body}


def cut_chunks(raw: bytes) -> list[str]:
    """A file in pieces as they are uploaded, in base64."""
    return [base64.b64encode(raw[at : at + CHUNK]).decode() for at in range(0, len(raw), CHUNK)]
