"""`python -m tests.benchmarks.parse`: how many messages a second one core understands, and what it costs."""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bot.understand.local import LocalModel
from nlu.examples import read_examples
from nlu.model.entities import extract

BATCHES = (1, 16, 64)
LEAST = 2.0  # seconds a figure is measured for


def rate(work: Callable[[], int]) -> float:
    """Messages a second of CPU time, so that neighbours on the machine do not count."""
    done, begun = 0, time.process_time()
    while (spent := time.process_time() - begun) < LEAST:
        done += work()
    return done / spent


def main() -> int:
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.parse", description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("var/models/current.tar.gz"))
    parser.add_argument("--data", type=Path, default=Path("data/nlu"))
    chosen = parser.parse_args()
    begun = time.process_time()
    model = LocalModel.load(chosen.model)
    loaded = time.process_time() - begun
    texts = [example.text for example in read_examples([chosen.data])][::5]
    lines = [f"{len(texts)} messages of {sum(map(len, texts)) / len(texts):.0f} characters"]
    lines += [f"load                  {loaded:8.2f} s"]
    for size in BATCHES:
        batches = [texts[at : at + size] for at in range(0, len(texts), size)]

        def parse(batches: list[list[str]] = batches) -> int:
            return sum(len(model.parse_now(batch)) for batch in batches)

        lines.append(f"parse, batches of {size:3d} {rate(parse):8.0f} /s")
    reader = model.reader
    lines.append(f"  features            {rate(lambda: reader.vectorizer.transform(texts).shape[0]):8.0f} /s")
    entities = rate(lambda: len([extract(text, reader.lexicon) for text in texts]))
    lines.append(f"  entities            {entities:8.0f} /s")
    lines.append(f"memory                {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MB")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
