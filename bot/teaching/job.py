"""``python -m bot.teaching.job FOLDER``: trains and compares in a process of its own, so that serving goes on.

The folder holds what ``Trainer`` put there; the result is written beside it. Each line on stdout is ``PERCENT STEP
TEXT``. When the process that started it goes away, stdin ends: then the folder, which holds examples, is removed and
everything that was started ends.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.decide.decision import Thresholds
from bot.errors import UnderstandError
from bot.examination import examine
from bot.understand.local import LocalModel
from nlu.evaluation.comparing import compare
from nlu.evaluation.figures import EMERGENCY, Answer, Figures
from nlu.evaluation.measuring import has_one_intent, measure
from nlu.evaluation.values import comparison_as_json, figures_as_json
from nlu.examples import BrokenExamples, Example, read_examples
from nlu.training import TrainingFailed, TrainingKilled, train

ORDER, DATA, MODEL, BASE, RESULT = "job.json", "nlu", "model.tar.gz", "published.tar.gz", "result.json"
OWN_TESTS = "own_tests.jsonl"
NICE = 10
KILLED = 4
MOST_TOLD = 200  # sentences told of each kind of change
KEPT = ("by_intent", "by_category", "entities", "slices", "alarms", "speaking", "worst")
_RASA_STEPS = 7  # lines that Rasa's training usually says, for the percentage


@dataclass(frozen=True)
class Order:
    """What is to be done: how sure the bot has to be, and the files of the test set that ships."""

    thresholds: Thresholds
    tests: tuple[str, ...]

    def write(self, folder: Path) -> None:
        (folder / ORDER).write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Order:
        made = json.loads((folder / ORDER).read_text(encoding="utf-8"))
        return cls(Thresholds(**made["thresholds"]), tuple(made["tests"]))


@dataclass(frozen=True)
class Tested:
    """One model on the test set."""

    figures: dict[str, Any]
    emergencies: int
    heard: int

    @classmethod
    def of(cls, figures: Figures, pairs: Sequence[tuple[Example, Answer]]) -> Tested:
        told = figures_as_json(figures)
        urgent = [(e, answer) for e, answer in pairs if e.intent == EMERGENCY and has_one_intent(e)]  # as the figures
        alarms = [bool(answer.alarm) for _, answer in urgent]
        kept = {key: value for key, value in told.items() if key in KEPT or isinstance(value, int | float)}
        return cls(kept, len(alarms), sum(alarms))


def say(percent: int, step: str, text: str = "") -> None:
    """One line of progress."""
    sys.stdout.write(f"{percent} {step} {text}\n")
    sys.stdout.flush()


def do(folder: Path) -> None:
    """Train, compare, write the result. Raises TrainingFailed, BrokenExamples or UnderstandError."""
    order = Order.read(folder)
    said = 0

    def progress(line: str) -> None:
        nonlocal said
        said += 1
        say(_percent(said), "training", line)

    def part(line: str, share: float) -> None:
        say(_percent(said + share), "training", line)

    say(5, "starting")
    train(folder / DATA, folder / MODEL, progress=progress, part=part)
    say(70, "comparing")
    result = asyncio.run(_test(folder, order))
    (folder / RESULT).write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")
    say(95, "storing")


def _percent(steps: float) -> int:
    return 5 + min(60, int(steps * 60 / _RASA_STEPS))


async def _test(folder: Path, order: Order) -> dict[str, Any]:
    """The new model on the test set, and beside it the published one if that can be read."""
    examples, fingerprint = read_tests([*map(Path, order.tests), folder / OWN_TESTS])
    new = LocalModel.load(folder / MODEL)
    if not examples:
        await new.parse_batch(["一句话"])  # it must at least be able to read
        return {"tested_on": "", "new": None, "old": None, "comparison": None}
    texts = [example.text for example in examples]
    answers = await examine(new, texts, order.thresholds)
    pairs = list(zip(examples, answers, strict=True))
    tested = asdict(Tested.of(measure(pairs), pairs))
    result = {"tested_on": fingerprint, "new": tested, "old": None, "comparison": None}
    say(85, "comparing")
    base = _load_base(folder)
    if base is None:
        return result
    before = await examine(base, texts, order.thresholds)
    old_pairs = list(zip(examples, before, strict=True))
    compared = comparison_as_json(compare(before, answers, examples))
    shortened = {k: v[:MOST_TOLD] if isinstance(v, list) else v for k, v in compared.items()}
    counted = {f"{k}_count": len(v) for k, v in compared.items() if isinstance(v, list)}
    old = asdict(Tested.of(measure(old_pairs), old_pairs))
    return {**result, "old": old, "comparison": {**shortened, **counted}}


def _load_base(folder: Path) -> LocalModel | None:
    try:
        return LocalModel.load(folder / BASE) if (folder / BASE).exists() else None
    except UnderstandError:
        return None  # it cannot be compared with; the page says so


def read_tests(paths: Sequence[Path]) -> tuple[list[Example], str]:
    """The sentences of the test set and its fingerprint. Raises BrokenExamples."""
    found = [path for path in paths if path.exists() and path.stat().st_size]
    digest = hashlib.sha256()
    for path in found:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return read_examples(found), digest.hexdigest()


def end_with_parent(folder: Path) -> None:
    """When stdin ends the parent is gone: remove the examples and end, with all that was started."""

    def wait() -> None:
        while os.read(0, 4096):  # not through sys.stdin: its lock would be held when the interpreter ends
            pass
        shutil.rmtree(folder, ignore_errors=True)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=wait, daemon=True).start()


def main() -> int:
    """Exit code 3 and one line on stderr when no model came out; 4 when the system ended the training."""
    folder = Path(sys.argv[1])
    end_with_parent(folder)
    os.nice(NICE)
    try:
        do(folder)
    except TrainingKilled as error:
        sys.stderr.write(f"{error}\n")
        return KILLED
    except (TrainingFailed, BrokenExamples, UnderstandError) as error:
        sys.stderr.write(f"{error}\n")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
