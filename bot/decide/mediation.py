"""What is said in the rooms of a mediation, and the buttons of mediation wherever they are pressed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from actions.mediation.commands import (
    AnswerInvitation,
    AnswerQuarrel,
    AnswerVisit,
    HearParty,
    LeaveCase,
    SayDone,
    SignAgreement,
)
from actions.tickets.commands import AskMediation, OpenTicket
from bot.decide.decision import Case, Decision, Ignore, Run
from bot.decide.emergency import decide_emergency
from bot.messages import ChatKind

#: which order a button's word stands for, where the order takes that word
_WORDS: Mapping[str, Callable[[int, int, str], Any]] = {
    **dict.fromkeys(("yes", "no", "ask"), AnswerInvitation),
    **dict.fromkeys(("stop", "other"), LeaveCase),
    **dict.fromkeys(("sign", "not"), SignAgreement),
    **dict.fromkeys(("well", "trouble"), AnswerVisit),
    **dict.fromkeys(("help", "calm"), AnswerQuarrel),
}


def decide_mediation(case: Case) -> Decision | None:
    """In a room of a mediation people talk with the mediator: nothing they say is a request for something else.

    Plain danger is answered there as anywhere; whoever reads the alarm does not read the room.
    """
    message = case.message
    if message.chat_kind is not ChatKind.MEDIATION or message.button:
        return None
    danger = decide_emergency(case) if case.understanding.danger else None
    if isinstance(danger, Run) and isinstance(danger.command, OpenTicket):
        return Run(replace(danger.command, chat_id=None, message_id=None))
    return danger or Run(HearParty(message.chat_id, message.resident_id))


def decide_press(case: Case, rest: str) -> Decision:
    """A button of mediation; the handlers ask whether it is theirs to press."""
    what, _, number = rest.partition(":")
    if not (number.isascii() and number.isdecimal() and len(number) < 16):
        return Ignore("unknown_button")
    if what == "apply":
        return Run(AskMediation(int(number), case.actor))
    if what == "did":
        return Run(SayDone(int(number), case.message.resident_id))
    build = _WORDS.get(what)
    return Run(build(int(number), case.message.resident_id, what)) if build is not None else Ignore("unknown_button")
