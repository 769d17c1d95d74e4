"""A message that speaks of several things is decided on thing by thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.decide.activities import is_proposal
from bot.decide.decision import Case
from bot.decide.party import is_relay
from bot.decide.proposals import puts_forward
from bot.messages import ChatKind


def matters_of(case: Case) -> Sequence[Case]:
    """A case for each matter, with its own words; the case itself where there is but one, or an answer is awaited.

    Pictures stay with the first matter: nobody can tell whose they are, and a person sees them there.
    """
    message, matters = case.message, case.understanding.matters
    if message.chat_kind is ChatKind.MEDIATION:  # told to the mediator, and to nobody piece by piece
        return (case,)
    if case.surroundings.handoff is not None:  # told to a person, as a whole
        return (case,)
    # a list, a notice and what is put forward are read as one
    if is_relay(message.text) or is_proposal(message) or puts_forward(message):
        return (case,)
    if case.conversation.surveying_now(case.now) is not None and not case.understanding.danger:
        return (case,)  # an answer to a survey's question
    if not matters or message.button or message.quoted or case.conversation.question or case.surroundings.awaited:
        return (case,)
    return [
        replace(
            case,
            message=replace(message, text=matter.text, pictures=() if number else message.pictures),
            understanding=matter,
        )
        for number, matter in enumerate(matters)
    ]
