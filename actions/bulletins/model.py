"""Tables of what is made public: good deeds, official bulletins, pictures of repairs, and who may read the page."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key


class BulletinKind(StrEnum):
    """What an official bulletin is about."""

    INCIDENT = "incident"  # 警情通报
    ADVICE = "advice"  # 安全提示
    RESULT = "result"  # 办理结果


class BulletinState(StrEnum):
    """waiting → published → corrected | withdrawn; or refused by the second person."""

    WAITING = "waiting"
    PUBLISHED = "published"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"


PUBLIC = (BulletinState.PUBLISHED, BulletinState.CORRECTED, BulletinState.WITHDRAWN)


class Bulletin(Base):
    """An official word with its source and time. A correction is a new row; the old one stays to be seen."""

    __tablename__ = "bulletin"
    __table_args__ = (
        UniqueConstraint("community_id", "source"),
        Index("ix_bulletin_public", "community_id", "state", "published_at"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    source: Mapped[str] = mapped_column(String(80))  # what it came of: handed in twice it is there once
    kind: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    issuer: Mapped[str] = mapped_column(String(60))  # whose word it is: "望湖派出所"
    stated_at: Mapped[datetime]  # of when it is
    words: Mapped[str] = mapped_column(String(120), default="")  # by which a rumour is known
    unit_ids: Mapped[list[int]] = mapped_column(default=list)  # to whose groups it is said
    state: Mapped[str] = mapped_column(String(12), default=BulletinState.WAITING)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("bulletin.id"))
    notice_id: Mapped[int | None] = mapped_column(Key)  # by which it is said; opaque to this room
    why: Mapped[str] = mapped_column(String(200), default="")  # what was wrong in the one it corrects
    reason: Mapped[str] = mapped_column(String(200), default="")  # why it was refused or withdrawn
    author_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    written_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # corrected or withdrawn


class DeedState(StrEnum):
    """told → asked → agreed → waiting → published; beside them declined, refused, withdrawn."""

    TOLD = "told"  # who it was is not known yet
    ASKED = "asked"  # they, or their guardian, are asked whether it may be told
    AGREED = "agreed"  # staff are to look at it
    WAITING = "waiting"  # a second person of the staff is to look at it
    PUBLISHED = "published"
    DECLINED = "declined"  # they would rather not: nothing of the text is kept
    REFUSED = "refused"  # by staff
    WITHDRAWN = "withdrawn"  # the consent was taken back: nothing of the text is kept


class GoodDeed(Base):
    """Praise for somebody. ``who`` is how the text calls them; ``call``: how they may be called where it is told."""

    __tablename__ = "good_deed"
    __table_args__ = (
        UniqueConstraint("community_id", "source"),
        Index("ix_good_deed_public", "community_id", "state", "published_at"),
        Index("ix_good_deed_asked", "asked_id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    source: Mapped[str] = mapped_column(String(80))  # "said:<message>", "form:<number>"
    text: Mapped[str] = mapped_column(Text)  # without phones, doors, numbers of papers
    who: Mapped[str] = mapped_column(String(32), default="")
    state: Mapped[str] = mapped_column(String(12), default=DeedState.TOLD)
    minor: Mapped[bool] = mapped_column(default=False)  # a child: a guardian is asked, the name is never told
    asked_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id"))  # they themselves, or the guardian
    round: Mapped[int] = mapped_column(default=0)  # how often they were asked: an answer is to the text they saw
    call: Mapped[str] = mapped_column(String(8), default="")  # "name", "nick", "anon"
    shown_as: Mapped[str] = mapped_column(String(32), default="")
    agreed_how: Mapped[str] = mapped_column(String(200), default="")  # where staff heard the consent
    thanker_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    notice_id: Mapped[int | None] = mapped_column(Key)  # opaque to this room
    reason: Mapped[str] = mapped_column(String(200), default="")
    told_at: Mapped[datetime]
    agreed_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class RepairPicture(Base):
    """Before and after of a settled ticket. ``state``: asked → shown | declined; then removed."""

    __tablename__ = "repair_picture"
    __table_args__ = (
        UniqueConstraint("ticket_id"),
        Index("ix_repair_picture_shown", "community_id", "state", "asked_at"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    ticket_id: Mapped[int] = mapped_column(Key)  # opaque to this room
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))  # whose picture it is
    before: Mapped[str] = mapped_column(String(40))
    after: Mapped[str] = mapped_column(String(40), default="")
    caption: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(12), default="asked")
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class CommunityPage(Base):
    """How a community's page may be read. ``token`` empty: by its residents only."""

    __tablename__ = "community_page"
    __table_args__ = (Index("ix_community_page_token", "token"),)

    community_id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    token: Mapped[str] = mapped_column(String(32), default="")
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    changed_at: Mapped[datetime]
