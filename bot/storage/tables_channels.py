"""Tables of the channels to foreign platforms: accounts, the groups and people met there, what went wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key


class ChannelAccount(Base):
    """The bot on one platform under one name. ``kind`` is one of ``bot.channels.kinds``; a chat's ``channel`` is
    "<kind>:<id>"."""

    __tablename__ = "channel_account"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key, index=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(32))
    external_id: Mapped[str] = mapped_column(String(40), default="")  # the bot's own id there, learnt when it connects
    config: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what is no secret
    sealed: Mapped[bytes] = mapped_column(LargeBinary)  # the secrets
    paused_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(16), default="waiting")  # waiting, connected, offline, lost
    state_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]  # when anything came last
    held_by: Mapped[str | None] = mapped_column(String(40))  # the process that dials, where we do
    held_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class ChannelGroup(Base):
    """A group heard through an account. Without ``chat_id`` nothing said there is kept, and the bot is silent."""

    __tablename__ = "channel_group"
    __table_args__ = (UniqueConstraint("account_id", "external_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key, index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"))
    external_id: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(64), default="")
    chat_id: Mapped[int | None] = mapped_column(ForeignKey("chat.id"))
    heard_at: Mapped[datetime]


class ChannelPerson(Base):
    """A resident as an account knows them."""

    __tablename__ = "channel_person"
    __table_args__ = (
        UniqueConstraint("account_id", "community_id", "external_id"),
        Index("ix_channel_person_resident", "resident_id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"))
    external_id: Mapped[str] = mapped_column(String(64))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    group_id: Mapped[int | None] = mapped_column(Key)  # ChannelGroup.id in which they were met


class ChannelCount(Base):
    """How often something happened; ``account_id`` 0: nobody's."""

    __tablename__ = "channel_count"

    account_id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    what: Mapped[str] = mapped_column(String(24), primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    total: Mapped[int] = mapped_column(Key, default=0)
    last_at: Mapped[datetime]


class ChannelFault(Base):
    """What went wrong with an account, newest last; ``code`` has words in data/phrases/console_channels.yml."""

    __tablename__ = "channel_fault"
    __table_args__ = (Index("ix_channel_fault_account", "account_id", "id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id"))
    at: Mapped[datetime]
    code: Mapped[str] = mapped_column(String(32))
    detail: Mapped[str] = mapped_column(String(200), default="")
