"""Every table of the project under one metadata."""

from __future__ import annotations

from actions.activities import model as activities
from actions.ballots import model as ballots
from actions.base import Base
from actions.bulletins import model as bulletins
from actions.emergencies import model as emergencies
from actions.handoffs import model as handoffs
from actions.knowledge import model as knowledge
from actions.ledger import model as ledger
from actions.mediation import model as mediation
from actions.notices import model as notices
from actions.people import home_model as homes
from actions.people import link_model as links
from actions.people import model as people
from actions.polls import model as polls
from actions.pool import model as pool
from actions.proposals import convention_model as conventions
from actions.proposals import model as proposals
from actions.routing import model as routing
from actions.shifts import model as shifts
from actions.surveys import model as surveys
from actions.teaching import model as teaching
from actions.tickets import model as tickets
from actions.tips import model as tips
from actions.watch import model as watch
from bot.storage import tables, tables_channels, tables_wechat, tables_wecom

METADATA = Base.metadata
MODULES = (
    people,
    homes,
    links,
    routing,
    tickets,
    emergencies,
    ledger,
    mediation,
    activities,
    shifts,
    pool,
    watch,
    notices,
    ballots,
    proposals,
    conventions,
    bulletins,
    surveys,
    polls,
    teaching,
    knowledge,
    tips,
    handoffs,
    tables,
    tables_channels,
    tables_wechat,
    tables_wecom,
)

__all__ = ["METADATA", "MODULES"]
