"""The door to cases in the console, and what forms of mediation bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotFound
from actions.mediation.access import roles_in
from actions.mediation.commands import Promise
from actions.mediation.model import MediationCase
from actions.mediation.moves import HEAD, HEADS, MEDIATOR, ROLES, Move, allowed_moves
from bot.clock import LOCAL_ZONE
from bot.console.access import Viewer, check_page, viewer_of
from bot.console.forms import number_of, text_of
from bot.storage.queries_mediation import find_case

LONGEST_TEXT = 4000
MOST_PROMISES = 6  # in one form


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """A case with who its reader is in it. ``inside``: rooms, notes and words are theirs to read."""

    case: MediationCase
    viewer: Viewer
    roles: frozenset[str]

    @property
    def inside(self) -> bool:
        return MEDIATOR in self.roles

    @property
    def heads(self) -> bool:
        return HEAD in self.roles

    def may(self, move: str) -> bool:
        """Whether its reader may do that now."""
        return Move(move) in allowed_moves(self.case.state, self.roles)


def check_mediation(viewer: Viewer) -> None:
    """Raise NotFound for whoever has nothing to do with mediation."""
    check_page(viewer, frozenset(ROLES))


def is_head(viewer: Viewer) -> bool:
    """Whether they say who mediates."""
    return viewer.role in HEADS


async def access_case(request: web.Request, db: AsyncSession, *, inside: bool = False) -> OpenedCase:
    """The case of the address. Raises NotFound: to others it does not exist, nor do its rooms."""
    viewer = viewer_of(request)
    check_mediation(viewer)
    case = await find_case(db, int(request.match_info["id"]))
    roles = await roles_in(db, case, viewer.staff) if case is not None else frozenset()
    if case is None or not roles or (inside and MEDIATOR not in roles):
        raise NotFound("no such case", phrase="console.no_such_page")
    return OpenedCase(case, viewer, roles)


def instant_of(form: Mapping[str, Any], name: str) -> datetime:
    """A wall-clock instant. Raises InvalidInput."""
    try:
        return datetime.fromisoformat(text_of(form, name, 20)).replace(tzinfo=LOCAL_ZONE)
    except (ValueError, OverflowError) as error:
        raise InvalidInput("no instant", phrase="mediation.when") from error


def promises_of(form: Mapping[str, Any]) -> tuple[Promise, ...]:
    """What the lines of the form promise; empty lines promise nothing. Raises InvalidInput."""
    found = []
    for line in range(MOST_PROMISES):
        what = text_of(form, f"what{line}", 200)
        if not what:
            continue
        try:
            due_on = date.fromisoformat(text_of(form, f"due{line}", 10))
        except ValueError as error:
            raise InvalidInput("no day", phrase="mediation.promise_when") from error
        found.append(Promise(number_of(form, f"party{line}") or 0, what, due_on))
    return tuple(found)
