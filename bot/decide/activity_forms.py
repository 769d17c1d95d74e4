"""What the forms of activities bring, staff's and residents' alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from actions.activities.commands import Details
from actions.activities.making import LONGEST_ABOUT, LONGEST_PLACE, LONGEST_TITLE, LONGEST_WHOM, MOST_PLACES
from actions.errors import InvalidInput
from bot.clock import LOCAL_ZONE


def details_from(form: Mapping[str, Any]) -> Details:
    """What a form says an activity is. Raises InvalidInput with what must be put right."""
    capacity, area = _text(form, "capacity"), _text(form, "area")
    if not (capacity.isascii() and capacity.isdecimal() and len(capacity) < 10):
        raise InvalidInput("capacity", phrase="activity.bad.capacity", most=MOST_PLACES)
    closes = _instant(form, "closes", "activity.bad.closes") if _text(form, "closes") else None
    return Details(
        _text(form, "title", LONGEST_TITLE),
        _text(form, "place", LONGEST_PLACE),
        _instant(form, "starts", "activity.bad.start"),
        _instant(form, "ends", "activity.bad.end"),
        int(capacity),
        _text(form, "for_whom", LONGEST_WHOM),
        _text(form, "about", LONGEST_ABOUT),
        closes,
        bool(form.get("homes_only")),
        int(area) if area.isascii() and area.isdecimal() and len(area) < 16 else None,
    )


def _text(form: Mapping[str, Any], name: str, most: int = 20) -> str:
    """One character more than may be, so that what is too long is told."""
    value = form.get(name, "")
    return value.replace("\x00", "").replace("\r\n", "\n").strip()[: most + 1] if isinstance(value, str) else ""


def _instant(form: Mapping[str, Any], name: str, phrase: str) -> datetime:
    try:
        return datetime.fromisoformat(_text(form, name)).replace(tzinfo=LOCAL_ZONE)
    except (ValueError, OverflowError) as error:
        raise InvalidInput("no instant", phrase=phrase) from error
