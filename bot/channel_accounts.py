"""What staff do with channel accounts: connect, pause, give new secrets, give groups to communities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotFound
from actions.people.model import OrgUnit
from bot.channels.kinds import KINDS, Kind, Mode, check_secret, check_url
from bot.errors import SettingsError
from bot.secret_box import SecretBox
from bot.storage.channels import (
    channel_key,
    find_account,
    find_other_ear,
    list_live_accounts,
    map_group,
    secret_name,
)
from bot.storage.tables import OPEN_STATES, OutboxRow
from bot.storage.tables_channels import ChannelAccount, ChannelGroup

LONGEST_NAME = 16


@dataclass(frozen=True, slots=True)
class AccountForm:
    """What a form says of an account. An empty secret leaves the one that is there."""

    name: str
    mode: str
    url: str = ""
    external_id: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict)
    switches: Mapping[str, bool] = field(default_factory=dict)


async def open_account(
    session: AsyncSession, box: SecretBox, community_id: int, kind: str, form: AccountForm, now: datetime
) -> ChannelAccount:
    """A new account. Raises InvalidInput."""
    chosen, mode = _mode(kind, form)
    config = _config(chosen, mode, form)
    secrets = {name: check_secret(name, form.secrets.get(name, ""), optional=name in mode.optional)
               for name in mode.secrets}  # fmt: skip
    await _check_own_token(session, box, kind, mode, secrets, None)
    account = ChannelAccount(
        community_id=community_id,
        kind=kind,
        name=form.name,
        external_id=form.external_id,
        config=config,
        sealed=b"",
        state="waiting",
        created_at=now,
    )
    session.add(account)
    await session.flush()
    account.sealed = box.seal(secrets, secret_name(account.id))
    return account


async def change_account(
    session: AsyncSession, box: SecretBox, account: ChannelAccount, form: AccountForm
) -> Sequence[str]:
    """Other settings, and other secrets where some were typed; the names of those. Raises InvalidInput."""
    kind, mode = _mode(account.kind, form)
    try:
        known = box.open(account.sealed, secret_name(account.id))
    except SettingsError:  # sealed with another key: all of them have to be typed anew
        known = {}
    fresh = {**{name: known.get(name, "") for name in mode.secrets}, **_typed(mode, form)}
    for name, value in fresh.items():
        check_secret(name, value, optional=name in mode.optional)
    await _check_own_token(session, box, account.kind, mode, fresh, account.id)
    account.name, account.config = form.name, _config(kind, mode, form)
    account.external_id = form.external_id
    account.sealed = box.seal(fresh, secret_name(account.id))
    return sorted(_typed(mode, form))


async def give_group(
    session: AsyncSession, account: ChannelAccount, group_id: int, community_id: int, area: int | None, now: datetime
) -> ChannelGroup:
    """From now on the group belongs to the community. Raises NotFound, or InvalidInput when another bot hears it."""
    group = await access_group(session, account, group_id)
    other = await find_other_ear(session, group, account.kind)
    if other is not None:
        raise InvalidInput("heard twice", phrase="console.channel.refused_heard_twice", other=other.name)
    await map_group(session, group, account.kind, community_id, await _buildings(session, community_id, area), now)
    return group


async def take_group(session: AsyncSession, account: ChannelAccount, group_id: int) -> ChannelGroup:
    """From now on the bot hears nothing there. What was said stays where it is."""
    group = await access_group(session, account, group_id)
    group.chat_id = None
    return group


async def retire_account(session: AsyncSession, account: ChannelAccount, now: datetime) -> None:
    """Give it up: its secrets go, its groups belong to nobody, what waited to be said there is not said."""
    account.retired_at, account.sealed, account.paused_at = now, b"", now
    await session.execute(update(ChannelGroup).where(ChannelGroup.account_id == account.id).values(chat_id=None))
    waiting = (OutboxRow.channel == channel_key(account.kind, account.id), OutboxRow.state.in_(OPEN_STATES))
    await session.execute(update(OutboxRow).where(*waiting).values(state="cancelled"))


async def _check_own_token(
    session: AsyncSession, box: SecretBox, kind: str, mode: Mode, secrets: Mapping[str, str], account_id: int | None
) -> None:
    """A token that bridges come with says which account they are of. Raises InvalidInput when another has it."""
    if mode.dials:
        return
    for other in await list_live_accounts(session, kind):
        with suppress(SettingsError):
            known = box.open(other.sealed, secret_name(other.id)) if other.id != account_id else {}
            if known.get("token") == secrets["token"]:
                raise InvalidInput("token taken", phrase="console.channel.refused_taken", other=other.name)


async def access_account(session: AsyncSession, account_id: int, communities: Sequence[int]) -> ChannelAccount:
    """The account, if it is theirs. Raises NotFound."""
    account = await find_account(session, account_id, communities)
    if account is None:
        raise NotFound(f"account {account_id}", phrase="console.no_such_page")
    return account


async def access_group(session: AsyncSession, account: ChannelAccount, group_id: int) -> ChannelGroup:
    """A group of the account. Raises NotFound."""
    group = await session.get(ChannelGroup, group_id)
    if group is None or group.account_id != account.id:
        raise NotFound(f"group {group_id}", phrase="console.no_such_page")
    return group


async def _buildings(session: AsyncSession, community_id: int, area: int | None) -> list[int]:
    """The buildings of a grid, or the one building; none: the whole community."""
    if area is None:
        return []
    unit = await session.get(OrgUnit, area)
    if unit is None or unit.community_id != community_id or unit.level not in {"grid", "building"}:
        raise InvalidInput("no such area", phrase="console.bad_form")
    inside = OrgUnit.path.startswith(unit.path, autoescape=True)
    return list(await session.scalars(select(OrgUnit.id).where(OrgUnit.level == "building", inside)))


def _mode(kind: str, form: AccountForm) -> tuple[Kind, Mode]:
    chosen = KINDS.get(kind)
    if chosen is None or form.mode not in chosen.modes:
        raise InvalidInput("no such channel", phrase="console.bad_form")
    if not form.name or len(form.name) > LONGEST_NAME:
        raise InvalidInput("no name", phrase="console.channel.refused_name", longest=LONGEST_NAME)
    if form.mode == "http" and not form.external_id:
        raise InvalidInput("no id", phrase="console.channel.refused_number")
    return chosen, chosen.modes[form.mode]


def _config(kind: Kind, mode: Mode, form: AccountForm) -> dict[str, object]:
    switches = {name: form.switches.get(name, False) for name in kind.switches}
    return {"mode": mode.code, "url": check_url(mode, form.url), **switches}


def _typed(mode: Mode, form: AccountForm) -> dict[str, str]:
    return {name: form.secrets[name] for name in mode.secrets if form.secrets.get(name)}
