"""The process that reads batches: a job on stdin, what it took on stdout. It imports nothing that the model does not.

A process of its own, because memory and the way to the first answer are to be the model's and nobody else's.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any


def main() -> int:
    """Reads a job, prints figures."""
    job = json.load(sys.stdin)
    use_cores(job["cores"])  # before numpy counts them
    json.dump(measure(job), sys.stdout)
    return 0


def use_cores(count: int) -> None:
    """Keep this process, and what it starts, on so many cores, where the system can do that."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """Rounds through all texts until the time is over."""
    # here and not above: they are a part of the time to the first answer
    from bot.understand.local import LocalModel

    model = LocalModel.load(Path(job["archive"]))
    model.parse_now(job["warm_up"][:1])
    first_answer = time.monotonic() - job["begun"]
    model.parse_now(job["warm_up"])
    texts, size = job["texts"], job["batch"]
    batches = [texts[at : at + size] for at in range(0, len(texts), size)]
    twice, took = 0, list[tuple[float, int]]()
    while sum(seconds for seconds, _ in took) < job["seconds"]:
        model = _without_memory(model)
        for batch in batches:
            begun = time.perf_counter()
            parses = model.parse_now(batch)
            took.append((time.perf_counter() - begun, len(batch)))
            twice += sum(parse.stage == 2 for parse in parses)
    share = twice / sum(count for _, count in took)
    return {"took": took, "memory_mb": _memory_mb(), "first_answer_s": first_answer, "asked_twice": share}


def _without_memory(model: Any) -> Any:
    """The same model with all vectors forgotten: no text is to be met a second time."""
    from nlu.model.vectors import Memory

    cascade = model.reader.cascade
    if cascade.memory is None:
        return model
    return replace(model, reader=replace(model.reader, cascade=replace(cascade, memory=Memory(cascade.memory.encoder))))


def _memory_mb() -> float:
    import psutil

    return float(psutil.Process().memory_info().rss / 2**20)


if __name__ == "__main__":
    sys.exit(main())
