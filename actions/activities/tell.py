"""An activity as people read it: its time and places in words, its card, and who hears what of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from actions.activities.model import Activity, ActivityState, Signup
from actions.outcome import Audience, Button, Event, Reply
from actions.routing.rules import Rules

SOON = timedelta(hours=12)  # before the start: what is told then does not wait for the morning


def when_words(activity: Activity, rules: Rules) -> str:
    """ "11月21日（周六）9:00–11:00"; an end on another day with its date."""
    start, end = (at.astimezone(rules.calendar.zone) for at in (activity.starts_at, activity.ends_at))
    words = rules.words["activity_when"].format_map(
        {
            "month": start.month,
            "day": start.day,
            "weekday": rules.words["weekdays"][start.weekday()],
            "start": f"{start:%H:%M}",
        }
    )
    return f"{words}–{end:%H:%M}" if end.date() == start.date() else f"{words}–{instant_words(activity.ends_at, rules)}"


def instant_words(at: datetime, rules: Rules) -> str:
    """An instant on the wall clock."""
    here = at.astimezone(rules.calendar.zone)
    return rules.words["date_time"].format_map({"month": here.month, "day": here.day, "time": f"{here:%H:%M}"})


def params_of(activity: Activity, rules: Rules) -> dict[str, Any]:
    """What every text about an activity may use; ``activity_id`` lets its line be quoted."""
    return {
        "activity_id": activity.id,
        "activity": activity.title,
        "when": when_words(activity, rules),
        "place": activity.place,
        "for_whom": activity.for_whom or rules.words["activity_for_all"],
        "capacity": activity.capacity,
        "taken": activity.taken,
        "left": activity.left,
    }


def activity_card(activity: Activity, rules: Rules) -> dict[str, Any]:
    """The card of the chat page, as JSON. It shows what stays; places left are asked for."""
    return {
        "kind": "activity",
        "id": activity.id,
        "title": activity.title,
        "when": when_words(activity, rules),
        "place": activity.place,
        "for_whom": activity.for_whom or rules.words["activity_for_all"],
        "places": rules.words["activity_places"].format_map({"capacity": activity.capacity}),
        "until": instant_words(activity.closes_at, rules),
        "open": activity.state == ActivityState.OPEN,
    }


def press(what: str, activity_id: int, rest: str = "") -> Button:
    """A button of the room; its value comes back and is not trusted."""
    return Button(f"button.activity.{what}", f"activity:{what}:{activity_id}{rest}")


def card_buttons(activity: Activity) -> tuple[Button, ...]:
    """What one may do under a card."""
    return tuple(press(what, activity.id) for what in ("join", "leave", "ask"))


def tell_groups(activity: Activity, rules: Rules, phrase: str, key: str, *, card: bool = False, **more: Any) -> Reply:
    """To the groups around it, not at night."""
    return Reply(
        phrase,
        params_of(activity, rules) | more.pop("params", {}),
        to=Audience.AREA,
        community_id=activity.community_id,
        org_unit_id=activity.org_unit_id,
        card=activity_card(activity, rules) if card else None,
        buttons=card_buttons(activity) if card else (),
        immediate=False,
        effect_key=f"activity:{activity.id}:{key}",
        **more,
    )


def tell_signed(
    activity: Activity, signup: Signup, rules: Rules, phrase: str, key: str, now: datetime,
    buttons: tuple[Button, ...] = (), **params: Any,
) -> tuple[Reply, ...]:  # fmt: skip
    """To one who signed up, in private; nobody who is not in the chat. At night only what cannot wait."""
    if signup.resident_id is None:
        return ()
    reply = Reply(
        phrase,
        params_of(activity, rules) | {"headcount": signup.headcount} | params,
        to=Audience.PRIVATE,
        resident_id=signup.resident_id,
        community_id=activity.community_id,
        buttons=buttons,
        immediate=activity.starts_at - now < SOON,
        effect_key=f"activity:{activity.id}:{key}:s{signup.id}",  # no chat has such a number
    )
    return (reply,)


def tell_each(
    activity: Activity, signups: Iterable[Signup], rules: Rules, phrase: str, key: str, now: datetime, **params: Any
) -> tuple[Reply, ...]:
    """The same to each of them."""
    each = (tell_signed(activity, signup, rules, phrase, key, now, **params) for signup in signups)
    return tuple(reply for replies in each for reply in replies)


def tell_staff(activity: Activity, rules: Rules, phrase: str, key: str, **params: Any) -> Reply:
    """To the staff group, in the morning if it is night."""
    return Reply(
        phrase,
        params_of(activity, rules) | params,
        to=Audience.STAFF,
        community_id=activity.community_id,
        immediate=False,
        effect_key=f"activity:{activity.id}:staff:{key}",
    )


def changed(activity: Activity) -> Event:
    """Something is new on the activity's page."""
    return Event("ActivityChanged", activity.community_id, {"activity_id": activity.id, "state": activity.state})
