"""Training: Rasa does it, in its own environment, as a process of its own."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

from nlu.examples import BrokenExamples, example_files
from nlu.preparing import NothingToLearn, Prepared, check_examples, prepare

ROOT = Path(__file__).resolve().parents[1]
RASA = ROOT / ".venv-rasa" / "bin" / "rasa"
CONFIG = ROOT / "nlu" / "config.yml"
DOMAIN = ROOT / "nlu" / "domain.yml"
LONGEST = 900  # seconds a training may take
WORKPLACE = ".training-"
ABANDONED = 24 * 3600  # seconds after which nobody can be training in a folder any more
Progress = Callable[[str], None]
Part = Callable[[str, float], None]  # what is going on, and how much of the step is done

_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_STEP = re.compile(r"(Starting|Finished) (?:to train|training) component '(\w+)'")
_PART = re.compile(r"encoded (\d+) of (\d+) sentences")
PARTS = 20  # as often at most the longest step says how far it is
# Rasa would send usage figures abroad; several BLAS threads on two cores only hinder each other.
_ENVIRONMENT = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "OPENBLAS_NUM_THREADS": "1",
    "LOG_LEVEL": "INFO",
    "RASA_MAX_CACHE_SIZE": "0",  # the cache would keep residents' sentences in the project's folder
}


class TrainingFailed(Exception):
    """No model came out; the message says why and what to do."""


class TrainingKilled(TrainingFailed):
    """The system ended it, most likely for want of memory: the examples have no part in it."""


def train(
    data: Path,
    out: Path,
    *,
    progress: Progress = lambda line: None,
    part: Part = lambda line, share: None,
    rasa: Path = RASA,
) -> Path:
    """Trains on Rasa YAML, JSON lines or CSV and writes the archive; does nothing when that is up to date."""
    try:
        check_examples(data)
    except (BrokenExamples, NothingToLearn) as error:
        raise TrainingFailed(str(error)) from error
    fingerprint = fingerprint_of(data)
    if is_current(out, fingerprint):
        progress(f"model is up to date: {out}")
        return out
    if not rasa.exists():
        raise TrainingFailed(f"{rasa} is missing: run `make env` to build Rasa's environment")
    out.parent.mkdir(parents=True, exist_ok=True)
    _tidy(out.parent)
    with tempfile.TemporaryDirectory(prefix=WORKPLACE, dir=out.parent) as name:
        folder = Path(name).resolve()
        os.replace(_run_rasa(rasa, prepare(data, folder, DOMAIN, CONFIG), folder, (progress, part)), out)
    _stamp(out).write_text(fingerprint + "\n", encoding="utf-8")
    progress(f"model is ready: {out}")
    return out


def _tidy(folder: Path) -> None:
    """Removes what trainings that were killed have left: examples of residents' sentences."""
    for left in folder.glob(f"{WORKPLACE}*"):
        if left.is_dir() and time.time() - left.stat().st_mtime > ABANDONED:
            shutil.rmtree(left, ignore_errors=True)


def steps() -> int:
    """How many lines of progress a training says."""
    pipeline = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["pipeline"]
    return 2 + 2 * len(pipeline)


def fingerprint_of(data: Path) -> str:
    """Changes when anything that training reads does: examples, dictionaries, configuration, arithmetic, versions."""
    digest = hashlib.sha256()
    for path in _inputs(data):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def is_current(out: Path, fingerprint: str) -> bool:
    """Whether the archive was trained on just this."""
    stamp = _stamp(out)
    return out.exists() and stamp.exists() and stamp.read_text(encoding="utf-8").strip() == fingerprint


def _stamp(out: Path) -> Path:
    return out.with_name(out.name + ".sha256")


def _inputs(data: Path) -> Iterator[Path]:
    yield from example_files(data)
    yield from _named_in_config()
    yield from (CONFIG, DOMAIN)
    for folder in ("model", "components"):
        yield from sorted((ROOT / "nlu" / folder).rglob("*.py"))
    yield from (ROOT / "nlu" / "examples.py", ROOT / "nlu" / "preparing.py")
    lock = ROOT / "requirements" / "rasa.lock"  # not there in an image that does not train
    yield from [lock] if lock.exists() else []


def _named_in_config() -> Iterator[Path]:
    """Dictionaries, encoders and whatever else the pipeline is told to read."""
    for component in yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["pipeline"]:
        for value in component.values():
            path = ROOT / value if isinstance(value, str) else ROOT
            if path.is_file():
                yield path
            elif path.is_dir() and path != ROOT:
                yield from sorted(p for p in path.rglob("*") if p.is_file())


def _run_rasa(rasa: Path, given: Prepared, folder: Path, tell: tuple[Progress, Part]) -> Path:
    """Runs Rasa and returns the archive it wrote into the folder."""
    command = [str(rasa), "train", "nlu", "--nlu", str(given.nlu), "--config", str(given.config)]
    command += ["--domain", str(given.domain), "--out", str(folder), "--fixed-model-name", "model"]
    tell[0]("Rasa starts (about 20 s)")
    said: list[str] = []
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **_ENVIRONMENT},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        try:
            _follow(process, said, *tell)
        except BaseException:
            process.kill()
            raise
    written = sorted(folder.glob("*.tar.gz"))
    if process.returncode < 0:
        raise TrainingKilled(f"Rasa was ended by signal {-process.returncode}: is there memory enough?")
    if process.returncode or not written:
        raise TrainingFailed(f"Rasa ended with code {process.returncode}: {_reason(said)}")
    return written[0]


def _follow(process: subprocess.Popen[str], said: list[str], progress: Progress, part: Part) -> None:
    told = 0
    for line in process.stdout or ():
        said.append(_COLOUR.sub("", line.rstrip()))
        if step := _STEP.search(line):
            progress(f"{'training' if step[1] == 'Starting' else 'trained'} {step[2]}")
        elif found := _PART.search(line):
            share = int(found[1]) / max(1, int(found[2]))
            if int(share * PARTS) > told:
                told = int(share * PARTS)
                part(found[0], share)
    process.wait(LONGEST)


def _reason(said: list[str]) -> str:
    """The line of Rasa's output that says what went wrong."""
    errors = [line for line in said if re.match(r"^[\w.]*(Error|Exception|Exit)\b", line)]
    return (errors or [line for line in said if line.strip()] or ["it said nothing"])[-1]
