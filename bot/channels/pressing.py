"""Where there are no buttons: a number, or a button's very words, said to what the bot said last."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.channels.plain_words import find_pressed, read_number
from bot.messages import Arrival
from bot.storage.channels import find_last_said_to
from bot.storage.engine import Database
from bot.storage.tables import ChatMessage

NUMBERS_FOR = timedelta(hours=2)  # how long a bare number in a group answers what the bot said last
KEPT_FOR = timedelta(days=7)  # the same in private, and how long what could not be delivered waits


@dataclass(frozen=True, slots=True)
class Said:
    """How something was said: in a group or not, to the bot or not, quoting which line."""

    in_group: bool
    to_bot: bool
    quoted: ChatMessage | None = None


async def find_press(db: Database, arrival: Arrival, said: Said, now: datetime) -> Arrival:
    """The arrival as the press of a button, where it stands for one of those that were offered to this resident."""
    text, quoted = arrival.text, said.quoted
    to_bot = not said.in_group or said.to_bot or quoted is not None
    if not (read_number(text) or (to_bot and 0 < len(text) < 16)):
        return arrival
    line = quoted
    if line is None:
        since = now - (KEPT_FOR if to_bot else NUMBERS_FOR)
        async with db.read() as session:
            line = await find_last_said_to(session, arrival.chat_id, arrival.resident_id, since)
    if line is None or (said.in_group and quoted is None and line.to_resident_id is None):
        return arrival
    if line.sender == "resident" or line.to_resident_id not in (None, arrival.resident_id):
        return arrival
    pressed = find_pressed(text, line.extra.get("buttons") or ())
    return replace(arrival, text=pressed[0], button=pressed[1]) if pressed else arrival
