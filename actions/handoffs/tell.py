"""Who hears what of a hand-off: the resident in their chat, the staff group without a word of what was said."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions.handoffs.model import Handoff, HandoffStep
from actions.inserting import insert_once
from actions.outcome import Audience, Button, Event, Reply
from actions.people.model import Level, OrgUnit
from actions.routing.calendar import Deadline
from actions.routing.rules import Rules


def leave_button(handoff: Handoff) -> Button:
    """ "不等了": the bot is back at once."""
    return Button("button.handoff_leave", f"handoff:leave:{handoff.id}")


def tell_resident(
    handoff: Handoff, phrase: str, *, key: str | None = None, buttons: tuple[Button, ...] = (), **params: Any
) -> Reply:
    """To the resident, in the chat where it began; somebody waits there, so the hour does not matter."""
    return Reply(
        phrase,
        params,
        Audience.CHAT,
        resident_id=handoff.resident_id,
        chat_id=handoff.chat_id,
        community_id=handoff.community_id,
        buttons=buttons,
        effect_key=f"handoff:{handoff.id}:{key}" if key else None,
    )


async def tell_staff(session: AsyncSession, handoff: Handoff, phrase: str, key: str, **params: Any) -> Reply:
    """To the staff group: where, why and whose; never who or what was said."""
    return Reply(
        phrase,
        {"place": await place_of(session, handoff), **params},
        Audience.STAFF,
        team_id=handoff.team_id,
        community_id=handoff.community_id,
        immediate=False,
        effect_key=f"handoff:{handoff.id}:staff:{key}",
    )


async def place_of(session: AsyncSession, handoff: Handoff) -> str:
    """The building, without a door; a community for who gave none."""
    unit = await session.get(OrgUnit, handoff.org_unit_id)
    return unit.name if unit is not None and unit.level == Level.BUILDING else ""


def handoff_event(name: str, handoff: Handoff, **data: Any) -> Event:
    """A fact, for open pages: who may see it asks anew."""
    known = {"handoff_id": handoff.id, "team_id": handoff.team_id, "meant_for": handoff.meant_for}
    return Event(name, handoff.community_id, known | data)


async def add_step(
    session: AsyncSession,
    handoff: Handoff,
    what: str,
    now: datetime,
    *,
    staff_id: int | None = None,
    key: str = "",
    text: str = "",
) -> bool:
    """Write it down; False: it was done already."""
    values = {
        "community_id": handoff.community_id,
        "handoff_id": handoff.id,
        "at": now,
        "what": what,
        "staff_id": staff_id,
        "key": key or f"{what}:{staff_id or 0}:{now.isoformat()}",
        "text": text[:300],
    }
    return await insert_once(session, HandoffStep, values, ("handoff_id", "key")) is not None


def opens_at(rules: Rules, now: datetime) -> datetime:
    """When somebody is at work next; now, if they are."""
    minute = timedelta(minutes=1)
    return max(now, rules.calendar.due(now, Deadline(1, working=True)) - minute)


def hours_words(rules: Rules) -> str:
    """When people work."""
    return f"{rules.calendar.work_from:%H:%M}-{rules.calendar.work_to:%H:%M}"


def time_words(at: datetime, rules: Rules) -> str:
    """An instant on the wall clock."""
    here = at.astimezone(rules.calendar.zone)
    return rules.words["date_time"].format_map({"month": here.month, "day": here.day, "time": f"{here:%H:%M}"})
