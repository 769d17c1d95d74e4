"""The talk that a person has: the bot keeps out of it, but for danger. And what makes it one: the wish for a person,
anger at the bot."""

from __future__ import annotations

from actions.handoffs.commands import HearHandoff, LeaveHandoff
from bot.conversations import CORRECTIONS_FOR
from bot.decide.continuing import decide_answer, decide_continuation
from bot.decide.decision import Case, Decision, Ignore, Run
from bot.decide.opening import hand_off


def decide_handed_off(case: Case) -> Decision | None:
    """Everything said there is for the person: nothing is answered, asked or opened.

    What belongs to an alarm of one's own still does; what is said to a neighbour is for the neighbour.
    """
    handoff, message, cue = case.surroundings.handoff, case.message, case.understanding.cue
    if handoff is None:
        return None
    if cue is not None and cue.value == "false_alarm":
        return None
    alarm = _about_the_alarm(case)
    if alarm is not None:
        return alarm
    if _to_another(case):
        return Ignore("to_others")
    if cue is not None and cue.kind == "person" and (message.addressed or cue.value == "plain"):
        return hand_off(case)
    if cue is not None and cue.kind == "withdraw" and message.addressed:
        return Run(LeaveHandoff(handoff, message.chat_id, message.resident_id))
    return Run(HearHandoff(handoff, message.chat_id, message.resident_id), quiet=True)


def _about_the_alarm(case: Case) -> Decision | None:
    """Where it burns, and more of the cry."""
    matter = case.conversation.matter_within(case.now, CORRECTIONS_FOR)
    if matter is None or not matter.service.startswith("emergency/"):
        return None
    return decide_answer(case) or decide_continuation(case)


def decide_person(case: Case) -> Decision | None:
    """ "转人工", "别跟我机器人说话": a person is called. Plain anger at the bot calls one, too."""
    cue = case.understanding.cue
    if cue is None or cue.kind not in ("person", "anger") or _to_another(case):
        return None
    if case.message.addressed or _is_talking(case):
        return hand_off(case, "anger" if cue.kind == "anger" else "asked")
    return hand_off(case) if cue.value == "plain" else None


def _is_talking(case: Case) -> bool:
    """Whether the bot has just had to do with them: it is the one who is meant."""
    talks = case.conversation.matter_within(case.now, CORRECTIONS_FOR) or case.conversation.open_question(case.now)
    return talks is not None or case.conversation.misunderstood_lately(case.now)


def _to_another(case: Case) -> bool:
    message = case.message
    quotes_other = message.quoted is not None and not message.quoted.from_bot
    return (message.mentions_others or quotes_other) and not message.addressed


def decide_handoff_button(case: Case, rest: str) -> Decision:
    """ "不等了": the handler asks whether it is theirs to press."""
    what, _, number = rest.partition(":")
    if what != "leave" or not (number.isascii() and number.isdecimal() and len(number) < 16):
        return Ignore("unknown_button")
    message = case.message
    return Run(LeaveHandoff(int(number), message.chat_id, message.resident_id, pressed=True))
