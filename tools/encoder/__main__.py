"""`python -m tools.encoder`: teaches data/encoder/linan.npz, in half an hour on two cores; see docs/understanding.md.

Needs torch, which nothing else here does: `pip install torch` beside requirements/bot.lock.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from nlu.examples import Example, read_examples
from nlu.model.encoder_taught import TaughtEncoder
from nlu.model.encoder_wheel import WEIGHTS
from nlu.model.packed import read
from nlu.model.pieces import Cutter
from nlu.model.text import normalise
from nlu.model.weights import Taught, Weights
from tools.encoder.network import Network
from tools.encoder.pieces import choose_pieces
from tools.encoder.teaching import Course, teach
from tools.encoder.weighing import held_out, weigh

ROOT = Path(__file__).resolve().parents[2]


def say(line: str) -> None:
    """One line of progress."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def make(examples: Sequence[Example], course: Course, powers: Sequence[float] | None) -> Taught:
    """What was taught by these examples."""
    texts = [normalise(example.text) for example in examples]
    base = read(WEIGHTS)
    pieces = choose_pieces(base, texts)
    say(f"{len(examples)} examples, {len(pieces)} of {len(base.scores)} pieces kept")
    before = Weights.of(base, pieces)
    labels = sorted({example.label for example in examples})
    cutter, network = Cutter(before), Network(before)
    cut = [cutter.cut(text) for text in texts]
    teach(network, cut, [labels.index(example.label) for example in examples], course, say)
    card = {"powers": list(powers) if powers else None, "examples": len(examples), **asdict(course)}
    return Taught.between(pieces, before, network.learned(), card)


def main() -> int:
    """Teaches the encoder; with --weigh one that has not seen a fifth, to find how the stages are weighed."""
    parser = argparse.ArgumentParser(prog="python -m tools.encoder", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "data" / "nlu")
    parser.add_argument("--out", type=Path, default=ROOT / "data" / "encoder" / "linan.npz")
    parser.add_argument("--epochs", type=int, default=Course.epochs)
    parser.add_argument("--weigh", action="store_true", help="leave a fifth out and print the powers of the stages")
    parser.add_argument("--powers", type=float, nargs=2, help="what --weigh printed, to be kept in the file")
    chosen = parser.parse_args()
    examples, course = read_examples([chosen.data]), Course(epochs=chosen.epochs)
    out = held_out(len(examples)) if chosen.weigh else [False] * len(examples)
    seen = [example for example, left in zip(examples, out, strict=True) if not left]
    make(seen, course, chosen.powers).write(chosen.out)
    if chosen.weigh:
        unseen = [example for example, left in zip(examples, out, strict=True) if left]
        say(json.dumps(weigh(TaughtEncoder.open(chosen.out), seen, unseen), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
