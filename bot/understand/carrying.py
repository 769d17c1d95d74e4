"""A place said once for several matters: each gets its own, or the one that was said beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from actions.tickets.commands import Where

#: spots that every building has: they need one beside them
_IN_A_BUILDING = re.compile(
    r"楼[道梯顶下层]|樓[道梯頂下層]|走廊|过道|過道|[大门門][厅廳]|大堂|单元门|單元門|电梯[口间]|電梯[口間]|天台|屋[顶頂]|地下室|负|門口|门口"
)


def carry_places(said: Sequence[Where], whole: Where) -> list[Where]:
    """The places of the matters of one message, in order; ``whole`` is what the message names anywhere."""
    return [_completed(where, _nearest(said, at) or whole) for at, where in enumerate(said)]


def _nearest(said: Sequence[Where], at: int) -> Where | None:
    """What was said last before it; else what is said next."""
    others = (*reversed(said[:at]), *said[at + 1 :])
    return next((where for where in others if where.building or _stands_alone(where)), None)


def _stands_alone(where: Where) -> bool:
    return bool(where.spot) and _IN_A_BUILDING.search(where.spot) is None


def _completed(where: Where, beside: Where) -> Where:
    if not where:  # what stands in the corridor of 3栋 is no place for its lift
        return beside if _stands_alone(beside) else replace(beside, spot="")
    if where.building or _stands_alone(where) or not beside.building:
        return where
    return replace(where, building=beside.building, unit=where.unit or beside.unit)
