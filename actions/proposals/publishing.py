"""The index is published month by month; innovations are named here and confirmed above."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused
from actions.inserting import insert_once
from actions.outcome import Audience, Event, Outcome, Reply
from actions.proposals.commands import ConfirmInnovation, NameInnovation, NoteBallot, PublishIndex
from actions.proposals.convention_model import IndexMonth, Innovation
from actions.proposals.conventions import note_ballot_of_convention
from actions.proposals.deciding import note_ballot_of_proposal
from actions.proposals.finding import ABOVE, get_staff, lock
from actions.proposals.index import MonthFacts, index_of
from actions.proposals.rules import ProposalTools

LONGEST_TITLE, LONGEST_TEXT = 60, 300


async def publish_index(session: AsyncSession, command: PublishIndex, now: datetime, tools: ProposalTools) -> Outcome:
    """Once for a month; what was counted then stays."""
    rules = tools.rules
    index = index_of(MonthFacts(**command.facts), rules.index)
    values = {"community_id": command.community_id, "month": command.month, "facts": dict(command.facts),
              "rules": asdict(rules.index), "value": index.value, "published_at": now}  # fmt: skip
    made = await insert_once(session, IndexMonth, values, ("community_id", "month"))
    if made is None:
        return Outcome()
    event = Event("IndexPublished", command.community_id, {"month": command.month.isoformat()})
    if index.value is None:  # nothing was open: nobody is bothered, the page says so
        return Outcome(events=(event,), value=made)
    month = rules.words["month"].format_map({"year": command.month.year, "month": command.month.month})
    staff = Reply(
        "index.published", {"month": month, "value": f"{index.value / 10:.1f}"}, to=Audience.STAFF,
        community_id=command.community_id, immediate=False,
        effect_key=f"index:{command.community_id}:{command.month.isoformat()}",
    )  # fmt: skip
    return Outcome((staff,), (event,), made)


async def name_innovation(
    session: AsyncSession, command: NameInnovation, now: datetime, tools: ProposalTools
) -> Outcome:
    """Counts once somebody of the street or the district has looked at it."""
    staff = await get_staff(session, command.staff_id, command.community_id)
    title, text = tools.scrub(command.title.strip()), tools.scrub(command.text.strip())
    if not 4 <= len(title) <= LONGEST_TITLE or len(text) > LONGEST_TEXT:
        raise InvalidInput("title", phrase="index.bad.title", most=LONGEST_TITLE)
    if command.month > tools.rules.today(now):
        raise InvalidInput("month", phrase="index.bad.month")
    values = {"community_id": command.community_id, "month": command.month.replace(day=1), "title": title,
              "text": text, "staff_id": staff.id, "confirmed_by": None, "at": now}  # fmt: skip
    made = await insert_once(session, Innovation, values, ("community_id", "title"))
    if made is None:
        raise InvalidInput("twice", phrase="index.bad.twice")
    return Outcome(events=(Event("InnovationNamed", command.community_id, {"innovation_id": made}),), value=made)


async def confirm_innovation(
    session: AsyncSession, command: ConfirmInnovation, now: datetime, tools: ProposalTools
) -> Outcome:
    """By the street or the district; not by those who named it."""
    innovation = await lock(session, Innovation, command.innovation_id)
    staff = await get_staff(session, command.staff_id, innovation.community_id, ABOVE)
    if innovation.confirmed_by is not None:
        raise MoveRefused("confirmed", phrase="index.confirmed_already")
    innovation.confirmed_by = staff.id
    event = Event("InnovationConfirmed", innovation.community_id, {"innovation_id": innovation.id})
    return Outcome(events=(event,), value=innovation.id)


async def note_ballot(session: AsyncSession, command: NoteBallot, now: datetime, tools: ProposalTools) -> Outcome:
    """To whom the ballot belongs stands in its source; what is not ours is left alone."""
    kind, number = (*command.source.split(":"), "")[:2]
    if not (number.isascii() and number.isdecimal()):
        return Outcome()
    if kind == "proposal":
        return await note_ballot_of_proposal(session, int(number), command, now, tools)
    if kind == "convention":
        return await note_ballot_of_convention(session, int(number), command, now, tools)
    return Outcome()
