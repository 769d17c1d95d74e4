"""The handlers of the mediation room: async (session, command, now, rules) → Outcome."""

from __future__ import annotations

from actions.mediation.agreements import draft_agreement, offer_agreement, record_signature, sign_agreement
from actions.mediation.cases import accept_case, assign_mediator, end_case, open_case, recuse_mediator
from actions.mediation.clock import do_mediation
from actions.mediation.following import answer_visit, record_visit, say_done, settle_item
from actions.mediation.mediators import set_profile
from actions.mediation.parties import (
    add_party,
    answer_invitation,
    describe_party,
    invite_party,
    leave_case,
    record_consent,
)
from actions.mediation.quarrels import answer_quarrel, notice_heat
from actions.mediation.talk import (
    add_note,
    end_session,
    hear_party,
    open_common_room,
    plan_session,
    set_rooms,
    speak_in_room,
)

__all__ = [
    "accept_case",
    "add_note",
    "add_party",
    "answer_invitation",
    "answer_quarrel",
    "answer_visit",
    "assign_mediator",
    "describe_party",
    "do_mediation",
    "draft_agreement",
    "end_case",
    "end_session",
    "hear_party",
    "invite_party",
    "leave_case",
    "notice_heat",
    "offer_agreement",
    "open_case",
    "open_common_room",
    "plan_session",
    "record_consent",
    "record_signature",
    "record_visit",
    "recuse_mediator",
    "say_done",
    "set_profile",
    "set_rooms",
    "settle_item",
    "sign_agreement",
    "speak_in_room",
]
