"""Coming into a group by its invite: who one is, where one lives, and that one agrees."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.notices.model import WelcomeText
from actions.people.binding import ensure_claim
from actions.people.model import Household, Level, OrgUnit, Resident
from bot.channels.webchat.access import add_member, open_own_private_chat
from bot.channels.webchat.errors import ChatRefused
from bot.channels.webchat.lines import BOT_NAME
from bot.messages import ChatKind, OutgoingMessage
from bot.outbox import Outgoing, enqueue
from bot.phrases import Phrases
from bot.storage.tables import Chat, ChatMember, ChatMessage
from nlu.model.script import to_traditional

MAX_NICKNAME = 16
ROOM = re.compile(r"[0-9A-Za-z-]{0,8}")
ELSEWHERE = "elsewhere"  # a shop, a relative, a tenant of another house


class JoinRefused(ChatRefused):
    """The form is not complete; the phrase says what is missing."""

    @property
    def phrase(self) -> str:
        return f"webchat.join.{self.code}"


@dataclass(frozen=True, slots=True)
class Home:
    """One choice of "where do you live": ``value`` is "<building id>:<unit>"."""

    value: str
    label: str
    building_id: int
    unit: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """What the join page shows."""

    chat: Chat
    community: str
    members: int
    homes: Mapping[str, Sequence[Home]]  # by building


@dataclass(frozen=True, slots=True)
class Joining:
    """The form as filled in and checked."""

    nickname: str
    home: Home | None
    room: str


async def find_invited_chat(session: AsyncSession, invite: str) -> Chat | None:
    """The residents' group of an invite; the staff's group and private chats have none."""
    query = select(Chat).where(Chat.invite == invite, Chat.kind == ChatKind.GROUP)
    return (await session.execute(query)).scalar_one_or_none()


async def find_invitation(session: AsyncSession, invite: str) -> Invitation | None:
    """What the invite leads to, or None."""
    chat = await find_invited_chat(session, invite)
    if chat is None:
        return None
    community = await session.get(OrgUnit, chat.community_id)
    members = await session.execute(
        select(func.count()).where(ChatMember.chat_id == chat.id, ChatMember.left_at.is_(None))
    )
    homes = await _load_homes(session, chat)
    return Invitation(chat, community.name if community else "", members.scalar_one(), homes)


async def _load_homes(session: AsyncSession, chat: Chat) -> dict[str, list[Home]]:
    area = (await session.execute(select(OrgUnit.path).where(OrgUnit.id.in_(chat.org_unit_ids)))).scalars().all()
    if not area:  # a group of the whole community
        inside = OrgUnit.community_id == chat.community_id
    else:
        inside = or_(*(OrgUnit.path.startswith(path, autoescape=True) for path in area))
    query = select(OrgUnit).where(OrgUnit.level == Level.BUILDING, inside).order_by(OrgUnit.id)
    buildings = (await session.execute(query)).scalars().all()
    units = await session.execute(
        select(Household.building_id, Household.unit)
        .where(Household.building_id.in_([b.id for b in buildings]))
        .distinct()
    )
    by_building: dict[int, set[str]] = {}
    for building_id, unit in units:
        by_building.setdefault(building_id, set()).add(unit)
    return {b.name: _homes(b, by_building.get(b.id, set()) - {""}) for b in buildings}


def _homes(building: OrgUnit, units: set[str]) -> list[Home]:
    ordered = sorted(units, key=lambda unit: (len(unit), unit)) or [""]
    return [
        Home(f"{building.id}:{unit}", f"{building.name}{unit + '单元' if unit else ''}", building.id, unit)
        for unit in ordered
    ]


def check_joining(form: Mapping[str, object], homes: Mapping[str, Sequence[Home]]) -> Joining:
    """The form's values. Raises JoinRefused with what is missing."""
    nickname = clean_nickname(str(form.get("nickname", "")))
    if not nickname:
        raise JoinRefused("nickname_missing")
    if len(nickname) > MAX_NICKNAME:
        raise JoinRefused("nickname_too_long", limit=MAX_NICKNAME)
    if BOT_NAME in nickname or "小鄰" in nickname:
        raise JoinRefused("nickname_reserved")
    chosen = str(form.get("home", ""))
    home = next((h for choices in homes.values() for h in choices if h.value == chosen), None)
    if home is None and chosen != ELSEWHERE:
        raise JoinRefused("home_unknown")
    room = unicodedata.normalize("NFKC", str(form.get("room", ""))).strip()
    if not ROOM.fullmatch(room):
        raise JoinRefused("room_wrong")
    if form.get("consent") != "yes":
        raise JoinRefused("consent_missing")
    return Joining(nickname, home, room if home else "")


def clean_nickname(text: str) -> str:
    """Without invisible characters, which could make two names look the same; blanks folded."""
    seen = "".join(" " if c.isspace() else c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))
    return " ".join(seen.split())


async def open_resident(session: AsyncSession, joining: Joining, community_id: int, now: datetime) -> Resident:
    """A new resident. What flat they live in is what they say; it is not proof for a vote."""
    resident = Resident(
        community_id=community_id,
        nickname=joining.nickname,
        building_id=joining.home.building_id if joining.home else None,
        unit=joining.home.unit if joining.home else "",
        room=joining.room,
        created_at=now,
    )
    session.add(resident)
    await session.flush()
    await ensure_claim(session, resident, now)
    return resident


async def join_group(session: AsyncSession, chat: Chat, resident: Resident, phrases: Phrases, now: datetime) -> None:
    """Make the resident a member, open their chat with the bot, have it say welcome there, once a group."""
    last = await session.execute(select(func.max(ChatMessage.id)).where(ChatMessage.chat_id == chat.id))
    await add_member(session, chat, resident.id, now, read_to=last.scalar() or 0)
    private = await open_own_private_chat(session, resident, now)
    params = {"nickname": resident.nickname, "group": chat.name}
    text = phrases.render("webchat.welcome", params, script=resident.script)
    welcome = OutgoingMessage(chat_id=private.id, text=text, effect_key=f"welcome:{resident.id}:{chat.id}")
    said = [Outgoing(welcome, private)]
    own = await session.get(WelcomeText, chat.community_id)  # what the community itself says, once a resident
    if own is not None and own.text:
        text = to_traditional(own.text) if resident.script == "hant" else own.text
        words = OutgoingMessage(chat_id=private.id, text=text, effect_key=f"welcome.own:{resident.id}")
        said.append(Outgoing(words, private))
    await enqueue(session, said, now)
