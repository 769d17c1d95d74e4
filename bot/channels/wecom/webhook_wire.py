"""What a group robot is sent: bodies of its webhook, each within the platform's limits. Pure."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.channels.plain_words import text_of
from bot.channels.wecom.pieces import cut_bytes, split_bytes
from bot.messages import OutgoingMessage

TEXT_BYTES, MARKDOWN_BYTES = 2048, 4096
TITLE_BYTES, NOTE_BYTES = 128, 512
LARGEST_IMAGE, LARGEST_FILE, SMALLEST_FILE = 2 * 1024 * 1024, 20 * 1024 * 1024, 6
MOST_ARTICLES, MOST_ROWS, MOST_LINKS = 8, 6, 3
EVERYBODY = "@all"
Json = dict[str, Any]


class TooLarge(ValueError):
    """The platform takes no picture or file of this size."""


@dataclass(frozen=True, slots=True)
class Article:
    """One row of a news message."""

    title: str
    url: str
    note: str = ""
    picture_url: str = ""


def build_text(content: str, *, users: Sequence[str] = (), phones: Sequence[str] = ()) -> Json:
    """A text; ``users`` and ``phones`` are named in it, ``EVERYBODY`` among them names all."""
    text: Json = {"content": cut_bytes(content, TEXT_BYTES)}
    if users:
        text["mentioned_list"] = list(users)
    if phones:
        text["mentioned_mobile_list"] = list(phones)
    return {"msgtype": "text", "text": text}


def build_markdown(content: str) -> Json:
    """Markdown; names people with <@userid>, but not everybody."""
    return {"msgtype": "markdown", "markdown": {"content": cut_bytes(content, MARKDOWN_BYTES)}}


def build_news(articles: Sequence[Article]) -> Json:
    """Links with a picture each, the first large."""
    rows = [
        {
            "title": cut_bytes(one.title, TITLE_BYTES),
            "description": cut_bytes(one.note, NOTE_BYTES),
            "url": one.url,
            "picurl": one.picture_url,
        }
        for one in articles[:MOST_ARTICLES]
    ]
    return {"msgtype": "news", "news": {"articles": rows}}


def build_image(raw: bytes) -> Json:
    """A picture, JPEG or PNG. Raises TooLarge."""
    if not raw or len(raw) > LARGEST_IMAGE:
        raise TooLarge(f"{len(raw)} bytes")
    digest = hashlib.md5(raw, usedforsecurity=False).hexdigest()  # the platform's own check of what arrived
    return {"msgtype": "image", "image": {"base64": base64.b64encode(raw).decode(), "md5": digest}}


def build_media(kind: str, media_id: str) -> Json:
    """A file or a voice message that was uploaded before."""
    return {"msgtype": kind, kind: {"media_id": media_id}}


def check_file(raw: bytes) -> None:
    """Raises TooLarge for what the platform takes for no file."""
    if not SMALLEST_FILE <= len(raw) <= LARGEST_FILE:
        raise TooLarge(f"{len(raw)} bytes")


def build_card(title: str, note: str, text: str, rows: Mapping[str, str], url: str) -> Json:
    """A card of text whose press opens an address; ``rows`` are what is said beside names."""
    content = [{"keyname": name, "value": value} for name, value in rows.items() if value][:MOST_ROWS]
    card = {
        "card_type": "text_notice",
        "main_title": {"title": cut_bytes(title, TITLE_BYTES), "desc": cut_bytes(note, TITLE_BYTES)},
        "sub_title_text": cut_bytes(text, NOTE_BYTES),
        "horizontal_content_list": content,
        "card_action": {"type": 1, "url": url},
    }
    return {"msgtype": "template_card", "template_card": card}


@dataclass(frozen=True, slots=True)
class Voice:
    """How a group is spoken to. ``names``: userids to name; ``url``: our page, if people can open it;
    ``hears``: a bot listens there, so that numbers may be answered with; ``hint`` holds the words around them."""

    names: tuple[str, ...] = ()
    url: str = ""
    hears: bool = False
    hint: str = "{buttons}"


def build_bodies(message: OutgoingMessage, pictures: Sequence[bytes], voice: Voice) -> list[Json]:
    """All calls for one message, in their order. What is too large for a picture is left out."""
    bodies = _words(message, voice)
    for raw in pictures:
        if 0 < len(raw) <= LARGEST_IMAGE:
            bodies.append(build_image(raw))
    return bodies


def _words(message: OutgoingMessage, voice: Voice) -> list[Json]:
    card = message.card or {}
    asks = voice.hears and message.buttons
    if card.get("title") and voice.url.startswith("https://") and not (voice.names or asks or len(message.text) > 160):
        rows = {name: str(card.get(key) or "") for key, name in _ROWS.items()}
        note = str(card.get("status_words") or card.get("places") or "")
        return [build_card(str(card["title"]), note, message.text, rows, voice.url)]
    shown = message if voice.hears else replace(message, buttons=())
    pieces = split_bytes(text_of(shown, voice.hint), TEXT_BYTES)
    return [build_text(piece, users=voice.names if n == 0 else ()) for n, piece in enumerate(pieces)]


_ROWS = {"ref": "编号", "place": "地点", "when": "时间", "for_whom": "对象", "until": "截止", "due_words": "最晚"}
