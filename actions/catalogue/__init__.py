"""Which handler does which command: one explicit table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions.ballots.book import BallotTools
from actions.bulletins.access import DeedTools
from actions.catalogue import desk, house, life
from actions.ledger.rules import LedgerRules
from actions.notices.access import NoticeTools
from actions.outcome import Outcome
from actions.pool.rules import PoolRules
from actions.proposals.rules import ProposalTools
from actions.routing.rules import Rules
from actions.surveys.book import SurveyTools
from actions.teaching.tools import Tools
from actions.tips.sealing import Seals

Handler = Callable[[AsyncSession, Any, datetime], Awaitable[Outcome]]


def build_catalogue(
    rules: Rules,
    tools: Tools | None = None,
    seals: Seals | None = None,
    notice_tools: NoticeTools | None = None,
    hours: LedgerRules | None = None,
    ballot_tools: BallotTools | None = None,
    proposal_tools: ProposalTools | None = None,
    deed_tools: DeedTools | None = None,
    survey_tools: SurveyTools | None = None,
    pool_rules: PoolRules | None = None,
) -> Mapping[type, Handler]:
    """Every command with its handler, rules and tools given to those that need them.

    No tips without ``seals``, no time bank without its rules (``hours``), no ballots and no proposals without
    their tools.
    """
    rules_only = {"rules": rules}
    return {
        **house.PEOPLE,
        **house.TEACHING,
        **life.WATCH,
        **_given(desk.TICKETS | desk.EMERGENCIES | desk.ROUTING | desk.KNOWLEDGE, **rules_only),
        **_given(desk.MEDIATION | desk.HANDOFFS, **rules_only),
        **_given(life.ACTIVITIES | life.SHIFTS | life.POLLS | life.WATCH_WITH_RULES, **rules_only),
        **_given(house.TEACHING_WITH_TOOLS, tools=tools or Tools()),
        **_given(life.NOTICES, rules=rules, tools=notice_tools or NoticeTools()),
        **_given(life.WORRIES, scrub=(deed_tools or DeedTools()).scrub),
        **_given(life.BULLETINS, rules=rules, tools=deed_tools or DeedTools()),
        **_given(life.SURVEYS, rules=rules, tools=survey_tools or SurveyTools()),
        **(_given(life.POOL, rules=rules, pool=pool_rules) if pool_rules is not None else {}),
        **(_given(desk.TIPS, rules=rules, seals=seals) if seals is not None else {}),
        **(_given(life.LEDGER, rules=hours) if hours is not None else {}),
        **(_given(life.BALLOTS, rules=rules, tools=ballot_tools) if ballot_tools is not None else {}),
        **(_given(life.PROPOSALS, tools=proposal_tools) if proposal_tools is not None else {}),
    }


def _given(table: Mapping[type, Callable[..., Awaitable[Outcome]]], **tools: Any) -> dict[type, Handler]:
    return {command: partial(handler, **tools) for command, handler in table.items()}
