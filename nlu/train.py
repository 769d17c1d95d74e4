"""`python -m nlu.train`: trains the model in Rasa's environment."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nlu.progress import ProgressBar
from nlu.training import TrainingFailed, steps, train


def main(arguments: list[str] | None = None) -> int:
    """Trains and says how far it is; exit code 2 when no model came out."""
    parser = argparse.ArgumentParser(prog="python -m nlu.train", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/nlu"), help="folder or file: Rasa YAML, JSONL, CSV")
    parser.add_argument("--out", type=Path, default=Path("var/models/current.tar.gz"), help="archive")
    chosen = parser.parse_args(arguments)
    try:
        run(chosen.data, chosen.out)
    except TrainingFailed as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


@contextmanager
def ended_orderly() -> Iterator[None]:
    """Whoever is told to end ends Rasa too, and leaves no sentences behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def run(data: Path, out: Path) -> Path:
    """Trains, with the progress on stderr. Raises TrainingFailed."""
    with ended_orderly(), ProgressBar(sys.stderr, steps()) as bar:
        written = train(data, out, progress=bar, part=bar.part)
        bar.finish()
        return written


if __name__ == "__main__":
    sys.exit(main())
