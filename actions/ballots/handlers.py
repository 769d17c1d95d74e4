"""The handlers of the ballots room: async (session, command, now, rules, tools) → Outcome."""

from __future__ import annotations

from actions.ballots.asking import ask_ballots, ask_own_vote, show_receipt, want_paper
from actions.ballots.casting import cast_vote
from actions.ballots.clock import do_ballot
from actions.ballots.closing import close_ballot
from actions.ballots.drafting import cancel_ballot, draft_ballot, open_ballot
from actions.ballots.electorate import import_areas, set_area
from actions.ballots.extending import extend_ballot
from actions.ballots.paper import confirm_paper_vote, enter_paper_vote, withdraw_paper_vote

__all__ = [
    "ask_ballots",
    "ask_own_vote",
    "cancel_ballot",
    "cast_vote",
    "close_ballot",
    "confirm_paper_vote",
    "do_ballot",
    "draft_ballot",
    "enter_paper_vote",
    "extend_ballot",
    "import_areas",
    "open_ballot",
    "set_area",
    "show_receipt",
    "want_paper",
    "withdraw_paper_vote",
]
