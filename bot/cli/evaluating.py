"""``linan eval``: how well a model understands labelled sentences, as a table and as a report."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.bootstrap import choose_parser, thresholds_of
from bot.errors import LinanError
from bot.examination import BATCH, Progress, examine
from bot.settings import Settings
from bot.understand.local import LocalModel
from bot.understand.rasa_server import RasaServer
from bot.understand.understanding import Parser
from nlu.evaluation.comparing import Comparison, compare
from nlu.evaluation.figures import CHITCHAT, Answer, Figures
from nlu.evaluation.lenient import OUR_INTENTS
from nlu.evaluation.measuring import measure
from nlu.evaluation.report import About, report_page
from nlu.evaluation.table import comparison_table, figures_table
from nlu.evaluation.values import comparison_as_json, figures_as_json
from nlu.examples import BrokenExamples, Example, read_examples
from nlu.progress import ProgressBar


class BadExamples(LinanError):
    """The examples cannot be read, or there are none."""

    code = "bad_examples"


@dataclass(frozen=True)
class Evaluated:
    """Everything that one run found out."""

    about: About
    figures: Figures
    comparison: Comparison | None = None

    def as_json(self) -> str:
        """The contents of report.json."""
        values = {"model": self.about.model, "files": list(self.about.files), **figures_as_json(self.figures)}
        if self.comparison is not None:
            values["comparison"] = {"with": self.about.compared_with, **comparison_as_json(self.comparison)}
        written = json.dumps(values, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
        return written.encode("utf-8", "backslashreplace").decode("utf-8")  # half a surrogate pair from a chat


def run(settings: Settings, arguments: argparse.Namespace) -> str:
    """Evaluate, write the report, and return what is to be printed. Raises BadExamples or UnderstandError."""
    folder = arguments.out or settings.var / "reports" / datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    evaluated = evaluate(settings, arguments)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(evaluated.as_json(), encoding="utf-8")
    page = report_page(evaluated.about, evaluated.figures, evaluated.comparison)
    (folder / "report.html").write_text(page, encoding="utf-8", errors="xmlcharrefreplace")
    if arguments.json:
        return evaluated.as_json().rstrip("\n")
    tables = figures_table(evaluated.figures)
    if evaluated.comparison is not None:
        tables += "\n" + comparison_table(evaluated.comparison)
    shown = f"{tables}\nreport: {folder / 'report.html'}"
    return shown.encode("utf-8", "backslashreplace").decode("utf-8")


def evaluate(settings: Settings, arguments: argparse.Namespace) -> Evaluated:
    """Have one or two models read the examples."""
    examples = _read(arguments.files)
    label = arguments.out_of_scope or CHITCHAT
    parser, name = _parser(settings, arguments.model)
    answers, seconds = _ask(settings, parser, examples)
    figures = measure(
        list(zip(examples, answers, strict=True)), out_of_scope=label, per_second=len(examples) / seconds
    )
    files = tuple(str(path) for path in arguments.files)
    if arguments.compare is None:
        return Evaluated(About(name, files), figures)
    other, other_name = _parser(settings, arguments.compare)
    old, _ = _ask(settings, other, examples)
    comparison = compare(old, answers, examples, out_of_scope=label)
    return Evaluated(About(name, files, other_name), figures, comparison)


def _read(paths: Sequence[Path]) -> list[Example]:
    try:
        examples = read_examples(paths)
    except BrokenExamples as error:
        raise BadExamples(str(error)) from error
    if not examples:
        raise BadExamples(f"no examples in {', '.join(map(str, paths))}: give files of JSONL, CSV or Rasa YAML")
    return examples


def _parser(settings: Settings, archive: Path | None) -> tuple[Parser, str]:
    return choose_parser(settings) if archive is None else (LocalModel.load(archive), str(archive))


def _ask(settings: Settings, parser: Parser, examples: Sequence[Example]) -> tuple[list[Answer], float]:
    """The answers, and the seconds they took. Labels that are not ours are asked of the model alone."""
    texts = [example.text for example in examples]
    ours = {example.intent for example in examples} <= OUR_INTENTS
    begun = time.perf_counter()
    with ProgressBar(sys.stderr, -(-len(texts) // BATCH)) if sys.stderr.isatty() else nullcontext() as bar:
        asking = _answers(settings, parser, texts, bar or (lambda line: None), ours=ours)
        answers = asyncio.run(asking)
    return answers, max(time.perf_counter() - begun, 1e-9)


async def _answers(
    settings: Settings, parser: Parser, texts: Sequence[str], progress: Progress, *, ours: bool
) -> list[Answer]:
    try:
        if ours:
            return await examine(parser, texts, thresholds_of(settings), progress=progress)
        return await _ask_model(parser, texts, progress)
    finally:
        if isinstance(parser, RasaServer):
            await parser.aclose()


async def _ask_model(parser: Parser, texts: Sequence[str], progress: Progress) -> list[Answer]:
    answers: list[Answer] = []
    for at in range(0, len(texts), BATCH):
        answers += [Answer(parse) for parse in await parser.parse_batch(texts[at : at + BATCH])]
        progress(f"{len(answers)} of {len(texts)} sentences read")
    return answers
