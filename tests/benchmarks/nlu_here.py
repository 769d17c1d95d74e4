"""The model of an archive in-process: starts `nlu_reader.py` and makes figures of what it says."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import time
from dataclasses import asdict, replace
from pathlib import Path

from nlu.model.archive import CLASSIFIER
from nlu.model.cascade import SECOND
from nlu.model.storage import VALUES
from tests.benchmarks.nlu_figures import Figures, Work
from tests.needs import ROOT

LONGEST = 600  # seconds


def measure_here(archive: Path, work: Work, cores: int) -> Figures:
    """Figures of batches one after the other. Raises SubprocessError."""
    threads = {name: str(cores) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    job = asdict(work) | {"archive": str(archive), "cores": cores, "begun": time.monotonic()}
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.nlu_reader"],
        cwd=ROOT,
        env={**os.environ, **threads, "PYTHONUTF8": "1"},
        input=json.dumps(job),
        stdout=subprocess.PIPE,
        text=True,
        timeout=LONGEST,
        check=True,
    )
    said = json.loads(done.stdout)
    spent = sum(seconds for seconds, _ in said["took"])
    # nobody is answered before the whole batch is
    each = [seconds for seconds, count in said["took"] for _ in range(count)]
    figures = Figures.of(len(each) / spent, each, said["memory_mb"], said["first_answer_s"])
    return replace(figures, asked_twice=said["asked_twice"])


def keep_first_stage(archive: Path, out: Path) -> Path:
    """The archive without its second stage, as `Cascade.alone` leaves it: no encoder is opened for it."""
    with tarfile.open(archive, "r:gz") as whole, tarfile.open(out, "w:gz") as rest:
        for member in whole:
            opened = whole.extractfile(member)
            content = opened.read() if opened else b""
            if CLASSIFIER in member.name and member.name.endswith(VALUES):
                values = json.loads(content)
                content = json.dumps({name: values[name] for name in values if name != SECOND}).encode()
                member.size = len(content)
            rest.addfile(member, io.BytesIO(content))
    return out
