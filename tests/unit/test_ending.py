"""A task that is to end does, whatever comes at the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from bot import ending
from bot.channels.onebot.links import SocketLink
from bot.channels.onebot.wire import Result
from bot.channels.wecom.aibot_line import PING, Line
from bot.channels.wecom.aibot_wire import Acked
from bot.channels.wecom.codes import Answer
from bot.ending import end


async def test_a_task_that_loses_its_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "AGAIN_S", 0.0)
    lost, rounds = asyncio.Event(), 0

    async def deaf() -> None:
        nonlocal rounds
        while rounds < 3:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                rounds += 1
                lost.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    await end(task)
    assert task.cancelled()
    assert (lost.is_set(), rounds) == (True, 3)


async def test_what_a_task_failed_with_is_told() -> None:
    async def broken() -> None:
        raise ValueError("no")

    task = asyncio.create_task(broken())
    await asyncio.wait((task,))
    with pytest.raises(ValueError, match="no"):
        await end(task)


async def cancelled_as(call: Coroutine[Any, Any, Any], answer: Any) -> bool:
    """Whether a call ends when it is cancelled at the very moment at which its answer comes."""
    task = asyncio.create_task(call)
    for _ in range(5):  # it is sent, and waits
        await asyncio.sleep(0)
    answer()
    task.cancel()
    await asyncio.wait((task,))
    return task.cancelled()


async def test_a_call_that_is_cancelled_as_its_answer_comes_is_cancelled() -> None:
    sent: list[str] = []

    async def send(frame: str) -> None:
        sent.append(frame)

    async def close(_why: str) -> None:
        raise AssertionError

    line = Line(send, 5.0)
    acked = Acked("one", Answer(0))
    assert await cancelled_as(line.call(PING, req_id="one"), lambda: line.answer(acked))
    link = SocketLink(send, close, 5.0)
    result = Result("1", "ok", 0, "", None, "")
    assert await cancelled_as(link.call("get_status", {}), lambda: link.answer(result))
    assert len(sent) == 2
