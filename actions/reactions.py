"""What happens in one room because of what happened in another: events in, commands out. One explicit table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from actions.emergencies.commands import AcknowledgeAlarm, RaiseAlarm, SettleReport
from actions.handoffs.commands import NoteAnswer
from actions.ledger.commands import RecordHours
from actions.mediation.commands import OpenCase
from actions.outcome import Event
from actions.proposals.commands import NoteBallot
from actions.shifts.commands import NoteHazard
from actions.tickets.commands import BOT, Actor, FollowMediation, Move, MoveTicket, RecordOnTicket

Reaction = Callable[[Event], Sequence[Any]]

_GOES = frozenset({Move.TAKE, Move.HANDLE})  # who takes it up has heard of it
_OVER = {Move.HANDLE: "handled", Move.CLOSE: "handled", Move.WITHDRAW: "withdrawn", Move.MERGE: "merged"}


def react(event: Event) -> Sequence[Any]:
    """The commands that follow from an event, to be carried out in the same transaction."""
    reaction = _REACTIONS.get(event.name)
    return reaction(event) if reaction is not None else ()


def _raise_alarm(event: Event) -> Sequence[Any]:
    return (RaiseAlarm(event.community_id, **event.data["alarm"]),)


def _ticket_moved(event: Event) -> Sequence[Any]:
    """Who takes an emergency's ticket has heard the alarm; what is done with the ticket is done with the alarm."""
    data = event.data
    if not data.get("emergency"):
        return ()
    ticket_id, move = data["ticket_id"], data["move"]
    staff_id = data["actor_id"] if data["actor"] == "staff" else None
    commands: list[Any] = []
    if staff_id is not None and move in _GOES:
        commands.append(AcknowledgeAlarm(ticket_id, staff_id))
    if move in _OVER:
        commands.append(SettleReport(ticket_id, _OVER[move], staff_id))
    return commands


def _record(what: str) -> Reaction:
    def reaction(event: Event) -> Sequence[Any]:
        data = event.data
        by = None if what == "page" else data.get("staff_id")
        return (RecordOnTicket(data["ticket_id"], what, staff_id=by, text=str(data.get("who", ""))),)

    return reaction


def _alarm_ended(event: Event) -> Sequence[Any]:
    """It stands in the history; the ticket of a false alarm asks nobody for anything any more."""
    data = event.data
    what = "false_alarm" if data["false_alarm"] else "all_clear"
    record = RecordOnTicket(data["ticket_id"], what, staff_id=data["staff_id"])
    if not data["false_alarm"]:
        return (record,)
    return (record, *(MoveTicket(ticket_id, Move.WITHDRAW, BOT) for ticket_id in data["open_reports"]))


def _open_case(event: Event) -> Sequence[Any]:
    return (OpenCase(event.community_id, **event.data["application"]),)


def _handoff_asked(event: Event) -> Sequence[Any]:
    """A ticket that was a misunderstanding is taken back: nobody sets out for what was never said."""
    data = event.data
    if data["withdraws"] is None:
        return ()
    return (MoveTicket(data["withdraws"], Move.WITHDRAW, Actor("resident", data["resident_id"])),)


def _ticket_answered(event: Event) -> Sequence[Any]:
    data = event.data
    return (NoteAnswer(data["resident_id"], data["staff_id"], None if data["private"] else data["chat_id"]),)


def _ticket_opened(event: Event) -> Sequence[Any]:
    """What somebody says they found on patrol is their shift's, if they are on one."""
    data = event.data
    if data.get("source") != "patrol":
        return ()
    return (NoteHazard(event.community_id, data["reporter_id"], data["ticket_id"]),)


def _served(event: Event) -> Sequence[Any]:
    """Hours that both sides have said were given."""
    data = event.data
    day = date.fromisoformat(data["done_on"])
    return (RecordHours(event.community_id, data["resident_id"], data["kind"], data["minutes"], day, data["source"]),)


def _mediation(what: str, *, runs: bool = False, over: bool = True) -> Reaction:
    """It stands in the ticket's history: that something happened, never what was said."""

    def reaction(event: Event) -> Sequence[Any]:
        data = event.data
        if data["came_of"] is None:
            return ()
        state = f"{what}_{data['state']}" if what == "mediation" else what
        if not runs and not over:
            return (RecordOnTicket(data["came_of"], state, staff_id=data["staff_id"], text=data["ref"]),)
        return (FollowMediation(data["came_of"], state, data["ref"], data["staff_id"], runs),)

    return reaction


def _took_tickets(event: Event) -> Sequence[Any]:
    """While a proposal is talked over nobody is late with what it came of; after it the ticket is answered."""
    data = event.data
    words, what = f"{data['number']}号《{data['title']}》", "proposal_over" if data["over"] else "proposal"
    return tuple(
        FollowMediation(one, what, words, data["staff_id"], runs=not data["over"]) for one in data["tickets"]
    )


def _deliberated(event: Event) -> Sequence[Any]:
    """Hours at a meeting are hours given."""
    data = event.data
    source = f"deliberation:{data['meeting_id']}:{data['resident_id']}"
    return (
        RecordHours(
            event.community_id, data["resident_id"], "deliberation", data["minutes"], data["done_on"], source
        ),
    )


_COUNTS = ("took_part", "for_", "against", "abstained")


def _balloted(what: str) -> Reaction:
    """To whom the ballot belongs stands in its source; the rooms that are not meant leave it alone."""

    def reaction(event: Event) -> Sequence[Any]:
        data = event.data
        counts = {key: data[key] for key in _COUNTS} if what == "tallied" else {}
        return (NoteBallot(str(data["source"] or ""), what, data["ballot_id"], bool(data.get("passed")), counts),)

    return reaction


_REACTIONS: Mapping[str, Reaction] = {
    "EmergencyRaised": _raise_alarm,
    "TicketOpened": _ticket_opened,
    "TicketMoved": _ticket_moved,
    "StaffPaged": _record("page"),
    "AlarmAcknowledged": _record("page_answered"),
    "RollCallStarted": _record("roll_call"),
    "HelpAsked": _record("help_asked"),
    "AlarmEnded": _alarm_ended,
    "HandoffAsked": _handoff_asked,
    "TicketAnswered": _ticket_answered,
    "ShiftServed": _served,
    "NeedServed": _served,
    "HazardFound": _record("patrol"),
    "MediationAsked": _open_case,
    "MediationOpened": _mediation("mediation_opened", over=False),
    "MediationTaken": _mediation("mediation_taken", runs=True),
    "MediationFreed": _mediation("mediation_freed"),
    "MediationAgreed": _mediation("mediation"),
    "MediationEnded": _mediation("mediation"),
    "ProposalTookTickets": _took_tickets,
    "DeliberationAttended": _deliberated,
    "BallotOpened": _balloted("opened"),
    "BallotTallied": _balloted("tallied"),
    "BallotCancelled": _balloted("cancelled"),
}
