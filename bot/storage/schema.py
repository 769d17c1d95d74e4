"""Every table of the project under one metadata."""

from __future__ import annotations

from actions.activities import model as activities
from actions.base import Base
from actions.emergencies import model as emergencies
from actions.handoffs import model as handoffs
from actions.knowledge import model as knowledge
from actions.ledger import model as ledger
from actions.mediation import model as mediation
from actions.notices import model as notices
from actions.people import home_model as homes
from actions.people import model as people
from actions.routing import model as routing
from actions.teaching import model as teaching
from actions.tickets import model as tickets
from actions.tips import model as tips
from bot.storage import tables, tables_channels

METADATA = Base.metadata
MODULES = (
    people,
    homes,
    routing,
    tickets,
    emergencies,
    ledger,
    mediation,
    activities,
    notices,
    teaching,
    knowledge,
    tips,
    handoffs,
    tables,
    tables_channels,
)

__all__ = ["METADATA", "MODULES"]
