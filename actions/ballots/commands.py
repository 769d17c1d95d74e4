"""What may be asked of the ballots room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Counting = Literal["household", "area", "resident"]
RuleName = Literal["majority", "article_278_half", "article_278_three_quarters"]
AGREE, AGAINST, ABSTAIN = "同意", "反对", "弃权"
YES_NO = (AGREE, AGAINST, ABSTAIN)


@dataclass(frozen=True, slots=True)
class DraftBallot:
    """Write a ballot down. ``source`` is unique in the community: the same again gives the same ballot.

    Of a yes-or-no question the first option is 同意. By ``article_278_*`` it is counted by area, and its options are
    同意, 反对 and perhaps 弃权. ``item``: of ``data/ballots.yml``; it says which rule is needed. ``unit_id``: the
    community or a building of it; None: the community. ``ballot_id``: a draft to be written anew.
    Outcome.value: its id.
    """

    community_id: int
    staff_id: int
    source: str
    title: str
    text: str
    options: tuple[str, ...] = YES_NO
    counting: Counting = "household"
    rule: RuleName = "majority"
    secret: bool = True
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    unit_id: int | None = None
    item: str = ""
    ballot_id: int | None = None


@dataclass(frozen=True, slots=True)
class OpenBallot:
    """Another person than who wrote it says that it may open: now, or when its time comes."""

    ballot_id: int
    staff_id: int


@dataclass(frozen=True, slots=True)
class CastVote:
    """A verified member of a household votes, or changes the vote. ``option``: its place, or its text in ``word``.

    ``ballot_id`` None: the only open one that has such an option. ``in_group``: said where others read it; ``in_chat``:
    a refusal is told there in private, and what was said is taken out as a vote would be.
    ``said_at``: when it was given, which may be before it is handled; None: now. ``tentative``: the words may be
    about something else. ``about``: what was said of which ballot it is; a vote never goes to another.
    Nothing fits: Outcome.value is NOTHING_FITS; else a ``Cast``.
    """

    community_id: int
    resident_id: int
    ballot_id: int | None = None
    option: int | None = None
    word: str = ""
    said_at: datetime | None = None
    in_group: bool = False
    in_chat: bool = False
    tentative: bool = False
    about: str = ""


@dataclass(frozen=True, slots=True)
class Cast:
    """What came of a vote. ``hush``: the words it was said in should be taken out of the chat."""

    ballot_id: int
    counted: bool
    hush: bool = False


@dataclass(frozen=True, slots=True)
class EnterPaperVote:
    """Staff write down what stands on a household's sheet. Outcome.value: the paper's id."""

    ballot_id: int
    staff_id: int
    household_id: int
    option: int


@dataclass(frozen=True, slots=True)
class ConfirmPaperVote:
    """Somebody else reads the sheet again; where they read something else, it is flagged and not counted."""

    paper_id: int
    staff_id: int
    option: int


@dataclass(frozen=True, slots=True)
class WithdrawPaperVote:
    """A sheet was entered by mistake; why is kept."""

    paper_id: int
    staff_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class CloseBallot:
    """Nobody can vote any more. Before its time only when all have voted. It is counted at once unless papers wait.

    Closed already: it is counted without the papers that nobody has confirmed.
    """

    ballot_id: int
    staff_id: int


@dataclass(frozen=True, slots=True)
class ExtendBallot:
    """More time, once, before its end and while too few have taken part; everybody who may vote is told why."""

    ballot_id: int
    staff_id: int
    closes_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class CancelBallot:
    """It comes to nothing; those who may vote are told why."""

    ballot_id: int
    staff_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class SetArea:
    """How large a home is, in hundredths of a square metre; 0 takes it out. ``owner`` marks homes of one owner."""

    household_id: int
    staff_id: int
    area: int
    owner: str = ""


@dataclass(frozen=True, slots=True)
class ImportAreas:
    """Many of them, as (household id, area, owner): all or none. Outcome.value: how many were changed."""

    community_id: int
    staff_id: int
    rows: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class AskBallots:
    """ "现在有什么投票", "投票怎么投", or one by its button."""

    community_id: int
    resident_id: int
    ballot_id: int | None = None
    in_group: bool = False
    tentative: bool = False


@dataclass(frozen=True, slots=True)
class AskOwnVote:
    """ "我家投了没": told in private."""

    community_id: int
    resident_id: int
    in_group: bool = False
    tentative: bool = False


@dataclass(frozen=True, slots=True)
class ShowReceipt:
    """The code of one's own vote, in private, while it is known. ``ballot_id`` None: the one voted in last."""

    ballot_id: int | None
    resident_id: int


@dataclass(frozen=True, slots=True)
class WantPaper:
    """Somebody of the household would rather vote on paper: staff bring it."""

    community_id: int
    resident_id: int
    ballot_id: int | None = None
    tentative: bool = False


@dataclass(frozen=True, slots=True)
class DoBallot:
    """What the clock has to do for a ballot now; doing it twice does nothing."""

    ballot_id: int
