"""收到 and 需要帮助: who has read a notice, and who must be gone to. And who wants no notices."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotFound
from actions.inserting import insert_once
from actions.notices.access import NoticeTools, get_staff, notice_event
from actions.notices.commands import AnswerNotice, SetNoticesWanted, SetWelcome
from actions.notices.model import Broadcast, BroadcastState, Notice, NoticeAnswer, NoticeOptOut, WelcomeText
from actions.notices.sending import ACK, HELP
from actions.outcome import Audience, Event, Outcome, Reply
from actions.people.model import OrgUnit, Resident
from actions.routing.rules import Rules

LONGEST_WELCOME = 400


async def answer_notice(
    session: AsyncSession, command: AnswerNotice, now: datetime, rules: Rules, tools: NoticeTools
) -> Outcome:
    """Once is enough; a cry for help is not taken back by a later 收到."""
    broadcast = await session.get(Broadcast, command.broadcast_id)
    resident = await session.get(Resident, command.resident_id)
    if broadcast is None or resident is None or resident.community_id != broadcast.community_id:
        raise NotFound(f"broadcast {command.broadcast_id}", phrase="notice.gone")
    if broadcast.state == BroadcastState.RECALLED and command.word == ACK:
        raise MoveRefused("taken back", phrase="notice.gone")
    notice = await session.get_one(Notice, broadcast.notice_id)
    if not await _note(session, broadcast, command, now):
        return Outcome()
    said = notice_event("NoticeAnswered", notice, broadcast_id=broadcast.id)
    thanks = Reply(
        f"notice.thanks.{command.word}",
        {"title": notice.title},
        to=Audience.PRIVATE,
        resident_id=resident.id,
        community_id=resident.community_id,
        urgent=command.word == HELP,
        effect_key=f"notice.thanks:{command.word}:{broadcast.id}:{resident.id}",
    )
    if command.word != HELP:
        return Outcome((thanks,), (said,))
    text = tools.book.words["help_text"].format_map({"title": notice.title})
    words = f"{text}{command.text}" if command.text else text
    asked = await help_event(session, resident, tools.book.words["help_service"], words)
    return Outcome((thanks,), (said, asked))


async def _note(session: AsyncSession, broadcast: Broadcast, command: AnswerNotice, now: datetime) -> bool:
    """Whether something new was said. The table decides between two at once."""
    row = {
        "community_id": broadcast.community_id,
        "broadcast_id": broadcast.id,
        "resident_id": command.resident_id,
        "word": command.word,
        "said_at": now,
    }
    if await insert_once(session, NoticeAnswer, row, ("broadcast_id", "resident_id")) is not None:
        return True
    if command.word != HELP:
        return False
    same = (NoticeAnswer.broadcast_id == broadcast.id, NoticeAnswer.resident_id == command.resident_id)
    done = await session.execute(
        update(NoticeAnswer).where(*same, NoticeAnswer.word != HELP).values(word=HELP, said_at=now)
    )
    return bool(getattr(done, "rowcount", 0))


async def help_event(session: AsyncSession, resident: Resident, service: str, text: str) -> Event:
    """Somebody must be gone to: what a ticket needs."""
    building = await session.get(OrgUnit, resident.building_id) if resident.building_id else None
    request = {
        "service": service,
        "text": text,
        "resident_id": resident.id,
        "building": (building.code or building.name) if building is not None else "",
        "unit": resident.unit,
        "room": resident.room,
    }
    return Event("CareWanted", resident.community_id, {"request": request})


async def set_notices_wanted(
    session: AsyncSession, command: SetNoticesWanted, now: datetime, rules: Rules, tools: NoticeTools
) -> Outcome:
    """No more notices in private, or again."""
    resident = await session.get(Resident, command.resident_id)
    if resident is None:
        raise NotFound(f"resident {command.resident_id}")
    if command.wanted:
        await session.execute(delete(NoticeOptOut).where(NoticeOptOut.resident_id == resident.id))
    else:
        # not ``insert_once``: this table's key is the resident
        if await session.get(NoticeOptOut, resident.id) is None:
            session.add(NoticeOptOut(resident_id=resident.id, community_id=resident.community_id, since=now))
        await session.flush()
    phrase = "notice.wanted" if command.wanted else "notice.not_wanted"
    return Outcome((Reply(phrase, to=Audience.PRIVATE, resident_id=resident.id),))


async def set_welcome(
    session: AsyncSession, command: SetWelcome, now: datetime, rules: Rules, tools: NoticeTools
) -> Outcome:
    """The community's own words to who comes in."""
    staff = await get_staff(session, command.staff_id, command.community_id, tools.book.approvers)
    text = command.text.strip()
    if len(text) > LONGEST_WELCOME:
        raise InvalidInput("too long", phrase="notice.too_long", longest=LONGEST_WELCOME, length=len(text))
    private = tools.find_private(text)
    if private and not command.private_confirmed:
        raise InvalidInput("private", phrase="notice.private", found="、".join(private))
    row = {"community_id": command.community_id, "text": text, "staff_id": staff.id, "changed_at": now}
    await session.merge(WelcomeText(**row))
    await session.flush()
    return Outcome(value=command.community_id)
