"""The lines of this process: which account is connected, over what, since when."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from bot.channels.book import Book
from bot.channels.counting import Counts
from bot.channels.deps import ChannelParts
from bot.channels.onebot.accounts import Account, Accounts
from bot.channels.onebot.hearing import Hearing
from bot.channels.onebot.links import Link, Pulse, SocketLink
from bot.channels.onebot.saying import AWAY, Saying
from bot.channels.onebot.wire import Beat, Befriended, Begun, FriendAsked, Heard, Odd, Own, Recalled, Result, read_frame
from bot.errors import DeliveryError
from bot.storage.channels import hear_group, set_state

log = structlog.get_logger()
API, EVENT, UNIVERSAL = "api", "event", "universal"
MOST_GROUPS = 2000


@dataclass(slots=True)
class Line:
    """One connection. ``link`` is None where only events come."""

    account: Account
    role: str
    link: Link | None
    close: Callable[[str], Awaitable[None]]
    pulse: Pulse | None
    names: tuple[str, ...] = ()
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)


class Lines:
    """The newest connection of an account is the one that counts: the one before may be dead without knowing."""

    def __init__(self, deps: ChannelParts, accounts: Accounts, book: Book, counts: Counts, hearing: Hearing) -> None:
        self._deps, self._accounts, self._book = deps, accounts, book
        self._counts, self._hearing = counts, hearing
        self._lines: dict[int, list[Line]] = {}
        self.channels: dict[str, Saying] = {}  # those that can be spoken to now
        self._beats: dict[int, str] = {}

    @property
    def is_deaf(self) -> bool:
        """Whether the intake is full, so that no line is read just now."""
        return self._hearing.is_full

    def of(self, account_id: int) -> Sequence[Line]:
        return tuple(self._lines.get(account_id, ()))

    def link_of(self, account_id: int) -> Link | None:
        """What to call over, the newest first."""
        links = (line.link for line in reversed(self._lines.get(account_id, ())) if line.link is not None)
        return next((link for link in links if not isinstance(link, SocketLink) or link.open), None)

    async def open(self, line: Line) -> None:
        """A connection stands; an older one of the same role is closed."""
        account = line.account
        known = self._lines.setdefault(account.id, [])
        older = [one for one in known if one.role == line.role or UNIVERSAL in (one.role, line.role)]
        known.append(line)
        self._beats.pop(account.id, None)
        for one in older:  # not waited for: a dead one does not say good-bye
            self._spawn(line, one.close("replaced"))
        if line.link is not None:
            self._let_speak(account)
            self._spawn(line, self._look_around(line))
        self._counts.count(account, "connected")
        self._counts.seen(account)
        await self.mark(account, "connected")

    def _let_speak(self, account: Account) -> None:
        """From now on what is to be said goes out here."""
        self.channels[account.channel] = Saying(
            self._deps, lambda: self._accounts.get(account.id), lambda: self.link_of(account.id), self._counts
        )

    async def shut(self, line: Line, why: str) -> None:
        """A connection is gone."""
        if isinstance(line.link, SocketLink):
            line.link.drop()
        for task in tuple(line.tasks):
            task.cancel()
        known = self._lines.get(line.account.id, [])
        if line in known:
            known.remove(line)
        if self.link_of(line.account.id) is None:
            self.channels.pop(line.account.channel, None)
        if not known:
            self._lines.pop(line.account.id, None)
            self._counts.fault(line.account, why)
            await self.mark(line.account, "lost")

    async def mark(self, account: Account, state: str) -> None:
        """Write down how it stands."""
        now = self._deps.clock.now()
        async with self._deps.db.write(repeatable=True) as session:
            await set_state(session, account.id, state=state, state_at=now)

    async def receive(self, line: Line, raw: str | bytes) -> asyncio.Task[None] | None:
        """A frame came. The task, if there is one, ends when what was said is stored."""
        account = self._accounts.get(line.account.id) or line.account
        self._counts.seen(account)
        if line.pulse is not None:
            line.pulse.touch()
        frame = read_frame(raw, line.names)
        if not isinstance(frame, Result) and not await self._is_theirs(account, frame.self_id):
            self._counts.count(account, "of_others")
            return None
        if account.paused and not isinstance(frame, Result):
            self._counts.count(account, "paused")
            return None
        match frame:
            case Result():
                if isinstance(line.link, SocketLink) and not line.link.answer(frame):
                    self._counts.count(account, "late_answers")
                    if frame.retcode in AWAY:  # some bridges refuse a token only after they have let us in
                        self._counts.fault(account, "token_wrong")
            case Beat():
                await self._beat(line, frame)
            case Heard() | Recalled() | Befriended():
                return await self._hearing.take(account, frame)
            case FriendAsked():
                self._spawn(line, self._befriend(account, frame))
            case Own() | Begun():
                pass
            case Odd(reason):
                self._counts.count(account, "notices" if reason == "notice" else "odd")
        return None

    async def _is_theirs(self, account: Account, self_id: str) -> bool:
        """Whether the event is of the account's own bot; the first to come says which that is."""
        if self_id and not account.self_id:
            await self.learn_self(account, self_id)
            return True
        return not self_id or self_id == account.self_id

    async def learn_self(self, account: Account, self_id: str) -> None:
        """From now on the account is that bot."""
        async with self._deps.db.write() as session:
            await set_state(session, account.id, external_id=self_id)
        await self._accounts.load()

    async def _beat(self, line: Line, beat: Beat) -> None:
        if line.pulse is not None:
            line.pulse.beat(beat.interval_s)
        wanted = "connected" if beat.good else "offline"
        known = self._beats.get(line.account.id, "connected")
        if wanted != known:
            self._beats[line.account.id] = wanted
            if not beat.good:  # what is to be said waits, as it does without a line
                self._counts.fault(line.account, "signed_out")
                self.channels.pop(line.account.channel, None)
            elif self.link_of(line.account.id) is not None:
                self._let_speak(line.account)
            await self.mark(line.account, wanted)

    async def _befriend(self, account: Account, asked: FriendAsked) -> None:
        """Whoever was met in a group of ours may write in private."""
        known = await self._book.find_anywhere(account, asked.user_id) if account.accept_friends else None
        link = self.link_of(account.id)
        if known is not None and link is not None and asked.flag:
            await link.call("set_friend_add_request", {"flag": asked.flag, "approve": True})

    async def _look_around(self, line: Line) -> None:
        """Learn who we are there and which groups there are, so that they can be given a community."""
        link, account = line.link, line.account
        if link is None:
            return
        try:
            me = (await link.call("get_login_info", {})).data
            groups = (await link.call("get_group_list", {})).data
        except DeliveryError as error:
            self._counts.fault(account, "no_login_info", str(error))
            return
        if isinstance(me, dict) and isinstance(me.get("nickname"), str):
            line.names = (me["nickname"].strip(),)
        now = self._deps.clock.now()
        async with self._deps.db.write() as session:
            for one in (groups if isinstance(groups, list) else [])[:MOST_GROUPS]:
                if isinstance(one, dict) and one.get("group_id"):
                    external_id, name = str(one["group_id"])[:40], str(one.get("group_name") or "")
                    await hear_group(session, account.id, account.community_id, external_id, name, now)

    def _spawn(self, line: Line, work: Any) -> None:
        task = asyncio.create_task(work)
        line.tasks.add(task)
        task.add_done_callback(line.tasks.discard)
        task.add_done_callback(_tell_failure)

    async def close_dead(self) -> None:
        """Close the lines whose other side has stopped beating, and those of accounts that were paused or given up."""
        for line in [one for lines in self._lines.values() for one in lines]:
            account = self._accounts.get(line.account.id)
            if line.pulse is not None and line.pulse.is_lost():
                self._counts.fault(line.account, "silent")
                await line.close("silent")
            elif account is None or account.token != line.account.token or account.url != line.account.url:
                await line.close("changed")

    async def close(self) -> None:
        for line in [one for lines in self._lines.values() for one in lines]:
            await line.close("stopping")


def _tell_failure(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.warning("onebot_look_failed", code="onebot_look_failed", error=type(task.exception()).__name__)
