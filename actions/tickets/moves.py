"""The one table of moves: from which states, to which state, and whose they are."""

from __future__ import annotations

from dataclasses import dataclass

from actions.errors import MoveRefused, NotAllowed
from actions.people.model import Role, StaffMember
from actions.tickets.commands import Move
from actions.tickets.model import OPEN_STATUSES, Status, Ticket

RESIDENT, CLOCK, BOT = "resident", "clock", "bot"

WORKERS: frozenset[str] = frozenset(Role) - {Role.SUPERVISOR}
# who may say for others that a matter is over, or not over after all
DESKS: frozenset[str] = WORKERS - {Role.GRID_WORKER, Role.STEWARD, Role.MEDIATOR}

# who decides whose a matter is when desks send it back and forth
ARBITERS: frozenset[str] = frozenset({Role.COMMITTEE, Role.STREET, Role.DISTRICT, Role.ADMIN})
# why a desk sends a ticket back
REASONS = ("not_ours", "wrong_place", "wrong_kind", "no_power", "not_found", "other")
CALLS = ("reached", "unreached", "declined")  # what came of phoning who has no chat
MOST_RETURNS = 2  # then it is settled
# while it waits to be settled nobody else starts on it
_HELD_UP = frozenset({Move.VERIFY, Move.ACCEPT, Move.DISPATCH, Move.TAKE, Move.RETURN})

_UNHANDLED = OPEN_STATUSES - {Status.HANDLED, Status.CHECKED}
_WAITING = _UNHANDLED - {Status.SUSPENDED}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table. ``to`` None: the state stays, or the remembered one comes back."""

    move: Move
    froms: frozenset[Status]
    to: Status | None
    roles: frozenset[str]
    needs_text: bool = False


def _row(move: Move, froms: frozenset[Status] | set[Status], to: Status | None, roles: frozenset[str],
         needs_text: bool = False) -> Row:  # fmt: skip
    return Row(move, frozenset(froms), to, roles, needs_text)


TABLE: tuple[Row, ...] = (
    _row(Move.VERIFY, {Status.REPORTED, Status.RETURNED}, Status.VERIFIED, WORKERS),
    _row(Move.ACCEPT, {Status.REPORTED, Status.VERIFIED, Status.RETURNED}, Status.ACCEPTED, WORKERS),
    _row(Move.DISPATCH, _WAITING, Status.DISPATCHED, WORKERS),
    _row(Move.TAKE, _WAITING, Status.DISPATCHED, WORKERS),
    _row(Move.HANDLE, {Status.ACCEPTED, Status.DISPATCHED}, Status.HANDLED, WORKERS, True),
    _row(Move.CHECK, {Status.HANDLED}, Status.CHECKED, WORKERS),
    _row(Move.CLOSE, {Status.CHECKED}, Status.CLOSED, WORKERS),
    _row(Move.CLOSE, {Status.SUSPENDED}, Status.CLOSED, frozenset({CLOCK})),
    _row(Move.RATE, {Status.CLOSED, Status.RATED}, Status.RATED, frozenset({RESIDENT})),
    _row(Move.RETURN, _WAITING, Status.RETURNED, WORKERS, True),
    _row(Move.SETTLE, {Status.RETURNED}, Status.DISPATCHED, ARBITERS, True),
    _row(Move.SUSPEND, _WAITING - {Status.RETURNED}, Status.SUSPENDED, WORKERS, True),
    _row(Move.RESUME, {Status.SUSPENDED}, None, WORKERS | {RESIDENT, CLOCK}),
    _row(Move.WITHDRAW, _UNHANDLED, Status.WITHDRAWN, DESKS | {RESIDENT, BOT}),
    _row(Move.MERGE, _UNHANDLED, Status.MERGED, WORKERS),
    _row(Move.UNMERGE, {Status.MERGED}, None, WORKERS),
    _row(Move.REOPEN, {Status.HANDLED, Status.CHECKED}, Status.ACCEPTED, WORKERS),
    _row(Move.REOPEN, {Status.CLOSED, Status.RATED}, Status.ACCEPTED, DESKS),
    _row(Move.REOPEN, {Status.RATED}, Status.ACCEPTED, frozenset({BOT})),
    _row(Move.ESCALATE, _WAITING, None, WORKERS | {CLOCK, BOT}),
    _row(Move.EXPIRE_RATING, {Status.CLOSED}, Status.RATED, frozenset({CLOCK})),
)


def check_move(move: Move, status: str, role: str) -> Row:
    """The row that allows it. Raises NotAllowed for a foreign role, MoveRefused for a wrong state."""
    rows = [row for row in TABLE if row.move is move]
    for row in rows:
        if status in row.froms and role in row.roles:
            return row
    others = any(status in row.froms for row in rows)
    if others or not any(role in row.roles for row in rows):
        raise NotAllowed(f"{move} from {status} is not for {role}", phrase="error.not_your_move")
    raise MoveRefused(f"{move} from {status}", phrase=f"refused.{move}")


def allowed_moves(ticket: Ticket, staff: StaffMember) -> list[Move]:
    """What that role may do with the ticket now, in the order of the loop; the place is not asked here."""
    rows = (row for row in TABLE if staff.role in row.roles and ticket.status in row.froms)
    return list(dict.fromkeys(row.move for row in rows if not is_held_up(ticket, row.move)))


def waits_for_settlement(ticket: Ticket) -> bool:
    """Whether it was returned so often that somebody must decide whose it is."""
    return ticket.status == Status.RETURNED and (ticket.returned or 0) >= MOST_RETURNS and ticket.settled_at is None


def is_held_up(ticket: Ticket, move: Move) -> bool:
    """Whether that move must wait: for the settlement, or because it was settled already."""
    if ticket.settled_at is not None:
        return move in (Move.RETURN, Move.SETTLE)
    return waits_for_settlement(ticket) and move in _HELD_UP
