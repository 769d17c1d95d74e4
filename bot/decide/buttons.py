"""What a pressed button asks for. Values come back from the page and are not trusted: handlers check them."""

from __future__ import annotations

from actions.emergencies.commands import AnswerRollCall
from actions.knowledge.commands import LeaveUnsolved, ShowGuide
from actions.tickets.commands import (
    CorrectTicket,
    FollowTicket,
    ListMyTickets,
    Move,
    MoveTicket,
    PartReport,
    RateTicket,
    ShowTicket,
    UrgeTicket,
)
from bot.decide import activities, notices, polls, pool, shifts, surveys, watch
from bot.decide.ballots import decide_ballot_press
from bot.decide.confiding import decide_tip_button
from bot.decide.decision import Case, Decision, Ignore, Run, Say
from bot.decide.deeds import decide_deed_button
from bot.decide.handing import decide_handoff_button
from bot.decide.home import decide_home_press
from bot.decide.ledger import decide_hours_button
from bot.decide.mediation import decide_press
from bot.decide.opening import PERSON_BUTTON, hand_off, misunderstood, open_service
from bot.decide.proposals import decide_proposal_press
from bot.decide.staff import decide_work_press
from bot.messages import ChatKind


def decide_button(case: Case, value: str) -> Decision:
    """The decision for a button's value; an unknown one is ignored."""
    kind, _, rest = value.partition(":")
    match kind:
        case "rate":
            return _rate(case, rest)
        case "place":
            return _place(case, rest)
        case "choose":
            return _choose(case, rest)
        case "urge":
            return Run(UrgeTicket(case.message.community_id, case.actor, ref=rest))
        case "show":
            return Run(ShowTicket(case.message.community_id, case.actor, ref=rest))
        case "follow" if rest.isdecimal():
            return Run(FollowTicket(int(rest), case.actor))
        case "part" if rest.isdecimal():
            return Run(PartReport(int(rest), case.actor))
        case "withdraw" if rest.isdecimal():
            return Run(MoveTicket(int(rest), Move.WITHDRAW, case.actor))
        case "rollcall":
            return _roll_call(case, rest)
        case "mine":
            return Run(ListMyTickets(case.message.community_id, case.actor))
        case "tip":
            return decide_tip_button(rest) or Ignore("unknown_button")
        case "guide":
            return _guide(case, rest)
        case "mediation":
            return decide_press(case, rest)
        case "notice" | "care":
            return notices.decide_press(case, kind, rest)
        case "activity":
            return activities.decide_press(case, rest)
        case "ballot":
            return decide_ballot_press(case, rest)
        case "deed":
            return decide_deed_button(case, rest)
        case "pool":
            return pool.decide_press(case, rest)
        case "watch":
            return watch.decide_press(case, rest)
        case "shift":
            return shifts.decide_press(case, rest)
        case "home":
            return decide_home_press(case, rest)
        case "ledger":
            return decide_hours_button(case, rest)
        case "proposal":
            return decide_proposal_press(case, rest)
        case "work" if case.surroundings.staff is not None:
            return decide_work_press(case, rest)
        case "survey":
            return surveys.decide_press(case, rest)
        case "poll":
            return polls.decide_press(case, rest)
        case _ if value.startswith("/surveys/"):
            return surveys.decide_page(case, value)
        case "help":
            return Say("help.what_i_do")
        case "handoff":
            return decide_handoff_button(case, rest)
        case "person":
            return hand_off(case)
        case _:
            return Ignore("unknown_button")


def _rate(case: Case, rest: str) -> Decision:
    ticket, _, score = rest.partition(":")
    if not (ticket.isdecimal() and score.isdecimal() and 1 <= int(score) <= 5):
        return Ignore("unknown_button")
    return Run(RateTicket(int(ticket), case.actor, int(score)))


def _roll_call(case: Case, rest: str) -> Decision:
    word, _, roll_call = rest.partition(":")
    if word not in ("safe", "help") or not roll_call.isdecimal():
        return Ignore("unknown_button")
    return Run(AnswerRollCall(int(roll_call), case.message.resident_id, word))


def _place(case: Case, rest: str) -> Decision:
    which, _, ticket = rest.partition(":")
    if which == "home" and ticket.isdecimal():
        question = case.conversation.open_question(case.now)
        asked = question is not None and question.ticket_id == int(ticket)
        also = question.also if question is not None and asked else ()
        return Run(CorrectTicket(int(ticket), case.actor, home=True, also=also))
    return Say("ask.place_in_words")


def _guide(case: Case, rest: str) -> Decision:
    what, _, use = rest.partition(":")
    if not (use.isascii() and use.isdecimal() and len(use) < 16):
        return Ignore("unknown_button")
    message = case.message
    match what:
        case "more":
            in_group = message.chat_kind is not ChatKind.PRIVATE
            return Run(ShowGuide(message.community_id, int(use), message.resident_id, in_group))
        case "no":
            return Run(LeaveUnsolved(message.community_id, int(use), message.resident_id))
        case _:
            return Ignore("unknown_button")


def _choose(case: Case, rest: str) -> Decision:
    question = case.conversation.open_question(case.now)
    if question is None or question.kind != "choice":
        return Say("ask.too_late")
    if rest == "none":
        return misunderstood(case, Say("ask.none_of_these", buttons=(PERSON_BUTTON,), misunderstood=True))
    if rest not in question.options:
        return Ignore("unknown_button")
    return open_service(case, rest, question=question)
