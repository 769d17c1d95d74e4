"""``linan guides``: look through the guides that ship, and keep the vectors of their questions up to date."""

from __future__ import annotations

from actions.knowledge.commands import GuideText
from bot.knowledge.files import ShippedGuide, guide_files, read_guides
from bot.knowledge.shelf import ENCODER, VECTORS
from bot.settings import Settings
from nlu.model.encoder import find_encoder
from nlu.model.retrieval import plain_question
from nlu.model.vectors import VectorFile


def run(settings: Settings) -> str:
    """Work out what is missing; how many guides and questions there are. Raises BadGuides."""
    guides = [guide for path in guide_files(settings.data) for guide in read_guides(path)]
    questions = questions_of(guides)
    encoder = find_encoder(ENCODER)
    file = VectorFile.open(settings.data / VECTORS, encoder)
    before = len(file.vectors)
    file.encode(encoder, questions)
    return f"{len(guides)} guides, {len(questions)} questions, {len(file.vectors) - before} of them new"


def questions_of(guides: list[ShippedGuide]) -> list[str]:
    """Everything that is compared with what residents ask, as it is compared."""
    texts: list[GuideText] = [guide.text for guide in guides]
    return [plain_question(question) for text in texts for question in (text.title, *text.questions)]
