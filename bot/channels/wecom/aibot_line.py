"""The long connection to WeCom: frames with their acknowledgements, which bear no more than the name of a request."""

from __future__ import annotations

import asyncio
import secrets
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.channels.keeping import patiently
from bot.channels.wecom.aibot_speech import MOST_CHUNKS, Json, build_frame, cut_chunks
from bot.channels.wecom.aibot_wire import Acked
from bot.channels.wecom.codes import Answer, Verdict
from bot.errors import DeliveryError, DeliveryUnknown

MOST_LATE = 200
SUBSCRIBE, PING = "aibot_subscribe", "ping"
RESPOND, SEND = "aibot_respond_msg", "aibot_send_msg"
WELCOME, UPDATE = "aibot_respond_welcome_msg", "aibot_respond_update_msg"


@dataclass(slots=True)
class _Sent:
    """A frame of ours on its way. ``key``: what is done by it, for whoever asks again."""

    key: str
    acked: asyncio.Future[Acked] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    given_up: bool = False


class Line:
    """One connection. Answers come in the order of the requests of one name; ``send`` writes a frame; ``deaf``: we
    take in no more just now, so an answer that is missing may lie before us unread."""

    def __init__(
        self, send: Callable[[str], Awaitable[None]], ack_s: float, deaf: Callable[[], bool] = lambda: False
    ) -> None:
        self._send, self._ack_s, self._deaf = send, ack_s, deaf
        self._sent: dict[str, deque[_Sent]] = defaultdict(deque)
        self._late: dict[str, Answer] = {}
        self.open = True

    async def call(self, cmd: str, body: Json | None = None, *, req_id: str = "", key: str = "") -> Answer:
        """The platform's answer. ``req_id``: of the callback that is answered. ``key`` names what is to be done:
        asked for again, an answer that came too late is given at once. Raises DeliveryError when nothing was sent,
        DeliveryUnknown when no answer came."""
        return (await self.ask(cmd, body, req_id=req_id, key=key)).answer

    async def ask(self, cmd: str, body: Json | None = None, *, req_id: str = "", key: str = "") -> Acked:
        """The same, with what else stands in the answer."""
        late = self._late.pop(key, None) if key else None
        if late is not None:
            return Acked(req_id, late)
        if not self.open:
            raise DeliveryError("the long connection is not open")
        name = req_id or f"{cmd}_{secrets.token_hex(8)}"
        sent = _Sent(key)
        self._sent[name].append(sent)
        try:
            async with asyncio.timeout(self._ack_s):  # not wait_for, which may lose that we are cancelled
                await self._send(build_frame(cmd, name, body))
        except (ConnectionError, TimeoutError, RuntimeError) as error:
            self._forget(name, sent)
            raise DeliveryError(f"the long connection broke: {type(error).__name__}") from None
        deaf = self._deaf if cmd != PING else lambda: False  # who knocks has a lease to keep beside it
        try:
            return await patiently(sent.acked, self._ack_s, deaf)
        except TimeoutError:
            sent.given_up = True
            raise DeliveryUnknown(f"{cmd}: no answer within {self._ack_s:g} s, it may have arrived") from None

    def answer(self, acked: Acked) -> bool:
        """Give an answer to the oldest request of its name; whether somebody still waited for it."""
        waiting = self._sent.get(acked.req_id)
        if not waiting:
            return False
        sent = waiting.popleft()
        if not waiting:
            del self._sent[acked.req_id]
        if not sent.acked.done():
            sent.acked.set_result(acked)
        if sent.given_up and sent.key:
            self._late[sent.key] = acked.answer
            while len(self._late) > MOST_LATE:
                self._late.pop(next(iter(self._late)))
        return not sent.given_up

    def drop(self) -> None:
        """The connection is gone: who waits does not know what became of it."""
        self.open = False
        for waiting in self._sent.values():
            for sent in waiting:
                if not sent.acked.done():
                    sent.acked.set_exception(DeliveryUnknown("the connection closed, it may have arrived"))
                    sent.acked.exception()  # nobody may be waiting any more
        self._sent.clear()

    def _forget(self, name: str, sent: _Sent) -> None:
        if name in self._sent and sent in self._sent[name]:
            self._sent[name].remove(sent)
            if not self._sent[name]:
                del self._sent[name]

    async def upload(self, kind: str, filename: str, raw: bytes, digest: str) -> str:
        """The id under which an uploaded picture or file can be sent for three days. Raises DeliveryError."""
        chunks = cut_chunks(raw)
        if not 0 < len(chunks) <= MOST_CHUNKS:
            raise DeliveryError(f"{len(raw)} bytes cannot be uploaded")
        about = {"type": kind, "filename": filename, "total_size": len(raw), "total_chunks": len(chunks), "md5": digest}
        upload_id = _told(await self.ask("aibot_upload_media_init", about), "upload_id")
        for place, chunk in enumerate(chunks):
            part = {"upload_id": upload_id, "chunk_index": place, "base64_data": chunk}
            _told(await self.ask("aibot_upload_media_chunk", part))
        return _told(await self.ask("aibot_upload_media_finish", {"upload_id": upload_id}), "media_id")


def _told(acked: Acked, name: str = "") -> str:
    """What an answer tells. Raises DeliveryError."""
    found = acked.body.get(name) if name else ""
    if acked.answer.verdict is not Verdict.DONE or not isinstance(found, str):
        raise DeliveryError(f"upload: {acked.answer}")
    return found
