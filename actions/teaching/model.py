"""Tables of teaching. All of them hold for the whole installation, except where a community is named."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key


class Origin(StrEnum):
    """Where an example comes from."""

    SHIPPED = "shipped"
    ADMIN = "admin"
    IMPORT = "import"
    REVIEW = "review"


class Use(StrEnum):
    """What an example is for: the model learns from it, or is tested with it and never sees it."""

    TRAIN = "train"
    TEST = "test"


class Label(Base):
    """A meaning: an intent, or a category of one. The taxonomy's own are fixed; others were added by an admin.

    ``answer``: what the bot says when it is sure of an added intent; ``unasked``: also when nobody asked it.
    """

    __tablename__ = "label"
    __table_args__ = (UniqueConstraint("intent", "category"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    intent: Mapped[str] = mapped_column(String(48))
    category: Mapped[str] = mapped_column(String(48), default="")  # "" for the intent itself
    name: Mapped[str] = mapped_column(String(32))  # as staff read it
    fixed: Mapped[bool] = mapped_column(default=False)
    answer: Mapped[str] = mapped_column(Text, default="")
    unasked: Mapped[bool] = mapped_column(default=False)
    retired_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(Key)

    @property
    def code(self) -> str:
        """As Rasa writes it: "service_request/elevator"."""
        return f"{self.intent}/{self.category}" if self.category else self.intent

    @property
    def is_own_intent(self) -> bool:
        """Whether it is an intent that an admin added, with an answer of its own."""
        return not self.fixed and not self.category


class Example(Base):
    """One sentence with what it means. ``marked`` carries the entities: ``[3栋](building)电梯坏了``.

    ``key`` is the fingerprint of the plain text while the example is in use, and None once it is deleted: so the same
    sentence is never there twice.
    """

    __tablename__ = "example"
    __table_args__ = (UniqueConstraint("key"), Index("ix_example_label", "intent", "category", "deleted_at"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    intent: Mapped[str] = mapped_column(String(48))
    category: Mapped[str] = mapped_column(String(48), default="")
    marked: Mapped[str] = mapped_column(Text)
    plain: Mapped[str] = mapped_column(Text)  # without the marks
    key: Mapped[str | None] = mapped_column(String(64))
    origin: Mapped[str] = mapped_column(String(8))
    use: Mapped[str] = mapped_column(String(8), default=Use.TRAIN)
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(Key)  # StaffMember.id; None: it shipped
    changed_at: Mapped[datetime | None]
    changed_by: Mapped[int | None] = mapped_column(Key)
    deleted_at: Mapped[datetime | None]

    @property
    def label(self) -> str:
        return f"{self.intent}/{self.category}" if self.category else self.intent


class ShippedExample(Base):
    """A sentence that came with the software once: it is not added again, whatever became of it here."""

    __tablename__ = "shipped_example"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)


class ExampleChange(Base):
    """Who changed what in examples and labels, when. Never changed itself. ``batch``: done in one go, undone in one."""

    __tablename__ = "example_change"
    __table_args__ = (Index("ix_example_change_batch", "batch"), Index("ix_example_change_example", "example_id"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(Key)  # None: the installation itself
    what: Mapped[str] = mapped_column(String(16))  # add, edit, move, delete, undo, seed, label_add, label_change
    batch: Mapped[str] = mapped_column(String(32))
    example_id: Mapped[int | None] = mapped_column(Key)
    label_id: Mapped[int | None] = mapped_column(Key)
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)


class PhraseOverride(Base):
    """What the bot says instead of the text that ships under that key."""

    __tablename__ = "phrase_override"

    key: Mapped[str] = mapped_column(String(96), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]
    changed_by: Mapped[int] = mapped_column(Key)


class LocalName(Base):
    """A word that only people here know. ``community_id`` says whose it is; the bot knows it everywhere."""

    __tablename__ = "local_name"
    __table_args__ = (UniqueConstraint("community_id", "kind", "word"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    kind: Mapped[str] = mapped_column(String(12))  # "place" or "activity"
    word: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime]
    created_by: Mapped[int] = mapped_column(Key)


class Taught(Base):
    """A counter that grows with every change of its kind; processes look at it and load anew what has changed.

    ``name``: "phrases", "names" (local names, labels, answers), "model"; "shipped" keeps in ``note`` which files were
    seeded last. Its row is also what changes of one kind wait for.
    """

    __tablename__ = "taught"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(String(64), default="")


class Reason(StrEnum):
    """Why a message is to be reviewed."""

    ASKED_BACK = "asked_back"  # the bot had to ask, or did not understand
    UNSURE = "unsure"  # it kept silent, unsure whether something was wanted
    STAFF_CHANGED = "staff_changed"  # staff sorted the ticket anew
    STAFF_OPENED = "staff_opened"  # the bot was silent and staff opened a ticket from it
    NOT_THIS = "not_this"  # the resident said "不是这个意思"
    RETURNED = "returned"  # a desk sent the ticket back as not its own


class ReviewItem(Base):
    """A message, made anonymous, whose meaning somebody should confirm or correct. ``state``: open, confirmed,
    corrected, ignored."""

    __tablename__ = "review_item"
    __table_args__ = (UniqueConstraint("community_id", "key"), Index("ix_review_item_open", "community_id", "state"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key)
    key: Mapped[str] = mapped_column(String(64))  # fingerprint of the text
    text: Mapped[str] = mapped_column(Text)  # anonymised
    reason: Mapped[str] = mapped_column(String(16))
    seen: Mapped[int] = mapped_column(default=1)  # how often something so alike was said
    intent: Mapped[str] = mapped_column(String(48))  # what the bot thought
    category: Mapped[str] = mapped_column(String(48), default="")
    confidence: Mapped[float] = mapped_column(default=0.0)
    ranking: Mapped[dict[str, Any]] = mapped_column(default=dict)  # label → probability, the three likeliest
    decision: Mapped[str] = mapped_column(String(64), default="")  # what the bot did, as in the inbox row
    ticket_id: Mapped[int | None] = mapped_column(Key)
    staff_intent: Mapped[str] = mapped_column(String(48), default="")  # what staff made of it, if they did
    staff_category: Mapped[str] = mapped_column(String(48), default="")
    state: Mapped[str] = mapped_column(String(12), default="open")
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = mapped_column(Key)
    example_id: Mapped[int | None] = mapped_column(Key)  # the example it became
    batch: Mapped[str] = mapped_column(String(32), default="")  # of that example's change, to undo it


class ModelState(StrEnum):
    """The life of a model version."""

    WAITING = "waiting"  # asked for, nobody trains it yet
    TRAINING = "training"
    READY = "ready"  # trained and compared, never published
    FAILED = "failed"
    PUBLISHED = "published"  # what the bot uses now
    RETIRED = "retired"  # was published once


class ModelVersion(Base):
    """One training and what came of it."""

    __tablename__ = "model_version"
    __table_args__ = (UniqueConstraint("number"), Index("ix_model_version_state", "state"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    number: Mapped[int]
    origin: Mapped[str] = mapped_column(String(8))  # shipped, admin
    state: Mapped[str] = mapped_column(String(12))
    asked_by: Mapped[int | None] = mapped_column(Key)
    asked_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    claimed_until: Mapped[datetime | None]  # prolonged while it is trained; past: the trainer is gone
    percent: Mapped[int] = mapped_column(default=0)
    step: Mapped[str] = mapped_column(String(120), default="")  # the last line of progress
    log: Mapped[str] = mapped_column(Text, default="")  # the tail of it
    error: Mapped[str] = mapped_column(String(300), default="")  # why it failed, or cannot be loaded
    examples: Mapped[int] = mapped_column(default=0)
    changes_to: Mapped[int] = mapped_column(Key, default=0)  # the last ExampleChange.id it has learnt
    sha256: Mapped[str] = mapped_column(String(64), default="")
    size: Mapped[int] = mapped_column(default=0)  # bytes
    tested_on: Mapped[str] = mapped_column(String(64), default="")  # fingerprint of the test set of the figures
    emergencies: Mapped[int] = mapped_column(default=0)  # in that test set
    heard: Mapped[int] = mapped_column(default=0)  # of them, by rules and model together
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)  # see bot.teaching.results
    compared_with: Mapped[int | None]  # number of the version that was published then
    comparison: Mapped[dict[str, Any]] = mapped_column(default=dict)  # see bot.teaching.results


class ModelArchive(Base):
    """The bytes of a model, for workers on every host; they keep a copy under var/models/<sha256>.tar.gz."""

    __tablename__ = "model_archive"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime]


class Publication(Base):
    """A model came into use, or is to. ``state``: asked (waits for a second admin), confirmed or refused by one; live,
    over. The ids of those that ever were live grow in the order in which they came into use.
    """

    __tablename__ = "publication"
    __table_args__ = (Index("ix_publication_state", "state"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    number: Mapped[int]  # ModelVersion.number
    state: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(Key)  # None: the installation itself
    confirmed_by: Mapped[int | None] = mapped_column(Key)  # the second admin
    reason: Mapped[str] = mapped_column(String(300), default="")
    rolled_back: Mapped[bool] = mapped_column(default=False)  # it brought back an earlier version
    ended_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(300), default="")  # a worker could not load it


class Loaded(Base):
    """Which model a worker answers with, so that the console can tell that a publication has arrived everywhere."""

    __tablename__ = "loaded_model"

    worker: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int]
    at: Mapped[datetime]
