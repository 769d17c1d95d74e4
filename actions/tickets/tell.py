"""Who hears what: replies to who wrote, to reporter and followers, to staff."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.outcome import Audience, Button, Event, Reply
from actions.routing.rules import Rules
from actions.tickets.access import Mover
from actions.tickets.cards import place_words, ticket_card, ticket_params, title_of
from actions.tickets.model import Follower, Ticket


@dataclass(frozen=True, slots=True)
class Saying:
    """A phrase with what goes with it, before it is known who hears it."""

    phrase: str
    params: dict[str, Any] = field(default_factory=dict)
    buttons: tuple[Button, ...] = ()
    pictures: tuple[str, ...] = ()
    card: bool = False
    urgent: bool = False
    staff_id: int | None = None


def answer(ticket: Ticket, mover: Mover, rules: Rules, saying: Saying) -> tuple[Reply, ...]:
    """To the resident who has just written; what is confidential is answered in private."""
    if mover.resident is None:
        return ()
    to = Audience.PRIVATE if ticket.confidential else Audience.HERE
    return (_reply(ticket, rules, saying, to, mover.resident.id, immediate=True),)


def tell_reporter(
    ticket: Ticket, rules: Rules, saying: Saying, step: str, *, private: bool = False
) -> tuple[Reply, ...]:
    """To the reporter, in the chat it came from or, when it is confidential, in private."""
    if ticket.reporter_id is None:
        return ()
    private = private or ticket.confidential or ticket.chat_id is None
    to = Audience.PRIVATE if private else Audience.CHAT
    return (_reply(ticket, rules, saying, to, ticket.reporter_id, key=_key(ticket, step)),)


def tell_followers(
    ticket: Ticket, rules: Rules, saying: Saying, step: str, resident_ids: Iterable[int]
) -> tuple[Reply, ...]:
    """To each who follows it, in private: the group has heard it once already."""
    return tuple(
        _reply(
            ticket, rules, saying, Audience.PRIVATE, resident_id, key=_key(ticket, f"{step}:r{resident_id}")
        )
        for resident_id in resident_ids
    )


def tell_staff(
    ticket: Ticket,
    rules: Rules,
    phrase: str,
    step: str,
    *,
    urgent: bool = False,
    tonight: bool = False,
    **params: Any,
) -> Reply:
    """To the staff group, for the team whose ticket it is; never with a room, a phone or the words said.

    ``tonight``: whoever is on duty hears it in quiet hours too.
    """
    known = ticket_params(ticket, rules)
    if ticket.confidential:
        known |= {"title": rules.words["confidential"], "place": rules.words["place_confidential"]}
    return Reply(
        phrase=phrase,
        params=known | params,
        to=Audience.STAFF,
        team_id=ticket.team_id,
        community_id=ticket.community_id,
        urgent=urgent,
        immediate=urgent or tonight,
        effect_key=_key(ticket, f"staff:{step}"),
    )


async def find_follower_ids(session: AsyncSession, ticket: Ticket, *, reported: bool = False) -> Sequence[int]:
    """Who follows the ticket besides its reporter, in the order they came; ``reported``: who said it themselves."""
    query = select(Follower.resident_id).where(Follower.ticket_id == ticket.id).order_by(Follower.id)
    if reported:
        query = query.where(Follower.reported.is_(True))
    return [found for found in await session.scalars(query) if found != ticket.reporter_id]


def ticket_event(name: str, ticket: Ticket, **data: Any) -> Event:
    """A fact about a ticket, with what live pages need."""
    known = {"ticket_id": ticket.id, "ref": ticket.ref, "status": ticket.status, "team_id": ticket.team_id}
    return Event(name, ticket.community_id, known | data)


def alarm_event(ticket: Ticket, rules: Rules) -> Event:
    """A danger was reported, or is known better: what must be known to page people and to warn neighbours."""
    alarm = {
        "ticket_id": ticket.id,
        "ref": ticket.ref,
        "kind": ticket.emergency,
        "title": title_of(ticket, rules),
        "place": place_words(ticket, rules),
        "placed": bool(ticket.building or ticket.spot) and not ticket.place_presumed,
        "org_unit_id": ticket.org_unit_id,
        "building": ticket.building,
        "team_id": ticket.team_id,
        "chat_id": ticket.chat_id,
    }
    return ticket_event("EmergencyRaised", ticket, alarm=alarm)


def _key(ticket: Ticket, step: str) -> str:
    return f"ticket:{ticket.id}:{step}:{ticket.version}"


def _reply(
    ticket: Ticket,
    rules: Rules,
    saying: Saying,
    to: Audience,
    resident_id: int,
    *,
    key: str | None = None,
    immediate: bool = False,
) -> Reply:
    # neighbours read along or follow: the reporter's door is not theirs to know
    private = to is Audience.PRIVATE and resident_id == ticket.reporter_id
    return Reply(
        phrase=saying.phrase,
        params=ticket_params(ticket, rules, room=private, home=private) | saying.params,
        to=to,
        resident_id=resident_id,
        chat_id=ticket.chat_id if to is Audience.CHAT else None,
        community_id=ticket.community_id,
        buttons=saying.buttons,
        card=ticket_card(ticket, rules, room=private, home=private) if saying.card else None,
        pictures=saying.pictures,
        staff_id=saying.staff_id,
        urgent=saying.urgent,
        immediate=immediate or saying.urgent,
        effect_key=key,
    )
