"""The long connection of a bot: one at a time in the world, kept by one process, given up where another took over."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable
from datetime import datetime

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientWebSocketResponse,
    ClientWSTimeout,
    InvalidURL,
    WSMsgType,
    WSServerHandshakeError,
)

from bot.channels.counting import Counts
from bot.channels.deps import ChannelParts
from bot.channels.keeping import Keeping
from bot.channels.wecom.aibot_accounts import DISPLACED, REFUSED, Bot
from bot.channels.wecom.aibot_deps import WecomTools
from bot.channels.wecom.aibot_hearing import BotHearing
from bot.channels.wecom.aibot_line import PING, SUBSCRIBE, UPDATE, WELCOME, Line
from bot.channels.wecom.aibot_speech import build_text, build_update
from bot.channels.wecom.aibot_wire import (
    MAX_FRAME,
    Acked,
    Called,
    Displaced,
    Entered,
    Event,
    Judged,
    Odd,
    Pressed,
    Spoken,
    read_frame,
)
from bot.channels.wecom.codes import Verdict
from bot.ending import end
from bot.errors import DeliveryError, DeliveryUnknown
from bot.storage.channels import LEASE, let_go, set_state, try_hold

GOODBYE_S = 2.0
MOST_MISSED = 2  # pings without an answer before the connection counts as dead


class Ended(Exception):
    """It ended, and nobody dials again before somebody has looked; ``state`` says how."""

    def __init__(self, state: str, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.state, self.code, self.detail = state, code, detail


def fault_of(error: BaseException) -> str:
    """What went wrong while dialling, as a code with words."""
    match error:
        case ClientConnectorCertificateError():
            return "bad_certificate"
        case ClientConnectorDNSError() | InvalidURL() | ClientConnectorError() | TimeoutError():
            return "wecom_unreachable"
        case WSServerHandshakeError():
            return "wecom_refuses"
        case _:
            return "line_broke"


class BotDialer:
    """Keeps the connection of one bot, while no other process does."""

    def __init__(
        self,
        parts: ChannelParts,
        tools: WecomTools,
        hearing: BotHearing,
        counts: Counts,
        http: ClientSession,
        bot: Callable[[], Bot | None],
    ) -> None:
        self._parts, self._tools, self._hearing, self._counts = parts, tools, hearing, counts
        self._http, self._bot = http, bot
        self._keeping = Keeping(counts)
        self.line: Line | None = None
        self.changed = asyncio.Event()  # a connection came to stand, or was given up
        self.last_fault = ""
        account = bot()
        assert account is not None
        self.dialled = account
        self._task = asyncio.create_task(self._keep_forever())

    async def close(self) -> None:
        """Stop, and store what was heard."""
        await end(self._task)
        await self._keeping.close()
        async with self._parts.db.write() as session:
            await let_go(session, self.dialled.id, self._parts.name)

    async def _keep_forever(self) -> None:
        first, longest = self._parts.reconnect_s
        pause = first
        while True:
            began = asyncio.get_running_loop().time()
            try:
                if await self._hold():
                    await self._talk()
            except Ended as ended:
                await self._give_up(ended)
                return
            except (ClientError, OSError, TimeoutError, ValueError, DeliveryError) as error:
                self._note_fault("no_answer" if isinstance(error, DeliveryError) else fault_of(error))
            held_s = asyncio.get_running_loop().time() - began
            pause = first if held_s > self._tools.times.stable_s else min(pause * 2, longest)
            # also after a good-bye in due form: a client that does not come back looks healthy and is deaf
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))

    def _note_fault(self, code: str, detail: str = "") -> None:
        self.last_fault = code
        self._counts.fault(self.dialled, code, detail)
        self.changed.set()

    async def _give_up(self, ended: Ended) -> None:
        await self._mark(ended.state)
        self._note_fault(ended.code, ended.detail)

    async def _hold(self) -> bool:
        async with self._parts.db.write() as session:
            return await try_hold(session, self.dialled.id, self._parts.name, self._parts.clock.now())

    async def _mark(self, state: str) -> None:
        async with self._parts.db.write() as session:
            await set_state(session, self.dialled.id, state=state, state_at=self._parts.clock.now())

    async def _talk(self) -> None:
        async with asyncio.timeout(self._parts.call_timeout_s):
            socket = await self._http.ws_connect(
                self._tools.platform.socket, max_msg_size=MAX_FRAME, timeout=ClientWSTimeout(ws_close=GOODBYE_S)
            )
        line = Line(socket.send_str, self._tools.times.ack_s, lambda: self._keeping.is_full)
        reading = asyncio.create_task(self._read(socket, line))
        try:
            await self._enter(line, reading)
            self.line, self.last_fault = line, ""
            self._counts.count(self.dialled, "connected")
            await self._mark("connected")
            self.changed.set()
            await self._watch(line, reading)
        finally:
            await self._shut(socket, line, reading)

    async def _shut(self, socket: ClientWebSocketResponse, line: Line, reading: asyncio.Task[None]) -> None:
        was_open, self.line = self.line is not None, None
        line.drop()
        with contextlib.suppress(Ended):
            await end(reading)
        await socket.close()
        if was_open:
            self._note_fault("closed")
            await self._mark("lost")

    async def _enter(self, line: Line, reading: asyncio.Task[None]) -> None:
        """Subscribe, unless the other side ends it before."""
        try:
            await self._subscribe(line)
        except DeliveryError:
            if reading.done():
                reading.result()
            raise

    async def _subscribe(self, line: Line) -> None:
        """Say who we are. Nothing counts before that is answered."""
        answer = await line.call(SUBSCRIBE, {"bot_id": self.dialled.bot_id, "secret": self.dialled.secret})
        match answer.verdict:
            case Verdict.DONE:
                return
            case Verdict.DEAD:
                raise Ended(REFUSED, "secret_wrong", str(answer))
        self._counts.fault(self.dialled, "not_let_in", str(answer))  # whatever it is, it may pass
        raise DeliveryError(str(answer))

    async def _watch(self, line: Line, reading: asyncio.Task[None]) -> None:
        """Until the connection ends: knock now and then, and keep the lease."""
        missed, held_at = 0, asyncio.get_running_loop().time()
        while True:
            done, _ = await asyncio.wait((reading,), timeout=self._tools.times.ping_s)
            if done:
                return reading.result()
            try:
                await line.call(PING)
                missed = 0
            except DeliveryUnknown:
                missed = 0 if self._keeping.is_full else missed + 1  # then it is we who do not read
                if missed >= MOST_MISSED:
                    return self._note_fault("silent")
            if asyncio.get_running_loop().time() - held_at > LEASE.total_seconds() / 3:
                held_at = asyncio.get_running_loop().time()
                if not await self._hold():
                    return None

    async def _read(self, socket: ClientWebSocketResponse, line: Line) -> None:
        try:
            async for message in socket:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    await self._receive(line, message.data)
        finally:
            line.drop()

    async def _receive(self, line: Line, raw: str | bytes) -> None:
        bot = self._bot() or self.dialled
        frame = read_frame(raw, bot.names)
        self._counts.seen(bot)
        match frame:
            case Acked():
                if not line.answer(frame):
                    self._counts.count(bot, "late_answers")
            case Odd():
                self._counts.count(bot, "odd")
            case Called(_, Displaced()):
                raise Ended(DISPLACED, "displaced")
            case Called(_, event) if bot.paused or (bot.bot_id and _bot_of(event) not in ("", bot.bot_id)):
                self._counts.count(bot, "paused" if bot.paused else "of_others")
            case Called(req_id, event):
                await self._hear(bot, line, req_id, event)

    async def _hear(self, bot: Bot, line: Line, req_id: str, event: Event) -> None:
        received_at = self._parts.clock.now()
        match event:
            case Spoken() | Pressed():
                key = (bot.id, event.group_id, event.user_id)
                await self._keeping.take(bot, key, lambda: self._store(bot, line, req_id, event, received_at))
            case Entered():
                await self._keeping.take(
                    bot, (bot.id, "", event.user_id), lambda: self._greet(bot, line, req_id, event)
                )
            case Judged():
                self._hearing.judge(bot, event)
            case _:
                self._counts.count(bot, "odd")

    async def _store(self, bot: Bot, line: Line, req_id: str, event: Spoken | Pressed, received_at: datetime) -> None:
        if isinstance(event, Spoken):
            await self._hearing.hear(bot, event, received_at, req_id=req_id)
            return
        card = await self._hearing.press(bot, event, received_at)
        if card is not None:
            await self._reply(bot, line, UPDATE, build_update(card, [event.user_id]), req_id)

    async def _greet(self, bot: Bot, line: Line, req_id: str, event: Entered) -> None:
        words = await self._hearing.greet(bot, event)
        if words:
            await self._reply(bot, line, WELCOME, build_text(words), req_id)

    async def _reply(self, bot: Bot, line: Line, cmd: str, body: dict[str, object], req_id: str) -> None:
        """What adorns an answer; where it fails, nothing is lost."""
        try:
            answer = await line.call(cmd, body, req_id=req_id)
        except DeliveryError:
            self._counts.count(bot, "late_answers")
            return
        if answer.verdict is not Verdict.DONE:
            self._counts.fault(bot, "not_taken", str(answer))


def _bot_of(event: Event) -> str:
    return event.bot_id
