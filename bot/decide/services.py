"""Which service of ``data/services.yml`` an understanding stands for."""

from __future__ import annotations

from bot.understanding import Understanding

WITH_CATEGORY = frozenset({"service_request", "safety_tip", "dispute"})
PLAIN = {
    "consult": "consult",
    "suggestion": "suggestion",
    "activity_signup": "activity/signup",
    "activity_cancel": "activity/cancel",
    "activity_inquiry": "activity/inquiry",
    "points_inquiry": "points",
    "human_handoff": "handoff",
    "feedback": "feedback",
}
DANGERS = frozenset("fire gas trapped collapsed fight jumping missing drowning electric crush burst flood".split())
#: What somebody has to come for; the other intents are often said among neighbours and meant for them.
PRESSING = WITH_CATEGORY | {"emergency"}
#: Nothing to be chosen from a list: what was reported is found otherwise, and danger is acted on.
NEVER_OFFERED = frozenset({"ticket_status", "emergency"})
#: Intents on which the bot may speak unasked in a group, once it is sure.
ACTIONABLE = WITH_CATEGORY | PLAIN.keys() | {"emergency", "ticket_status"}


def emergency_service(danger: str | None) -> str:
    """The service of a danger the rules named, or of one only the model saw."""
    return f"emergency/{danger}" if danger in DANGERS else "emergency/other"


def service_of(understanding: Understanding, category_threshold: float) -> str | None:
    """The service code, or None for what becomes no ticket. Unsure of the category: "other" in the right queue."""
    intent = understanding.intent
    if intent in WITH_CATEGORY:
        known = understanding.category and understanding.category_confidence >= category_threshold
        return f"{intent}/{understanding.category if known else 'other'}"
    if intent == "emergency":
        return emergency_service(understanding.danger)
    return PLAIN.get(intent)


def likely_services(understanding: Understanding, most: int) -> tuple[str, ...]:
    """The services the message most likely asks for, best first, none twice."""
    found: dict[str, None] = {}
    for label, _ in understanding.likeliest or understanding.ranking:
        intent, _, category = label.partition("/")
        if intent in ACTIONABLE - NEVER_OFFERED:
            found[f"{intent}/{category or 'other'}" if intent in WITH_CATEGORY else PLAIN[intent]] = None
    return tuple(found)[:most]
