"""What was taught and takes effect at once, as this process knows it: own answers, own categories, local names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.teaching.model import Label, LocalName
from bot.decide.decision import Answer
from nlu.model.lexicon import Lexicon


@dataclass(frozen=True, slots=True)
class Taught:
    """One reading of the tables."""

    answers: Mapping[str, Answer]
    categories: Mapping[str, str]  # "service_request/own_3" → its name
    lexicon: Lexicon


@dataclass
class Known:
    """Handed to whoever decides; changed in the event loop only, so that nobody sees half a change."""

    services: Mapping[str, str]  # names of the services that ship
    service_names: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.service_names.update(self.services)

    def take(self, taught: Taught) -> None:
        """From now on know this."""
        self.service_names.clear()
        self.service_names.update({**self.services, **taught.categories})
        self.answers.clear()
        self.answers.update(taught.answers)


async def read_taught(session: AsyncSession) -> Taught:
    """What the tables say now."""
    labels = list(await session.scalars(select(Label).where(Label.fixed.is_(False), Label.retired_at.is_(None))))
    words: dict[str, set[str]] = {"place": set(), "activity": set()}
    for name in await session.scalars(select(LocalName)):
        words.setdefault(name.kind, set()).add(name.word)
    return Taught(
        answers={label.intent: Answer(label.answer, label.unasked) for label in labels if label.is_own_intent},
        categories={label.code: label.name for label in labels if label.category},
        lexicon=Lexicon.from_mapping({"places": sorted(words["place"]), "activities": sorted(words["activity"])}),
    )
