"""One tester for all channels: each account is tried out by what runs its platform here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.channels.base import ChannelTester, Finding
from bot.storage.engine import Database
from bot.storage.tables_channels import ChannelAccount


class Testers:
    """``testers``: by kind of account."""

    def __init__(self, db: Database, testers: Mapping[str, ChannelTester]) -> None:
        self._db, self._testers = db, testers

    async def test(self, account_id: int) -> Sequence[Finding]:
        """What was found; nothing where no part of this process runs that platform."""
        async with self._db.read() as session:
            account = await session.get(ChannelAccount, account_id)
        tester = self._testers.get(account.kind) if account is not None else None
        return await tester.test(account_id) if tester is not None else ()
