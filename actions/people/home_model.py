"""Tables of who lives where: what residents claim, codes of households, neighbours' words, and who is at the back."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key

MEMBER, PROXY = "member", "proxy"


class HomeState(StrEnum):
    """What a claim has come to."""

    CLAIMED = "claimed"
    VERIFIED = "verified"
    REFUSED = "refused"
    ENDED = "ended"


LIVE = (HomeState.CLAIMED, HomeState.VERIFIED)
_LIVE_MEMBER = text("kind = 'member' AND state IN ('claimed', 'verified')")
_LIVE_PROXY = text("kind = 'proxy' AND state IN ('claimed', 'verified')")


class Residence(Base):
    """A resident and a door: where they live, or (``kind`` "proxy") a household they speak for, "母亲"."""

    __tablename__ = "residence"
    __table_args__ = (
        Index(
            "uq_residence_member", "resident_id", unique=True, sqlite_where=_LIVE_MEMBER, postgresql_where=_LIVE_MEMBER
        ),
        Index(
            "uq_residence_proxy",
            "resident_id",
            "kin",
            unique=True,
            sqlite_where=_LIVE_PROXY,
            postgresql_where=_LIVE_PROXY,
        ),
        Index("ix_residence_community", "community_id", "state"),
        Index("ix_residence_door", "building_id", "unit", "room"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    building_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"))
    unit: Mapped[str] = mapped_column(String(16), default="")
    room: Mapped[str] = mapped_column(String(16), default="")
    kind: Mapped[str] = mapped_column(String(8), default=MEMBER)
    kin: Mapped[str] = mapped_column(String(8), default="")  # of a proxy: whom they speak for
    state: Mapped[str] = mapped_column(String(8), default=HomeState.CLAIMED)
    how: Mapped[str] = mapped_column(String(12), default="")  # "code", "member", "neighbour", "staff"
    doubt: Mapped[str] = mapped_column(String(12), default="")  # "unknown_door", "disputed", "guessing"
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))  # who settled it
    reason: Mapped[str] = mapped_column(String(200), default="")  # of a refusal, as the resident was told
    claimed_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class HouseholdCode(Base):
    """An invitation code of one household; only its slow hash is kept."""

    __tablename__ = "household_code"
    __table_args__ = (UniqueConstraint("code_hash"), Index("ix_household_code_household", "household_id"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"))
    code_hash: Mapped[str] = mapped_column(String(64))
    uses_left: Mapped[int]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    voided_at: Mapped[datetime | None]


class CodeTry(Base):
    """How often a resident was wrong with a code, and until when they must wait."""

    __tablename__ = "code_try"

    resident_id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    community_id: Mapped[int] = mapped_column(Key)
    failed: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]


class Vouch(Base):
    """Somebody was asked in private whether they know who claims a door."""

    __tablename__ = "vouch"
    __table_args__ = (UniqueConstraint("residence_id", "asked_id"), Index("ix_vouch_asked", "asked_id"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    residence_id: Mapped[int] = mapped_column(ForeignKey("residence.id"))
    asked_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    asked_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(String(4), default="")  # "yes", "no"
    answered_at: Mapped[datetime | None]


class Contact(Base):
    """Real name and phone of a resident, or of somebody who only phones. Sealed; ``phone_mark`` finds them again."""

    __tablename__ = "contact"
    __table_args__ = (
        UniqueConstraint("resident_id"),
        UniqueConstraint("community_id", "caller_mark"),
        Index("ix_contact_phone", "community_id", "phone_mark"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id"))
    name_sealed: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    phone_sealed: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    phone_mark: Mapped[str] = mapped_column(String(64), default="")
    caller_mark: Mapped[str | None] = mapped_column(String(64))  # the phone's mark of who is no resident
    building_id: Mapped[int | None] = mapped_column(ForeignKey("org_unit.id"))
    unit: Mapped[str] = mapped_column(String(16), default="")
    room: Mapped[str] = mapped_column(String(16), default="")
    updated_at: Mapped[datetime]
