"""What may be asked of the people room: the org tree, teams, staff, and their signing in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CreateOrgUnit:
    """A district, street, community, grid or building below ``parent_id``. Outcome.value: its id."""

    level: str
    name: str
    parent_id: int | None = None
    code: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateTeam:
    """A body of the responsibility list at an org unit. Outcome.value: its id."""

    org_unit_id: int
    body: str
    name: str
    duty_phone: str = ""


@dataclass(frozen=True, slots=True)
class CreateStaff:
    """Somebody who signs in to the console. The password comes hashed. Outcome.value: the id."""

    login: str
    name: str
    role: str
    org_unit_id: int
    password_hash: str
    team_id: int | None = None
    phone: str = ""


@dataclass(frozen=True, slots=True)
class SetStaffActive:
    """Let somebody in again, or no longer."""

    staff_id: int
    active: bool


@dataclass(frozen=True, slots=True)
class SetPassword:
    """Another password, hashed; it also ends a lock-out."""

    staff_id: int
    password_hash: str


@dataclass(frozen=True, slots=True)
class RecordSignIn:
    """Whether the password was right. Outcome.value: whether this person is let in."""

    staff_id: int
    right: bool


@dataclass(frozen=True, slots=True)
class AskBelonging:
    """ "我属于哪个社区？谁是我的网格员？" ``building``: as it was said; empty: the one of the resident's home."""

    community_id: int
    resident_id: int
    building: str = ""
    in_group: bool = False
    addressed: bool = True
