"""What the staff group is told, told to staff in chats of their own as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.outcome import Audience, Button, Reply
from actions.people.link_model import StaffLink, Wants
from actions.people.model import StaffMember
from actions.tickets.at_work import work_buttons
from actions.tickets.model import OPEN_STATUSES, Ticket
from bot.phrases import Phrases
from bot.storage.tables import Chat

KNOWN_FOR = timedelta(seconds=5)  # until links are read anew where another process changed them
CHANGED = frozenset({"StaffLinked", "StaffUnlinked"})


@dataclass(frozen=True, slots=True)
class Linked:
    """A staff member in a chat of their own."""

    link_id: int
    resident_id: int
    staff_id: int
    team_id: int | None
    wants: str

    def hears(self, reply: Reply) -> bool:
        """Whether that is for them: what is urgent always is, the rest by what they chose."""
        if reply.urgent or self.wants == Wants.ALL:
            return True
        return self.wants == Wants.TEAM and reply.team_id is not None and reply.team_id == self.team_id


class StaffLinks:
    """Links by community, remembered for a moment: a report costs no further query."""

    def __init__(self, phrases: Phrases, public_url: str = "") -> None:
        self._phrases, self._url = phrases, public_url.rstrip("/")
        self._known: dict[int, tuple[Sequence[Linked], Sequence[int], datetime]] = {}

    def forget(self) -> None:
        """A link was made, changed or ended."""
        self._known.clear()

    async def mirror(self, session: AsyncSession, reply: Reply, community_id: int, now: datetime) -> list[Reply]:
        """The same text for each staff member who works in a chat, and for the staff's groups on other platforms."""
        linked, groups = await self._find(session, community_id, now)
        hearing = [one for one in linked if one.hears(reply)]
        if not hearing and not groups:
            return []
        ticket = await self._ticket(session, reply)
        text = self._phrases.render(reply.phrase, reply.params)
        link = f"{self._url}/console/tickets/{ticket.id}" if ticket is not None and self._url else ""
        about = {"ticket_id": ticket.id} if ticket is not None else {}
        phrase = "work.told_with_link" if link else "work.told"
        told = replace(reply, phrase=phrase, params={"text": text, "link": link, **about}, team_id=None)
        each = [self._private(told, one, await self._buttons(session, ticket, one)) for one in hearing]
        return [*each, *(self._in_group(told, chat_id) for chat_id in groups)]

    async def _find(
        self, session: AsyncSession, community_id: int, now: datetime
    ) -> tuple[Sequence[Linked], Sequence[int]]:
        known = self._known.get(community_id)
        if known is None or now - known[2] > KNOWN_FOR:
            known = (await _links(session, community_id), await _groups(session, community_id), now)
            self._known[community_id] = known
        return known[0], known[1]

    async def _ticket(self, session: AsyncSession, reply: Reply) -> Ticket | None:
        """The ticket it is about, while something can be done with it there."""
        ticket_id = reply.params.get("ticket_id")
        ticket = await session.get(Ticket, ticket_id) if isinstance(ticket_id, int) else None
        return ticket if ticket is not None and ticket.status in OPEN_STATUSES and not ticket.confidential else None

    async def _buttons(self, session: AsyncSession, ticket: Ticket | None, one: Linked) -> tuple[Button, ...]:
        staff = await session.get(StaffMember, one.staff_id) if ticket is not None else None
        return work_buttons(ticket, staff) if ticket is not None and staff is not None else ()

    def _private(self, told: Reply, one: Linked, buttons: tuple[Button, ...]) -> Reply:
        key = f"{told.effect_key}:l{one.link_id}" if told.effect_key else None
        return replace(told, to=Audience.PRIVATE, resident_id=one.resident_id, buttons=buttons, effect_key=key)

    def _in_group(self, told: Reply, chat_id: int) -> Reply:
        key = f"{told.effect_key}:g{chat_id}" if told.effect_key else None
        return replace(told, to=Audience.CHAT, chat_id=chat_id, effect_key=key)


async def _links(session: AsyncSession, community_id: int) -> Sequence[Linked]:
    query = (
        select(StaffLink.id, StaffLink.resident_id, StaffMember.id, StaffMember.team_id, StaffLink.wants)
        .join(StaffMember, StaffMember.id == StaffLink.staff_id)
        .where(StaffLink.community_id == community_id, StaffMember.active.is_(True))
        .order_by(StaffLink.id)
    )
    return [Linked(*row) for row in (await session.execute(query)).tuples()]


async def _groups(session: AsyncSession, community_id: int) -> Sequence[int]:
    """The staff's groups on other platforms; the one of our own pages is told anyway."""
    query = select(Chat.id).where(Chat.community_id == community_id, Chat.kind == "staff", Chat.channel != "web")
    return (await session.scalars(query.order_by(Chat.id))).all()
