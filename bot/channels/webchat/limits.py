"""How much one resident may send: a bucket that fills evenly."""

from __future__ import annotations

from datetime import datetime

MOST_KEPT = 20_000


class Buckets:
    """One bucket a resident, in this process's memory: several processes allow a little more, no harm."""

    def __init__(self, a_minute: int) -> None:
        self._size = float(a_minute)
        self._left: dict[int, tuple[float, datetime]] = {}

    def try_take(self, resident_id: int, now: datetime) -> bool:
        """Take one; false when the bucket is empty."""
        left, at = self._left.get(resident_id, (self._size, now))
        left = min(self._size, left + max(0.0, (now - at).total_seconds()) * self._size / 60)
        if len(self._left) > MOST_KEPT:
            self._left.clear()
        allowed = left >= 1
        self._left[resident_id] = (left - 1 if allowed else left, now)
        return allowed
