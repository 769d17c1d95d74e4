"""What the console needs of the world, and how its handlers find it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from actions.ballots.book import BallotTools
from actions.ledger.rules import LedgerRules
from actions.notices.book import NoticeBook
from actions.proposals.rules import ProposalRules
from actions.routing.rules import Rules
from actions.surveys.book import SurveyTools
from bot.channels.base import ChannelTester, GroupMaker
from bot.clock import Clock
from bot.community.board import Board
from bot.decide.decision import Answer, Thresholds
from bot.knowledge.advising import Adviser
from bot.live import LiveFeed
from bot.performer import Performer
from bot.phrases import Phrases
from bot.secret_box import SecretBox
from bot.settings import Settings
from bot.storage.engine import Database
from bot.teaching.checking import Checker
from bot.understand.understanding import Parser

# bytes, community id, staff id → id of the picture as re-encoded; raises InvalidInput for what is no picture
SavePicture = Callable[[bytes, int, int], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Mind:
    """What sentences are tried out with. ``want_parser`` gives the published model, which is loaded when it is first
    wanted here, or raises UnderstandError; names and answers are what was taught beside it, always the newest."""

    want_parser: Callable[[], Awaitable[Parser]]
    thresholds: Thresholds
    service_names: Mapping[str, str]
    answers: Mapping[str, Answer] = field(default_factory=dict)
    adviser: Adviser | None = None


@dataclass(frozen=True, slots=True)
class Console:
    """Everything the pages use. Without ``save_picture`` no form asks for pictures; without ``mind`` nothing can be
    tried, without ``checker`` nothing is said of a sentence while it is typed."""

    db: Database
    performer: Performer
    clock: Clock
    live: LiveFeed
    settings: Settings
    phrases: Phrases
    rules: Rules
    save_picture: SavePicture | None = None
    mind: Mind | None = None
    checker: Checker | None = None
    hours: LedgerRules | None = None  # the rules of the time bank
    board: Board | None = None  # the community's page
    consulting: ProposalRules | None = None  # the rules of deliberation
    ballots: BallotTools | None = None
    book: NoticeBook = field(default_factory=NoticeBook)
    surveys: SurveyTools = field(default_factory=SurveyTools)
    tester: ChannelTester | None = None  # without it no channel can be tried out
    group_maker: GroupMaker | None = None  # without it no group can be made on a platform
    box: SecretBox | None = None  # without it no channel can be added


CONSOLE = web.AppKey("console", Console)


def console_of(request: web.Request) -> Console:
    """The parts, from any handler."""
    return request.app[CONSOLE]
