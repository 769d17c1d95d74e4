"""Who is who on the other side: groups and people by the ids of an account, remembered for a while."""

from __future__ import annotations

import time

from bot.channels.base import Known, Speaker
from bot.clock import Clock
from bot.storage.channels import (
    MappedGroup,
    Person,
    add_chat_member,
    find_communities,
    find_mapped,
    find_person,
    hear_group,
    open_person,
    rename_resident,
)
from bot.storage.engine import Database

REMEMBERED_S = 15.0  # until a mapping is read anew, where nobody tells of its change
MOST_PEOPLE = 50_000
LONGEST_NICKNAME = 32
STRANGER = "群友"
OUR_NAMES = ("小邻", "小鄰", "小隣")


class Book:
    """A burst from a known group and known people asks the database nothing."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock
        self._groups: dict[tuple[int, str], tuple[MappedGroup | None, float]] = {}
        self._people: dict[tuple[int, int, str], Person] = {}
        self._in: set[tuple[int, int]] = set()  # chat, resident

    def forget_groups(self) -> None:
        """A mapping was changed."""
        self._groups.clear()

    async def find_group(self, account: Known, group_id: str) -> MappedGroup | None:
        """The group's chat; one that has none is written down, so that it can be given one."""
        key = (account.id, group_id)
        known = self._groups.get(key)
        if known is not None and time.monotonic() - known[1] < REMEMBERED_S:
            return known[0]
        async with self._db.read() as session:
            found = await find_mapped(session, account.id, group_id)
        if found is None and known is None:
            async with self._db.write() as session:
                await hear_group(session, account.id, account.community_id, group_id, "", self._clock.now())
        self._groups[key] = (found, time.monotonic())
        return found

    async def get_person(self, account: Known, heard: Speaker, group: MappedGroup | None) -> Person:
        """The resident who spoke; a new one is made of what the platform calls them."""
        community_id = group.community_id if group is not None else await self._community(account, heard.user_id)
        key = (account.id, community_id, heard.user_id)
        person = self._people.get(key) or await self._load(account, community_id, heard, group)
        nickname = nickname_of(heard.nickname)
        if nickname not in {STRANGER, person.nickname}:
            async with self._db.write() as session:
                await rename_resident(session, person.resident_id, nickname)
            person = Person(
                person.id, person.resident_id, community_id, nickname, person.private_chat_id, person.group_id
            )
        if group is not None and (group.chat_id, person.resident_id) not in self._in:
            async with self._db.write() as session:
                now = self._clock.now()
                await add_chat_member(session, community_id, group.chat_id, person.resident_id, now)
            self._in.add((group.chat_id, person.resident_id))
        if len(self._people) > MOST_PEOPLE:
            self._people.clear()
            self._in.clear()
        self._people[key] = person
        return person

    async def find_known(self, account: Known, community_id: int, external_id: str) -> Person | None:
        """Somebody who has been heard before, or None."""
        key = (account.id, community_id, external_id)
        if key not in self._people:
            async with self._db.read() as session:
                person = await find_person(session, account.id, community_id, external_id)
            if person is None:
                return None
            self._people[key] = person
        return self._people[key]

    async def find_anywhere(self, account: Known, external_id: str) -> Person | None:
        """The same, in whatever community of the account they were met first."""
        async with self._db.read() as session:
            communities = await find_communities(session, account.id, external_id)
        return await self.find_known(account, communities[0], external_id) if communities else None

    async def _community(self, account: Known, external_id: str) -> int:
        """Where somebody who writes in private belongs: where they were met, else where the account does."""
        known = await self.find_anywhere(account, external_id)
        return known.community_id if known is not None else account.community_id

    async def _load(self, account: Known, community_id: int, heard: Speaker, group: MappedGroup | None) -> Person:
        known = await self.find_known(account, community_id, heard.user_id)
        if known is not None:
            return known
        now, name = self._clock.now(), nickname_of(heard.nickname)
        async with self._db.write() as session:
            person = await open_person(
                session, account.channel, account.id, community_id, heard.user_id, name, group, now
            )
        if group is not None:
            self._in.add((group.chat_id, person.resident_id))
        return person


def nickname_of(name: str) -> str:
    """What a resident is called here; nobody is called like the bot."""
    return STRANGER if not name or any(ours in name for ours in OUR_NAMES) else name[:LONGEST_NICKNAME]
