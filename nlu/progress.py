"""How far a long piece of work is: a bar on a terminal, plain lines in a pipe."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import TextIO

WIDTH = 24  # characters of the bar
EVERY = 0.5  # seconds between two drawings: the clock goes on while a step takes its time


class ProgressBar:
    """Say each step by calling it; a known number of steps makes the bar full. Use as a context manager."""

    def __init__(self, out: TextIO, steps: int) -> None:
        self._out, self._steps = out, max(1, steps)
        self._done, self._line = 0.0, ""
        self._begun = time.monotonic()
        self._over = threading.Event()
        self._drawing = threading.Lock()
        self._clock = threading.Thread(target=self._tick, name="progress", daemon=True)
        self._draws = out.isatty()

    def __enter__(self) -> ProgressBar:
        if self._draws:
            self._clock.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._draws:
            self._clock.join()
            self._draw()
            self._out.write("\n")
            self._out.flush()

    def __call__(self, line: str) -> None:
        """The next step has been reached."""
        self._reach(min(int(self._done) + 1, self._steps), line)

    def part(self, line: str, share: float) -> None:
        """So much of the step is done that was reached last."""
        self._reach(min(int(self._done) + min(share, 0.99), self._steps), line)

    def _reach(self, done: float, line: str) -> None:
        self._done, self._line = done, line
        if self._draws:
            self._draw()
        else:
            self._out.write(f"[{self._seconds():5.1f} s] {line}\n")
            self._out.flush()

    def finish(self) -> None:
        """Nothing is left to do: fewer steps were needed than expected."""
        self._done = self._steps

    def _tick(self) -> None:
        while not self._over.wait(EVERY):
            self._draw()

    def _draw(self) -> None:
        with self._drawing:
            full = int(WIDTH * self._done / self._steps)
            bar = "█" * full + "░" * (WIDTH - full)
            self._out.write(f"\r\x1b[K{bar} {self._seconds():4.0f} s  {self._line[:70]}")
            self._out.flush()

    def _seconds(self) -> float:
        return time.monotonic() - self._begun
