"""Staff work on tickets from a chat of their own: the same moves, by the same rules, as at the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotFound
from actions.outcome import Button, Outcome, Reply
from actions.people.linking import access_linked
from actions.people.model import OrgUnit, StaffMember, Team
from actions.routing.rules import Rules
from actions.tickets.access import access_ticket
from actions.tickets.cards import ticket_card, ticket_params
from actions.tickets.commands import Actor, AnswerTicket, Move, MoveTicket, NoteTicket
from actions.tickets.following import answer_ticket, note_ticket
from actions.tickets.model import OPEN_STATUSES, Status, Ticket
from actions.tickets.moves import REASONS, allowed_moves, check_move, is_held_up
from actions.tickets.sharing import move_ticket
from actions.tickets.work_commands import AskedWords, ShowWork, ShowWorkHelp, Work, WorkOn
from actions.tickets.work_finding import MOST_LISTED, find_meant, theirs

MOST_BUTTONS = 3
BUTTON = "work:{do}:{id}"
#: what usually comes next, by state; a button each, as far as it is theirs
NEXT: dict[str, tuple[Move, ...]] = {
    Status.REPORTED: (Move.TAKE, Move.RETURN),
    Status.VERIFIED: (Move.TAKE, Move.RETURN),
    Status.ACCEPTED: (Move.TAKE, Move.HANDLE),
    Status.RETURNED: (Move.TAKE,),
    Status.DISPATCHED: (Move.HANDLE, Move.SUSPEND, Move.RETURN),
    Status.SUSPENDED: (Move.RESUME,),
    Status.HANDLED: (Move.CHECK, Move.REOPEN),
    Status.CHECKED: (Move.CLOSE,),
}
#: what a button says instead of typing how it was handled
QUICK_WORDS = ("there", "mended", "cleaned")
NEEDS_WORDS = frozenset({Move.HANDLE, Move.RETURN, Move.SUSPEND, Work.NOTE, Work.ANSWER, Work.ANSWER_GROUP})
_NOT_STARTED = frozenset({Status.REPORTED, Status.VERIFIED, Status.RETURNED})


async def work_on(session: AsyncSession, command: WorkOn, now: datetime, rules: Rules) -> Outcome:
    """One thing with one ticket, and how it stands now. Raises any ActionError.

    Where words are missing they are asked for; Outcome.value is then ``AskedWords``.
    """
    staff = await access_linked(session, command.resident_id)
    ticket_id = command.ticket_id
    if ticket_id is None:
        tickets = await find_meant(session, staff, command)
        if not tickets:
            raise NotFound("no such ticket", phrase="work.none_such" if command.ref else "work.none_open")
        if len(tickets) > 1:
            return Outcome((_here("work.which", buttons=_each(command.do, tickets, rules)),))
        ticket_id = tickets[0].id
    ticket = await access_ticket(session, ticket_id, staff)
    if ticket.confidential:  # other platforms carry this chat
        raise InvalidInput("confidential", phrase="work.confidential", short=ticket.ref[-4:])
    if command.do == Work.SHOW:
        return Outcome((_shown("work.shown", ticket, staff, rules),), value=ticket.id)
    command = _with_words(command, rules)
    if _lacks_words(command):
        return _ask_words(command, ticket, staff, rules)
    done = await _carry_out(session, command, ticket, staff, now, rules)
    shown = _shown(f"work.done.{command.do}", ticket, staff, rules)
    if command.do in (Move.RETURN, Move.DISPATCH):  # it is with others now
        shown = replace(shown, buttons=())
    return replace(done, replies=(*done.replies, shown))


def _with_words(command: WorkOn, rules: Rules) -> WorkOn:
    """With the words of the button that was pressed instead of typing."""
    if command.do == Move.HANDLE and command.reason in QUICK_WORDS:
        return replace(command, text=rules.words[f"handled_{command.reason}"], reason="")
    if command.do == Move.RETURN and command.reason in REASONS and not command.text.strip():
        return replace(command, text=rules.words[f"return_{command.reason}"])
    return command


def _lacks_words(command: WorkOn) -> bool:
    return command.do in NEEDS_WORDS and not (command.text.strip() or command.pictures or command.reason in REASONS)


def _ask_words(command: WorkOn, ticket: Ticket, staff: StaffMember, rules: Rules) -> Outcome:
    """Raises any ActionError when the move would be refused anyway: then nothing is asked."""
    if command.do in set(Move) and not (command.do == Move.HANDLE and ticket.status in _NOT_STARTED):
        check_move(Move(command.do), ticket.status, staff.role)
    quick = {Move.HANDLE: QUICK_WORDS, Move.RETURN: REASONS[:-1]}.get(command.do, ())  # type: ignore[call-overload]
    prefix = "handled" if command.do == Move.HANDLE else "return"
    buttons = tuple(
        Button("button.work.words", f"{BUTTON.format(do=command.do, id=ticket.id)}:{code}", {"quick": words})
        for code, words in ((code, rules.words[f"{prefix}_{code}"]) for code in quick)
    )
    reply = _here(f"work.ask.{command.do}", ticket_params(ticket, rules), buttons)
    return Outcome((reply,), value=AskedWords(ticket.id, command.do))


async def _carry_out(
    session: AsyncSession, command: WorkOn, ticket: Ticket, staff: StaffMember, now: datetime, rules: Rules
) -> Outcome:
    actor, text = Actor("staff", staff.id, staff.name), command.text.strip()
    match command.do:
        case Work.NOTE:
            return await note_ticket(session, NoteTicket(ticket.id, actor, text, command.pictures), now, rules)
        case Work.ANSWER | Work.ANSWER_GROUP:
            private = command.do == Work.ANSWER
            said = AnswerTicket(ticket.id, actor, text, private=private, pictures=command.pictures)
            return await answer_ticket(session, said, now, rules)
        case Move.TAKE:
            _check_free(ticket, staff)
        case Move.HANDLE if ticket.status in _NOT_STARTED and not is_held_up(ticket, Move.TAKE):
            taken = await move_ticket(session, MoveTicket(ticket.id, Move.TAKE, actor), now, rules)
            done = await move_ticket(session, _move(command, ticket, actor), now, rules)
            return replace(done, replies=(*taken.replies, *done.replies), events=(*taken.events, *done.events))
    move = _move(command, ticket, actor)
    if move.move is Move.DISPATCH:
        move = await _addressed(session, ticket, move, command.to)
    return await move_ticket(session, move, now, rules)


def _move(command: WorkOn, ticket: Ticket, actor: Actor) -> MoveTicket:
    """Raises InvalidInput for what is no move from a chat."""
    name = Move.TAKE if command.do == Work.TAKE_OVER else command.do
    if name not in FROM_CHAT:
        raise InvalidInput(f"{name} is not for a chat", phrase="work.at_the_desk")
    reason = command.reason or ("other" if name == Move.RETURN else "")
    return MoveTicket(ticket.id, Move(name), actor, text=command.text.strip(), pictures=command.pictures, reason=reason)


#: what needs no form beside words and pictures; merging, settling and reopening what is closed need a desk
FROM_CHAT = frozenset(
    {
        Move.VERIFY,
        Move.ACCEPT,
        Move.TAKE,
        Move.DISPATCH,
        Move.HANDLE,
        Move.CHECK,
        Move.CLOSE,
        Move.RETURN,
        Move.SUSPEND,
        Move.RESUME,
        Move.REOPEN,
        Move.ESCALATE,
    }
)


def _check_free(ticket: Ticket, staff: StaffMember) -> None:
    """Nobody takes a matter out of a colleague's hands unawares. Raises InvalidInput."""
    if ticket.status == Status.DISPATCHED and ticket.assignee_id not in (None, staff.id):
        raise InvalidInput("taken", phrase="work.taken_already", short=ticket.ref[-4:])


async def _addressed(session: AsyncSession, ticket: Ticket, move: MoveTicket, to: str) -> MoveTicket:
    """The team or the person that was named. Raises InvalidInput when it is none or several."""
    unit = await session.get(OrgUnit, ticket.org_unit_id)
    ids = [int(part) for part in unit.path.split("/") if part] if unit is not None else []
    around = or_(Team.org_unit_id.in_(ids), Team.community_id == ticket.community_id)
    teams = (await session.scalars(select(Team).where(around).order_by(Team.id))).all()
    mates = select(StaffMember).where(
        StaffMember.team_id.in_([team.id for team in teams]), StaffMember.active.is_(True)
    )
    people = [one for one in await session.scalars(mates.order_by(StaffMember.id)) if to and to in one.name]
    if len(people) == 1:
        return replace(move, team_id=people[0].team_id, assignee_id=people[0].id)
    named = [team for team in teams if to and to in team.name]
    if len(named) == 1 and not people:
        return replace(move, team_id=named[0].id)
    known = "、".join(dict.fromkeys([*(one.name for one in people), *(team.name for team in named or teams)]))
    raise InvalidInput("to whom", phrase="work.to_whom", names=known)


async def show_work(session: AsyncSession, command: ShowWork, now: datetime, rules: Rules) -> Outcome:
    """What is theirs, then what nobody of their team has taken, the most urgent first."""
    staff = await access_linked(session, command.resident_id)
    query = select(Ticket).where(theirs(staff), Ticket.status.in_(OPEN_STATUSES))
    tickets = list(await session.scalars(query.order_by(Ticket.due_at, Ticket.id).limit(MOST_LISTED + 1)))
    if not tickets:
        return Outcome((_here("work.nothing"),))
    tickets.sort(key=lambda ticket: ticket.assignee_id != staff.id)
    listed = tickets[:MOST_LISTED]
    line = rules.words["work_line"]
    lines = "\n".join(line.format_map(ticket_params(ticket, rules)) for ticket in listed)
    phrase = "work.list_more" if len(tickets) > MOST_LISTED else "work.list"
    return Outcome((_here(phrase, {"lines": lines, "count": len(listed)}, _each(Work.SHOW, listed, rules)),))


async def show_work_help(session: AsyncSession, command: ShowWorkHelp, now: datetime, rules: Rules) -> Outcome:
    """The words that do something."""
    staff = await access_linked(session, command.resident_id)
    return Outcome((_here("work.help", {"name": staff.name}, (Button("button.work.list", "work:list"),)),))


def work_buttons(ticket: Ticket, staff: StaffMember) -> tuple[Button, ...]:
    """What this member of staff may do next, at most three."""
    allowed = allowed_moves(ticket, staff)
    moves = [move for move in NEXT.get(ticket.status, ()) if move in allowed]
    if ticket.assignee_id == staff.id:
        moves = [move for move in moves if move is not Move.TAKE]
    if ticket.emergency:  # somebody goes, whoever it belongs to
        moves = [move for move in moves if move is not Move.RETURN]
    return tuple(
        Button("button.work.go" if ticket.emergency and move is Move.TAKE else f"button.work.{move}", value)
        for move, value in ((move, BUTTON.format(do=move, id=ticket.id)) for move in moves[:MOST_BUTTONS])
    )


def _shown(phrase: str, ticket: Ticket, staff: StaffMember, rules: Rules) -> Reply:
    return replace(
        _here(phrase, ticket_params(ticket, rules), work_buttons(ticket, staff)), card=ticket_card(ticket, rules)
    )


def _each(do: str, tickets: Sequence[Ticket], rules: Rules) -> tuple[Button, ...]:
    return tuple(
        Button("button.work.one", BUTTON.format(do=do, id=ticket.id), ticket_params(ticket, rules))
        for ticket in tickets
    )


def _here(phrase: str, params: dict[str, str | int] | None = None, buttons: tuple[Button, ...] = ()) -> Reply:
    return Reply(phrase, params or {}, buttons=buttons)
