"""Counters and faults of accounts: kept in memory and written together, so that a burst costs one write."""

from __future__ import annotations

from collections import Counter, deque
from datetime import datetime

from bot.channels.base import Known
from bot.clock import Clock
from bot.storage.channels import add_counts, add_fault, set_state
from bot.storage.engine import Database

MOST_FAULTS = 50  # of one writing
NOBODY = (0, 0)


class Counts:
    """``flush`` writes what has gathered. A killed process loses a few seconds of counting, nothing else."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock
        self._counts: dict[tuple[int, int], Counter[str]] = {}
        self._faults: deque[tuple[int, int, str, str, datetime]] = deque(maxlen=MOST_FAULTS)
        self._seen: dict[int, datetime] = {}

    def count(self, account: Known | None, what: str, more: int = 1) -> None:
        """Something happened; ``account`` None: to nobody of ours."""
        key = (account.id, account.community_id) if account is not None else NOBODY
        self._counts.setdefault(key, Counter())[what] += more

    def fault(self, account: Known, code: str, detail: str = "") -> None:
        """Something went wrong; the same again right after is only counted."""
        self.count(account, "faults")
        last = self._faults[-1] if self._faults else None
        if last is None or last[:4] != (account.id, account.community_id, code, detail):
            self._faults.append((account.id, account.community_id, code, detail, self._clock.now()))

    def seen(self, account: Known) -> None:
        self._seen[account.id] = self._clock.now()

    async def flush(self) -> None:
        """Write it down."""
        counts, self._counts = self._counts, {}
        faults, seen = list(self._faults), dict(self._seen)
        if not (counts or faults or seen):
            return
        self._faults.clear()
        self._seen.clear()
        now = self._clock.now()
        async with self._db.write(repeatable=True) as session:
            for (account_id, community_id), more in sorted(counts.items()):
                await add_counts(session, account_id, community_id, dict(sorted(more.items())), now)
            for account_id, at in seen.items():
                await set_state(session, account_id, seen_at=at)
            for account_id, community_id, code, detail, at in faults:
                await add_fault(session, account_id, community_id, code, detail, at)
