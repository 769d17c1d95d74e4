"""The files of rules beside the program: read together at a start, and anew only where one of them has changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from actions.ballots.book import BallotBook, read_ballots
from actions.ledger.rules import LedgerRules
from actions.ledger.rules_file import read_ledger
from actions.notices.book import NoticeBook
from actions.pool.rules import PoolRules, read_pool
from actions.proposals.rules import ProposalRules
from actions.proposals.rules_file import read_proposals
from actions.routing.faults import read_faults
from actions.routing.rules import Rules
from actions.routing.rules_file import read_rules
from actions.surveys.book import SurveyTools
from bot.advice import read_advice
from bot.notices.book import FOLDER as NOTICES
from bot.notices.book import load_book
from bot.phrases import ADVICE
from bot.surveys.book import FOLDER as SURVEYS
from bot.surveys.book import load_survey_tools
from nlu.model.folding import fold
from nlu.model.words import cut_words


@dataclass(frozen=True, slots=True)
class RuleFiles:
    """What each of them says; nothing in it is ever changed."""

    rules: Rules
    hours: LedgerRules
    consulting: ProposalRules
    ballots: BallotBook
    pool: PoolRules
    surveys: SurveyTools
    notices: NoticeBook


def read_rule_files(data: Path) -> RuleFiles:
    """All of them. Raises ActionError or LinanError that names the file."""
    return _read(data, _stamp(_paths(data)))


def load_rules(data: Path) -> Rules:
    """Services, responsibility list and the words of faults as the admin wrote them."""
    return read_rule_files(data).rules


def _paths(data: Path) -> Iterable[Path]:
    return (path for folder in (data, data / NOTICES, data / SURVEYS, data / ADVICE) for path in folder.glob("*.yml"))


def _stamp(paths: Iterable[Path]) -> tuple[tuple[str, int, int], ...]:
    """What tells whether one of these files was written since: names, times in ns, sizes in bytes."""
    found = sorted((str(path), path.stat()) for path in paths)
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in found)


@lru_cache(maxsize=2)
def _read(data: Path, stamp: object) -> RuleFiles:
    del stamp  # a file that was written since is read again
    return RuleFiles(
        _rules(data),
        read_ledger((data / "ledger.yml").read_text("utf-8")),
        read_proposals((data / "proposals.yml").read_text("utf-8")),
        read_ballots((data / "ballots.yml").read_text("utf-8")),
        read_pool((data / "pool.yml").read_text("utf-8")),
        load_survey_tools(data),
        load_book(data),
    )


def _rules(data: Path) -> Rules:
    services = (data / "services.yml").read_text("utf-8")
    routing = (data / "routing.yml").read_text("utf-8")
    faults = read_faults((data / "faults.yml").read_text("utf-8"), fold=fold)
    warned = frozenset(advice.kind for advice in read_advice(data / ADVICE) if advice.group)
    return replace(read_rules(services, routing, segment=cut_words, faults=faults), warned=warned)
