"""The answer to "how many hours have I": balance, what ends next, tier, the last entries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions.ledger.access import access_resident
from actions.ledger.book import find_account
from actions.ledger.commands import ShowHours
from actions.ledger.lots import list_lots
from actions.ledger.rules import LedgerRules
from actions.ledger.standing import given_by
from actions.ledger.tell import line_words, list_lines, press, tell
from actions.outcome import Outcome, Reply

_LINES = 3


async def show_hours(session: AsyncSession, command: ShowHours, now: datetime, rules: LedgerRules) -> Outcome:
    """In private; in the group only that it was answered there."""
    await access_resident(session, command.community_id, command.resident_id)
    here = (Reply("ledger.told_in_private"),) if command.in_group else ()
    account = await find_account(session, command.community_id, command.resident_id)
    lines = await list_lines(session, account.id, _LINES) if account is not None else []
    if account is None or not lines:
        own = tell(command.resident_id, command.community_id, "ledger.nothing_yet", immediate=True)
        return Outcome((*here, own))
    given, lots = await given_by(session, account), await list_lots(session, account.id)
    tier, following = rules.tier_of(given), rules.next_tier(given)
    phrase = "ledger.balance" if lots else "ledger.balance_empty"
    params: dict[str, Any] = {
        "balance": rules.hours_words(account.balance),
        "ends": rules.hours_words(lots[0].minutes) if lots else "",
        "ends_on": rules.day_words(lots[0].expires_on) if lots else "",
        "given": rules.hours_words(given),
        "tier": tier.name if tier else following.name if following else "",
        "lines": "\n".join(line_words(line, rules) for line in lines),
    }
    phrase += "" if tier else ".no_tier"
    if tier is None and following is not None:
        params["missing"] = rules.hours_words(following.minutes - given)
    buttons = (press("shop", "shop"), press("give", "give"))
    own = tell(command.resident_id, command.community_id, phrase, buttons=buttons, immediate=True, **params)
    return Outcome((*here, own), value=account.balance)
