"""What may be asked of the time bank. ``source`` names what it comes of: the same twice does nothing twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class ShowHours:
    """Balance, what ends next, tier and the last entries, in private."""

    community_id: int
    resident_id: int
    in_group: bool = False


@dataclass(frozen=True, slots=True)
class ClaimHours:
    """A resident says what they gave. What is missing is asked."""

    community_id: int
    resident_id: int
    text: str
    source: str
    minutes: int | None = None
    done_on: date | None = None
    pictures: tuple[str, ...] = ()
    in_group: bool = False


@dataclass(frozen=True, slots=True)
class CompleteClaim:
    """The missing part of one's own claim, pressed: a kind, or how long, or how many days ago."""

    claim_id: int
    resident_id: int
    kind: str = ""
    minutes: int | None = None
    days_ago: int | None = None


@dataclass(frozen=True, slots=True)
class DropClaim:
    """A resident takes their claim back before anybody confirmed it."""

    claim_id: int
    resident_id: int


@dataclass(frozen=True, slots=True)
class EnterHours:
    """Staff write down what a resident gave; the resident is asked in private."""

    community_id: int
    staff_id: int
    resident_id: int
    kind: str
    minutes: int
    done_on: date
    source: str
    note: str = ""
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordHours:
    """Hours both sides have confirmed elsewhere (checked in and out of a shift, a service signed by both)."""

    community_id: int
    resident_id: int
    kind: str
    minutes: int
    done_on: date
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class AnswerClaim:
    """The resident says whether what staff wrote down is right."""

    claim_id: int
    resident_id: int
    agrees: bool


@dataclass(frozen=True, slots=True)
class ConfirmClaim:
    """Staff confirm what a resident said."""

    claim_id: int
    staff_id: int


@dataclass(frozen=True, slots=True)
class AmendClaim:
    """Staff put the length right; the resident is asked (again)."""

    claim_id: int
    staff_id: int
    minutes: int
    text: str


@dataclass(frozen=True, slots=True)
class RefuseClaim:
    """Staff say why it cannot be credited."""

    claim_id: int
    staff_id: int
    text: str


@dataclass(frozen=True, slots=True)
class OfferDonation:
    """A resident wants to give hours away: buttons to confirm with. ``minutes`` None: how many is asked."""

    community_id: int
    resident_id: int
    offer: int  # the message it was said in
    minutes: int | None = None
    in_group: bool = False


@dataclass(frozen=True, slots=True)
class Donate:
    """To the fund for those who need it."""

    community_id: int
    resident_id: int
    minutes: int
    source: str


@dataclass(frozen=True, slots=True)
class OfferGift:
    """ "把2小时送给王阿姨": asked once more, with buttons. ``minutes`` None: how many is asked."""

    community_id: int
    resident_id: int
    name: str
    offer: int  # the message it was said in
    minutes: int | None = None
    in_group: bool = False


@dataclass(frozen=True, slots=True)
class GiveHours:
    """To one neighbour, who is asked; until they answer the hours are laid aside."""

    community_id: int
    resident_id: int
    taker_id: int
    minutes: int
    source: str


@dataclass(frozen=True, slots=True)
class AnswerGift:
    """By whom it is for: taken or not; by who gave it: taken back."""

    gift_id: int
    resident_id: int
    takes: bool


@dataclass(frozen=True, slots=True)
class LapseGift:
    """The clock: nobody answered in time. Twice does nothing."""

    gift_id: int


@dataclass(frozen=True, slots=True)
class GrantHours:
    """From the fund to somebody who needs it."""

    community_id: int
    staff_id: int
    resident_id: int
    minutes: int
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class ReverseEntry:
    """A new entry that takes back an old one."""

    entry_id: int
    staff_id: int
    text: str


@dataclass(frozen=True, slots=True)
class SaveItem:
    """Something for the shop, new or changed. ``stock`` None: a service."""

    community_id: int
    staff_id: int
    name: str
    minutes: int
    stock: int | None
    note: str = ""
    active: bool = True
    item_id: int | None = None


@dataclass(frozen=True, slots=True)
class OfferItems:
    """What can be had, with buttons; what comes near to ``wanted`` in front."""

    community_id: int
    resident_id: int
    offer: int
    wanted: str = ""
    in_group: bool = False


@dataclass(frozen=True, slots=True)
class OrderItem:
    """Exchange hours for it."""

    community_id: int
    resident_id: int
    item_id: int
    source: str


@dataclass(frozen=True, slots=True)
class HandOverOrder:
    """It was fetched, or the service was done."""

    order_id: int
    staff_id: int


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Hours and goods go back. By staff, or by whom it belongs to."""

    order_id: int
    staff_id: int | None = None
    resident_id: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class SetPublished:
    """Whether one's nickname may stand on the list of honours."""

    community_id: int
    resident_id: int
    published: bool


@dataclass(frozen=True, slots=True)
class DoLedger:
    """What falls due. ``what``: "warn", "expire" (hours that end on ``day``) or "standing". Twice does nothing."""

    what: str
    account_id: int
    day: date
