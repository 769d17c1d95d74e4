"""What may be asked of the room of proposals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class DraftProposal:
    """A resident puts something forward; it is read back to them first. ``ticket_id``: their suggestion it comes of."""

    community_id: int
    resident_id: int
    text: str
    title: str = ""
    ticket_id: int | None = None


@dataclass(frozen=True, slots=True)
class ProposeFromTicket:
    """The button under the answer to a suggestion. What was said there is looked up outside of the room."""

    community_id: int
    resident_id: int
    ticket_id: int


@dataclass(frozen=True, slots=True)
class SettleProposal:
    """Its author hands the draft in, or drops it. ``proposal_id`` None: what was read back to them a moment ago."""

    proposal_id: int | None
    resident_id: int
    well: bool


@dataclass(frozen=True, slots=True)
class RaiseMatter:
    """Staff make one matter of several tickets. ``reporters``: ticket → who told of it (0: nobody known)."""

    community_id: int
    staff_id: int
    title: str
    text: str
    reporters: Mapping[int, int] = field(default_factory=dict)
    org_unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class ReviewProposal:
    """Staff let it become public, refuse it, or find that it is there already (``into``: its number)."""

    proposal_id: int
    staff_id: int
    approve: bool
    reason: str = ""
    into: int | None = None


@dataclass(frozen=True, slots=True)
class Meant:
    """Which proposal is meant: by its card or button, else by what was said of it."""

    proposal_id: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class SupportProposal:
    """ "+1支持装充电桩". Finds nothing that fits: Outcome.value is NOTHING_FITS."""

    community_id: int
    resident_id: int
    which: Meant


@dataclass(frozen=True, slots=True)
class LeaveProposal:
    """No support any more."""

    community_id: int
    resident_id: int
    which: Meant


@dataclass(frozen=True, slots=True)
class ShowProposals:
    """How one stands; without one, those that are public. ``own``: those the resident is behind; ``in_group``: asked
    where others read the answer."""

    community_id: int
    resident_id: int
    which: Meant = field(default_factory=Meant)
    own: bool = False
    in_group: bool = False


@dataclass(frozen=True, slots=True)
class MuteProposals:
    """No more news in private: of one, or (None) of all. ``muted`` False: again."""

    community_id: int
    resident_id: int
    proposal_id: int | None = None
    muted: bool = True


@dataclass(frozen=True, slots=True)
class AddArgument:
    """Something said in the discussion; ``source``: the same is kept once."""

    community_id: int
    resident_id: int
    proposal_id: int
    stance: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Weigh:
    """A resident agrees with an argument, or does not."""

    community_id: int
    resident_id: int
    argument_id: int
    agrees: bool


@dataclass(frozen=True, slots=True)
class HideArgument:
    """Staff take what is rude or private out of sight, and say why."""

    argument_id: int
    staff_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class PublishSummary:
    """Staff have looked at the summary: stance → sentences."""

    proposal_id: int
    staff_id: int
    sentences: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class MeetingDraft:
    """When and where, who is invited, what is talked about."""

    form: str
    starts_at: datetime
    ends_at: datetime
    place: str
    bodies: tuple[str, ...] = ()
    agenda: str = ""
    matter: str = ""


@dataclass(frozen=True, slots=True)
class PlanMeeting:
    """A council, hearing or joint meeting about a proposal; the groups are told."""

    proposal_id: int
    staff_id: int
    draft: MeetingDraft


@dataclass(frozen=True, slots=True)
class RecordMeeting:
    """What was said there and who came (residents); their hours go into the time bank."""

    meeting_id: int
    staff_id: int
    minutes: str
    came: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CancelMeeting:
    """It does not take place."""

    meeting_id: int
    staff_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class TaskDraft:
    """What is to be done by which body until when. ``milestones``: name and day."""

    title: str
    team_id: int
    due_on: date
    milestones: tuple[tuple[str, date], ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerProposal:
    """The official answer: ``verdict`` accepted, partly or refused, why, and the task that follows."""

    proposal_id: int
    staff_id: int
    verdict: str
    text: str
    task: TaskDraft | None = None


@dataclass(frozen=True, slots=True)
class PutToVote:
    """Have it decided by ballot; the room of ballots is told what is wanted. ``task``: what follows if it passes."""

    proposal_id: int
    staff_id: int
    question: str
    options: tuple[str, ...]
    counting: str
    rule: str
    secret: bool
    opens_at: datetime
    closes_at: datetime
    task: TaskDraft


@dataclass(frozen=True, slots=True)
class NoteBallot:
    """What became of a ballot that was asked for: ``what`` opened, tallied or cancelled."""

    source: str
    what: str
    ballot_id: int
    passed: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)  # took_part, for_, against, abstained


@dataclass(frozen=True, slots=True)
class AddTask:
    """One more task of what was decided."""

    proposal_id: int
    staff_id: int
    task: TaskDraft


@dataclass(frozen=True, slots=True)
class ReportProgress:
    """How far a task is, and what was done."""

    task_id: int
    staff_id: int
    percent: int
    text: str


@dataclass(frozen=True, slots=True)
class FinishMilestone:
    """A milestone is reached."""

    milestone_id: int
    staff_id: int


@dataclass(frozen=True, slots=True)
class DoProposal:
    """What the clock has to do for a proposal, a task or a meeting; doing it twice does nothing."""

    what: str  # "proposal", "task", "meeting"
    id: int


@dataclass(frozen=True, slots=True)
class TellNews:
    """The news of the day for one resident, in one message."""

    resident_id: int


@dataclass(frozen=True, slots=True)
class WriteConvention:
    """A new wording, as a draft. ``convention_id`` None: of a new convention with ``title``."""

    community_id: int
    staff_id: int
    paragraphs: tuple[str, ...]
    title: str = ""
    convention_id: int | None = None


@dataclass(frozen=True, slots=True)
class OpenConvention:
    """Show a draft to everybody, who may comment until then."""

    version_id: int
    staff_id: int
    until: datetime


@dataclass(frozen=True, slots=True)
class CommentParagraph:
    """A resident says something to a paragraph."""

    community_id: int
    resident_id: int
    version_id: int
    paragraph: int
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class SettleComment:
    """Staff say what was made of a comment; or (``hide``) take it out of sight and say why."""

    comment_id: int
    staff_id: int
    text: str
    hide: bool = False


@dataclass(frozen=True, slots=True)
class AdoptByVote:
    """Put a version to the vote of the households."""

    version_id: int
    staff_id: int
    counting: str
    rule: str
    secret: bool
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class NameInnovation:
    """Staff name a new way of consulting of a month."""

    community_id: int
    staff_id: int
    month: date
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class ConfirmInnovation:
    """Somebody of the street or the district has looked at it."""

    innovation_id: int
    staff_id: int


@dataclass(frozen=True, slots=True)
class PublishIndex:
    """A month as it was counted; published once."""

    community_id: int
    month: date
    facts: Mapping[str, Any]
