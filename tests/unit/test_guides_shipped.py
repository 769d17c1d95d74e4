"""The guides that ship: what every one of them keeps to, and how well they answer questions they have never seen."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from actions.knowledge.editing import LONGEST_ANSWER, LONGEST_DETAILS, LONGEST_QUESTION, LONGEST_SOURCE, LONGEST_TITLE
from bot.cli.guides import questions_of
from bot.decide.decision import Thresholds
from bot.knowledge.files import BadGuides, ShippedGuide, guide_files, read_guides
from bot.knowledge.shelf import ENCODER, VECTORS
from bot.rule_files import load_rules
from nlu.model.encoder import find_encoder
from nlu.model.retrieval import Document, Retriever, plain_question
from nlu.model.vectors import VectorFile

DATA = Path(__file__).resolve().parents[2] / "data"
QUESTIONS = DATA / "knowledge" / "questions.jsonl"
#: numbers that anybody may call; every other number belongs to somebody
HOTLINES = frozenset(
    "110 119 120 122 12123 12305 12309 12315 12333 12338 12345 12348 12355 12356 12366 95598 96110".split()
)
GUIDES = [guide for path in guide_files(DATA) for guide in read_guides(path)]


def all_texts(guide: ShippedGuide) -> str:
    text = guide.text
    return "\n".join((text.title, *text.questions, text.answer, text.details, text.source))


def test_there_are_enough_of_them() -> None:
    assert len(GUIDES) >= 120


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.key)
def test_every_guide_keeps_to_the_rules(guide: ShippedGuide) -> None:
    text = guide.text
    assert 2 <= len(text.title) <= LONGEST_TITLE
    assert 20 <= len(text.answer) <= LONGEST_ANSWER
    assert 20 <= len(text.details) <= LONGEST_DETAILS
    assert 4 <= len(text.source) <= LONGEST_SOURCE
    assert 3 <= len(text.questions) <= 6
    assert all(4 <= len(question) <= LONGEST_QUESTION for question in text.questions)
    assert text.source_on <= date(2026, 11, 22) < text.valid_until
    assert text.owner in load_rules(DATA).bodies
    assert guide.sample, "what is made up says so"


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.key)
def test_no_guide_names_a_number_that_is_somebodys(guide: ShippedGuide) -> None:
    numbers = re.findall(
        r"(?<![\d.])\d{3,}(?![\d.])", re.sub(r"20\d\d|19\d\d|\d+(?=[元条日天小年克])", "", all_texts(guide))
    )
    assert {n for n in numbers if len(n) > 4 or n.startswith("1")} <= HOTLINES | {"100", "19095"}


def test_nothing_stands_twice() -> None:
    asked = Counter(question for guide in GUIDES for question in guide.text.questions)
    said = Counter(name for guide in GUIDES for name in (guide.key, guide.text.title, guide.text.answer))
    assert [text for text, times in (asked + said).items() if times > 1] == []


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.yml"
    path.write_text("guides:\n  - {key: a, title: 标题, ask: [问], source_on: 昨天}\n", "utf-8")
    with pytest.raises(BadGuides, match=r"broken\.yml"):
        read_guides(path)


def test_the_vectors_that_ship_are_those_of_the_questions() -> None:
    encoder = find_encoder(ENCODER)
    file = VectorFile.open(DATA / VECTORS, encoder)
    assert file.vectors, "run `python -m bot guides`"
    waiting = file.path.stat().st_mtime_ns
    file.encode(encoder, questions_of(GUIDES))
    assert file.path.stat().st_mtime_ns == waiting, "the guides have changed: `python -m bot guides` was run just now"


def test_what_is_said_is_right() -> None:
    """Of what is answered at least 95 % is answered rightly, and most of what could be is; see docs/knowledge.md."""
    rows = [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines()]
    assert len(rows) >= 200
    assert sum(row["guide"] is None for row in rows) >= 80
    assert {row["guide"] for row in rows if row["guide"]} <= {guide.key for guide in GUIDES}
    own = {question for guide in GUIDES for question in guide.text.questions}
    assert own.isdisjoint(row["text"] for row in rows)
    encoder = find_encoder(ENCODER)
    documents = [
        Document(at, (g.text.title, *g.text.questions), f"{g.text.title} {g.text.answer}")
        for at, g in enumerate(GUIDES)
    ]
    vectors = VectorFile.open(DATA / VECTORS, encoder).encode(encoder, questions_of(GUIDES))
    retriever, everything = Retriever.of(documents, vectors), frozenset(range(len(GUIDES)))
    asked = encoder.encode([plain_question(row["text"]) for row in rows])
    first = [
        retriever.find(plain_question(row["text"]), vector, everything)[0]
        for row, vector in zip(rows, asked, strict=True)
    ]
    sure = [hit.score >= Thresholds().advice for hit in first]
    right = [GUIDES[hit.name].key == row["guide"] for hit, row in zip(first, rows, strict=True)]
    answerable = sum(row["guide"] is not None for row in rows)
    answered_rightly = sum(s and r for s, r in zip(sure, right, strict=True))
    assert sum(right) / answerable >= 0.95  # the right guide comes first
    assert answered_rightly / sum(sure) >= 0.95
    assert answered_rightly / answerable >= 0.62
