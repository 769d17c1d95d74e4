"""The resident's side: wanting a person, saying more meanwhile, waiting no longer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import NotFound
from actions.handoffs.access import find_open, lock_handoff, name_of, team_name
from actions.handoffs.commands import AskHandoff, HearHandoff, LeaveHandoff
from actions.handoffs.ending import end
from actions.handoffs.model import Ending, Handoff, HandoffThread, State, thread_name
from actions.handoffs.tell import add_step, handoff_event, hours_words, leave_button, opens_at, tell_staff, time_words
from actions.handoffs.timing import next_due
from actions.inserting import insert_once
from actions.outcome import Event, Outcome, Reply
from actions.people.directory import get_directory
from actions.people.model import OrgUnit, Resident, Team
from actions.routing.desks import find_desk
from actions.routing.rules import Rules

SERVICE = "handoff"  # the line of the responsibility list that says whose it is
_SORRY = {"anger": "handoff.sorry.anger", "misunderstood": "handoff.sorry.misunderstood"}


class ThreadClosed(Exception):
    """It ended while the message was on its way: the message is decided on anew."""


async def ask_handoff(session: AsyncSession, command: AskHandoff, now: datetime, rules: Rules) -> Outcome:
    """Put the resident before the desk that answers for them, and say honestly when somebody will come."""
    known = await find_open(session, command.chat_id, command.resident_id)
    if known is not None:
        return await _ask_again(session, known, now, rules)
    handoff = await open_handoff(session, command, now, rules)
    if handoff is None:  # somebody stepped in at this very moment
        return Outcome()
    await add_step(session, handoff, command.why, now, key="asked")
    handoff.next_at = next_due(handoff, rules)
    staff = await tell_staff(session, handoff, f"staff.handoff.{command.why}", "new")
    sorry = _SORRY.get(command.why)
    replies = [Reply(sorry, resident_id=handoff.resident_id)] if sorry else []
    replies += [await _who_comes(session, handoff, now, rules), staff]
    event = handoff_event("HandoffAsked", handoff, withdraws=command.withdraws, resident_id=handoff.resident_id)
    return Outcome(tuple(replies), (event,), handoff.id)


async def open_handoff(session: AsyncSession, command: AskHandoff, now: datetime, rules: Rules) -> Handoff | None:
    """A new one, waiting; None: there is one in that talk already."""
    resident = await session.get(Resident, command.resident_id)
    if resident is None or resident.community_id != command.community_id:
        raise NotFound(f"resident {command.resident_id}", phrase="handoff.none_such")
    unit = await session.get(OrgUnit, resident.building_id or resident.community_id)
    assert unit is not None  # every resident lives in a community that is there
    desk = await find_desk(session, rules, SERVICE, unit, now)
    handoff = Handoff(
        community_id=command.community_id, resident_id=resident.id, chat_id=command.chat_id,
        in_group=command.in_group, org_unit_id=unit.id, why=command.why, state=State.WAITING,
        team_id=desk.team.id if desk else None, level=desk.level if desk else "", opened_at=now, waits_since=now,
        last_at=now, reminded=0, changed_at=now,
    )  # fmt: skip
    session.add(handoff)
    await session.flush()
    if await hold_thread(session, handoff, command.chat_id, now, private=not command.in_group):
        return handoff
    await session.execute(delete(Handoff).where(Handoff.id == handoff.id))
    session.expunge(handoff)
    return None


async def hold_thread(session: AsyncSession, handoff: Handoff, chat_id: int, now: datetime, *, private: bool) -> bool:
    """Let the bot keep out of that talk; False: it does so for another hand-off already."""
    values = {
        "community_id": handoff.community_id,
        "handoff_id": handoff.id,
        "chat_id": chat_id,
        "private": private,
        "thread": thread_name(chat_id, handoff.resident_id),
        "since": now,
    }
    return await insert_once(session, HandoffThread, values, ("thread",)) is not None


async def _who_comes(session: AsyncSession, handoff: Handoff, now: datetime, rules: Rules) -> Reply:
    """Who will answer and when; at night what happens next, and whom to phone."""
    opens = opens_at(rules, now)
    params = {
        "team": await team_name(session, handoff.team_id) or rules.words["duty"],
        "hours": hours_words(rules),
        "minutes": rules.terms.handoff_climb.minutes,
        "opens": time_words(opens, rules),
    }
    when = "open"
    if opens > now:
        params["phone"] = await _duty_phone(session, handoff)
        when = "closed_phone" if params["phone"] else "closed"
    phrase = f"handoff.opened.{when}"
    return Reply(phrase, params, resident_id=handoff.resident_id, buttons=(leave_button(handoff),))


async def _duty_phone(session: AsyncSession, handoff: Handoff) -> str:
    """The team's own, or that of another team around which is on duty."""
    team = await session.get(Team, handoff.team_id) if handoff.team_id is not None else None
    if team is not None and team.duty_phone:
        return team.duty_phone
    directory = await get_directory(session, handoff.community_id)
    unit = await session.get(OrgUnit, handoff.org_unit_id)
    around = directory.teams_around(unit) if unit is not None else []
    return next((one.duty_phone for one in around if one.duty_phone), "")


async def _ask_again(session: AsyncSession, handoff: Handoff, now: datetime, rules: Rules) -> Outcome:
    """How it stands, once while nobody has it and once when somebody has; then it is one more word to them."""
    if await add_step(session, handoff, "again", now, key=f"again:{handoff.state}:{handoff.taken_by or 0}"):
        params = {
            "team": await team_name(session, handoff.team_id) or rules.words["duty"],
            "since": time_words(handoff.waits_since, rules),
            "name": await name_of(session, handoff.taken_by),
        }
        phrase = f"handoff.already.{handoff.state}"
        buttons = (leave_button(handoff),) if handoff.state == State.WAITING else ()
        reply = Reply(phrase, params, resident_id=handoff.resident_id, buttons=buttons)
        return Outcome((reply,), (_heard(handoff, now, rules),), handoff.id)
    return Outcome(events=(_heard(handoff, now, rules),), value=handoff.id)


async def hear_handoff(session: AsyncSession, command: HearHandoff, now: datetime, rules: Rules) -> Outcome:
    """One more word to the person; their page shows it at once. Raises ThreadClosed when it has ended meanwhile."""
    handoff = await _own(session, command)
    return Outcome(events=(_heard(handoff, now, rules),), value=handoff.id)


async def leave_handoff(session: AsyncSession, command: LeaveHandoff, now: datetime, rules: Rules) -> Outcome:
    """The bot is back, as long as nobody has come."""
    handoff = await _own(session, command) if not command.pressed else await _pressed(session, command)
    if handoff is None:
        return Outcome((Reply("handoff.left_already", resident_id=command.resident_id),))
    if handoff.state == State.TAKEN:
        name = await name_of(session, handoff.taken_by)
        reply = (Reply("handoff.say_it", {"name": name}, resident_id=command.resident_id),) if command.pressed else ()
        return Outcome(reply, (_heard(handoff, now, rules),), handoff.id)
    event = await end(session, handoff, Ending.RESIDENT, now)
    return Outcome((Reply("handoff.left", resident_id=handoff.resident_id),), (event,), handoff.id)


async def _own(session: AsyncSession, command: HearHandoff | LeaveHandoff) -> Handoff:
    handoff = await lock_handoff(session, command.handoff_id)
    if handoff.state == State.ENDED:
        raise ThreadClosed
    return handoff


async def _pressed(session: AsyncSession, command: LeaveHandoff) -> Handoff | None:
    """A button's number is not trusted. None: it is over."""
    handoff = await lock_handoff(session, command.handoff_id)
    if handoff.resident_id != command.resident_id:
        raise NotFound(f"handoff {command.handoff_id}", phrase="handoff.none_such")
    return handoff if handoff.state != State.ENDED else None


def _heard(handoff: Handoff, now: datetime, rules: Rules) -> Event:
    handoff.last_at = handoff.changed_at = now
    if handoff.state == State.TAKEN and handoff.unanswered_since is None:
        handoff.unanswered_since, handoff.reminded = now, 0
    handoff.next_at = next_due(handoff, rules)
    return handoff_event("HandoffHeard", handoff)
