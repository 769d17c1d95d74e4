"""What belongs to something already open: answers, fragments, corrections, quotes of the bot's cards."""

from __future__ import annotations

from dataclasses import replace

from actions.tickets.commands import (
    AddToTicket,
    CorrectTicket,
    FollowTicket,
    Move,
    MoveTicket,
    RateTicket,
    ShowTicket,
    UrgeTicket,
)
from bot.conversations import CORRECTIONS_FOR, FRAGMENTS_JOIN_FOR, QUESTION_OPEN_FOR, Matter, OpenQuestion
from bot.decide.activities import SERVICES, order
from bot.decide.decision import Case, Decision, Ignore, Run, Say
from bot.decide.deeds import read_rumour
from bot.decide.opening import PERSON_BUTTON, misunderstood, open_service, open_ticket
from bot.decide.services import ACTIONABLE, service_of
from bot.messages import ChatKind

ASKS_SOMETHING_ELSE = frozenset({"my_tickets", "ticket_ref", "urge", "help", "thanks", "big_text", "me_too"})
LONGEST_FRAGMENT = 40  # characters; longer ones tell a story of their own


def decide_answer(case: Case) -> Decision | None:
    """An answer to the open question; anything else leaves the question open."""
    question = case.conversation.open_question(case.now)
    if question is None or question.kind == "work":  # of staff, who answer it in words of their own
        return None
    cue = case.understanding.cue
    if cue is not None and cue.kind == "withdraw":
        return _withdraw(case, question.ticket_id)
    return _place_answer(case, question) if question.kind == "place" else _choice_answer(case, question)


def _place_answer(case: Case, question: OpenQuestion) -> Decision | None:
    understanding, ticket_id = case.understanding, question.ticket_id
    if ticket_id is None:
        return None
    cue, also = understanding.cue, question.also
    if cue is not None and cue.kind == "correct" and cue.where:
        return Run(CorrectTicket(ticket_id, case.actor, where=cue.where, also=also))
    if cue is not None and cue.kind == "affirm":
        return Run(CorrectTicket(ticket_id, case.actor, home=True, also=also))
    if understanding.where and (understanding.place_only or not _new_matter(case)):
        return Run(CorrectTicket(ticket_id, case.actor, where=understanding.where, also=also))
    return None


def _new_matter(case: Case) -> bool:
    actionable = case.sure and case.understanding.intent in ACTIONABLE
    return actionable and not _same_service(case, case.conversation.matter)


def _choice_answer(case: Case, question: OpenQuestion) -> Decision | None:
    cue = case.understanding.cue
    if cue is not None and cue.kind == "option" and cue.value.isdecimal():
        number = int(cue.value)
        if 1 <= number <= len(question.options):
            return open_service(case, question.options[number - 1], question=question)
    if cue is not None and cue.kind == "affirm":
        return open_service(case, question.options[0], question=question)
    if cue is not None and cue.kind in {"deny", "not_this"}:
        return misunderstood(case, Say("ask.none_of_these", buttons=(PERSON_BUTTON,), misunderstood=True))
    names = case.surroundings.service_names
    for code in question.options:
        if case.understanding.text.strip() == names.get(code):
            return open_service(case, code, question=question)
    return None


def decide_quoted(case: Case) -> Decision | None:
    """A reply to the bot's own card of a ticket is about that ticket."""
    quoted = case.message.quoted
    if quoted is None or quoted.ticket_id is None:
        return None
    ticket_id, cue = quoted.ticket_id, case.understanding.cue
    if quoted.said_to_id not in (None, case.message.resident_id):  # a neighbour's card
        return _neighbours_card(case, ticket_id)
    if cue is None:
        return _quoted_words(case, ticket_id)
    match cue.kind:
        case "withdraw":
            return Run(MoveTicket(ticket_id, Move.WITHDRAW, case.actor))
        case "correct" if cue.where:
            return Run(CorrectTicket(ticket_id, case.actor, where=cue.where))
        case "me_too":
            return Run(FollowTicket(ticket_id, case.actor))
        case "rating":
            return Run(RateTicket(ticket_id, case.actor, int(cue.value)))
        case "urge":
            return Run(UrgeTicket(case.message.community_id, case.actor, ref=f"#{ticket_id}", text=case.message.text))
        case "thanks":
            return Say("chitchat.thanks")
        case _:
            return _quoted_words(case, ticket_id)


def _neighbours_card(case: Case, ticket_id: int) -> Decision | None:
    cue = case.understanding.cue
    if cue is not None and cue.kind == "me_too":
        return Run(FollowTicket(ticket_id, case.actor))
    asks = (cue is not None and cue.kind == "urge") or (case.sure and case.understanding.intent == "ticket_status")
    return Say("ask.neighbours_ticket") if asks else None


def _quoted_words(case: Case, ticket_id: int) -> Decision:
    if case.understanding.intent == "ticket_status":
        return Run(ShowTicket(case.message.community_id, case.actor, ref=f"#{ticket_id}"))
    return Run(AddToTicket(ticket_id, case.actor, case.message.text, case.message.pictures))


def decide_awaited(case: Case) -> Decision | None:
    """The word that staff asked for and a ticket waits for, said without quoting the question."""
    awaited, message = case.surroundings.awaited, case.message
    if awaited is None or _said_to_others(case) or _new_matter(case):
        return None
    if message.chat_kind is ChatKind.GROUP and awaited.chat_id != message.chat_id:
        return None
    if not message.addressed and case.now - awaited.since > QUESTION_OPEN_FOR:
        return None
    cue, understanding = case.understanding.cue, case.understanding
    if cue is not None and cue.kind == "withdraw":
        return _withdraw(case, awaited.ticket_id)
    asks_else = cue is not None and cue.kind in ASKS_SOMETHING_ELSE
    greets = understanding.intent == "greet_help" and case.sure
    if asks_else or greets or not (understanding.text.strip() or message.pictures):
        return None
    return Run(AddToTicket(awaited.ticket_id, case.actor, message.text, message.pictures))


def decide_continuation(case: Case) -> Decision | None:
    """Fragments, corrections and withdrawals right after a ticket was opened by the same resident."""
    matter = case.conversation.matter_within(case.now, CORRECTIONS_FOR)
    if matter is None or _said_to_others(case) or read_rumour(case) is not None:
        return None
    cue = case.understanding.cue
    if cue is not None and cue.kind == "withdraw":
        return _withdraw(case, matter.ticket_id)
    if cue is not None and cue.kind == "correct" and cue.where:
        return Run(CorrectTicket(matter.ticket_id, case.actor, where=cue.where))
    if cue is not None and cue.kind == "not_this":
        withdrawn = _withdraw(case, matter.ticket_id)  # nobody should set out for what was never said
        return misunderstood(case, withdrawn, withdraws=matter.ticket_id)
    joins_for = CORRECTIONS_FOR if matter.service.startswith("emergency/") else FRAGMENTS_JOIN_FOR
    if case.now - matter.last_at <= joins_for and is_fragment(case, matter):
        message = case.message
        command = AddToTicket(matter.ticket_id, case.actor, message.text, message.pictures)
        if matter.service in SERVICES and _same_service(case, matter):  # meanwhile there may be such an activity
            return replace(order(case, matter.service, open_ticket(case, matter.service)), otherwise=command)
        return Run(command, quiet=not message.addressed)
    return None


def is_fragment(case: Case, matter: Matter) -> bool:
    """A picture, or a few words that start nothing of their own."""
    text, understanding = case.understanding.text.strip(), case.understanding
    if case.message.pictures and (not text or _captions(case)):
        return True
    if not text or len(text) > LONGEST_FRAGMENT or understanding.cue is not None:
        return False
    if understanding.place_only:  # where the matter is, said a moment later
        return True
    if not any(c.isalnum() for c in text):  # an emoji or a row of exclamation marks
        return False
    if _just_after_an_alarm(case, matter):
        return True
    if _same_service(case, matter):
        return not understanding.where or not matter.where or understanding.where == matter.where or _refines(case)
    if case.message.chat_kind is ChatKind.PRIVATE and understanding.intent == "chitchat":
        return True  # nobody else is there to chat with
    chatter = understanding.intent in {"chitchat", "greet_help"}
    return not case.sure and not (chatter and understanding.confidence >= case.surroundings.thresholds.unsure)


def _just_after_an_alarm(case: Case, matter: Matter) -> bool:
    """Whoever has just cried for help goes on about it, however the model takes "快点啊火好大"."""
    recent = case.now - matter.last_at <= FRAGMENTS_JOIN_FOR
    return recent and matter.service.startswith("emergency/") and not _new_matter(case)


def _captions(case: Case) -> bool:
    """ "就是这里" beside a picture: a few words that agree or say nothing sure of their own."""
    cue = case.understanding.cue
    short = len(case.understanding.text.strip()) <= LONGEST_FRAGMENT
    return short and (cue is None or cue.kind == "affirm") and not _new_matter(case)


def _refines(case: Case) -> bool:
    """The place now said does not name another building."""
    matter = case.conversation.matter
    said = case.understanding.where
    return matter is None or not said.building or said.building == matter.where.building


def _same_service(case: Case, matter: Matter | None) -> bool:
    service = service_of(case.understanding, case.surroundings.thresholds.category)
    return matter is not None and service is not None and service == matter.service


def _said_to_others(case: Case) -> bool:
    quoted = case.message.quoted
    return case.message.mentions_others or (quoted is not None and not quoted.from_bot)


def _withdraw(case: Case, ticket_id: int | None) -> Decision:
    if ticket_id is None:
        return Say("ask.dropped") if case.message.addressed else Ignore("question_dropped")
    return Run(MoveTicket(ticket_id, Move.WITHDRAW, case.actor))
