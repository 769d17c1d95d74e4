"""Who hears of a case, and that it is there: never what was said."""

from __future__ import annotations

from actions.outcome import Audience, Button, Event, Reply
from actions.routing.rules import Rules
from actions.tips.model import Tip

DONE_BUTTON = Button("button.tip_done", "tip:done")
MORE_BUTTON = "tip:more:{}"
PAGE = "/tip/mine/{}"  # the value of a button that the page opens as a link


def tell_reporter(tip: Tip, phrase: str, *buttons: Button, step: str = "") -> tuple[Reply, ...]:
    """In private, if they are known. ``step``: the same is not said twice."""
    if tip.reporter_id is None:
        return ()
    key = f"tip:{tip.id}:{step}:{tip.version}" if step else None
    params = {"ref": tip.ref}
    return (
        Reply(
            phrase,
            params,
            Audience.PRIVATE,
            resident_id=tip.reporter_id,
            community_id=tip.community_id,
            buttons=buttons,
            immediate=not step,
            effect_key=key,
        ),
    )


def read_button(tip: Tip) -> Button:
    """Opens the case's page, where questions and answers are read."""
    return Button("button.tip_open", PAGE.format(tip.ref))


def more_button(tip: Tip) -> Button:
    """What is said next in the private chat goes into that case."""
    return Button("button.tip_more", MORE_BUTTON.format(tip.id))


def tell_staff(tip: Tip, rules: Rules, phrase: str, step: str) -> Reply:
    """To the staff group, for the team: the number, and until when somebody must have looked."""
    due = tip.remind_at.astimezone(rules.calendar.zone) if tip.remind_at is not None else None
    words = rules.words["date_time"].format(month=due.month, day=due.day, time=f"{due:%H:%M}") if due else ""
    return Reply(
        phrase,
        {"ref": tip.ref, "due": words},
        Audience.STAFF,
        team_id=tip.team_id,
        community_id=tip.community_id,
        effect_key=f"tip:{tip.id}:staff:{step}:{tip.version}",
    )


def tip_event(name: str, tip: Tip) -> Event:
    """For open pages: that something changed."""
    return Event(name, tip.community_id, {"tip_id": tip.id})
