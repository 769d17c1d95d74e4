"""A ticket as people read it: its title, place and state in words, and the card of the chat page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from actions.routing.rules import Rules
from actions.tickets.model import Status, Ticket

_STEPS = (
    ("reported", (Status.REPORTED, Status.VERIFIED)),
    ("accepted", (Status.ACCEPTED,)),
    ("dispatched", (Status.DISPATCHED,)),
    ("handled", (Status.HANDLED, Status.CHECKED)),
    ("closed", (Status.CLOSED, Status.RATED)),
)
_SHOWN_AS = {Status.RETURNED: Status.REPORTED, Status.SUSPENDED: Status.ACCEPTED}


def title_of(ticket: Ticket, rules: Rules) -> str:
    """What it is about: the service's name."""
    return rules.service(ticket.service).name


def behalf_title(ticket: Ticket, rules: Rules) -> str:
    """As ``title_of``, with for whom it was said: for who said it and for staff."""
    title = title_of(ticket, rules)
    return rules.words["behalf"].format_map({"title": title, "kin": ticket.on_behalf}) if ticket.on_behalf else title


def place_words(ticket: Ticket, rules: Rules, *, room: bool = False, home: bool = True) -> str:
    """Where it is, as said or presumed. The room is left out unless asked for: others may read along.

    ``home``: whether a place that was only taken from the reporter's registered home may be named.
    """
    words = rules.words
    if ticket.place_presumed and not home:
        return ticket.spot or words["place_unknown"]
    named = [("building", ticket.building), ("unit", ticket.unit)]
    if not ticket.room:  # a room number says its floor already, and would be given away by it
        named.append(("floor", ticket.floor))
    elif room:
        named.append(("room", ticket.room))
    said = "".join(words[key].format_map({key: value}) for key, value in named if value)
    place = said + ticket.spot or words["place_unknown"]
    return words["place_presumed"].format_map({"place": place}) if ticket.place_presumed else place


def time_words(at: datetime | None, rules: Rules) -> str:
    """An instant on the wall clock. Always with its date: the text may be read on another day."""
    if at is None:
        return ""
    local = at.astimezone(rules.calendar.zone)
    parts = {"month": local.month, "day": local.day, "time": f"{local:%H:%M}"}
    return rules.words["date_time"].format_map(parts)


def status_words(status: str, rules: Rules) -> str:
    """A state in words residents understand."""
    return rules.words.get(f"status_{status}", status)


def ticket_card(ticket: Ticket, rules: Rules, *, room: bool = False, home: bool = True) -> dict[str, Any]:
    """The card of a ticket for the chat page, as JSON. ``room`` and ``home`` as for ``place_words``."""
    return {
        "kind": "ticket",
        "id": ticket.id,
        "ref": ticket.ref,
        "service": ticket.service,
        "title": title_of(ticket, rules),
        "place": place_words(ticket, rules, room=room, home=home),
        "status": ticket.status,
        "status_words": status_words(ticket.status, rules),
        "open": ticket.open311_status == "open",
        "emergency": bool(ticket.emergency),
        "affected": ticket.affected,
        "due_at": ticket.due_at.isoformat() if ticket.due_at else None,
        "due_words": time_words(ticket.due_at, rules),
        "steps": _steps(ticket, rules),
    }


def _steps(ticket: Ticket, rules: Rules) -> list[dict[str, Any]]:
    status = Status(
        ticket.status_before or ticket.status if ticket.status == Status.SUSPENDED else ticket.status
    )
    status = _SHOWN_AS.get(status, status)
    reached = next((i for i, (_, members) in enumerate(_STEPS) if status in members), -1)
    return [
        {"key": key, "label": rules.words.get(f"step_{key}", key), "done": i <= reached}
        for i, (key, _) in enumerate(_STEPS)
    ]


def ticket_params(ticket: Ticket, rules: Rules, *, room: bool = False, home: bool = True) -> dict[str, str | int]:
    """What every text about a ticket may use: ref, short, title, place, status, due, affected, urged."""
    return {
        "ticket_id": ticket.id,
        "ref": ticket.ref,
        "short": ticket.ref[-4:],
        "title": behalf_title(ticket, rules) if home else title_of(ticket, rules),
        "place": place_words(ticket, rules, room=room, home=home),
        "status": status_words(ticket.status, rules),
        "due": time_words(ticket.due_at, rules),
        "affected": ticket.affected,
        "urged": ticket.urged,
    }


def search_words(ticket: Ticket, rules: Rules) -> str:
    """What the console's search looks through: number, title, place and the words of the text."""
    text = " ".join((title_of(ticket, rules), place_words(ticket, rules, room=True), ticket.text))
    return " ".join(dict.fromkeys((ticket.ref, *(word for word in rules.segment(text) if word.strip()))))
