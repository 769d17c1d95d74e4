"""Plain words for what was decided; templates ask for them by name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

import jinja2

from actions.routing.rules import Rules
from actions.teaching.marks import find_marks, strip_marks
from actions.tickets.commands import OpenTicket
from bot.console.teaching.trial import Trial
from bot.decide.decision import Ask, HandOff, Ignore, Run, Say
from bot.phrases import Phrases

_ENCODED = re.compile(r"encoded (\d+) of (\d+) sentences")
#: in the order in which admins need them
ENTITY_KINDS = ("building", "unit", "floor", "room", "place", "time", "headcount", "activity", "phone", "ticket")


def add_words(env: jinja2.Environment, phrases: Phrases, rules: Rules) -> None:
    """Give the workbench's templates their functions."""
    env.globals["trial_words"] = partial(trial_words, phrases, rules)
    env.globals["failure_words"] = partial(failure_words, phrases)
    env.globals["fault_words"] = partial(fault_words, phrases)
    env.globals["log_words"] = partial(log_words, phrases)
    env.globals["step_words"] = partial(step_words, phrases)
    env.globals["marked_pieces"] = marked_pieces
    env.globals["ENTITY_KINDS"] = ENTITY_KINDS


def marked_pieces(marked: str) -> Sequence[tuple[str, str]]:
    """The sentence in pieces, each with the kind it is marked as, or ""."""
    plain, pieces, at = strip_marks(marked), [], 0
    for start, end, kind in find_marks(marked):
        pieces += [(plain[at:start], ""), (plain[start:end], kind)]
        at = end
    return [piece for piece in (*pieces, (plain[at:], "")) if piece[0]]


def trial_words(phrases: Phrases, rules: Rules, trial: Trial) -> str:
    """What the bot would do, in one line."""
    match trial.decision:
        case Ignore(reason):
            key = f"teaching.ignore.{reason}"
            why = phrases.render(key if key in phrases else "teaching.ignore.chatter")
            return phrases.render("teaching.trial.ignore", {"why": why})
        case Ask():
            return phrases.render("teaching.trial.ask")
        case Say():
            return phrases.render("teaching.trial.say")
        case HandOff():
            return phrases.render("teaching.trial.run", {"what": phrases.render("teaching.does.HandOff")})
        case Run(command):
            key = "teaching.trial.run" if trial.speaks else "teaching.trial.quiet"
            return phrases.render(key, {"what": _does(phrases, rules, command)})


def _does(phrases: Phrases, rules: Rules, command: Any) -> str:
    key = f"teaching.does.{type(command).__name__}"
    service = rules.service(command.service).name if isinstance(command, OpenTicket) else ""
    return phrases.render(key if key in phrases else "teaching.does.other", {"service": service})


def failure_words(phrases: Phrases, error: str) -> str:
    """Why a training came to nothing; what was said by programs stands in the log, not here."""
    key = f"teaching.failed.{error.partition(':')[0]}"
    return phrases.render(key if key in phrases else "teaching.failed.other")


def log_words(phrases: Phrases, log: str) -> Sequence[str]:
    """What a training said, line by line; what is not known is said as it came."""
    return [_log_line(phrases, line) for line in log.splitlines()]


def _log_line(phrases: Phrases, line: str) -> str:
    if encoded := _ENCODED.fullmatch(line):
        return phrases.render("teaching.log.encoded", {"done": encoded[1], "all": encoded[2]})
    verb, _, rest = line.partition(" ")
    part = f"teaching.log.part.{rest}"
    if verb in ("training", "trained") and part in phrases:
        return phrases.render(f"teaching.log.{verb}", {"what": phrases.render(part)})
    known = {"Rasa starts": "teaching.log.starts", "model is ready": "teaching.log.ready"}
    return next((phrases.render(key) for begin, key in known.items() if line.startswith(begin)), line)


def step_words(phrases: Phrases, state: str, step: str) -> str:
    """What a training is at."""
    key = f"teaching.step.{'waiting' if state == 'waiting' else step}"
    return phrases.render(key if key in phrases else "teaching.step.training")


def fault_words(phrases: Phrases, code: str) -> str:
    """What is wrong with a line of a file."""
    keys = (f"teaching.fault.{code}", f"taught.refused.{code}", "teaching.fault.other")
    return phrases.render(next(key for key in keys if key in phrases))
