"""Commands that open something from what was said."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from actions.handoffs.commands import AskHandoff
from actions.outcome import Button
from actions.tickets.commands import GiveFeedback, OpenTicket, Where
from actions.tips.commands import LeaveTip
from bot.conversations import OpenQuestion
from bot.decide import activities
from bot.decide.decision import Case, Decision, HandOff, Run
from bot.decide.shifts import is_from_patrol
from bot.messages import ChatKind

PERSON_BUTTON = Button("button.person", "person")


def merged_where(first: Where, *others: Where) -> Where:
    """The place, completed by what was said just before; what is said now wins. Two buildings are never mixed."""
    merged = first
    for other in others:
        if merged.building and other.building and merged.building != other.building:
            continue
        merged = Where(
            building=merged.building or other.building,
            unit=merged.unit or other.unit,
            floor=merged.floor or other.floor,
            room=merged.room or other.room,
            spot=merged.spot or other.spot,
        )
    return merged


def asked_beside(case: Case) -> OpenQuestion | None:
    """The question for the place that another matter of this very message led to."""
    question = case.conversation.question
    if question is None or question.kind != "place" or question.message_id != case.message.id:
        return None
    return question


def open_service(case: Case, service: str, *, question: OpenQuestion | None = None) -> Decision:
    """Open a ticket of that service from this message, or from the one a question was about; a tip is sealed."""
    if service in case.surroundings.sealed:
        return Run(leave_tip(case, service, question=question))
    if service == "feedback":
        return Run(give_feedback(case, question))
    if service == "handoff":
        return hand_off(case)
    command = open_ticket(case, service, question=question)
    if service in activities.SERVICES:
        return activities.order(case, service, command)
    return Run(command)


def leave_tip(case: Case, service: str, *, question: OpenQuestion | None = None) -> LeaveTip:
    """The order to seal it, with all the lines it was said in."""
    message, fragments = case.message, case.conversation.fresh_fragments(case.now)
    where = question.where if question else case.understanding.where
    pictures = question.pictures if question else message.pictures
    said_in = (*(f.message_id for f in fragments), question.message_id if question else None, message.id)
    return LeaveTip(
        community_id=message.community_id,
        service=service,
        text=question.text if question else message.text,
        where=asdict(merged_where(where, *(f.where for f in reversed(fragments)))),
        reporter_id=message.resident_id,
        pictures=(*(p for f in fragments for p in f.pictures), *pictures),
        in_group=message.chat_kind is ChatKind.GROUP,
        message_ids=tuple(dict.fromkeys(i for i in said_in if i)),
    )


def open_ticket(case: Case, service: str, *, emergency: str = "", question: OpenQuestion | None = None) -> OpenTicket:
    """The order to open a ticket, with the place and pictures said just before."""
    message, fragments = case.message, case.conversation.fresh_fragments(case.now)
    asked = question or OpenQuestion("choice", case.now, text=message.text, message_id=message.id)
    where = asked.where if question else case.understanding.where
    pictures = asked.pictures if question else message.pictures
    return OpenTicket(
        community_id=message.community_id,
        service=service,
        text=asked.text,
        actor=case.actor,
        reporter_id=message.resident_id,
        chat_id=message.chat_id,
        message_id=asked.message_id,
        where=merged_where(where, *(f.where for f in reversed(fragments))),
        pictures=(*(p for f in fragments for p in f.pictures), *pictures),
        emergency=emergency,
        in_group=message.chat_kind is ChatKind.GROUP,
        understanding=_why(case),
        may_join=True,
        addressed=message.addressed,
        place_asked=asked_beside(case) is not None,
        source="patrol" if is_from_patrol(asked.text) else "chat",
    )


def hand_off(case: Case, why: str = "asked", *, withdraws: int | None = None) -> HandOff:
    """Give the resident to a person. ``withdraws``: a ticket that was a misunderstanding."""
    message = case.message
    command = AskHandoff(
        message.community_id,
        message.chat_id,
        message.resident_id,
        why,
        message.chat_kind is ChatKind.GROUP,
        message.id,
        withdraws,
    )
    return HandOff(command)


def misunderstood(case: Case, first: Decision, *, withdraws: int | None = None) -> Decision:
    """What is done the first time; the second time in a row a person takes over: nobody is sent round in circles."""
    lately = case.conversation.misunderstood_lately(case.now)
    if not lately or (withdraws is None and not case.conversation.misunderstood):
        return first
    return hand_off(case, "misunderstood", withdraws=withdraws)


def give_feedback(case: Case, question: OpenQuestion | None = None) -> GiveFeedback:
    """The order to pass praise or blame on to staff."""
    message = case.message
    return GiveFeedback(
        community_id=message.community_id,
        actor=case.actor,
        text=question.text if question else message.text,
        chat_id=message.chat_id,
        message_id=question.message_id if question else message.id,
        understanding=_why(case),
    )


def _why(case: Case) -> dict[str, Any]:
    return case.understanding.as_json()
