"""Tables of the time bank: accounts, the append-only book, hours to be confirmed, the shop, notices, honours."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key
from actions.ledger.guards import keep_lines, sum_up


class Holder(StrEnum):
    """Whose an account is. All but a resident's are the community's own, one of each."""

    RESIDENT = "resident"
    POOL = "pool"  # where hours come from: the only one below zero, by what was ever given
    FUND = "fund"  # for those who need it
    SHOP = "shop"  # what was paid for goods and services
    EXPIRED = "expired"
    HOLD = "hold"  # given to a neighbour who has not said yes


class TimeAccount(Base):
    """An account. ``balance`` is the sum of its postings, kept by the database itself (see ``guards``)."""

    __tablename__ = "time_account"
    __table_args__ = (
        UniqueConstraint("community_id", "kind", "holder"),
        CheckConstraint("kind = 'pool' OR balance >= 0", name="never_below_zero"),
        Index("ix_time_account_standing", "kind", "standing_on"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    kind: Mapped[str] = mapped_column(String(8))
    holder: Mapped[int] = mapped_column(Key, default=0)  # a resident's id; 0: the community
    balance: Mapped[int] = mapped_column(default=0)  # minutes
    tier: Mapped[str] = mapped_column(String(32), default="")
    standing_on: Mapped[date | None]  # the day tier and honours were last worked out
    published: Mapped[bool] = mapped_column(default=False)  # their nickname may stand on the list of honours


class EntryKind(StrEnum):
    """What moved hours."""

    EARN = "earn"
    DONATE = "donate"
    GRANT = "grant"
    EXCHANGE = "exchange"
    EXPIRE = "expire"
    REVERSE = "reverse"
    GIFT = "gift"  # to a neighbour: laid aside until they answer
    RECEIVE = "receive"  # from a neighbour: taken


class TimeEntry(Base):
    """One transaction of the book: never changed, never deleted. ``source``: what it came of, once and no more."""

    __tablename__ = "time_entry"
    __table_args__ = (UniqueConstraint("community_id", "source"), UniqueConstraint("reverses_id"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    kind: Mapped[str] = mapped_column(String(8))
    source: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(Key)  # who of the staff had it done
    text: Mapped[str] = mapped_column(String(200), default="")
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("time_entry.id"))


class TimePosting(Base):
    """Minutes from one account to another: debit and credit in one row, so that no row can be out of balance."""

    __tablename__ = "time_posting"
    __table_args__ = (
        CheckConstraint("minutes > 0", name="more_than_nothing"),
        CheckConstraint("debit_id <> credit_id", name="two_sides"),
        Index("ix_time_posting_debit", "debit_id"),
        Index("ix_time_posting_credit", "credit_id", "expires_on"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    entry_id: Mapped[int] = mapped_column(ForeignKey("time_entry.id"), index=True)
    debit_id: Mapped[int] = mapped_column(ForeignKey("time_account.id"))  # they go from here
    credit_id: Mapped[int] = mapped_column(ForeignKey("time_account.id"))  # to here
    minutes: Mapped[int]
    expires_on: Mapped[date | None]  # until when a resident may spend them


keep_lines(TimeEntry.__table__)
keep_lines(TimePosting.__table__)
sum_up(TimePosting.__table__)


class ClaimState(StrEnum):
    """draft → waits for one of the two sides → confirmed; or disputed, refused, dropped; reversed later."""

    DRAFT = "draft"  # what, when or how long is still asked
    RESIDENT = "resident"  # staff wrote it down, the resident is asked
    STAFF = "staff"  # the resident said it, staff are asked
    DISPUTED = "disputed"  # 有异议, staff settle it
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    DROPPED = "dropped"
    REVERSED = "reversed"


class TimeClaim(Base):
    """Hours that somebody says were given. They stand in the book once both sides have said so."""

    __tablename__ = "time_claim"
    __table_args__ = (
        UniqueConstraint("community_id", "source"),
        CheckConstraint("minutes IS NULL OR minutes > 0", name="more_than_nothing"),
        Index("ix_time_claim_queue", "community_id", "state"),
        Index("ix_time_claim_day", "resident_id", "done_on"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    source: Mapped[str] = mapped_column(String(80))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    kind: Mapped[str] = mapped_column(String(32), default="")  # of data/ledger.yml
    minutes: Mapped[int | None]  # as they were given, before the rule's factor
    done_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text, default="")
    pictures: Mapped[list[str]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(String(12))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    made_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(200), default="")
    rounds: Mapped[int] = mapped_column(default=0)  # how often the resident was asked
    credited: Mapped[int] = mapped_column(default=0)  # minutes that went to the resident
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("time_entry.id"))


class ShopItem(Base):
    """Something hours are exchanged for. ``stock`` None: a service, there is always some."""

    __tablename__ = "shop_item"
    __table_args__ = (
        CheckConstraint("minutes > 0", name="costs_something"),
        CheckConstraint("stock IS NULL OR stock >= 0", name="never_below_zero"),
        UniqueConstraint("community_id", "name"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    name: Mapped[str] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(String(120), default="")
    minutes: Mapped[int]
    stock: Mapped[int | None]
    active: Mapped[bool] = mapped_column(default=True)


class OrderState(StrEnum):
    """open → handed over, or cancelled."""

    OPEN = "open"
    HANDED = "handed"
    CANCELLED = "cancelled"


class ShopOrder(Base):
    """Something that was exchanged. ``code`` is shown at the counter."""

    __tablename__ = "shop_order"
    __table_args__ = (
        UniqueConstraint("community_id", "source"),
        UniqueConstraint("community_id", "code"),
        Index("ix_shop_order_queue", "community_id", "state"),
        Index("ix_shop_order_resident", "resident_id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    source: Mapped[str] = mapped_column(String(80))
    item_id: Mapped[int] = mapped_column(ForeignKey("shop_item.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    name: Mapped[str] = mapped_column(String(40))  # as it was called then
    minutes: Mapped[int]
    code: Mapped[str] = mapped_column(String(6))
    state: Mapped[str] = mapped_column(String(12), default=OrderState.OPEN)
    ordered_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("time_entry.id"))


class GiftState(StrEnum):
    """offered → accepted; or declined, lapsed (nobody answered), withdrawn: then the hours are back."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class TimeGift(Base):
    """Hours for a neighbour by name. ``entry_id`` laid them aside; as long as it is offered they lie there."""

    __tablename__ = "time_gift"
    __table_args__ = (
        UniqueConstraint("community_id", "source"),
        CheckConstraint("minutes > 0", name="more_than_nothing"),
        CheckConstraint("giver_id <> taker_id", name="two_people"),
        Index("ix_time_gift_due", "state", "ends_at"),
        Index("ix_time_gift_giver", "giver_id"),
        Index("ix_time_gift_taker", "taker_id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    source: Mapped[str] = mapped_column(String(80))
    giver_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    taker_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    minutes: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    offered_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    entry_id: Mapped[int] = mapped_column(ForeignKey("time_entry.id"))


class ExpiryNotice(Base):
    """That hours end on a day was told; only after that may they go. ``round`` counts anew after a refund."""

    __tablename__ = "expiry_notice"
    __table_args__ = (
        UniqueConstraint("account_id", "expires_on", "round"),
        Index("ix_expiry_notice_due", "moved_at", "moves_on"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    account_id: Mapped[int] = mapped_column(ForeignKey("time_account.id"))
    expires_on: Mapped[date]
    round: Mapped[int] = mapped_column(default=1)
    told_at: Mapped[datetime]
    moves_on: Mapped[date]
    moved_at: Mapped[datetime | None]
    reopened: Mapped[bool] = mapped_column(default=False)  # hours came back: to be told once more


class TimeHonour(Base):
    """An honour that somebody earned by the rules in a year."""

    __tablename__ = "time_honour"
    __table_args__ = (UniqueConstraint("account_id", "code", "year"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key, index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("time_account.id"))
    code: Mapped[str] = mapped_column(String(32))
    year: Mapped[int]
    given_at: Mapped[datetime]
