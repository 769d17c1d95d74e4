"""A good deed is told, and whoever did it is asked whether and under which name it may be passed on."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.bulletins.access import (
    DEED_WRITERS,
    LONGEST_REASON,
    DeedTools,
    access_resident,
    access_staff,
    check_text,
    lock_row,
)
from actions.bulletins.commands import AnswerConsent, AskConsent, EditDeed, NameDeed, RecordConsent, TellDeed, WriteDeed
from actions.bulletins.model import DeedState, GoodDeed
from actions.bulletins.tell import changed, mask, press, tell, tell_staff
from actions.errors import InvalidInput, MoveRefused, NotFound
from actions.inserting import insert_once
from actions.outcome import NOTHING_FITS, Outcome, Reply
from actions.people.model import OrgUnit, Resident, StaffMember
from actions.routing.rules import Rules

LONGEST_DEED = 300
CALLS = ("name", "nick", "anon")
_NAME = re.compile(r"[一-鿿㐀-䶿]{1,8}(?:·[一-鿿㐀-䶿]{1,8})?|[A-Za-z][A-Za-z .'-]{0,28}")
_OPEN = (DeedState.TOLD, DeedState.ASKED, DeedState.AGREED)


async def tell_deed(session: AsyncSession, command: TellDeed, now: datetime, rules: Rules, tools: DeedTools) -> Outcome:
    """Keep it without anything private; ask who did it, or have staff find out who that is.

    Praise for staff is no deed of a neighbour: then nothing fits.
    """
    await access_resident(session, command.community_id, command.resident_id)
    if await _is_staff(session, command):
        return Outcome(value=NOTHING_FITS)
    nominee = await _find_nominee(session, command)
    if nominee is not None and nominee.id == command.resident_id:
        return Outcome((Reply("deed.ones_own"),))
    text, who = mask(command.text.strip(), command.who, tools.scrub)
    deed = await _new(
        session, command.community_id, command.source, now, text=text[:LONGEST_DEED], who=who, minor=command.minor,
        thanker_id=command.resident_id,
    )  # fmt: skip
    if deed is None:
        return Outcome()
    if nominee is None or deed.minor:
        staff = tell_staff(deed.community_id, "staff.deed.find", f"find:{deed.id}:0", who=deed.who)
        return Outcome((Reply("deed.told.find"), staff), (_changed(deed),), deed.id)
    return Outcome((Reply("deed.told"), await _ask(session, deed, nominee.id)), (_changed(deed),), deed.id)


async def write_deed(
    session: AsyncSession, command: WriteDeed, now: datetime, rules: Rules, tools: DeedTools
) -> Outcome:
    """By staff, who have seen it or were told; handed in twice it is there once."""
    await access_staff(session, command.staff_id, command.community_id, DEED_WRITERS)
    text, who = _check_words(command.text, command.who, tools)
    if command.nominee_id is not None:
        await access_resident(session, command.community_id, command.nominee_id)
    deed = await _new(
        session, command.community_id, command.source, now, text=text, who=who, minor=command.minor,
        author_id=command.staff_id,
    )  # fmt: skip
    if deed is None:
        return Outcome()
    asked = () if command.nominee_id is None else (await _ask(session, deed, command.nominee_id),)
    return Outcome(asked, (_changed(deed),), deed.id)


async def edit_deed(session: AsyncSession, command: EditDeed, now: datetime, rules: Rules, tools: DeedTools) -> Outcome:
    """Another text needs another yes: whoever was asked is asked again, what staff heard is void."""
    deed = await _lock(session, command.deed_id, command.staff_id)
    text, who = _check_words(command.text, command.who, tools)
    if (deed.text, deed.who, deed.minor) == (text, who, command.minor):
        return Outcome(value=deed.id)
    child_now = command.minor and not deed.minor
    deed.text, deed.who, deed.minor = text, who, command.minor
    deed.call, deed.shown_as, deed.agreed_how, deed.agreed_at = "", "", "", None
    deed.state = DeedState.TOLD
    if child_now:
        deed.asked_id = None  # it was the child who was asked
    asked = (await _ask(session, deed, deed.asked_id),) if deed.asked_id is not None else ()
    await session.flush()
    return Outcome(asked, (_changed(deed),), deed.id)


async def ask_consent(
    session: AsyncSession, command: AskConsent, now: datetime, rules: Rules, tools: DeedTools
) -> Outcome:
    """Staff know who it was (of a child: who the guardian is)."""
    deed = await _lock(session, command.deed_id, command.staff_id)
    await access_resident(session, deed.community_id, command.resident_id)
    return Outcome((await _ask(session, deed, command.resident_id),), (_changed(deed),), deed.id)


async def record_consent(
    session: AsyncSession, command: RecordConsent, now: datetime, rules: Rules, tools: DeedTools
) -> Outcome:
    """They said it to staff; who heard it, and how, is kept."""
    deed = await _lock(session, command.deed_id, command.staff_id)
    deed.agreed_how = check_text(command.how, LONGEST_REASON, empty="deed.how_agreed")
    shown = "" if command.call == "anon" else check_name(command.name)
    _agree(deed, command.call, shown, now)
    await session.flush()
    return Outcome(events=(_changed(deed),), value=deed.id)


async def answer_consent(
    session: AsyncSession, command: AnswerConsent, now: datetime, rules: Rules, tools: DeedTools
) -> Outcome:
    """By the one who was asked, to the text they have seen; until it is told they may say otherwise."""
    deed = await lock_row(session, GoodDeed, command.deed_id)
    resident = await session.get_one(Resident, command.resident_id)
    if deed.asked_id != resident.id:
        raise NotFound(f"deed {command.deed_id}", phrase="deed.none_such")
    if deed.state not in (DeedState.ASKED, DeedState.AGREED) or deed.round != command.round:
        raise MoveRefused(f"is {deed.state}", phrase="deed.too_late")
    match command.answer:
        case "no":
            return _decline(deed, now)
        case "other":
            return _somebody_else(deed)
        case "name" if not command.name:
            deed.call = "name"  # waits for it
            await session.flush()
            return Outcome((_answer(deed, "deed.which_name"),), value=deed.id)
    shown = {"name": command.name, "nick": resident.nickname}.get(command.answer, "")
    _agree(deed, command.answer, check_name(shown) if command.answer == "name" else shown, now)
    await session.flush()
    staff = tell_staff(deed.community_id, "staff.deed.agreed", f"agreed:{deed.id}:{deed.round}")
    return Outcome((_answer(deed, f"deed.agreed.{deed.call}", shown=shown), staff), (_changed(deed),), deed.id)


async def name_deed(session: AsyncSession, command: NameDeed, now: datetime, rules: Rules, tools: DeedTools) -> Outcome:
    """The name of whoever has just chosen to be named; nobody else is meant."""
    query = select(GoodDeed).where(
        GoodDeed.asked_id == command.resident_id, GoodDeed.state == DeedState.ASKED, GoodDeed.call == "name"
    )
    deed = await session.scalar(query.order_by(GoodDeed.id.desc()).limit(1))
    if deed is None or deed.community_id != command.community_id:
        return Outcome((Reply("deed.no_name_asked"),))
    answer = AnswerConsent(deed.id, command.resident_id, "name", deed.round, command.name)
    return await answer_consent(session, answer, now, rules, tools)


def check_name(name: str) -> str:
    """A name that people have. Raises InvalidInput."""
    name = name.strip()
    if not _NAME.fullmatch(name):
        raise InvalidInput("no name", phrase="deed.no_name")
    return name


def _agree(deed: GoodDeed, call: str, shown: str, now: datetime) -> None:
    if call not in CALLS or (call == "name" and deed.minor):
        raise InvalidInput(f"called {call!r}", phrase="deed.child_unnamed" if deed.minor else "deed.how_called")
    deed.call, deed.shown_as = call, shown
    deed.state, deed.agreed_at = DeedState.AGREED, now


def _decline(deed: GoodDeed, now: datetime) -> Outcome:
    reply = _answer(deed, "deed.declined")
    deed.state, deed.ended_at = DeedState.DECLINED, now
    forget(deed)
    return Outcome((reply,), (_changed(deed),), deed.id)


def _somebody_else(deed: GoodDeed) -> Outcome:
    reply = _answer(deed, "deed.not_them")
    deed.state, deed.asked_id, deed.call = DeedState.TOLD, None, ""
    staff = tell_staff(deed.community_id, "staff.deed.find", f"find:{deed.id}:{deed.round}", who=deed.who)
    return Outcome((reply, staff), (_changed(deed),), deed.id)


def forget(deed: GoodDeed) -> None:
    """Nothing is kept of what may not be told."""
    deed.text, deed.who, deed.shown_as, deed.call = "", "", "", ""


def _answer(deed: GoodDeed, phrase: str, **params: Any) -> Reply:
    assert deed.asked_id is not None
    return tell(deed.asked_id, deed.community_id, phrase, immediate=True, **params)


async def _ask(session: AsyncSession, deed: GoodDeed, resident_id: int) -> Reply:
    """Ask in private, with the text as it would be told."""
    deed.asked_id, deed.round, deed.state = resident_id, deed.round + 1, DeedState.ASKED
    deed.call, deed.shown_as, deed.agreed_how, deed.agreed_at = "", "", "", None
    await session.flush()
    calls = ("nick", "anon") if deed.minor else ("nick", "name", "anon")
    buttons = [press(answer, answer, deed.id, deed.round) for answer in (*calls, "no", "other")]
    phrase = "deed.ask_guardian" if deed.minor else "deed.ask"
    key = f"ask:{deed.id}:{deed.round}"
    return tell(resident_id, deed.community_id, phrase, key=key, buttons=buttons, text=deed.text)


async def _lock(session: AsyncSession, deed_id: int, staff_id: int) -> GoodDeed:
    """A deed that staff may still work on."""
    deed = await lock_row(session, GoodDeed, deed_id)
    await access_staff(session, staff_id, deed.community_id, DEED_WRITERS)
    if deed.state not in _OPEN:
        raise MoveRefused(f"is {deed.state}", phrase="deed.settled")
    return deed


def _check_words(text: str, who: str, tools: DeedTools) -> tuple[str, str]:
    text = tools.scrub(check_text(text, LONGEST_DEED, empty="deed.empty"))
    who = check_text(who, 32, empty="deed.whom")
    if who not in text:
        raise InvalidInput("not in the text", phrase="deed.who_not_there", who=who)
    return text, who


async def _new(
    session: AsyncSession, community_id: int, source: str, now: datetime, **values: Any
) -> GoodDeed | None:  # fmt: skip
    row = {
        "community_id": community_id, "source": source, "state": DeedState.TOLD, "round": 0, "call": "", "shown_as": "",
        "agreed_how": "", "reason": "", "told_at": now, **values,
    }  # fmt: skip
    deed_id = await insert_once(session, GoodDeed, row, ("community_id", "source"))
    return await session.get_one(GoodDeed, deed_id) if deed_id is not None else None


async def _is_staff(session: AsyncSession, command: TellDeed) -> bool:
    here = (StaffMember.community_id == command.community_id, StaffMember.active.is_(True))
    named = (*here, StaffMember.name.in_(command.names))
    return await session.scalar(select(StaffMember.id).where(*named).limit(1)) is not None


async def _find_nominee(session: AsyncSession, command: TellDeed) -> Resident | None:
    """The one neighbour who is called so (in that building, where one was said); of several none."""
    query = select(Resident).where(Resident.community_id == command.community_id)
    if command.building:
        here = (OrgUnit.community_id == command.community_id, OrgUnit.code == command.building)
        query = query.where(Resident.building_id.in_(select(OrgUnit.id).where(*here)))
    exact = (await session.scalars(query.where(Resident.nickname.in_(command.names)).limit(2))).all()
    if exact:
        return exact[0] if len(exact) == 1 else None
    if not command.building or len(command.names[0]) < 2:  # part of a name is too little without the place
        return None
    alike = query.where(or_(*(Resident.nickname.contains(name, autoescape=True) for name in command.names)))
    found = (await session.scalars(alike.limit(2))).all()
    return found[0] if len(found) == 1 else None


def _changed(deed: GoodDeed) -> Any:
    return changed("GoodDeedChanged", deed.community_id, deed_id=deed.id)
