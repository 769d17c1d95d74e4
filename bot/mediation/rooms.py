"""The rooms of a mediation as chats: one for each party with the mediator, one for all."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.mediation.commands import SetRooms
from actions.outcome import Event
from bot.phrases import Phrases
from bot.storage.chats import open_mediation_room


class Rooms:
    """Opens the rooms that a case wants. Who is not in one does not learn that it is there."""

    def __init__(self, phrases: Phrases) -> None:
        self._phrases = phrases

    async def open(self, session: AsyncSession, event: Event, now: datetime) -> SetRooms:
        """The order to note the rooms down, once they are there."""
        data, rooms = event.data, {}
        for party_id, residents in data["rooms"].items():
            name = self._phrases.render("mediation.room_name.own" if party_id else "mediation.room_name.common")
            key = f"{data['case_id']}:{party_id or 'common'}"
            rooms[party_id] = await open_mediation_room(session, event.community_id, key, name, residents, now)
        return SetRooms(data["case_id"], rooms)
