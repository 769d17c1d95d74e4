"""What the web chat is given; chosen by the caller, nothing is made here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from actions.ballots.book import BallotTools
from actions.ledger.rules import LedgerRules
from actions.outcome import Outcome
from actions.pool.rules import PoolRules
from actions.proposals.rules import ProposalRules
from actions.routing.rules import Rules
from bot.clock import Clock
from bot.community.board import Board
from bot.inbox import Inbox
from bot.live import LiveFeed
from bot.phrases import Phrases
from bot.settings import Settings
from bot.storage.engine import Database
from bot.understand.danger import find_danger


def _is_plain_danger(text: str) -> bool:
    return find_danger(text) is not None


@dataclass(frozen=True, slots=True)
class WebChat:
    """Everything the page needs. ``is_danger`` says which words must never be held back by the rate limit."""

    db: Database
    inbox: Inbox
    clock: Clock
    live: LiveFeed
    settings: Settings
    phrases: Phrases
    is_danger: Callable[[str], bool] = _is_plain_danger
    messages_a_minute: int = 30
    hours: LedgerRules | None = None  # the rules of the time bank
    ballots: BallotTools | None = None
    consulting: ProposalRules | None = None  # the rules of deliberation
    routing: Rules | None = None
    pool: PoolRules | None = None  # kinds of neighbours' help
    perform: Callable[[Any], Awaitable[Outcome]] | None = None  # without it there are no pages of tips
    board: Board | None = None  # without it there is no page of the community
    tip_services: Mapping[str, str] = field(default_factory=dict)  # kinds of tips, code → name

    @property
    def pictures(self) -> Path:
        """Folder of the re-encoded pictures."""
        return self.settings.var / "pictures"
