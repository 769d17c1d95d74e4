"""Staff open a case. Who, when and why is written down in the same transaction: no reading without its trace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput
from actions.outcome import Outcome
from actions.people.model import Household, OrgUnit, Resident, StaffMember
from actions.routing.rules import Rules
from actions.tips.access import access_tip
from actions.tips.commands import Opening, ReadTip
from actions.tips.leaving import place_words
from actions.tips.model import Tip, TipEntry, TipReading, TipState
from actions.tips.sealing import Seals, open_tip, open_words
from actions.tips.telling import tell_reporter, tip_event

#: why somebody opens a case; a list, because free words would say what it is about
REASONS = ("handle", "answer", "hand_over", "supervise", "lawful")


@dataclass(frozen=True, slots=True)
class OpenEntry:
    """An entry in clear, for the one page that asked for it."""

    at: datetime
    kind: str
    who: str  # of staff; "" for the reporter
    words: Mapping[str, Any]
    for_reporter: bool


@dataclass(frozen=True, slots=True)
class OpenCase:
    """What was opened; ``reporter`` only if it was asked for who said it."""

    tip_id: int
    entries: tuple[OpenEntry, ...] = ()
    reporter: Mapping[str, str] | None = None


async def read_tip(session: AsyncSession, command: ReadTip, now: datetime, rules: Rules, seals: Seals) -> Outcome:
    """Open it for a named role. Raises NotFound, InvalidInput without a reason, TipKeyUnavailable."""
    tip, staff = await access_tip(session, command.tip_id, command.staff_id)
    if command.reason not in REASONS:
        raise InvalidInput("no reason", phrase="tips.why")
    private = await open_tip(session, seals, tip)
    session.add(
        TipReading(
            community_id=tip.community_id,
            tip_id=tip.id,
            at=now,
            staff_id=staff.id,
            name=staff.name,
            role=staff.role,
            what=command.what,
            reason=command.reason,
        )
    )
    if command.what is Opening.REPORTER:
        case = OpenCase(tip.id, reporter=await _reporter(session, tip, rules))
        return Outcome(events=(tip_event("TipRead", tip),), value=case)
    case = OpenCase(tip.id, await _entries(session, tip, private, seals))
    return Outcome(_mark_read(tip), (tip_event("TipRead", tip),), case)


def _mark_read(tip: Tip) -> tuple[Any, ...]:
    tip.unread_since = tip.remind_at = None
    if tip.state != TipState.RECEIVED:
        return ()
    tip.state = TipState.READ
    return tell_reporter(tip, "tips.read", step="read")


async def _entries(session: AsyncSession, tip: Tip, private: bytes, seals: Seals) -> tuple[OpenEntry, ...]:
    query = (
        select(TipEntry, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == TipEntry.staff_id)
        .where(TipEntry.tip_id == tip.id)
        .order_by(TipEntry.id)
    )
    return tuple(
        OpenEntry(entry.at, entry.kind, name or "", open_words(seals, tip, private, entry), entry.for_reporter)
        for entry, name in await session.execute(query)
    )


async def _reporter(session: AsyncSession, tip: Tip, rules: Rules) -> Mapping[str, str]:
    """Nickname and home of who said it; nothing of the anonymous."""
    resident = await session.get(Resident, tip.reporter_id) if tip.reporter_id else None
    if resident is None:
        return {"name": "", "home": ""}
    home = await session.get(Household, resident.household_id) if resident.household_id else None
    building_id = home.building_id if home else resident.building_id
    building = await session.get(OrgUnit, building_id) if building_id else None
    where = {
        "building": building.code if building else "",
        "unit": home.unit if home else resident.unit,
        "room": home.room if home else resident.room,
    }
    return {"name": resident.nickname, "home": place_words(where, rules)}
