"""What the story tells of matters that are confided: they are tips, and staff work on them as such."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from actions.tickets.commands import Where
from actions.tips.commands import LeaveTip, MoveTip, Opening, ReadTip, TipMove
from bot.cli.demo.story import Beat
from bot.confidences import Hushed
from bot.messages import ChatKind, Message


def leave(service: str, message: Message, where: Where) -> LeaveTip:
    """The words of that line, to be sealed."""
    return LeaveTip(
        message.community_id,
        service,
        message.text.removeprefix("@小邻").strip(),
        asdict(where),
        message.resident_id,
        in_group=message.chat_kind is ChatKind.GROUP,
        message_ids=(message.id,),
    )


def hushed(message: Message) -> list[Hushed]:
    """The line that is emptied."""
    return [Hushed(message.id, message.chat_id, message.resident_id, message.chat_kind is ChatKind.GROUP)]


def steps(beat: Beat, tip_id: int, staff_id: int) -> Sequence[Any]:
    """A step of a ticket's loop as one of a case: it is opened, checked, answered, settled."""
    step = beat.details
    if beat.act == "answer":
        return (MoveTip(tip_id, staff_id, TipMove.TELL, step["answers"]),)
    match step.get("do"):
        case "accept":
            return (
                ReadTip(tip_id, staff_id, Opening.CONTENT, "handle"),
                MoveTip(tip_id, staff_id, TipMove.CHECK),
            )
        case "handle":
            return (MoveTip(tip_id, staff_id, TipMove.SETTLE, str(step.get("text", ""))),)
    return ()
