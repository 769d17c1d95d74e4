"""Who hears what of this room."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from actions.bulletins.model import Bulletin, GoodDeed
from actions.outcome import Button, Event
from actions.routing.rules import Rules
from actions.telling import tell_resident, tell_staff_group

_PLACE = re.compile(
    r"(?:(?:\d{1,3}|[一二三四五六七八九十]{1,3}|[A-Za-z])(?:号楼|號樓|栋楼|棟樓|[栋棟楼樓幢座]))?"
    r"(?:[\d一二三四五六七八九]{1,2}(?:单元|單元))?(?:[\d*]{3,4}[室房号號]?)?(?:的|那位)?"
    r"(?:(?:隔壁|[楼樓][上下]|[对對][门門面]|同[楼樓]|同单元|同單元|咱[们們]?[楼樓])(?:的|那位)?)?"
)

tell = partial(tell_resident, "deed")
tell_staff = partial(tell_staff_group, "deed")


def press(phrase: str, what: str, *parts: int | str, **params: Any) -> Button:
    """A button of this room; its value comes back and is not trusted."""
    return Button(f"button.deed.{phrase}", ":".join(("deed", what, *map(str, parts))), params)


def changed(name: str, community_id: int, **data: Any) -> Event:
    """A fact of this room; open pages of it ask anew."""
    return Event(name, community_id, {"community_page": True, **data})


def deed_words(deed: GoodDeed, anonymous: str) -> str:
    """The text as it may be told: whoever did it is called as they wished, and by nothing else, wherever it is."""
    shown = deed.shown_as or anonymous
    names = [name for name, least in ((deed.who, 1), (bare_name(deed.who), 2)) if len(name) >= least]
    if not any(name in deed.text for name in names):
        return f"{shown}：{deed.text}"
    return re.sub("|".join(map(re.escape, names)), lambda _: shown, deed.text)


def mask(said: str, who: str, scrub: Callable[[str], str]) -> tuple[str, str]:
    """What was said without private numbers, and ``who`` as it stands there now."""
    text, at = scrub(said), said.find(who)
    return text, text[at : at + len(who)] if at >= 0 else who


def bare_name(who: str) -> str:
    """The name without the place before it: "3号楼的王阿姨" is called 王阿姨 in the next sentence."""
    found = _PLACE.match(who)
    return who[found.end() :] if found is not None else who


def day_words(at: datetime, rules: Rules) -> str:
    """ "11月18日 10:00", on the wall of the community."""
    here = at.astimezone(rules.calendar.zone)
    return f"{here.month}月{here.day}日 {here:%H:%M}"


def source_words(bulletin: Bulletin, rules: Rules) -> str:
    """Whose word it is, and of when."""
    return f"{bulletin.issuer}，{day_words(bulletin.stated_at, rules)}"
