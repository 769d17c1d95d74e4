"""How a task is ended: whatever it was doing at that moment, afterwards it does nothing any more."""

from __future__ import annotations

import asyncio
from typing import Any

AGAIN_S = 5.0  # longer than a good-bye takes


async def end(task: asyncio.Task[Any]) -> None:
    """Cancel it until it has ended. Raises what it ended with, if that was another error.

    One cancellation is not enough: it is lost where it comes as the task itself waits for a task that it cancelled.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait((task,), timeout=AGAIN_S)
    if not task.cancelled():
        task.result()
