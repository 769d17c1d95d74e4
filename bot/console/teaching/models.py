"""Training and publishing: where things stand, what a new version does better and worse, and the way back."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy import select

from actions.errors import NotFound
from actions.teaching.commands import (
    AskTraining,
    CancelTraining,
    ConfirmPublication,
    Published,
    PublishModel,
    RollBack,
)
from actions.teaching.model import Example, ModelState, ModelVersion, Publication
from actions.teaching.publishing import needs_second
from bot.console import pages
from bot.console.access import TEACHERS, check_page, viewer_of
from bot.console.forms import number_of, read_form, text_of
from bot.console.parts import console_of
from bot.console.teaching.comparison import View, compare_words
from bot.console.teaching.doing import carry_out, refusable, say
from bot.console.teaching.labels import load_labels
from bot.teaching.queries import (
    Standing,
    find_standing,
    find_version,
    list_publications,
    list_versions,
    staff_names,
)

PAGE = "/console/teaching/models"
LONGEST_REASON = 300
UNDER_WAY = (ModelState.WAITING, ModelState.TRAINING)


async def show_models(request: web.Request) -> web.Response:
    """What is in use, what is being trained, what was before."""
    check_page(viewer_of(request), TEACHERS)
    async with console_of(request).db.read() as db:
        standing = await find_standing(db)
        versions = (await list_versions(db, size=20)).rows
        publications = (await list_publications(db, size=20)).rows
        context = {
            "s": standing,
            "versions": versions,
            "publications": publications,
            "names": await staff_names(db, _people(standing, versions, publications)),
            "arrived": _arrived(standing),
            "has_examples": await db.scalar(select(Example.id).limit(1)) is not None,
        }
    return await pages.render(request, "teaching/models.html", context)


def _people(
    standing: Standing, versions: tuple[ModelVersion, ...], publications: tuple[Publication, ...]
) -> set[int]:
    asked = [standing.asked] if standing.asked else []
    shown = [*publications, *asked, *([standing.publication] if standing.publication else [])]
    ids = {p.staff_id for p in shown} | {p.confirmed_by for p in shown} | {v.asked_by for v in versions}
    return {i for i in ids if i is not None}


def _arrived(standing: Standing) -> tuple[int, int]:
    """How many working processes answer with what is published, of how many."""
    if standing.published is None:
        return 0, 0
    return sum(one.number == standing.published.number for one in standing.loaded), len(standing.loaded)


async def show_progress(request: web.Request) -> web.Response:
    """How far the training is; when it is over the page loads anew."""
    check_page(viewer_of(request), TEACHERS)
    async with console_of(request).db.read() as db:
        version = await find_version(db, int(request.match_info["number"]))
    if version is None or version.state not in UNDER_WAY:
        over = f"{PAGE}/{version.number}" if version is not None and version.state == ModelState.READY else PAGE
        return web.Response(status=200, headers={"HX-Redirect": over})
    return pages.piece(request, "teaching/progress.html", {"v": version})


async def show_version(request: web.Request) -> web.Response:
    """One version beside the one that was in use when it was trained."""
    check_page(viewer_of(request), TEACHERS)
    console = console_of(request)
    async with console.db.read() as db:
        version = await find_version(db, int(request.match_info["number"]))
        if version is None:
            raise NotFound("no such version", phrase="taught.error.no_version")
        standing, labels = await find_standing(db), await load_labels(db)
        asked = standing.asked if standing.asked and standing.asked.number == version.number else None
        people = {i for i in (version.asked_by, asked.staff_id if asked else None) if i is not None}
        context = {
            "v": version,
            "s": standing,
            "labels": labels,
            "asked": asked,
            "names": await staff_names(db, people),
            "view": View.of(version),
            "verdict": compare_words(console.phrases, version),
            "may_publish": version.state in (ModelState.READY, ModelState.RETIRED),
            "second": standing.published is not None and needs_second(version, standing.published),
        }
    return await pages.render(request, "teaching/version.html", context)


@refusable
async def ask_training(request: web.Request) -> web.Response:
    """Train a new version."""
    await carry_out(request, AskTraining(viewer_of(request).id))
    return pages.redirect(PAGE)


@refusable
async def cancel_training(request: web.Request) -> web.Response:
    """Give it up."""
    await carry_out(request, CancelTraining(viewer_of(request).id, int(request.match_info["number"])))
    await say(request, "teaching.model.cancelled")
    return pages.redirect(PAGE)


@refusable
async def publish(request: web.Request) -> web.Response:
    """Use it from now on, or ask a second admin."""
    form = await read_form(request)
    command = PublishModel(
        staff_id=viewer_of(request).id,
        number=int(request.match_info["number"]),
        reason=text_of(form, "reason", LONGEST_REASON),
        seen=number_of(form, "seen") or 0,
    )
    await _tell(request, await carry_out(request, command))
    return pages.redirect(PAGE)


async def _tell(request: web.Request, published: Published) -> None:
    key = "teaching.model.live" if published.live else "teaching.model.asked"
    await say(request, key, "success" if published.live else "warning", number=published.number)


@refusable
async def confirm(request: web.Request) -> web.Response:
    """The second admin's word."""
    form = await read_form(request)
    agree = form.get("agree") == "1"
    command = ConfirmPublication(viewer_of(request).id, int(request.match_info["id"]), agree)
    published: Published = await carry_out(request, command)
    if agree:
        await _tell(request, published)
    else:
        await say(request, "teaching.model.refused", number=published.number)
    return pages.redirect(PAGE)


@refusable
async def roll_back(request: web.Request) -> web.Response:
    """Back to the version before."""
    form = await read_form(request)
    reason = text_of(form, "reason", LONGEST_REASON)
    command = RollBack(viewer_of(request).id, reason, number_of(form, "seen") or 0)
    published: Published = await carry_out(request, command)
    await say(request, "teaching.model.rolled_back", number=published.number)
    return pages.redirect(PAGE)
