"""What may be asked of the room of bulletins and good deeds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SubmitBulletin:
    """An official word is handed in. ``corrects_id``: it stands in the place of that one, ``why`` says what was wrong.

    ``value``: the bulletin's id.
    """

    community_id: int
    staff_id: int
    kind: str
    title: str
    text: str
    issuer: str
    stated_at: datetime
    source: str
    unit_ids: tuple[int, ...] = ()  # empty: all of the community
    words: str = ""
    private_confirmed: bool = False
    slips_confirmed: bool = False
    corrects_id: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class WithdrawBulletin:
    """It holds no longer: taken back everywhere, and said so with the reason."""

    bulletin_id: int
    staff_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class NoteNotice:
    """What became of the notice by which something of this room is said. ``about``: "bulletin:12", "deed:3"."""

    about: str
    notice_id: int
    state: str  # waiting, approved, refused, recalled
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AskRumour:
    """ "网传…是真的吗": the bulletin that says so. ``answered``: say so when there is none, too."""

    community_id: int
    text: str
    answered: bool = False


@dataclass(frozen=True, slots=True)
class TellDeed:
    """A resident thanks or praises a neighbour. ``who`` as they are called in ``text``, ``names`` the name in it in
    either script."""

    community_id: int
    resident_id: int
    text: str
    who: str
    names: tuple[str, ...]
    source: str
    building: str = ""
    minor: bool = False


@dataclass(frozen=True, slots=True)
class WriteDeed:
    """Staff write one down. ``nominee_id``: who is asked; None: not known yet."""

    community_id: int
    staff_id: int
    text: str
    who: str
    source: str
    minor: bool = False
    nominee_id: int | None = None


@dataclass(frozen=True, slots=True)
class EditDeed:
    """Put the text right; whoever was asked is asked again, for they agreed to another."""

    deed_id: int
    staff_id: int
    text: str
    who: str
    minor: bool


@dataclass(frozen=True, slots=True)
class AskConsent:
    """Ask this resident: who did it, or of a child the guardian."""

    deed_id: int
    staff_id: int
    resident_id: int


@dataclass(frozen=True, slots=True)
class RecordConsent:
    """They have said yes to staff. ``how``: to whom and when; ``call``: "name", "nick" or "anon"."""

    deed_id: int
    staff_id: int
    call: str
    name: str
    how: str


@dataclass(frozen=True, slots=True)
class AnswerConsent:
    """``answer``: "name", "nick", "anon", "no" or "other" (it was somebody else). ``round``: of which question."""

    deed_id: int
    resident_id: int
    answer: str
    round: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class NameDeed:
    """ "姓名 王建国": the name under which it may be told, by whoever has just chosen to be named."""

    community_id: int
    resident_id: int
    name: str


@dataclass(frozen=True, slots=True)
class ApproveDeed:
    """Staff have read it: it is told, in the groups of these places and on the page. Empty: of the community."""

    deed_id: int
    staff_id: int
    unit_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RefuseDeed:
    """Staff would rather not have it told, and say why."""

    deed_id: int
    staff_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class WithdrawDeed:
    """The consent is taken back: by whom it is about, by who told it, or by staff on their behalf."""

    deed_id: int
    resident_id: int | None = None
    staff_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OfferPicture:
    """Staff would like to show before and after of a repair: its reporter is asked."""

    community_id: int
    staff_id: int
    ticket_id: int
    resident_id: int
    before: str
    after: str
    caption: str


@dataclass(frozen=True, slots=True)
class AnswerPicture:
    """The reporter says whether their picture may be shown; later they may say otherwise."""

    picture_id: int
    resident_id: int
    agrees: bool


@dataclass(frozen=True, slots=True)
class RemovePicture:
    """Staff take it off the page."""

    picture_id: int
    staff_id: int


@dataclass(frozen=True, slots=True)
class SetPublicPage:
    """Whether the page may be read by a link without signing in; each time it is allowed the link is a new one."""

    community_id: int
    staff_id: int
    public: bool
