"""Who hears what of a case. What one party says is never told to the other."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from actions.mediation.model import MediationCase, MediationParty
from actions.outcome import Audience, Button, Event, Reply
from actions.routing.rules import Rules


def title_of(case: MediationCase, rules: Rules) -> str:
    """What it is about, in neutral words."""
    return rules.service(case.kind).name


def params_of(case: MediationCase, rules: Rules) -> dict[str, Any]:
    """What every text about a case may use."""
    return {"ref": case.ref, "title": title_of(case, rules)}


def day_words(day: date) -> str:
    """A day as it stands in a text: always with its year, it may be read long after."""
    return day.isoformat()


def party_mark(number: int, rules: Rules) -> str:
    """What the paper calls a party: the first, the second …"""
    marks = rules.words.get("party_marks", "")
    return marks[number - 1 : number] or str(number)


def time_words(at: datetime, rules: Rules) -> str:
    """An instant on the wall clock."""
    here = at.astimezone(rules.calendar.zone)
    return rules.words["date_time"].format_map({"month": here.month, "day": here.day, "time": f"{here:%H:%M}"})


def press(phrase: str, what: str, number: int) -> Button:
    """A button of the mediation room; its value comes back and is not trusted."""
    return Button(f"button.mediation.{phrase}", f"mediation:{what}:{number}")


def tell_party(
    case: MediationCase, party: MediationParty, rules: Rules, phrase: str, *, key: str | None = None,
    buttons: tuple[Button, ...] = (), staff_id: int | None = None, immediate: bool = False, private: bool = False,
    **params: Any,
) -> tuple[Reply, ...]:  # fmt: skip
    """To one of them alone: in their room, before there is one in their private chat; nobody who is not in the chat."""
    if party.resident_id is None:
        return ()
    room = None if private else party.chat_id
    reply = Reply(
        phrase,
        params_of(case, rules) | params,
        to=Audience.CHAT if room is not None else Audience.PRIVATE,
        chat_id=room,
        resident_id=party.resident_id,
        community_id=case.community_id,
        buttons=buttons,
        staff_id=staff_id,
        immediate=immediate,
        effect_key=f"mediation:{case.id}:{key}:{party.number}" if key else None,
    )
    return (reply,)


def tell_all(
    case: MediationCase, parties: Iterable[MediationParty], rules: Rules, phrase: str, *, key: str | None = None,
    staff_id: int | None = None, **params: Any,
) -> tuple[Reply, ...]:  # fmt: skip
    """To each of them alone, in the same words."""
    each = (tell_party(case, party, rules, phrase, key=key, staff_id=staff_id, **params) for party in parties)
    return tuple(reply for replies in each for reply in replies)


def tell_staff(
    case: MediationCase, rules: Rules, phrase: str, key: str, *, urgent: bool = False, **params: Any
) -> Reply:
    """To the staff group: number and matter, never who or what was said."""
    return Reply(
        phrase,
        params_of(case, rules) | params,
        to=Audience.STAFF,
        community_id=case.community_id,
        urgent=urgent,
        immediate=urgent,
        effect_key=f"mediation:{case.id}:staff:{key}",
    )


def case_event(name: str, case: MediationCase, **data: Any) -> Event:
    """A fact about a case; live pages and the ticket it came of hear of it."""
    known = {"case_id": case.id, "ref": case.ref, "state": case.state, "came_of": case.ticket_id}
    return Event(name, case.community_id, known | data)


def changed(case: MediationCase) -> Event:
    """Something is new on the case's page."""
    return case_event("MediationChanged", case)
