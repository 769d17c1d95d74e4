"""``linan admin create``: the first account of a real installation."""

from __future__ import annotations

import argparse
import getpass
import secrets
import sys
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput
from actions.people.model import Level, OrgUnit, Role, StaffMember, Team
from actions.people.units import add_unit
from bot.bootstrap import Parts, open_parts
from bot.console.passwords import SHORTEST, check_new_password, hash_password
from bot.errors import LinanError
from bot.messages import ChatKind
from bot.settings import Settings
from bot.storage.migrate import check_version
from bot.storage.tables import Chat


class CannotCreate(LinanError):
    """The account cannot be created."""

    code = "cannot_create"


async def create(settings: Settings, arguments: argparse.Namespace) -> str:
    """Create the account (and the community, its staff group and committee team the first time); says so."""
    password = read_password(arguments.login, from_stdin=arguments.password_stdin)
    async with open_parts(settings) as parts:
        await check_version(parts.db.engine)
        return await _create(parts, arguments, password)


def read_password(login: str, *, from_stdin: bool) -> str:
    """From stdin, or typed without echo. Raises CannotCreate for one that is too easy to guess."""
    password = sys.stdin.readline().rstrip("\n") if from_stdin else getpass.getpass("password: ")
    try:
        check_new_password(password, login)
    except InvalidInput as error:
        raise CannotCreate(f"the password is too easy to guess: give at least {SHORTEST} varied characters") from error
    return password


async def _create(parts: Parts, arguments: argparse.Namespace, password: str) -> str:
    now = parts.clock.now()
    async with parts.db.write() as session:
        taken = await session.scalar(select(StaffMember.id).where(StaffMember.login == arguments.login))
        if taken is not None:
            raise CannotCreate(f"the login {arguments.login!r} is taken: choose another one")
        community = await _community(session, arguments, now)
        session.add(
            StaffMember(
                community_id=community.id,
                org_unit_id=community.id,
                login=arguments.login,
                name=arguments.name,
                role=Role.ADMIN,
                password_hash=hash_password(password),
                created_at=now,
            )
        )
    where = f"{parts.settings.public_url}/console/"
    return f"administrator {arguments.login!r} of {arguments.community!r} created: sign in at {where}"


async def _community(session: AsyncSession, arguments: argparse.Namespace, now: datetime) -> OrgUnit:
    query = select(OrgUnit).where(OrgUnit.level == Level.COMMUNITY, OrgUnit.name == arguments.community)
    known = (await session.execute(query)).scalar_one_or_none()
    if known is not None:
        return known
    district = await add_unit(session, Level.DISTRICT, arguments.district, None)
    street = await add_unit(session, Level.STREET, arguments.street, district)
    community = await add_unit(session, Level.COMMUNITY, arguments.community, street)
    for unit, body, name in (
        (community, "committee", "居委会"),
        (street, "street", arguments.street),
        (district, "district", arguments.district),
    ):
        session.add(Team(community_id=unit.community_id, org_unit_id=unit.id, body=body, name=name))
    session.add(
        Chat(
            community_id=community.id,
            kind=ChatKind.STAFF,
            external_id=f"staff:{community.id}:{secrets.token_hex(4)}",
            name="工作群",
            created_at=now,
        )
    )
    return community
