"""The pages of the console in their groups: one list for the bar of a desk, the bar of a phone and the page "mine"."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from actions.bulletins.access import BULLETIN_WRITERS, DEED_WRITERS
from actions.mediation.moves import ROLES as MEDIATION_ROLES
from actions.people.model import Role
from actions.people.settling import SETTLERS
from actions.surveys.access import READERS as SURVEY_ROLES
from actions.tips.access import COUNTERS
from bot.console.access import CLOCK_ROLES, DELIVERY_ROLES, FIGURE_ROLES, TEACHERS, WORKERS

EVERYBODY = frozenset(Role)
VOTES = frozenset({Role.ADMIN, Role.COMMITTEE, Role.WORKSTATION, Role.GRID_WORKER, Role.SUPERVISOR})
HOURS = EVERYBODY - {Role.STEWARD, Role.STREET, Role.DISTRICT}
SUPERVISED = {str(Role.SUPERVISOR): "/ledger/books"}


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the bar. ``code`` names its label (``console.nav.<code>``); ``heads``: addresses that belong to it.

    ``phone``: whose bar on a phone has it. ``elsewhere``: roles that begin on another page of it.
    """

    code: str
    href: str
    icon: str
    roles: Collection[str]
    heads: tuple[str, ...] = ()
    phone: Collection[str] = ()
    elsewhere: Mapping[str, str] | None = None

    def href_for(self, role: str) -> str:
        return "/console" + (self.elsewhere or {}).get(role, self.href)

    def is_here(self, path: str) -> bool:
        """Whether ``path``, without "/console", is one of its pages."""
        if not self.heads:
            return path == self.href
        return any(path.startswith(head) for head in self.heads) and path != "/tickets/new"


@dataclass(frozen=True, slots=True)
class Group:
    """Pages under one heading (``console.nav.<code>``); those without a heading stand in the bar themselves."""

    code: str
    icon: str
    places: tuple[Place, ...]

    def is_here(self, path: str) -> bool:
        """Whether one of its pages is looked at."""
        return any(place.is_here(path) for place in self.places)


def _page(code: str, icon: str, roles: Collection[str], *more: str, phone: Collection[str] = ()) -> Place:
    return Place(code, f"/{code}", icon, roles, (f"/{code}", *more), phone)


def build_nav(notice_roles: Collection[str]) -> tuple[Group, ...]:
    """All groups; who writes notices is a rule of the installation."""
    return (
        Group("", "", (
            Place("today", "/", "home", EVERYBODY, phone=EVERYBODY),
            _page("tickets", "list-details", EVERYBODY, phone=EVERYBODY),
            Place("new_ticket", "/tickets/new", "phone-plus", WORKERS, phone=WORKERS),
            Place("staff_chat", "/staff-chat", "messages", WORKERS, phone=WORKERS),
            _page("handoffs", "headset", WORKERS, phone=WORKERS),
            Place("duty", "/duty", "urgent", WORKERS, ("/duty", "/alarms"), WORKERS),
            _page("tips", "lock", COUNTERS, phone=COUNTERS),
            _page("mediation", "heart-handshake", MEDIATION_ROLES, phone={Role.MEDIATOR}),
            _page("homes", "home-check", SETTLERS, "/residents", phone={Role.GRID_WORKER}),
        )),
        Group("join", "users-group", (
            _page("activities", "calendar-event", EVERYBODY),
            _page("shifts", "walk", EVERYBODY),
            _page("pool", "heart-plus", VOTES - {Role.SUPERVISOR}, "/watch"),
            _page("proposals", "message-2-question", EVERYBODY),
            _page("ballots", "checkbox", VOTES),
            _page("surveys", "clipboard-list", SURVEY_ROLES),
            Place("ledger", "/ledger", "clock-heart", HOURS, ("/ledger",), elsewhere=SUPERVISED),
        )),
        Group("inform", "speakerphone", (
            _page("notices", "speakerphone", notice_roles),
            Place("community", "/community", "news", DEED_WRITERS | BULLETIN_WRITERS, ("/community",),
                  elsewhere=dict.fromkeys(BULLETIN_WRITERS - DEED_WRITERS, "/community/bulletins")),
            _page("guides", "book-2", EVERYBODY),
        )),
        Group("order", "settings", (
            Place("duties", "/duties", "sitemap", EVERYBODY, ("/duties",)),
            _page("figures", "chart-bar", FIGURE_ROLES),
            _page("schedules", "clock-check", CLOCK_ROLES),
            _page("deliveries", "send", DELIVERY_ROLES),
            _page("channels", "plug-connected", TEACHERS),
            _page("teaching", "school", TEACHERS),
        )),
    )  # fmt: skip


def groups_of(nav: Sequence[Group], role: str) -> list[Group]:
    """What that role finds in the bar; a group of a single page is that page."""
    mine = [Group(g.code, g.icon, tuple(place for place in g.places if role in place.roles)) for g in nav]
    return [Group("", "", g.places) if len(g.places) == 1 else g for g in mine if g.places]


def beside_the_bar(nav: Sequence[Group], role: str) -> list[Place]:
    """What the bar of a phone has no room for, in the same order."""
    return [place for g in nav for place in g.places if role in place.roles and role not in place.phone]
