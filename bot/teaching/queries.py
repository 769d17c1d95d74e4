"""What the workbench shows: plain queries. Sessions are given; nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.people.model import StaffMember
from actions.teaching.model import (
    Example,
    ExampleChange,
    Label,
    Loaded,
    LocalName,
    ModelState,
    ModelVersion,
    PhraseOverride,
    Publication,
    ReviewItem,
    Use,
)
from actions.teaching.publishing import find_live, find_previous, find_version
from bot.phrases import Phrases

__all__ = ["find_live", "find_previous", "find_version"]  # also asked from here
PAGE = 50


@dataclass(frozen=True, slots=True)
class LabelLine:
    """A label with the number of its examples (of an intent: its categories' too) and its F1 as last measured."""

    label: Label
    examples: int
    f1: float | None = None
    tested: int = 0  # sentences of the test set that are of it
    categories: tuple[LabelLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A page of rows and how many there are in all."""

    rows: tuple[Any, ...]
    total: int
    number: int  # from 1
    pages: int


@dataclass(frozen=True, slots=True)
class PhraseLine:
    """A text the bot says: as it ships and as it is now."""

    key: str
    shipped: str
    text: str
    fields: tuple[str, ...]

    @property
    def changed(self) -> bool:
        return self.text != self.shipped


@dataclass(frozen=True, slots=True)
class Standing:
    """Where training and publishing stand. ``changes``: of examples since the published version was asked for;
    ``changes_since_training`` since the newest one that did not fail."""

    published: ModelVersion | None
    publication: Publication | None
    running: ModelVersion | None  # waiting or training
    asked: Publication | None  # waits for a second admin
    previous: ModelVersion | None  # what RollBack would bring back
    changes: int
    changes_since_training: int
    loaded: tuple[Loaded, ...]


async def list_labels(session: AsyncSession, *, retired: bool = False) -> list[LabelLine]:
    """The intents with their categories, the taxonomy's first; F1 from the published version."""
    published = await find_published(session)
    figures: Mapping[str, Any] = published.figures if published else {}
    counted = select(Example.intent, Example.category, func.count()).where(
        Example.deleted_at.is_(None), Example.use == Use.TRAIN
    )
    counts = {
        (intent, category): number
        for intent, category, number in await session.execute(counted.group_by(Example.intent, Example.category))
    }
    query = select(Label).order_by(Label.fixed.desc(), Label.id)
    labels = list(await session.scalars(query if retired else query.where(Label.retired_at.is_(None))))
    return [_intent_line(label, labels, counts, figures) for label in labels if not label.category]


def _intent_line(
    intent: Label, labels: list[Label], counts: Mapping[tuple[str, str], int], figures: Mapping[str, Any]
) -> LabelLine:
    inside = [label for label in labels if label.category and label.intent == intent.intent]
    categories = tuple(_line(label, counts.get((label.intent, label.category), 0), figures) for label in inside)
    own = counts.get((intent.intent, ""), 0)
    whole = _line(intent, own + sum(line.examples for line in categories), figures)
    return LabelLine(whole.label, whole.examples, whole.f1, whole.tested, categories)


def _line(label: Label, examples: int, figures: Mapping[str, Any]) -> LabelLine:
    part = figures.get("by_category" if label.category else "by_intent", {}).get(label.code)
    return LabelLine(label, examples, part["f1"] if part else None, part["support"] if part else 0)


async def list_examples(
    session: AsyncSession,
    *,
    intent: str = "",
    category: str | None = None,
    search: str = "",
    use: str = "",
    deleted: bool = False,
    page: int = 1,
    size: int = PAGE,
) -> Page:
    """Examples of a label, the newest first. ``intent`` "" looks across all; ``category`` None means any of it;
    ``search`` is a piece of the sentence."""
    query = select(Example).where(Example.deleted_at.is_not(None) if deleted else Example.deleted_at.is_(None))
    if intent:
        query = query.where(Example.intent == intent)
    if category is not None:
        query = query.where(Example.category == category)
    if use:
        query = query.where(Example.use == use)
    if search.strip():
        query = query.where(Example.plain.contains(search.strip(), autoescape=True))
    return await _page(session, query, Example.id.desc(), page, size)


async def _page(session: AsyncSession, query: Select[Any], order: Any, page: int, size: int) -> Page:
    total = await session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    pages = max(1, -(-total // size))
    number = min(max(1, page), pages)
    rows = tuple(await session.scalars(query.order_by(order).limit(size).offset((number - 1) * size)))
    return Page(rows, total, number, pages)


async def list_changes(
    session: AsyncSession, *, example_id: int | None = None, page: int = 1, size: int = PAGE
) -> Page:
    """Who changed what, the newest first; of one example, or of all."""
    query = select(ExampleChange)
    if example_id is not None:
        query = query.where(ExampleChange.example_id == example_id)
    return await _page(session, query, ExampleChange.id.desc(), page, size)


async def staff_names(session: AsyncSession, ids: set[int]) -> dict[int, str]:
    """Names of staff by id, for who-columns."""
    rows = await session.execute(select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(ids)))
    return {staff_id: name for staff_id, name in rows}


async def list_phrases(session: AsyncSession, phrases: Phrases, *, search: str = "") -> list[PhraseLine]:
    """Every text the bot says, in order of its key; ``search`` is a piece of key or text, shipped or changed."""
    known = {row.key: row.text for row in await session.scalars(select(PhraseOverride))}
    lines = [
        PhraseLine(key, phrases.shipped(key) or "", known.get(key, phrases.shipped(key) or ""), phrases.fields(key))
        for key in sorted(phrases.keys())
    ]
    wanted = search.strip()
    return [line for line in lines if not wanted or wanted in f"{line.key}\n{line.text}\n{line.shipped}"]


async def list_local_names(session: AsyncSession, community_id: int | None = None) -> list[LocalName]:
    """Words of a community (or all), places first."""
    query = select(LocalName).order_by(LocalName.kind.desc(), LocalName.word)
    if community_id is not None:
        query = query.where(LocalName.community_id == community_id)
    return list(await session.scalars(query))


async def list_review(
    session: AsyncSession, community_id: int | None, *, state: str = "open", page: int = 1, size: int = PAGE
) -> Page:
    """Messages to review, those said most often first, then the newest."""
    query = select(ReviewItem).where(ReviewItem.state == state)
    if community_id is not None:
        query = query.where(ReviewItem.community_id == community_id)
    return await _page(session, query.order_by(ReviewItem.seen.desc()), ReviewItem.id.desc(), page, size)


async def count_review(session: AsyncSession, community_id: int | None) -> dict[str, int]:
    """How many there are by state."""
    query = select(ReviewItem.state, func.count()).group_by(ReviewItem.state)
    if community_id is not None:
        query = query.where(ReviewItem.community_id == community_id)
    return {state: number for state, number in await session.execute(query)}


async def list_versions(session: AsyncSession, *, page: int = 1, size: int = PAGE) -> Page:
    """Model versions, the newest first."""
    return await _page(session, select(ModelVersion), ModelVersion.number.desc(), page, size)


async def list_publications(session: AsyncSession, *, page: int = 1, size: int = PAGE) -> Page:
    """The history of publishing, the newest first."""
    return await _page(session, select(Publication), Publication.id.desc(), page, size)


async def find_published(session: AsyncSession) -> ModelVersion | None:
    """The version in use, or None before the first."""
    live = await find_live(session)
    return await find_version(session, live.number) if live else None


async def find_standing(session: AsyncSession) -> Standing:
    """Everything the page of training and publishing shows at its head."""
    live = await find_live(session)
    published = await find_version(session, live.number) if live else None
    running = ModelVersion.state.in_((ModelState.WAITING, ModelState.TRAINING))
    asked = select(Publication).where(Publication.state == "asked").order_by(Publication.id.desc()).limit(1)
    newest = select(func.max(ModelVersion.changes_to)).where(ModelVersion.state != ModelState.FAILED)
    return Standing(
        published=published,
        publication=live,
        running=(await session.scalars(select(ModelVersion).where(running).limit(1))).one_or_none(),
        asked=(await session.scalars(asked)).one_or_none(),
        previous=await find_previous(session, live) if live else None,
        changes=await count_changes(session, published.changes_to if published else 0),
        changes_since_training=await count_changes(session, await session.scalar(newest) or 0),
        loaded=tuple(await session.scalars(select(Loaded).order_by(Loaded.worker))),
    )


async def count_changes(session: AsyncSession, after: int) -> int:
    """Examples and labels changed since that change; a sentence changed twice counts twice, seeding does not."""
    query = select(func.count()).where(ExampleChange.id > after, ExampleChange.what != "seed")
    return await session.scalar(query) or 0
