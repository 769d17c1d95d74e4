"""Tables of the road of a message. Rooms keep theirs in ``actions/*/model.py``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, String, Text, UniqueConstraint, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key


class Chat(Base):
    """A group, a resident's private chat with the bot, or the staff group. ``channel``: "web", later others."""

    __tablename__ = "chat"
    __table_args__ = (UniqueConstraint("channel", "external_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key, index=True)
    channel: Mapped[str] = mapped_column(String(16), default="web")
    kind: Mapped[str] = mapped_column(String(8))  # messages.ChatKind
    external_id: Mapped[str] = mapped_column(String(128))  # web: "group:7" / "private:<resident id>"
    name: Mapped[str] = mapped_column(String(64), default="")
    org_unit_ids: Mapped[list[int]] = mapped_column(default=list)  # area: its buildings
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id"))  # whose private chat
    invite: Mapped[str | None] = mapped_column(String(40), unique=True)  # token of the invite link
    created_at: Mapped[datetime]


class ChatMember(Base):
    """A resident in a chat, and how far they have read."""

    __tablename__ = "chat_member"
    __table_args__ = (UniqueConstraint("chat_id", "resident_id"), Index("ix_chat_member_resident", "resident_id"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chat.id"))
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"))
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    read_to: Mapped[int] = mapped_column(Key, default=0)  # ChatMessage.id


class ChatMessage(Base):
    """One line of a chat, whoever said it. Ids grow; those of one chat are the order shown."""

    __tablename__ = "chat_message"
    __table_args__ = (
        UniqueConstraint("chat_id", "external_id"),
        UniqueConstraint("outbox_id"),
        Index("ix_chat_message_chat", "chat_id", "id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chat.id"))
    sender: Mapped[str] = mapped_column(String(8))  # "resident", "bot", "staff"
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("resident.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    external_id: Mapped[str | None] = mapped_column(String(160))  # the channel's; web: "<resident id>:<client id>"
    outbox_id: Mapped[int | None] = mapped_column(Key)  # said by us: the outbox row, once
    text: Mapped[str] = mapped_column(Text, default="")
    pictures: Mapped[list[str]] = mapped_column(default=list)  # Picture.id
    reply_to_id: Mapped[int | None] = mapped_column(Key)
    mentions_bot: Mapped[bool] = mapped_column(default=False)
    mentions: Mapped[list[int]] = mapped_column(default=list)
    button: Mapped[str | None] = mapped_column(String(128))
    to_resident_id: Mapped[int | None] = mapped_column(Key)
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)  # buttons: [{label, value}], card: {…}
    sent_at: Mapped[datetime]
    recalled_at: Mapped[datetime | None]


class Picture(Base):
    """A picture as re-encoded by us, without EXIF. Bytes are in a file named by ``id`` under var/pictures."""

    __tablename__ = "picture"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)  # sha256 of the bytes, 40 hex digits
    community_id: Mapped[int] = mapped_column(Key)
    resident_id: Mapped[int | None] = mapped_column(Key)
    staff_id: Mapped[int | None] = mapped_column(Key)
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]  # bytes
    kind: Mapped[str] = mapped_column(String(12))  # "image/jpeg", "image/png"
    created_at: Mapped[datetime]


# what is still to be done, as constants: a database uses a partial index only where it sees them in the statement
OPEN_STATES: tuple[ColumnElement[str], ...] = (literal_column("'todo'"), literal_column("'doing'"))


class InboxRow(Base):
    """A message to be handled. ``state``: todo → doing → done | failed."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("message_id"),
        Index(
            "ix_inbox_turn",
            "id",
            sqlite_where=text("state IN ('todo', 'doing')"),
            postgresql_where=text("state IN ('todo', 'doing')"),
        ),
        Index(
            "ix_inbox_conversation",
            "conversation",
            "id",
            sqlite_where=text("state IN ('todo', 'doing')"),
            postgresql_where=text("state IN ('todo', 'doing')"),
        ),
        Index("ix_inbox_community", "community_id", "id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    chat_id: Mapped[int] = mapped_column(Key)
    message_id: Mapped[int] = mapped_column(ForeignKey("chat_message.id"))
    conversation: Mapped[str] = mapped_column(String(48))  # "<chat id>:<resident id>"
    state: Mapped[str] = mapped_column(String(8), default="todo")
    attempts: Mapped[int] = mapped_column(default=0)
    available_at: Mapped[datetime]
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    claimed_until: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(300), default="")
    accepted_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    decision: Mapped[str] = mapped_column(String(64), default="")  # "ignore:chatter", "run:OpenTicket"
    understanding: Mapped[dict[str, Any]] = mapped_column(default=dict)


class OutboxRow(Base):
    """Something to be said. ``state``: todo → doing → sent | failed | cancelled."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("effect_key"),
        Index(
            "ix_outbox_open",
            "state",
            "due_at",
            sqlite_where=text("state IN ('todo', 'doing')"),
            postgresql_where=text("state IN ('todo', 'doing')"),
        ),
        Index("ix_outbox_chat_sent", "chat_id", "sent_at"),
        Index("ix_outbox_community", "community_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chat.id"))
    channel: Mapped[str] = mapped_column(String(16))
    effect_key: Mapped[str | None] = mapped_column(String(96))
    answers_id: Mapped[int | None] = mapped_column(Key)  # ChatMessage.id this came of
    body: Mapped[dict[str, Any]]  # OutgoingMessage as JSON
    urgent: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(10), default="todo")
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    claimed_until: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class ConversationRow(Base):
    """What the bot remembers of one resident in one chat; ``state`` is ``conversations.Conversation`` as JSON."""

    __tablename__ = "conversation"

    chat_id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    resident_id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    community_id: Mapped[int] = mapped_column(Key)
    state: Mapped[dict[str, Any]] = mapped_column(default=dict)
    updated_at: Mapped[datetime]


class ResidentToken(Base):
    """A signed-in resident's browser; only the hash of the token is kept."""

    __tablename__ = "resident_token"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    resident_id: Mapped[int] = mapped_column(ForeignKey("resident.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class EndedSession(Base):
    """A session of staff that was signed out: its cookie opens nothing any more, whoever has a copy of it."""

    __tablename__ = "ended_session"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    ended_at: Mapped[datetime]


class TickRun(Base):
    """What the clock did: one row a tick that did something (or failed)."""

    __tablename__ = "tick_run"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    tick: Mapped[str] = mapped_column(String(32), index=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    done: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(300), default="")


class AuditEvent(Base):
    """Who did what to whom in the console, when. Never changed."""

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int | None] = mapped_column(Key, index=True)
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(Key)
    what: Mapped[str] = mapped_column(String(48))
    subject: Mapped[str] = mapped_column(String(96), default="")
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
