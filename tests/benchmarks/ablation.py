"""`python -m tests.benchmarks.ablation`: what each part of the understanding buys, on sentences no training has seen.

Trains each variant in this process on data/nlu and asks the bot itself (rules, model, decision) about data/evaluation.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import yaml

from bot.decide.decision import Thresholds
from bot.examination import examine
from bot.understand.local import LocalModel
from nlu.evaluation.figures import Figures
from nlu.evaluation.measuring import measure
from nlu.examples import Example, read_examples
from nlu.model.cascade import Cascade, Quiet, Sight
from nlu.model.classifier import STRENGTH
from nlu.model.encoder import ROOT, WHEEL, find_encoder
from nlu.model.features import Vectorizer
from nlu.model.lexicon import Lexicon
from nlu.model.reader import Reader
from nlu.model.text import normalise
from nlu.model.vectors import VectorFile
from nlu.model.words import read_words

TAUGHT = "data/encoder/linan.npz"
SETS = ("hard", "petitions", "chats", "alarms")


def shipped() -> tuple[float, Quiet]:
    """From where the first stage speaks alone, and of what it need be less sure, in the model that ships."""
    pipeline = yaml.safe_load((ROOT / "nlu" / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    [step] = [step for step in pipeline if step["name"].endswith("LinanClassifier")]
    return step["sure"], Quiet(**step["quiet"])


def variants(examples: list[Example]) -> Iterator[tuple[str, Reader]]:
    """Name and reader, from the plainest to the whole."""
    texts, labels = [e.text for e in examples], [e.label for e in examples]
    words = read_words(ROOT / "data" / "lexicon")
    vectorizer = Vectorizer.fit(texts, words)
    rows = vectorizer.transform(texts)
    sure, quiet = shipped()
    lexicon = Lexicon.from_folder(ROOT / "data" / "lexicon")
    first = Cascade.fit(rows, labels, strength=STRENGTH)
    yield "words and characters", Reader(vectorizer, first, lexicon)
    for name, source in (("multilingual-e5-small", WHEEL), ("the taught encoder", TAUGHT)):
        encoder = find_encoder(source)
        kept = VectorFile.open(ROOT / "var" / "vectors", encoder)
        vectors = kept.encode(encoder, [normalise(text) for text in texts])
        both = Cascade.fit(rows, labels, strength=STRENGTH, sight=Sight(encoder, source, texts, vectors, sure=1.1))
        assert both.second is not None
        alone = replace(both, second=replace(both.second, powers=(0.0, sum(both.second.powers))))
        yield f"{name} alone", Reader(vectorizer, alone, lexicon)
        yield f"words, characters and {name}, always", Reader(vectorizer, both, lexicon)
        cascade = replace(both, second=replace(both.second, sure=sure, quiet=quiet))
        yield f"words, characters and {name}, where unsure", Reader(vectorizer, cascade, lexicon)


def row(name: str, figures: dict[str, Figures], asked: float, seconds: float) -> str:
    """One line of the table."""
    hard, letters, chats, alarms = (figures[key] for key in SETS)
    right = hard.category_right / max(1, hard.category_asked)
    scope = hard.scope.auroc if hard.scope else 0.0
    speaking = [f.speaking for f in (hard, chats, alarms) if f.speaking]
    spoken = sum(s.on_chitchat for s in speaking) / max(1, sum(s.chitchat for s in speaking))
    heard = [f.alarms for f in (hard, alarms) if f.alarms]
    missed, dangers = sum(a.true - a.heard for a in heard), sum(a.true for a in heard)
    false, quiet = sum(a.false for a in heard), sum(a.chitchat for a in heard)
    letters_right = (letters.lenient_right or 0) / letters.examples
    ece = hard.calibration.ece
    return (
        f"| {name} | {hard.macro_f1:.3f} | {right:.3f} | {letters_right:.3f} | {chats.right / chats.examples:.3f} "
        f"| {spoken:.1%} | {missed} of {dangers} "
        f"| {false / max(1, quiet):.1%} | {scope:.3f} | {ece:.3f} | {asked:.0%} "
        f"| {seconds:.1f} s |"
    )


async def main() -> None:
    """Prints the table as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.ablation", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "data" / "nlu")
    chosen = parser.parse_args()
    sets = {name: read_examples([ROOT / "data" / "evaluation" / f"{name}.jsonl"]) for name in SETS}
    sys.stdout.write(
        "| variant | macro-F1 | category | letters | chats | speaks on chat | emergencies missed | false alarms "
        "| AUROC | ECE | second stage asked | time |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n"
    )
    for name, reader in variants(read_examples([chosen.data])):
        begun, figures, stages = time.monotonic(), {}, []
        model = LocalModel(reader, name)
        for key, examples in sets.items():
            answers = await examine(model, [e.text for e in examples], Thresholds())
            stages += [answer.parse.stage for answer in answers]
            figures[key] = measure(list(zip(examples, answers, strict=True)))
        asked = sum(stage == 2 for stage in stages) / len(stages)
        sys.stdout.write(row(name, figures, asked, time.monotonic() - begun) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
