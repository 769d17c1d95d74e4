"""Chooses every concrete thing and wires it; nothing else does."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from actions.ballots.book import BallotTools
from actions.bulletins.access import DeedTools
from actions.catalogue import build_catalogue
from actions.ledger.rules import LedgerRules
from actions.notices.access import NoticeTools
from actions.notices.book import NoticeBook
from actions.pool.rules import PoolRules
from actions.proposals.rules import ProposalRules, ProposalTools
from actions.reactions import react
from actions.routing.handlers import seed_lists
from actions.routing.rules import Rules
from actions.surveys.book import SurveyTools
from actions.teaching.tools import Tools
from actions.tips.sealing import TipKeyUnavailable, find_key_fault
from bot.bulletins.consequences import BulletinConsequences
from bot.channels.base import Channel
from bot.clock import Clock, SystemClock
from bot.decide.decision import Thresholds
from bot.errors import SettingsError, UnderstandError
from bot.handoffs.consequences import go_private, make_ticket
from bot.inbox import Inbox
from bot.knowledge.advising import Adviser
from bot.knowledge.consequences import ask_a_person
from bot.knowledge.seeding import seed_guides
from bot.knowledge.shelf import Shelf
from bot.live import LiveFeed, LocalFeed
from bot.mediation.rooms import Rooms
from bot.notices import reach
from bot.outbox import Outbox
from bot.performer import Consequence, Performer
from bot.phrases import Phrases
from bot.pipeline import Pipeline
from bot.proposals.consequences import draft_from_ticket, want_ballot
from bot.rule_files import read_rule_files
from bot.scheduling.jobs import Jobs
from bot.sealing import FILE as KEY_FILE
from bot.sealing import KeySeals
from bot.settings import Settings
from bot.shifts.consequences import find_clash, gather_reports
from bot.storage.engine import Database
from bot.storage.staff_links import StaffLinks
from bot.surveys.reach import find_unanswered
from bot.teaching.anonymise import hide
from bot.teaching.archives import is_copy
from bot.teaching.checking import Checker
from bot.teaching.intake import Intake
from bot.teaching.known import Known
from bot.teaching.start import prepare
from bot.teaching.trainer import Trainer, Workplace
from bot.teaching.watcher import Keeps, Watcher
from bot.ticket_sealing import find_unsealed, seal_ticket
from bot.tip_pictures import TipPictures
from bot.understand.local import LocalModel
from bot.understand.privacy import find_private, scrub
from bot.understand.rasa_server import RasaServer
from bot.understand.served import ServedModel
from bot.understand.understanding import Parser, Understander
from bot.worker import Worker
from nlu.model.entities import extract

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a process may need, wired."""

    settings: Settings
    clock: Clock
    db: Database
    live: LiveFeed
    phrases: Phrases
    rules: Rules
    hours: LedgerRules
    consulting: ProposalRules
    inbox: Inbox
    performer: Performer
    model: ServedModel
    known: Known
    watcher: Watcher
    checker: Checker
    intake: Intake
    shelf: Shelf
    seals: KeySeals
    book: NoticeBook
    ballots: BallotTools
    surveys: SurveyTools
    pool: PoolRules


@dataclass(frozen=True, slots=True)
class Engine:
    """The part that understands and acts: only processes with a worker need the model."""

    model: str
    understander: Understander
    pipeline: Pipeline
    worker: Worker
    thresholds: Thresholds


def _live_feed(settings: Settings) -> LiveFeed:
    if not settings.redis_url:
        return LocalFeed()
    # loading Redis's client costs half a second that a single process need not pay
    from bot.live_redis import RedisFeed

    return RedisFeed(settings.redis_url)


def consequences(phrases: Phrases) -> dict[str, Consequence]:
    """What must follow in the same transaction from an event, by its name."""
    made_public = BulletinConsequences(phrases)
    return {
        "BulletinSubmitted": made_public.say_bulletin,
        "GoodDeedApproved": made_public.say_deed,
        "NoticeStateChanged": made_public.note_notice,
        "BulletinWithdrawn": made_public.take_back,
        "GoodDeedWithdrawn": made_public.take_back,
        "GuideUnsolved": ask_a_person,
        "RoomsWanted": Rooms(phrases).open,
        "HandoffWentPrivate": go_private,
        "HandoffTicketWanted": make_ticket,
        "NoticeSubmitted": reach.count_reach,
        "BroadcastStarted": reach.address,
        "NoticeRecalled": reach.take_back,
        "CareWanted": reach.send_somebody,
        "TicketWantedForProposal": draft_from_ticket,
        "BallotWanted": want_ballot,
        "ShiftJoined": find_clash,
        "ShiftLeft": gather_reports,
        "SurveyRemindersDue": find_unanswered,
    }


@asynccontextmanager
async def open_parts(
    settings: Settings, clock: Clock | None = None, *, db: Database | None = None, serves: bool = False
) -> AsyncIterator[Parts]:
    """Wire database, texts, rules and rooms; close them at the end. Raises LinanError or ActionError.

    ``serves``: this process answers residents, so it keeps the published model loaded.
    """
    clock = clock or SystemClock()
    phrases = Phrases.load(settings.data / "phrases")
    files = read_rule_files(settings.data)
    db = db or Database(settings.database)
    live = _live_feed(settings)
    await live.start()
    intake, seals = Intake(files.rules), KeySeals(settings)
    ballots = BallotTools(files.ballots, seals)
    catalogue = build_catalogue(
        files.rules,
        Tools(hide, phrases.shipped),
        seals,
        NoticeTools(files.notices, find_private),
        files.hours,
        ballots,
        ProposalTools(files.consulting, scrub),
        DeedTools(scrub),
        files.surveys,
        replace(files.pool, scrub=scrub),
    )
    performer = Performer(
        db,
        clock,
        live,
        phrases,
        catalogue,
        quiet_hours=(settings.quiet_from, settings.quiet_to),
        after=intake.after_command,
        react=react,
        consequences=consequences(phrases),
        links=StaffLinks(phrases, settings.public_url),
    )
    inbox = Inbox(db, clock, live)
    model, known = ServedModel(), Known({code: service.name for code, service in files.rules.services.items()})
    follows = serves and not settings.nlu_url  # a Rasa server has its own way to change models
    server = RasaServer(settings.nlu_url) if settings.nlu_url else None
    if server is not None:
        model.swap(server, settings.nlu_url)
    watcher = Watcher(
        db, clock, live, Keeps(phrases, known, model, settings.var, serves=follows, name=worker_name(settings))
    )
    checker = Checker(db, watcher.want_model)
    shelf = Shelf(db, settings.data, settings.var)
    try:
        yield Parts(
            settings,
            clock,
            db,
            live,
            phrases,
            files.rules,
            files.hours,
            files.consulting,
            inbox,
            performer,
            model,
            known,
            watcher,
            checker,
            intake,
            shelf,
            seals,
            files.notices,
            ballots,
            files.surveys,
            files.pool,
        )
    finally:
        await shelf.close()
        await watcher.close()
        await inbox.close()
        if server is not None:
            await server.aclose()
        await live.close()
        await db.close()


def find_model(settings: Settings) -> Path:
    """The archive to serve: the one named, or the newest in var/models. Raises UnderstandError."""
    if settings.model is not None:
        return settings.model
    found = [path for path in (settings.var / "models").glob("*.tar.gz") if not is_copy(path)]
    models = sorted(found, key=lambda path: path.stat().st_mtime)
    if not models:
        raise UnderstandError(f"no model in {settings.var / 'models'}: run `python -m bot train` first")
    return models[-1]


def choose_parser(settings: Settings) -> tuple[Parser, str]:
    """The model in this process, or a Rasa server; and what to call it."""
    if settings.nlu_url:
        return RasaServer(settings.nlu_url), settings.nlu_url
    model = LocalModel.load(find_model(settings))
    return model, model.version


def thresholds_of(settings: Settings) -> Thresholds:
    return Thresholds(sure=settings.sure, unsure=settings.unsure, pressing=settings.pressing, unasked=settings.unasked)


def build_engine(parts: Parts, channels: dict[str, Channel] | None = None, *, name: str | None = None) -> Engine:
    """The worker with the model it uses. ``name`` must be its own among living processes.

    What is published serves; where nothing was loaded yet, the model that came along does.
    """
    settings, thresholds = parts.settings, thresholds_of(parts.settings)
    if not parts.model.is_loaded:
        parts.model.swap(*choose_parser(settings))
    understander = Understander(parts.model, extract)
    pipeline = Pipeline(
        parts.db,
        parts.clock,
        understander,
        parts.performer,
        service_names=parts.known.service_names,
        thresholds=thresholds,
        answers=parts.known.answers,
        sealed=parts.rules.sealed,
        pictures=TipPictures(settings.var / "pictures"),
        review=parts.intake.after_decision,
        adviser=build_adviser(parts),
        hour_words=frozenset(word for kind in parts.hours.kinds.values() for word in kind.words),
    )
    outbox = Outbox(parts.db, parts.clock, parts.live, channels or {}, group_rate=settings.group_rate)
    worker = Worker(parts.db, parts.clock, parts.live, pipeline, outbox, name=name or worker_name(settings))
    return Engine(parts.model.version, understander, pipeline, worker, thresholds)


def build_adviser(parts: Parts) -> Adviser:
    """Who finds guides for what residents ask."""
    return Adviser(parts.shelf, thresholds_of(parts.settings).advice)


def worker_name(settings: Settings) -> str:
    """On SQLite there is one worker, which takes back at once what it had claimed before it was killed."""
    if not settings.database_url:
        return "worker"
    return f"{socket.gethostname()[:20]}:{os.getpid()}"


def build_trainer(parts: Parts) -> Trainer:
    """Who trains the versions that admins ask for."""
    settings = parts.settings
    place = Workplace(settings.var, settings.data / "evaluation", thresholds_of(settings), worker_name(settings))
    return Trainer(parts.db, parts.clock, parts.live, place)


async def bring_in(parts: Parts, *, model: bool = True) -> None:
    """Put what ships into the tables: examples that were never here, and the ``model`` if it is new."""
    settings = parts.settings
    archive = None
    if model and not settings.nlu_url:
        with suppress(UnderstandError):
            archive = find_model(settings)
    async with parts.db.write() as session:
        await seed_lists(session, parts.rules, parts.clock.now())
    await prepare_tip_key(parts)
    await prepare(parts.db, parts.clock, parts.phrases, settings.data, archive)
    await seed_guides(parts.db, parts.clock, parts.rules, settings.data)
    await seal_old_tickets(parts)


async def prepare_tip_key(parts: Parts) -> None:
    """Make the key at the first start. Raises SettingsError for one that is none; later a bad one is only told."""
    where = f"LINAN_TIP_KEY or {parts.settings.var / KEY_FILE}"
    async with parts.db.write() as session:
        try:
            fault = await find_key_fault(session, parts.seals)
        except TipKeyUnavailable as error:
            raise SettingsError(f"{error}: it must be 32 bytes url-safe base64: {where}") from error
    if fault is not None:
        log.error("tip_key_unavailable", code=fault.code, where=where)


async def seal_old_tickets(parts: Parts) -> None:
    """What was told in confidence before such things were sealed, or whose kind an admin has made confidential."""
    pictures = TipPictures(parts.settings.var / "pictures")
    async with parts.db.read() as session:
        unsealed = await find_unsealed(session, parts.rules.sealed)
    for ticket_id, service in unsealed:
        now = parts.clock.now()
        async with parts.db.write() as session:
            _, gone = await seal_ticket(parts.performer, session, ticket_id, service, now, pictures)
        await pictures.remove(gone)


def build_jobs(parts: Parts) -> Jobs:
    return Jobs(parts.db, parts.clock, parts.performer, parts.hours, parts.consulting, parts.rules.calendar)
