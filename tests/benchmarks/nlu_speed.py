"""How fast messages are understood: our model in-process and over HTTP, beside two stock Rasa 3.6 pipelines.

    python -m tests.benchmarks.nlu_speed [--train] [--json] [--quick]

One table from one run, all rows on the same two cores with the same messages: 85 % chatter, as groups are, and
each message once, because vectors of what was said lately are remembered. Ours is the archive of `--model`; the
stock ones are trained on a part of data/nlu in a temporary folder (how fast they answer hardly depends on it).
In-process rows read batches, and each message takes as long as its batch. Over HTTP there is one message a
request, which is all that Rasa's server takes, so many in flight, and the client is on the same two cores.
`--train` also says how long a training takes with and without the vectors of an earlier one.
`--quick` proves that every row works; its figures mean nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aiohttp
import yaml

from bot.errors import UnderstandError
from nlu import training
from nlu.examples import read_examples
from tests.benchmarks.nlu_figures import Figures, Work, write_table
from tests.benchmarks.nlu_here import keep_first_stage, measure_here
from tests.benchmarks.nlu_http import measure_http, train_stock
from tests.benchmarks.nlu_reader import use_cores
from tests.benchmarks.stock_rasa import RASA, StockFailed, build_environment
from tests.needs import ROOT
from tests.nlu.conftest import small_data

EVALUATION = ROOT / "data" / "evaluation"
CORES = 2
CHATTER = 0.85
WARM_UP = 32
DIET = "stock DIET over HTTP"
REGRESSION = "stock logistic regression over HTTP"
Row = tuple[str, Figures]


class TooFew(Exception):
    """There are not so many different messages."""


def make_work(wanted: argparse.Namespace) -> Work:
    """The mix of chatter and requests, in an order that is always the same. Raises TooFew."""
    chatter = [example.text for example in read_examples([EVALUATION / "chats.jsonl"])]
    hard = read_examples([EVALUATION / "hard.jsonl"])
    requests = [example.text for example in hard if example.intent != "chitchat"]
    warm_up = [example.text for example in hard if example.intent == "chitchat"][:WARM_UP]
    talk = round(CHATTER * wanted.messages)
    if talk > len(chatter) or wanted.messages - talk > len(requests):
        raise TooFew(f"--messages: not so many different ones; at most {int(len(chatter) / CHATTER)}")
    dice = random.Random(1)
    texts = dice.sample(chatter, talk) + dice.sample(requests, wanted.messages - talk)
    dice.shuffle(texts)
    return Work(texts, warm_up, wanted.batch, wanted.in_flight, 0.3 if wanted.quick else 5.0)


def measure(folder: Path, model: Path, work: Work) -> Iterator[Row]:
    """The rows one after the other: nothing else of ours runs meanwhile."""
    environment = build_environment(folder, 0)
    ours = environment | {"PYTHONPATH": str(ROOT)}  # our components
    data = small_data(folder / "data")  # the same twelve sentences a label for both
    stock = {kind: train_stock(folder, kind, data, environment) for kind in ("nlu_diet", "nlu_regression")}
    model = Path(shutil.copyfile(model, folder / "ours.tar.gz"))  # whoever trains meanwhile: all rows read the same
    first = keep_first_stage(model, folder / "first.tar.gz")
    yield "first stage alone, in-process, one core", measure_here(first, work, 1)
    yield "both stages, in-process, two cores", measure_here(model, work, CORES)
    yield "both stages, served by Rasa over HTTP", measure_http(folder, model, work, ours)
    yield DIET, measure_http(folder, stock["nlu_diet"], work, environment)
    yield REGRESSION, measure_http(folder, stock["nlu_regression"], work, environment)


def time_trainings(folder: Path, data: Path) -> dict[str, float]:
    """Seconds of two trainings: with no vectors kept from before, and with all of them."""
    config = yaml.safe_load(training.CONFIG.read_text(encoding="utf-8"))
    for component in config["pipeline"]:
        if component["name"].endswith(".LinanClassifier"):
            component["vectors"] = str(folder / "vectors")
    own = folder / "config.yml"
    own.write_text(yaml.safe_dump(config), encoding="utf-8")
    took = {}
    # a training reads its configuration from one place
    with patch.object(training, "CONFIG", own):
        for name in ("no vectors kept", "all vectors kept"):
            begun = time.perf_counter()
            training.train(data, folder / "trained" / f"{name}.tar.gz")
            took[name] = time.perf_counter() - begun
    return took


def encoder_of(config: Path) -> str | None:
    """What the pipeline names as its encoder."""
    pipeline = yaml.safe_load(config.read_text(encoding="utf-8"))["pipeline"]
    return next((component["encoder"] for component in pipeline if component.get("encoder")), None)


def write_markdown(rows: Mapping[str, Figures], facts: Mapping[str, Any], took: Mapping[str, float]) -> str:
    """The table, and in words what it was measured with."""
    lines = [write_table(rows, DIET), ""]
    lines.append("{messages} messages; batches of {batch}, {in_flight} requests in flight.".format(**facts))
    lines.append("To the second stage went {asked_twice:.0%} of them.".format(**facts))
    lines.append("Load of the {cores} cores before: {load}.".format(**facts))
    if took:
        told = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in took.items())
        lines.append("Training on {examples} examples, encoder {encoder}: {told}.".format(**facts, told=told))
    return "\n".join(lines)


def run(wanted: argparse.Namespace, folder: Path) -> str:
    """What is to be printed."""
    facts: dict[str, Any] = {"load": [round(one, 1) for one in os.getloadavg()], "cores": os.cpu_count()}
    work = make_work(wanted)
    rows: dict[str, Figures] = {}
    say("training the stock pipelines")
    for name, figures in measure(folder, wanted.model, work):
        say(f"{name}: {figures.per_second:.0f}/s")
        rows[name] = figures
    took: dict[str, float] = {}
    if wanted.train:
        data = folder / "data" if wanted.quick else ROOT / "data" / "nlu"
        say("training ours twice")
        took = time_trainings(folder, data)
        facts |= {"examples": len(read_examples([data])), "encoder": encoder_of(training.CONFIG)}
    facts |= {"messages": len(work.texts), "batch": work.batch, "in_flight": work.in_flight}
    facts["asked_twice"] = next(row.asked_twice for row in reversed(rows.values()) if row.asked_twice is not None)
    if wanted.json:
        told = {name: asdict(row) for name, row in rows.items()}
        return json.dumps({**facts, "rows": told, "training_s": took}, ensure_ascii=False)
    return write_markdown(rows, facts, took)


def say(line: str) -> None:
    """Progress, apart from the table."""
    print(line, file=sys.stderr, flush=True)


def main(wanted: argparse.Namespace) -> int:
    """Everything in a temporary folder that is gone at the end; exit code 2 when something does not come up."""
    # ended from outside, the servers must end too
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for path, how in ((RASA, "make env"), (wanted.model, "make train")):
        if not path.exists():
            say(f"{path} is missing: run `{how}`")
            return 2
    use_cores(CORES)
    with tempfile.TemporaryDirectory(prefix="nlu-speed-") as name:
        try:
            print(run(wanted, Path(name)))
        except (TooFew, StockFailed, UnderstandError, training.TrainingFailed) as error:
            say(str(error))
            return 2
        except (subprocess.SubprocessError, aiohttp.ClientError, TimeoutError) as error:
            say(repr(error))
            return 2
        except KeyboardInterrupt:
            return 130
    return 0


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=ROOT / "var" / "models" / "current.tar.gz", help="our archive")
    parser.add_argument("--messages", type=int, default=350)
    parser.add_argument("--batch", type=int, default=64, help="as many as a worker claims at a time")
    parser.add_argument("--in-flight", type=int, default=8)
    parser.add_argument("--train", action="store_true", help="measure two trainings of ours as well")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="few messages: does every row work?")
    wanted = parser.parse_args()
    wanted.messages = min(wanted.messages, 40) if wanted.quick else wanted.messages
    return wanted


if __name__ == "__main__":
    sys.exit(main(read_arguments()))
