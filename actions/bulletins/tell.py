"""Who hears what of this room."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from actions.bulletins.model import Bulletin, GoodDeed
from actions.outcome import Audience, Button, Event, Reply
from actions.routing.rules import Rules


def tell(
    resident_id: int, community_id: int, phrase: str, *, key: str | None = None, buttons: Iterable[Button] = (),
    immediate: bool = False, **params: Any,
) -> Reply:  # fmt: skip
    """To one resident, in private."""
    return Reply(
        phrase,
        params,
        to=Audience.PRIVATE,
        resident_id=resident_id,
        community_id=community_id,
        buttons=tuple(buttons),
        immediate=immediate,
        effect_key=f"deed:{key}" if key else None,
    )


def tell_staff(community_id: int, phrase: str, key: str, **params: Any) -> Reply:
    """To the staff group."""
    return Reply(
        phrase, params, to=Audience.STAFF, community_id=community_id, immediate=False, effect_key=f"deed:{key}"
    )


def press(phrase: str, what: str, *parts: int | str, **params: Any) -> Button:
    """A button of this room; its value comes back and is not trusted."""
    return Button(f"button.deed.{phrase}", ":".join(("deed", what, *map(str, parts))), params)


def changed(name: str, community_id: int, **data: Any) -> Event:
    """A fact of this room; open pages of it ask anew."""
    return Event(name, community_id, {"community_page": True, **data})


def deed_words(deed: GoodDeed, anonymous: str) -> str:
    """The text as it may be told: whoever did it is called as they wished, and by nothing else."""
    shown = deed.shown_as or anonymous
    if deed.who and deed.who in deed.text:
        return deed.text.replace(deed.who, shown)
    return f"{shown}：{deed.text}"


def day_words(at: datetime, rules: Rules) -> str:
    """ "11月18日 10:00", on the wall of the community."""
    here = at.astimezone(rules.calendar.zone)
    return f"{here.month}月{here.day}日 {here:%H:%M}"


def source_words(bulletin: Bulletin, rules: Rules) -> str:
    """Whose word it is, and of when."""
    return f"{bulletin.issuer}，{day_words(bulletin.stated_at, rules)}"
