"""A shift as people read it, and who hears what of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from actions.outcome import Audience, Button, Event, Reply
from actions.routing.rules import Rules
from actions.shifts.model import PatrolRole, Shift, ShiftSignup, ShiftState

SOON = timedelta(hours=12)  # before the start: what is told then does not wait for the morning


def when_words(shift: Shift, rules: Rules) -> str:
    """ "11月24日（周二）19:30–21:00"."""
    start, end = (at.astimezone(rules.calendar.zone) for at in (shift.starts_at, shift.ends_at))
    words = rules.words["activity_when"].format_map(
        {
            "month": start.month,
            "day": start.day,
            "weekday": rules.words["weekdays"][start.weekday()],
            "start": f"{start:%H:%M}",
        }
    )
    return f"{words}–{end:%H:%M}"


def role_words(role: str, rules: Rules) -> str:
    """What a role is called."""
    return rules.words[f"shift_role_{role}"]


def lack_words(shift: Shift, rules: Rules) -> str:
    """ "还缺2名巡逻员、1名带队", or that all are there."""
    lacking = [
        rules.words["shift_lacks"].format_map({"count": shift.free(role), "role": role_words(role, rules)})
        for role in (PatrolRole.PATROL, PatrolRole.LEAD)
        if shift.free(role) > 0
    ]
    return rules.words["shift_lack"] + rules.words["name_joint"].join(lacking) if lacking else rules.words["shift_full"]


def params_of(shift: Shift, rules: Rules) -> dict[str, Any]:
    """What every text about a shift may use; ``shift_id`` lets its line be quoted."""
    return {
        "shift_id": shift.id,
        "shift": shift.title,
        "when": when_words(shift, rules),
        "place": shift.place,
        "lack": lack_words(shift, rules),
        "short": shift.short,
        "reason": shift.reason,
    }


def press(what: str, shift_id: int, *rest: int | str) -> Button:
    """A button of the room; its value comes back and is not trusted."""
    return Button(f"button.shift.{what}", ":".join(("shift", what, str(shift_id), *map(str, rest))))


def join_buttons(shift: Shift) -> tuple[Button, ...]:
    """One for each role that lacks somebody."""
    names = {PatrolRole.PATROL: "join", PatrolRole.LEAD: "lead"}
    return tuple(press(name, shift.id) for role, name in names.items() if shift.free(role) > 0)


def own_buttons(shift: Shift) -> tuple[Button, ...]:
    """What who signed up may do before it begins."""
    return press("stand_in", shift.id), press("leave", shift.id)


def shift_line(shift: Shift, rules: Rules) -> str:
    """A line of a list."""
    return rules.words["shift_line"].format_map(params_of(shift, rules))


def tell_one(
    shift: Shift, resident_id: int, rules: Rules, phrase: str, key: str | None, now: datetime,
    buttons: Iterable[Button] = (), **params: Any,
) -> Reply:  # fmt: skip
    """To one resident, in private; at night only what cannot wait. ``key`` None: an answer to what they just did."""
    return Reply(
        phrase,
        params_of(shift, rules) | params,
        to=Audience.PRIVATE,
        resident_id=resident_id,
        community_id=shift.community_id,
        buttons=tuple(buttons),
        immediate=key is None or shift.starts_at - now < SOON,
        effect_key=f"shift:{shift.id}:{key}:r{resident_id}" if key else None,
    )


def tell_each(
    shift: Shift, signups: Iterable[ShiftSignup], rules: Rules, phrase: str, key: str, now: datetime,
    buttons: Iterable[Button] = (), **params: Any,
) -> list[Reply]:  # fmt: skip
    """The same to each of them."""
    given = tuple(buttons)
    return [tell_one(shift, one.resident_id, rules, phrase, key, now, given, **params) for one in signups]


def tell_groups(
    shift: Shift, rules: Rules, phrase: str, key: str, now: datetime, buttons: Iterable[Button] = (), **params: Any
) -> Reply:
    """To the groups around it, not at night."""
    return Reply(
        phrase,
        params_of(shift, rules) | params,
        to=Audience.AREA,
        community_id=shift.community_id,
        org_unit_id=shift.org_unit_id,
        buttons=tuple(buttons),
        immediate=False,
        effect_key=f"shift:{shift.id}:{key}",
    )


def tell_staff(shift: Shift, rules: Rules, phrase: str, key: str, now: datetime, **params: Any) -> Reply:
    """To the staff group; near the start also at night."""
    return Reply(
        phrase,
        params_of(shift, rules) | params,
        to=Audience.STAFF,
        community_id=shift.community_id,
        immediate=timedelta() < shift.starts_at - now < SOON,
        effect_key=f"shift:{shift.id}:staff:{key}",
    )


def changed(shift: Shift) -> Event:
    """Something is new on the shift's page."""
    return Event("ShiftChanged", shift.community_id, {"shift_id": shift.id, "state": shift.state})


def served(shift: Shift, signup: ShiftSignup, rules: Rules) -> tuple[Event, ...]:
    """Hours were given and both sides have said so: none for less than a minute."""
    if not signup.minutes or shift.state == ShiftState.CANCELLED:
        return ()
    done_on = rules.calendar.local_day(shift.starts_at)
    return (
        Event(
            "ShiftServed",
            shift.community_id,
            {
                "resident_id": signup.resident_id,
                "kind": shift.kind,
                "minutes": signup.minutes,
                "done_on": done_on.isoformat(),
                "source": f"shift:{signup.id}",
            },
        ),
    )
