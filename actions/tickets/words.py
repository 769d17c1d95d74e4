"""Who is told of a move, and in which words."""

from __future__ import annotations

from collections.abc import Mapping

from actions.outcome import Button, Reply
from actions.people.model import StaffMember, Team
from actions.tickets.commands import Move
from actions.tickets.effects import Step
from actions.tickets.model import Status
from actions.tickets.moves import BOT, CLOCK, MOST_RETURNS, RESIDENT
from actions.tickets.tell import Saying, answer, find_follower_ids, tell_followers, tell_reporter, tell_staff

RATE_BUTTON = "rate:{}:{}"

_SAID: Mapping[Move, str] = {
    Move.ACCEPT: "ticket.accepted",
    Move.DISPATCH: "ticket.dispatched",
    Move.TAKE: "ticket.dispatched",
    Move.HANDLE: "ticket.handled",
    Move.CLOSE: "ticket.closed",
    Move.RETURN: "ticket.returned",
    Move.SETTLE: "ticket.settled",
    Move.SUSPEND: "ticket.suspended",
    Move.WITHDRAW: "ticket.withdrawn",
    Move.MERGE: "ticket.merged",
    Move.UNMERGE: "ticket.unmerged",
    Move.REOPEN: "ticket.reopened",
    Move.ESCALATE: "ticket.escalated",
}
_PROMISES = frozenset({Move.ACCEPT, Move.DISPATCH, Move.TAKE})
_FOLLOWERS_HEAR = frozenset({Move.HANDLE, Move.CLOSE, Move.WITHDRAW, Move.MERGE, Move.UNMERGE, Move.REOPEN})
# besides, those hear it who said it themselves
_REPORTERS_HEAR = frozenset({Move.ACCEPT, Move.DISPATCH, Move.TAKE, Move.RETURN, Move.ESCALATE})
_STAFF_HEAR: Mapping[Move, str] = {
    Move.DISPATCH: "staff.dispatched",
    Move.RETURN: "staff.returned",
    Move.SETTLE: "staff.settled",
    Move.RESUME: "staff.resumed",
    Move.WITHDRAW: "staff.withdrawn",
    Move.UNMERGE: "staff.unmerged",
    Move.REOPEN: "staff.reopened",
    Move.ESCALATE: "staff.escalated",
}


async def spread_word(step: Step) -> tuple[tuple[Reply, ...], str]:
    """The replies of a move and what the history says the resident was told."""
    saying = await _saying(step)
    staff = _for_staff(step)
    if saying is None:
        return staff, ""
    ticket, rules, name = step.ticket, step.rules, str(step.command.move)
    if step.mover.role == RESIDENT:
        heard = answer(ticket, step.mover, rules, saying)
    else:
        heard = tell_reporter(ticket, rules, saying, name)
    if step.command.move in _FOLLOWERS_HEAR:
        # only its reporter is asked whether it is well
        phrase = "ticket.closed_followed" if saying.phrase == "ticket.closed" else saying.phrase
        plain = Saying(phrase, saying.params, pictures=saying.pictures)
        heard += tell_followers(ticket, rules, plain, name, await find_follower_ids(step.session, ticket))
    elif step.command.move in _REPORTERS_HEAR:
        plain = Saying(saying.phrase, saying.params)
        others = await find_follower_ids(step.session, ticket, reported=True)
        heard += tell_followers(ticket, rules, plain, name, others)
    told = step.command.tell or saying.phrase
    return (*heard, *staff), told if heard else ""


async def _saying(step: Step) -> Saying | None:
    command = step.command
    phrase = _phrase(step)
    buttons = rating_buttons(step.ticket.id) if phrase == "ticket.closed" else ()
    if command.tell.strip():
        return Saying("ticket.told", {"text": command.tell}, buttons, command.pictures)
    if not phrase:
        return None
    params = {"text": command.text, "who": await _who(step)}
    if step.into is not None:
        params["into"] = step.into.ref
    pictures = command.pictures if command.move is Move.HANDLE else ()
    return Saying(phrase, params, buttons, pictures, card=command.move in (Move.ACCEPT, Move.CLOSE))


def _phrase(step: Step) -> str:
    """The usual words; none for what residents need not hear."""
    move, command = step.command.move, step.command
    if move in (Move.DISPATCH, Move.TAKE) and step.status_from == Status.DISPATCHED:
        return ""
    if move is Move.ESCALATE and step.mover.role != CLOCK:
        return ""
    if move is Move.CLOSE and step.mover.role == CLOCK:
        return "ticket.closed_unanswered"
    if move is Move.RETURN and step.ticket.returned >= MOST_RETURNS:
        return "ticket.returned_again"
    if move is Move.HANDLE and not command.text.strip():
        return "ticket.handled_plain"
    phrase = _SAID.get(move, "")
    late = step.ticket.due_at is not None and step.ticket.due_at <= step.now
    # no promise for a time that has passed
    return f"{phrase}_late" if late and move in _PROMISES else phrase


def _for_staff(step: Step) -> tuple[Reply, ...]:
    move, ticket = step.command.move, step.ticket
    phrase = _STAFF_HEAR.get(move, "")
    if move is Move.DISPATCH and ticket.team_id == step.team_from:
        return ()
    if move in (Move.RESUME, Move.WITHDRAW) and (step.mover.staff is not None or step.mover.role == BOT):
        return ()
    if not phrase:
        return ()
    if move is Move.RETURN and ticket.returned >= MOST_RETURNS:
        phrase = "staff.to_settle"
    if move is Move.WITHDRAW and ticket.emergency:
        phrase = "staff.emergency_withdrawn"
    urgent = bool(ticket.emergency)
    return (tell_staff(ticket, step.rules, phrase, str(move), urgent=urgent, returned=ticket.returned),)


async def _who(step: Step) -> str:
    """Who works on it now: the person, else the team."""
    ticket = step.ticket
    staff = await step.session.get(StaffMember, ticket.assignee_id) if ticket.assignee_id else None
    if staff is not None:
        return staff.name
    team = await step.session.get(Team, ticket.team_id) if ticket.team_id else None
    return team.name if team else step.rules.words["duty"]


def rating_buttons(ticket_id: int) -> tuple[Button, ...]:
    """1 to 5, in words."""
    return tuple(Button(f"button.rate_{n}", RATE_BUTTON.format(ticket_id, n)) for n in range(1, 6))
