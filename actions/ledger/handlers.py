"""The handlers of the time bank: async (session, command, now, rules) → Outcome."""

from __future__ import annotations

from actions.ledger.claims import (
    amend_claim,
    answer_claim,
    claim_hours,
    complete_claim,
    confirm_claim,
    drop_claim,
    enter_hours,
    record_hours,
    refuse_claim,
)
from actions.ledger.clock import do_ledger
from actions.ledger.gifts import answer_gift, give_hours, lapse_gift, offer_gift
from actions.ledger.shop import cancel_order, hand_over_order, offer_items, order_item, save_item
from actions.ledger.showing import show_hours
from actions.ledger.spending import donate, grant_hours, offer_donation, reverse_entry
from actions.ledger.standing import set_published

__all__ = [
    "amend_claim",
    "answer_claim",
    "answer_gift",
    "cancel_order",
    "claim_hours",
    "complete_claim",
    "confirm_claim",
    "do_ledger",
    "donate",
    "drop_claim",
    "enter_hours",
    "give_hours",
    "grant_hours",
    "hand_over_order",
    "lapse_gift",
    "offer_donation",
    "offer_gift",
    "offer_items",
    "order_item",
    "record_hours",
    "refuse_claim",
    "reverse_entry",
    "save_item",
    "set_published",
    "show_hours",
]
