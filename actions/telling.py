"""Who is told by a room that says a thing once: the key of an effect begins with the room's name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from actions.outcome import Audience, Button, Reply


def tell_resident(
    room: str, resident_id: int, community_id: int, phrase: str, *, key: str | None = None,
    buttons: Iterable[Button] = (), immediate: bool = False, **params: Any,
) -> Reply:  # fmt: skip
    """To one resident, in private. ``key`` None: said as often as it comes."""
    return Reply(
        phrase,
        params,
        to=Audience.PRIVATE,
        resident_id=resident_id,
        community_id=community_id,
        buttons=tuple(buttons),
        immediate=immediate,
        effect_key=f"{room}:{key}" if key else None,
    )


def tell_staff_group(room: str, community_id: int, phrase: str, key: str, **params: Any) -> Reply:
    """To the staff group, once."""
    return Reply(
        phrase, params, to=Audience.STAFF, community_id=community_id, immediate=False, effect_key=f"{room}:{key}"
    )
