"""What may be asked of the knowledge room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class AnswerFromGuide:
    """Answer a resident's question from a guide, in a few lines. Outcome.value: id of the use."""

    community_id: int
    guide_id: int
    resident_id: int
    chat_id: int
    message_id: int
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class ShowGuide:
    """The details of an answer that was given, to whoever asks for them. ``in_group``: they go to the private chat."""

    community_id: int
    use_id: int
    resident_id: int
    in_group: bool = False


@dataclass(frozen=True, slots=True)
class LeaveUnsolved:
    """The answer did not help its asker. Event ``GuideUnsolved``: the question goes to a person."""

    community_id: int
    use_id: int
    resident_id: int


@dataclass(frozen=True, slots=True)
class GuideText:
    """What a guide says and for how long. ``org_unit_id``: its area, None for the whole community."""

    title: str
    questions: tuple[str, ...]
    answer: str
    details: str
    source: str
    source_on: date
    valid_until: date
    owner: str
    org_unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class SaveGuide:
    """Write a new guide, or other words for one. Outcome.value: its id, that of the community's own copy where
    the guide was one that ships. ``version``: the one the writer saw; ``ticket_id``: whose answer it was."""

    staff_id: int
    community_id: int
    text: GuideText
    guide_id: int | None = None
    version: int = 0
    ticket_id: int | None = None


@dataclass(frozen=True, slots=True)
class RenewGuide:
    """It was looked through and holds until then. Outcome.value as in SaveGuide."""

    staff_id: int
    community_id: int
    guide_id: int
    valid_until: date


@dataclass(frozen=True, slots=True)
class SetGuideState:
    """No longer used, or used again. ``state``: a GuideState. Outcome.value as in SaveGuide."""

    staff_id: int
    community_id: int
    guide_id: int
    state: str


@dataclass(frozen=True, slots=True)
class RemindOwners:
    """Tell the owners of guides that end soon; once for each end."""
