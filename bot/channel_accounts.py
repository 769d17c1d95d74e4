"""What staff do with channel accounts: connect, pause, give new secrets, give groups to communities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, NotFound
from actions.people.model import OrgUnit
from bot.channels.kinds import KINDS, ONEBOT, WECOM_BOT, Kind, Mode, check_id, check_secret, check_url
from bot.errors import SettingsError
from bot.messages import ChatKind
from bot.secret_box import SecretBox
from bot.storage.channels import (
    channel_key,
    find_account,
    find_other_ear,
    hear_group,
    list_live_accounts,
    map_group,
    secret_name,
)
from bot.storage.tables import OPEN_STATES, OutboxRow
from bot.storage.tables_channels import ChannelAccount, ChannelGroup

LONGEST_NAME = 16
SPEAKS_FOR = "speaks_for"  # in the config: a group that another account hears
ENDED = frozenset({"refused", "displaced"})  # nobody dials before somebody has looked


@dataclass(frozen=True, slots=True)
class AccountForm:
    """What a form says of an account. An empty secret leaves the one that is there."""

    name: str
    mode: str
    url: str = ""
    external_id: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict)
    switches: Mapping[str, bool] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an account is to be told by."""

    kind: str
    mode: Mode
    external_id: str
    secrets: Mapping[str, str]


async def open_account(
    session: AsyncSession, box: SecretBox, community_id: int, kind: str, form: AccountForm, now: datetime
) -> ChannelAccount:
    """A new account. Raises InvalidInput."""
    chosen, mode = _mode(kind, form)
    config = _config(chosen, mode, form)
    secrets = {name: check_secret(name, form.secrets.get(name, ""), optional=name in mode.optional)
               for name in mode.secrets}  # fmt: skip
    await _check_own(session, box, Wanted(kind, mode, form.external_id, secrets), None)
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
    if chosen.own_group:
        await hear_group(session, account.id, community_id, f"{kind}-{account.id}", form.name, now)
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
    typed = {**{name: known.get(name, "") for name in mode.secrets}, **_typed(mode, form)}
    fresh = {name: check_secret(name, value, optional=name in mode.optional) for name, value in typed.items()}
    await _check_own(session, box, Wanted(account.kind, mode, form.external_id, fresh), account.id)
    if (account.external_id, known) != (form.external_id, fresh) and account.state in ENDED:
        account.state = "waiting"  # what was refused was something else
    account.name, account.config = form.name, {**account.config, **_config(kind, mode, form)}
    account.external_id = form.external_id
    account.sealed = box.seal(fresh, secret_name(account.id))
    return sorted(_typed(mode, form))


async def give_group(
    session: AsyncSession,
    account: ChannelAccount,
    group_id: int,
    community_id: int,
    area: int | None,
    now: datetime,
    *,
    of: ChatKind = ChatKind.GROUP,
) -> ChannelGroup:
    """From now on the group belongs to the community, as one of its residents or as the staff's own.

    Raises NotFound, or InvalidInput when another bot hears it.
    """
    group = await access_group(session, account, group_id)
    account.config = {name: value for name, value in account.config.items() if name != SPEAKS_FOR}
    other = await find_other_ear(session, group, account.kind)
    if other is not None:
        raise InvalidInput("heard twice", phrase="console.channel.refused_heard_twice", other=other.name)
    units = await _buildings(session, community_id, area)
    await map_group(session, group, account.kind, community_id, units, now, of=of)
    return group


async def take_group(session: AsyncSession, account: ChannelAccount, group_id: int) -> ChannelGroup:
    """From now on the bot hears nothing there. What was said stays where it is."""
    group = await access_group(session, account, group_id)
    account.config = {name: value for name, value in account.config.items() if name != SPEAKS_FOR}
    group.chat_id = None
    return group


async def speak_for(
    session: AsyncSession, account: ChannelAccount, group_id: int, heard_id: int, communities: Sequence[int]
) -> ChannelGroup:
    """From now on the account, which hears nothing, is the voice in a group that a bot listens to: what nobody asked
    for goes out through it. Raises NotFound."""
    group = await take_group(session, account, group_id)
    heard = await session.get(ChannelGroup, heard_id)
    listener = await session.get(ChannelAccount, heard.account_id) if heard is not None else None
    if heard is None or listener is None or listener.kind != WECOM_BOT.code or listener.community_id not in communities:
        raise NotFound(f"group {heard_id}", phrase="console.no_such_page")
    account.config = {**account.config, SPEAKS_FOR: heard.id}
    return group


async def retire_account(session: AsyncSession, account: ChannelAccount, now: datetime) -> None:
    """Give it up: its secrets go, its groups belong to nobody, what waited to be said there is not said."""
    account.retired_at, account.sealed, account.paused_at = now, b"", now
    await session.execute(update(ChannelGroup).where(ChannelGroup.account_id == account.id).values(chat_id=None))
    waiting = (OutboxRow.channel == channel_key(account.kind, account.id), OutboxRow.state.in_(OPEN_STATES))
    await session.execute(update(OutboxRow).where(*waiting).values(state="cancelled"))


async def _check_own(session: AsyncSession, box: SecretBox, wanted: Wanted, account_id: int | None) -> None:
    """What says which account is meant belongs to one of them. Raises InvalidInput when another has it."""
    own = wanted.mode.own
    if not own:
        return
    for other in await list_live_accounts(session, wanted.kind):
        if other.id == account_id:
            continue
        known = other.external_id
        if own != "id":
            try:
                known = box.open(other.sealed, secret_name(other.id)).get(own, "")
            except SettingsError:
                continue
        if known == (wanted.external_id if own == "id" else wanted.secrets[own]):
            said = "refused_taken" if wanted.kind == ONEBOT.code else "refused_connected"
            raise InvalidInput(f"{own} taken", phrase=f"console.channel.{said}", other=other.name)


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
    mode = chosen.modes[form.mode]
    check_id(chosen, mode, form.external_id)
    return chosen, mode


def _config(kind: Kind, mode: Mode, form: AccountForm) -> dict[str, object]:
    switches = {name: form.switches.get(name, False) for name in kind.switches}
    texts = {name: form.texts.get(name, "")[:longest] for name, longest in kind.texts.items()}
    return {"mode": mode.code, "url": check_url(mode, form.url), **switches, **texts}


def _typed(mode: Mode, form: AccountForm) -> dict[str, str]:
    return {name: form.secrets[name] for name in mode.secrets if form.secrets.get(name)}
