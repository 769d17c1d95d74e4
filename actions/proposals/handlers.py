"""The handlers of the room of proposals: async (session, command, now, tools) → Outcome."""

from __future__ import annotations

from actions.proposals.arguing import add_argument, hide_argument, publish_summary, weigh
from actions.proposals.clock import do_proposal, tell_news
from actions.proposals.conventions import (
    adopt_by_vote,
    comment_paragraph,
    open_convention,
    settle_comment,
    write_convention,
)
from actions.proposals.deciding import answer_proposal, put_to_vote
from actions.proposals.drafting import (
    draft_proposal,
    propose_from_ticket,
    raise_matter,
    review_proposal,
    settle_proposal,
)
from actions.proposals.meetings import cancel_meeting, plan_meeting, record_meeting
from actions.proposals.publishing import confirm_innovation, name_innovation, note_ballot, publish_index
from actions.proposals.supporting import leave_proposal, mute_proposals, show_proposals, support_proposal
from actions.proposals.tasks import add_task, finish_milestone, report_progress

__all__ = [
    "add_argument",
    "add_task",
    "adopt_by_vote",
    "answer_proposal",
    "cancel_meeting",
    "comment_paragraph",
    "confirm_innovation",
    "do_proposal",
    "draft_proposal",
    "finish_milestone",
    "hide_argument",
    "leave_proposal",
    "mute_proposals",
    "name_innovation",
    "note_ballot",
    "open_convention",
    "plan_meeting",
    "propose_from_ticket",
    "publish_index",
    "publish_summary",
    "put_to_vote",
    "raise_matter",
    "record_meeting",
    "report_progress",
    "review_proposal",
    "settle_comment",
    "settle_proposal",
    "show_proposals",
    "support_proposal",
    "tell_news",
    "weigh",
    "write_convention",
]
