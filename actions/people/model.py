"""Tables of people and places: org units, teams, staff, households, residents."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from actions.base import Base, Key


class Level(StrEnum):
    """Levels of the org tree, top to bottom. Tickets climb grid → community → street → district."""

    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"
    GRID = "grid"
    BUILDING = "building"


class Role(StrEnum):
    """What a staff member is; says which moves and pages are theirs."""

    GRID_WORKER = "grid_worker"
    STEWARD = "steward"
    COMMITTEE = "committee"
    MEDIATOR = "mediator"
    POLICE = "police"
    WORKSTATION = "workstation"
    STREET = "street"
    DISTRICT = "district"
    ADMIN = "admin"
    SUPERVISOR = "supervisor"


class OrgUnit(Base):
    """A district, street, community, grid or building. ``path`` is "/1/4/9/" down to and with itself."""

    __tablename__ = "org_unit"
    __table_args__ = (Index("ix_org_unit_path", "path"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("org_unit.id"))
    community_id: Mapped[int | None] = mapped_column(Key, index=True)  # its own id for a community
    level: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(64))
    code: Mapped[str] = mapped_column(
        String(32), default=""
    )  # a building's number as digits or letter: "3", "B"
    aliases: Mapped[list[str]] = mapped_column(default=list)
    path: Mapped[str] = mapped_column(String(128), default="/")

    def covers(self, other: OrgUnit) -> bool:
        """Whether ``other`` lies in this unit (or is it)."""
        return other.path.startswith(self.path)


class Team(Base):
    """Who works a queue: a body of the responsibility list (``data/routing.yml``) at one org unit."""

    __tablename__ = "team"
    __table_args__ = (UniqueConstraint("org_unit_id", "body"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int | None] = mapped_column(Key, index=True)  # None above the community
    org_unit_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"))
    body: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(64))
    duty_phone: Mapped[str] = mapped_column(String(32), default="")


class StaffMember(Base):
    """Somebody who works for the residents and signs in to the console."""

    __tablename__ = "staff_member"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int | None] = mapped_column(Key, index=True)  # None: street, district
    org_unit_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    login: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(String(200))
    phone: Mapped[str] = mapped_column(String(32), default="")
    active: Mapped[bool] = mapped_column(default=True)
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    last_sign_in_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Household(Base):
    """One flat."""

    __tablename__ = "household"
    __table_args__ = (UniqueConstraint("building_id", "unit", "room"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key, index=True)
    building_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"))
    unit: Mapped[str] = mapped_column(String(16), default="")
    room: Mapped[str] = mapped_column(String(16), default="")
    listed: Mapped[bool] = mapped_column(default=True, server_default=true())  # False: only came up by a claim


class Resident(Base):
    """A person we serve. ``script`` is the writing they use: "hans" or "hant".

    Building, unit and room are what they say; ``household_id`` is set only while that is proved (``home_model``).
    """

    __tablename__ = "resident"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    community_id: Mapped[int] = mapped_column(Key, index=True)
    nickname: Mapped[str] = mapped_column(String(32))
    household_id: Mapped[int | None] = mapped_column(ForeignKey("household.id"))
    building_id: Mapped[int | None] = mapped_column(ForeignKey("org_unit.id"))
    unit: Mapped[str] = mapped_column(String(16), default="")
    room: Mapped[str] = mapped_column(String(16), default="")
    script: Mapped[str] = mapped_column(String(4), default="hans")
    big_text: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
