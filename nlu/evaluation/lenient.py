"""When a petition has reached a right desk although its intent was taken for a neighbouring one."""

from __future__ import annotations

from nlu.examples import Example
from nlu.model.parse import Parse

#: The 15 intents of the service: on other label sets neither leniency nor alarms nor speaking up mean anything.
OUR_INTENTS = frozenset(
    {
        "emergency",
        "service_request",
        "safety_tip",
        "dispute",
        "activity_signup",
        "activity_cancel",
        "activity_inquiry",
        "consult",
        "suggestion",
        "ticket_status",
        "feedback",
        "points_inquiry",
        "human_handoff",
        "greet_help",
        "chitchat",
    }
)
#: Intents that open a ticket with a category, so that the category chooses the desk.
WITH_DESK = frozenset({"service_request", "safety_tip", "dispute"})


#: Categories of different intents that are one matter and lie on one desk. All others stand for themselves.
SAME_MATTER = {
    "leakage": "water_drainage",
    "parking": "parking_facility",
    "pets": "animal",
    "facility_hazard": "public_facility",
}


def is_right_leniently(example: Example, parse: Parse) -> bool:
    """Right if the intent is right, or if both intents open a ticket about the same matter.

    A petition about a neighbour's loose dog may be read as a dispute (pets) or as a hazard (animal); what counts for
    the writer is that it becomes a ticket and lies on a right desk. So: the true and the said intent are both of
    `WITH_DESK`, and the categories are the same or of one matter (`SAME_MATTER`). `other` names no matter and counts
    only with the right intent. Intents without a category (consult, suggestion, ticket_status, feedback…) have to be
    right as they are: a question that is filed as a fault is not answered.
    """
    if example.intent == parse.intent:
        return True
    both_open = example.intent in WITH_DESK and parse.intent in WITH_DESK
    true, said = matter_of(example.category), matter_of(parse.category)
    return both_open and true is not None and true == said


def matter_of(category: str | None) -> str | None:
    """The matter that a category stands for; None for none and for `other`."""
    return None if category in (None, "other") else SAME_MATTER.get(category or "", category)
