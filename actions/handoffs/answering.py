"""The person's side: take it, step in, speak, pass it on, make a ticket of it, hand it back."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotFound
from actions.handoffs.access import (
    access_handoff,
    check_has,
    check_open,
    find_open,
    lock_handoff,
    may_answer,
    name_of,
    team_name,
)
from actions.handoffs.asking import hold_thread, open_handoff
from actions.handoffs.commands import (
    AddThread,
    AskHandoff,
    HandBack,
    NoteAnswer,
    OpenHandoffTicket,
    SpeakInHandoff,
    StepIn,
    TakeHandoff,
)
from actions.handoffs.ending import end
from actions.handoffs.model import Ending, Handoff, HandoffThread, State, Why
from actions.handoffs.tell import add_step, handoff_event, tell_resident, time_words
from actions.handoffs.timing import next_due
from actions.outcome import Audience, Event, Outcome, Reply
from actions.people.model import Resident, StaffMember
from actions.routing.rules import Rules

LONGEST = 2000
LEFT_ALONE = timedelta(minutes=15)  # whoever was silent as long may be relieved by a colleague


async def take_handoff(session: AsyncSession, command: TakeHandoff, now: datetime, rules: Rules) -> Outcome:
    """One person has it; a second learns who. Who left it alone for long can be relieved."""
    handoff, staff = await access_handoff(session, command.handoff_id, command.staff_id)
    check_open(handoff)
    if handoff.state == State.TAKEN:
        if handoff.taken_by == staff.id:
            return Outcome(value=handoff.id)
        if not left_alone(handoff, now):
            raise MoveRefused("taken", phrase="handoff.has_it", name=await name_of(session, handoff.taken_by))
    event = await _take(session, handoff, staff, now, rules)
    return Outcome(await _here_i_am(session, handoff, staff), (event,), handoff.id)


def left_alone(handoff: Handoff, now: datetime) -> bool:
    """Whether the resident waits and the one who has it has not said a word for long."""
    return handoff.unanswered_since is not None and now - handoff.unanswered_since >= LEFT_ALONE


async def _take(session: AsyncSession, handoff: Handoff, staff: StaffMember, now: datetime, rules: Rules) -> Event:
    handoff.state, handoff.taken_by, handoff.taken_at = State.TAKEN, staff.id, now
    handoff.meant_for, handoff.reminded, handoff.changed_at = None, 0, now
    handoff.last_at, handoff.unanswered_since = max(handoff.last_at, now), now
    handoff.next_at = next_due(handoff, rules)
    await add_step(session, handoff, "take", now, staff_id=staff.id)
    return handoff_event("HandoffTaken", handoff)


async def _here_i_am(session: AsyncSession, handoff: Handoff, staff: StaffMember) -> tuple[Reply, ...]:
    """In private somebody wants to know that a person is there; in a group their first word says it."""
    if handoff.in_group:
        return ()
    team = await team_name(session, staff.team_id)
    phrase = "handoff.taken" if team else "handoff.taken_by_name"
    return (tell_resident(handoff, phrase, key=f"taken:{staff.id}:{handoff.taken_at}", name=staff.name, team=team),)


async def step_in(session: AsyncSession, command: StepIn, now: datetime, rules: Rules) -> Outcome:
    """Unasked: the resident hears who speaks now. Where somebody waits already, that is taken."""
    staff, resident = await _people(session, command)
    known = await find_open(session, command.chat_id, command.resident_id)
    if known is None:
        ask = AskHandoff(command.community_id, command.chat_id, resident.id, Why.STEPPED_IN, in_group=command.in_group)
        handoff = await open_handoff(session, ask, now, rules)
        known = handoff or await find_open(session, command.chat_id, command.resident_id)
        if handoff is not None:
            event = await _take(session, handoff, staff, now, rules)
            handoff.unanswered_since = None  # nobody has asked yet
            handoff.next_at = next_due(handoff, rules)
            team = await team_name(session, staff.team_id)
            phrase = "handoff.stepped_in" if team else "handoff.stepped_in_by_name"
            told = tell_resident(handoff, phrase, key="in", name=staff.name, team=team)
            return Outcome((told,), (event,), handoff.id)
    if known is None:
        raise MoveRefused("it has just ended", phrase="handoff.over")
    return await take_handoff(session, TakeHandoff(known.id, staff.id), now, rules)


async def _people(session: AsyncSession, command: StepIn) -> tuple[StaffMember, Resident]:
    staff = await session.get(StaffMember, command.staff_id)
    resident = await session.get(Resident, command.resident_id)
    if staff is None or resident is None or resident.community_id != command.community_id:
        raise NotFound(f"resident {command.resident_id}", phrase="handoff.none_such")
    place = resident.building_id or resident.community_id
    if not await may_answer(session, staff, command.community_id, place):
        raise NotFound(f"resident {command.resident_id}", phrase="handoff.none_such")
    return staff, resident


async def speak_in_handoff(session: AsyncSession, command: SpeakInHandoff, now: datetime, rules: Rules) -> Outcome:
    """Under one's own name, where it was asked or in private. Who speaks first has it."""
    handoff, staff = await access_handoff(session, command.handoff_id, command.staff_id)
    _check_words(command.text, command.pictures)
    events: tuple[Event, ...] = ()
    if handoff.state == State.WAITING:
        events = (await _take(session, handoff, staff, now, rules),)
    await check_has(session, handoff, staff)
    if not await add_step(session, handoff, "say", now, staff_id=staff.id, key=f"say:{command.once}"):
        return Outcome(value=handoff.id)
    _spoken(handoff, now, rules)
    private = command.private and handoff.in_group
    reply = Reply(
        "handoff.said",
        {"text": command.text},
        Audience.PRIVATE if private else Audience.CHAT,
        resident_id=handoff.resident_id,
        chat_id=None if private else handoff.chat_id,
        community_id=handoff.community_id,
        pictures=command.pictures,
        staff_id=staff.id,
        speaker=_called(staff.name, await team_name(session, staff.team_id)),
        effect_key=f"handoff:{handoff.id}:say:{command.once}",
    )
    event = handoff_event("HandoffAnswered", handoff)
    if private and not await _speaks_in_private(session, handoff):
        event = handoff_event("HandoffWentPrivate", handoff, resident_id=handoff.resident_id)
    return Outcome((reply,), (*events, event), handoff.id)


def _called(name: str, team: str) -> str:
    return f"{name}（{team}）" if team else name


def _check_words(text: str, pictures: tuple[str, ...] = ()) -> None:
    if not text.strip() and not pictures:
        raise InvalidInput("nothing said", phrase="handoff.say_something")
    if len(text) > LONGEST:
        raise InvalidInput("too long", phrase="handoff.too_long", most=LONGEST)


def _spoken(handoff: Handoff, now: datetime, rules: Rules) -> None:
    handoff.first_word_at = handoff.first_word_at or now
    handoff.last_at, handoff.changed_at, handoff.unanswered_since, handoff.reminded = now, now, None, 0
    handoff.next_at = next_due(handoff, rules)


async def _speaks_in_private(session: AsyncSession, handoff: Handoff) -> bool:
    query = select(HandoffThread.id).where(HandoffThread.handoff_id == handoff.id, HandoffThread.private.is_(True))
    return await session.scalar(query) is not None


async def add_thread(session: AsyncSession, command: AddThread, now: datetime, rules: Rules) -> Outcome:
    """What the resident answers in private is for the same person."""
    handoff = await lock_handoff(session, command.handoff_id)
    if not await hold_thread(session, handoff, command.chat_id, now, private=True):
        raise MoveRefused("another one has that chat", phrase="handoff.private_elsewhere")
    return Outcome(events=(handoff_event("HandoffAnswered", handoff),), value=handoff.id)


async def note_answer(session: AsyncSession, command: NoteAnswer, now: datetime, rules: Rules) -> Outcome:
    """An answer from a ticket, into a talk that waits for a person, is that person's first word."""
    query = select(HandoffThread.handoff_id).join(Handoff, Handoff.id == HandoffThread.handoff_id)
    query = query.where(Handoff.resident_id == command.resident_id, HandoffThread.thread.is_not(None))
    here = HandoffThread.private.is_(True) if command.chat_id is None else HandoffThread.chat_id == command.chat_id
    found = await session.scalar(query.where(here).limit(1))
    staff = await session.get(StaffMember, command.staff_id)
    if found is None or staff is None:
        return Outcome()
    handoff = await lock_handoff(session, found)
    if handoff.state == State.ENDED or (handoff.state == State.TAKEN and handoff.taken_by != staff.id):
        return Outcome()
    events = (await _take(session, handoff, staff, now, rules),) if handoff.state == State.WAITING else ()
    _spoken(handoff, now, rules)
    return Outcome(events=(*events, handoff_event("HandoffAnswered", handoff)), value=handoff.id)


async def hand_back(session: AsyncSession, command: HandBack, now: datetime, rules: Rules) -> Outcome:
    """The resident hears that the bot is back. Twice is once."""
    handoff, staff = await access_handoff(session, command.handoff_id, command.staff_id)
    if handoff.state == State.ENDED:
        return Outcome(value=handoff.id)
    if handoff.state == State.TAKEN:
        await check_has(session, handoff, staff)
    event = await end(session, handoff, Ending.STAFF, now, staff.id)
    reply = tell_resident(handoff, "handoff.back", key="back", name=staff.name)
    return Outcome((reply,), (event,), handoff.id)


async def open_handoff_ticket(
    session: AsyncSession, command: OpenHandoffTicket, now: datetime, rules: Rules
) -> Outcome:
    """What was told becomes a ticket of the resident's; they hear until when it is done."""
    handoff, staff = await access_handoff(session, command.handoff_id, command.staff_id)
    await check_has(session, handoff, staff)
    _check_words(command.text)
    if command.service not in rules.services or command.service in rules.sealed:
        raise InvalidInput("no such service", phrase="console.choose_service")
    if not await add_step(session, handoff, "ticket", now, staff_id=staff.id, key=f"ticket:{command.once}"):
        return Outcome(value=handoff.id)
    _spoken(handoff, now, rules)
    service = rules.services[command.service]
    due = time_words(rules.due(service, now), rules)
    reply = tell_resident(handoff, "handoff.ticket", key=f"ticket:{command.once}", title=service.name, due=due)
    wanted = {"service": service.code, "text": command.text, "staff_id": staff.id}
    event = handoff_event("HandoffTicketWanted", handoff, **wanted)
    return Outcome((reply,), (event,), handoff.id)
