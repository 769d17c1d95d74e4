"""Training is asked for, models come into use. One row says which model is live; it is held while that changes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused, NotAllowed, NotFound
from actions.outcome import Outcome
from actions.teaching.changes import MODEL, get_admin, hold, taught_event
from actions.teaching.commands import (
    AskTraining,
    CancelTraining,
    ConfirmPublication,
    Published,
    PublishModel,
    RollBack,
)
from actions.teaching.model import ExampleChange, ModelState, ModelVersion, Origin, Publication

LONGEST_REASON = 300
UNDER_WAY = (ModelState.WAITING, ModelState.TRAINING)
CANCELLED = "cancelled"


async def ask_training(session: AsyncSession, command: AskTraining, now: datetime) -> Outcome:
    """A new version that waits for a trainer; one at a time."""
    await get_admin(session, command.staff_id)
    await hold(session, MODEL)
    if await session.scalar(select(ModelVersion.id).where(ModelVersion.state.in_(UNDER_WAY)).limit(1)) is not None:
        raise MoveRefused("another training is under way", phrase="taught.error.training_runs")
    version = ModelVersion(
        number=await next_number(session),
        origin=Origin.ADMIN,
        state=ModelState.WAITING,
        asked_by=command.staff_id,
        asked_at=now,
        changes_to=await session.scalar(select(func.max(ExampleChange.id))) or 0,
    )
    session.add(version)
    await session.flush()
    return Outcome(events=(taught_event("training"),), value=version.number)


async def next_number(session: AsyncSession) -> int:
    """The number of the next version; asked while the row of the model is held."""
    return (await session.scalar(select(func.max(ModelVersion.number))) or 0) + 1


async def cancel_training(session: AsyncSession, command: CancelTraining, now: datetime) -> Outcome:
    """The trainer notices and stops."""
    await get_admin(session, command.staff_id)
    await hold(session, MODEL)
    version = await get_version(session, command.number)
    if version.state not in UNDER_WAY:
        raise MoveRefused("it is not being trained", phrase="taught.error.not_training")
    version.state, version.ended_at, version.error = ModelState.FAILED, now, CANCELLED
    version.claimed_by = version.claimed_until = None
    await session.flush()
    return Outcome(events=(taught_event("training"),), value=version.number)


async def publish_model(session: AsyncSession, command: PublishModel, now: datetime) -> Outcome:
    """Use it from now on, or ask a second admin where it may hear fewer emergencies."""
    await get_admin(session, command.staff_id)
    reason = command.reason.strip()[:LONGEST_REASON]
    if not reason:
        raise InvalidInput("why it is published", phrase="taught.error.reason")
    await hold(session, MODEL)
    version = await get_version(session, command.number)
    live = await _check_seen(session, command.seen)
    if version.state not in (ModelState.READY, ModelState.RETIRED):
        raise MoveRefused(f"version is {version.state}", phrase="taught.error.not_ready")
    if live is None or not needs_second(version, await get_version(session, live.number)):
        return await go_live(session, version, now, staff_id=command.staff_id, reason=reason)
    return await _ask_second(session, version, command.staff_id, reason, now)


def needs_second(version: ModelVersion, published: ModelVersion) -> bool:
    """Whether a second admin must agree: it hears fewer emergencies, or nobody can tell."""
    if not version.emergencies or version.tested_on != published.tested_on:
        return True
    return version.heard < published.heard


async def _ask_second(
    session: AsyncSession, version: ModelVersion, staff_id: int, reason: str, now: datetime
) -> Outcome:
    for other in await session.scalars(select(Publication).where(Publication.state == "asked")):
        if other.number == version.number:
            raise MoveRefused("it waits for a second admin", phrase="taught.error.waits_for_second")
        other.state, other.ended_at = "refused", now
    asked = Publication(number=version.number, state="asked", at=now, staff_id=staff_id, reason=reason)
    session.add(asked)
    await session.flush()
    return Outcome(events=(taught_event("training"),), value=Published(asked.id, version.number, live=False))


async def confirm_publication(session: AsyncSession, command: ConfirmPublication, now: datetime) -> Outcome:
    """Another admin agrees, or anybody of them refuses."""
    await get_admin(session, command.staff_id)
    await hold(session, MODEL)
    asked = await session.get(Publication, command.publication_id, populate_existing=True)
    if asked is None:
        raise NotFound(f"publication {command.publication_id}", phrase="taught.error.no_version")
    if asked.state != "asked":
        raise MoveRefused(f"publication is {asked.state}", phrase="error.faster")
    if not command.agree:
        asked.state, asked.ended_at, asked.confirmed_by = "refused", now, command.staff_id
        await session.flush()
        event = taught_event("training")
        return Outcome(events=(event,), value=Published(asked.id, asked.number, live=False))
    if command.staff_id == asked.staff_id:
        raise NotAllowed("the second admin is another person", phrase="taught.error.same_admin")
    live = await find_live(session)
    if live is not None and live.id > asked.id:  # what it was compared with is no longer in use
        raise MoveRefused("another model went live since", phrase="error.faster")
    asked.state, asked.ended_at, asked.confirmed_by = "confirmed", now, command.staff_id
    version = await get_version(session, asked.number)
    return await go_live(
        session, version, now, staff_id=asked.staff_id, reason=asked.reason, confirmed_by=command.staff_id
    )


async def roll_back(session: AsyncSession, command: RollBack, now: datetime) -> Outcome:
    """Use again what was live before. Refused when nothing was."""
    await get_admin(session, command.staff_id)
    await hold(session, MODEL)
    live = await _check_seen(session, command.seen)
    previous = await find_previous(session, live) if live is not None else None
    if previous is None:
        raise MoveRefused("there is no earlier version", phrase="taught.error.no_previous")
    reason = command.reason.strip()[:LONGEST_REASON]
    return await go_live(session, previous, now, staff_id=command.staff_id, reason=reason, rolled_back=True)


async def go_live(
    session: AsyncSession,
    version: ModelVersion,
    now: datetime,
    *,
    staff_id: int | None,
    reason: str,
    confirmed_by: int | None = None,
    rolled_back: bool = False,
) -> Outcome:
    """The version is in use from this commit on. The row of the model is held by the caller."""
    before = await find_live(session)
    if before is not None:
        before.state, before.ended_at = "over", now
        (await get_version(session, before.number)).state = ModelState.RETIRED
    version.state, version.error = ModelState.PUBLISHED, ""
    publication = Publication(
        number=version.number,
        state="live",
        at=now,
        staff_id=staff_id,
        confirmed_by=confirmed_by,
        reason=reason,
        rolled_back=rolled_back,
    )
    session.add(publication)
    (await hold(session, MODEL)).version += 1
    await session.flush()
    return Outcome(events=(taught_event(MODEL),), value=Published(publication.id, version.number, live=True))


async def _check_seen(session: AsyncSession, seen: int) -> Publication | None:
    live = await find_live(session)
    if seen and (live is None or live.id != seen):
        raise MoveRefused("somebody was faster", phrase="error.faster")
    return live


async def get_version(session: AsyncSession, number: int) -> ModelVersion:
    """The version of that number. Raises NotFound."""
    version = await find_version(session, number)
    if version is None:
        raise NotFound(f"model version {number}", phrase="taught.error.no_version")
    return version


async def find_version(session: AsyncSession, number: int) -> ModelVersion | None:
    """One version with its figures and comparison, or None."""
    query = select(ModelVersion).where(ModelVersion.number == number)
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def find_live(session: AsyncSession) -> Publication | None:
    """The publication in use, or None before the first."""
    query = select(Publication).where(Publication.state == "live").order_by(Publication.id.desc()).limit(1)
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def find_previous(session: AsyncSession, live: Publication) -> ModelVersion | None:
    """The version that was live before: rolling back twice goes two steps back, not back and forth."""
    anchor = live.id
    if live.rolled_back:
        first = select(Publication.id).where(
            Publication.number == live.number, Publication.state == "over", Publication.rolled_back.is_(False)
        )
        anchor = await session.scalar(first.order_by(Publication.id.desc()).limit(1)) or live.id
    query = select(Publication.number).where(
        Publication.state == "over", Publication.id < anchor, Publication.number != live.number
    )
    number = await session.scalar(query.order_by(Publication.id.desc()).limit(1))
    return await find_version(session, number) if number is not None else None
