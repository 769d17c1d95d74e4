"""Danger comes before everything else, whoever it was said to."""

from __future__ import annotations

from actions.tickets.commands import AddToTicket, CorrectTicket
from bot.conversations import CORRECTIONS_FOR, FRAGMENTS_JOIN_FOR, Matter
from bot.decide.decision import Case, Decision, Run
from bot.decide.opening import open_ticket
from bot.decide.services import emergency_service

TRAPPED_WORDS = ("里面有人", "裡面有人", "人在里面", "有人困", "里头有人", "裡頭有人", "还有人", "人出不来")

WHOLE_SENTENCE = 8  # characters from which the model's word counts for more
#: standing expressions that are no cry whatever the model makes of so few words: "不是3栋，是5栋"
NO_CRY = frozenset(
    {"correct", "not_this", "my_tickets", "ticket_ref", "option", "rating", "thanks", "big_text", "person"}
)
SHORTEST_ALARM = 5  # characters; fewer say nothing plain unless the rules know them


def decide_emergency(case: Case) -> Decision | None:
    """Danger plain by rules, or likely by the model: act at once. A matter in hand becomes the emergency."""
    danger = case.understanding.danger or _danger_of_the_matter(case) or _danger_by_model(case)
    if danger is None:
        return None
    message = case.message
    matter = case.conversation.matter_within(case.now, CORRECTIONS_FOR)
    if matter is not None and matter.service.startswith("emergency/") and danger in (_kind(matter), "other"):
        return _more_of_it(case, matter)
    if matter is not None and case.now - matter.last_at <= FRAGMENTS_JOIN_FOR and _same_place(case, matter):
        return Run(AddToTicket(matter.ticket_id, case.actor, message.text, message.pictures, emergency=danger))
    return Run(open_ticket(case, emergency_service(danger), emergency=danger))


def _more_of_it(case: Case, matter: Matter) -> Decision:
    """The same cry again: no second alarm, but where it is is taken at once."""
    question, where = case.conversation.open_question(case.now), case.understanding.where
    if question is not None and question.kind == "place" and where:
        return Run(CorrectTicket(matter.ticket_id, case.actor, where=where))
    return Run(AddToTicket(matter.ticket_id, case.actor, case.message.text, case.message.pictures), quiet=True)


def _same_place(case: Case, matter: Matter) -> bool:
    """What burns elsewhere is a matter of its own, with a place of its own."""
    where = case.understanding.where
    return not where or (bool(where.building) and where.building == matter.where.building)


def _kind(matter: Matter) -> str:
    return matter.service.partition("/")[2]


def _danger_of_the_matter(case: Case) -> str | None:
    """ "里面有人" alone is nothing; after "3栋电梯又停了" somebody is trapped."""
    matter = case.conversation.matter_within(case.now, FRAGMENTS_JOIN_FOR)
    if matter is None or matter.service != "service_request/elevator":
        return None
    return "trapped" if any(word in case.understanding.text for word in TRAPPED_WORDS) else None


def _in_earnest(case: Case) -> bool:
    """Hardly talk: more of an emergency in hand, or a whole sentence that nobody says for fun."""
    understanding = case.understanding
    whole = understanding.cue is None and len(understanding.text.strip()) >= WHOLE_SENTENCE
    talk = understanding.probability("chitchat") > case.surroundings.thresholds.talk
    return _more_of_a_cry(case) or (whole and not talk)


def _more_of_a_cry(case: Case) -> bool:
    """Something said right after an alarm of one's own."""
    matter = case.conversation.matter_within(case.now, FRAGMENTS_JOIN_FOR)
    alarmed = matter is not None and matter.service.startswith("emergency/")
    return alarmed and case.understanding.cue is None and not case.understanding.place_only


def _danger_by_model(case: Case) -> str | None:
    understanding, thresholds = case.understanding, case.surroundings.thresholds
    if understanding.cue is not None and understanding.cue.kind in NO_CRY:
        return None
    needed = thresholds.emergency
    if understanding.figurative:
        earnest = _in_earnest(case)
        needed = thresholds.emergency_in_strange_words if earnest else thresholds.emergency_in_jest
    elif _in_earnest(case):
        needed = thresholds.emergency_in_earnest
    length = len(understanding.text.strip())
    if length < WHOLE_SENTENCE and not _more_of_a_cry(case):
        needed = max(needed, thresholds.emergency_in_a_word)
    plain = case.message.addressed or length >= SHORTEST_ALARM
    return "other" if understanding.probability("emergency") >= needed and plain else None
