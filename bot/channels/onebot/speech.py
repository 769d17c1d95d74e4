"""What is to be said ⇄ OneBot's words: segments. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.channels.plain_words import split

Json = dict[str, Any]


def build_parts(text: str, *, at: str = "", reply_to: str = "", pictures: Sequence[str] = ()) -> list[list[Json]]:
    """The messages to send, each as segments. The first quotes and names; ``pictures`` are base64."""
    parts = [[{"type": "text", "data": {"text": piece}}] for piece in split(text)]
    if at:
        parts[0][:0] = [{"type": "at", "data": {"qq": at}}, {"type": "text", "data": {"text": " "}}]
    if reply_to:
        parts[0].insert(0, {"type": "reply", "data": {"id": reply_to}})
    parts[-1] += [{"type": "image", "data": {"file": f"base64://{one}"}} for one in pictures]
    return parts


def build_send(kind: str, chat: str, segments: Sequence[Json], *, through: str = "") -> tuple[str, Json]:
    """Action and parameters. ``kind``: "group" or "private"; ``through``: the group a private chat may begin out of."""
    if kind == "group":
        return "send_group_msg", {"group_id": number(chat), "message": list(segments)}
    params: Json = {"user_id": number(chat), "message": list(segments)}
    if through:
        params["group_id"] = number(through)
    return "send_private_msg", params


def number(external_id: str) -> int | str:
    """Ids as the standard has them, numbers; what is none stays text."""
    plain = external_id.isascii() and external_id.isdecimal() and len(external_id) < 20
    return int(external_id) if plain and str(int(external_id)) == external_id else external_id
