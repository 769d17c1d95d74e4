"""What staff do with a case: the one table of moves, and who hears of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions.errors import InvalidInput, MoveRefused
from actions.outcome import Outcome, Reply
from actions.routing.rules import Rules
from actions.tips.access import access_tip
from actions.tips.commands import MoveTip, TipMove
from actions.tips.leaving import LONGEST, add_entry
from actions.tips.model import Tip, TipState
from actions.tips.sealing import Seals
from actions.tips.telling import more_button, read_button, tell_reporter, tip_event

LONGEST_NAME = 120
_OPEN = frozenset({TipState.READ, TipState.CHECKING, TipState.ASKED})
_OVER = frozenset({TipState.HANDED_OVER, TipState.SETTLED, TipState.UNFOUNDED})
CLOSED = _OVER


@dataclass(frozen=True, slots=True)
class Row:
    """From which states, to which; ``to`` None: it stays. ``shown``: the reporter may read the words."""

    froms: frozenset[TipState]
    to: TipState | None
    needs_text: bool = False
    shown: bool = False


# nothing moves before somebody has read it
TABLE: Mapping[TipMove, Row] = {
    TipMove.CHECK: Row(_OPEN - {TipState.CHECKING}, TipState.CHECKING),
    TipMove.ASK: Row(_OPEN, TipState.ASKED, needs_text=True, shown=True),
    TipMove.TELL: Row(_OPEN | _OVER, None, needs_text=True, shown=True),
    TipMove.NOTE: Row(_OPEN | _OVER, None, needs_text=True),
    TipMove.HAND_OVER: Row(_OPEN, TipState.HANDED_OVER),
    TipMove.SETTLE: Row(_OPEN | {TipState.HANDED_OVER}, TipState.SETTLED, needs_text=True),
    TipMove.UNFOUNDED: Row(_OPEN, TipState.UNFOUNDED, needs_text=True),
    TipMove.REOPEN: Row(_OVER, TipState.CHECKING, needs_text=True),
}
_SAID: Mapping[TipMove, str] = {
    TipMove.CHECK: "tips.checking",
    TipMove.ASK: "tips.asked",
    TipMove.TELL: "tips.told",
    TipMove.HAND_OVER: "tips.handed_over",
    TipMove.SETTLE: "tips.settled",
    TipMove.UNFOUNDED: "tips.unfounded",
    TipMove.REOPEN: "tips.checking",
}


def allowed_moves(state: str) -> list[TipMove]:
    """What may be done with a case in that state, in the order of the work."""
    return [move for move, row in TABLE.items() if state in row.froms]


async def move_tip(session: AsyncSession, command: MoveTip, now: datetime, rules: Rules, seals: Seals) -> Outcome:
    """One step. Raises NotFound, MoveRefused, InvalidInput."""
    tip, staff = await access_tip(session, command.tip_id, command.staff_id)
    row = TABLE[command.move]
    if tip.state not in row.froms:
        raise MoveRefused(f"{command.move} from {tip.state}", phrase="tips.refused")
    words = _words(command, row)
    add_entry(session, seals, tip, command.move, now, words, staff_id=staff.id, shown=row.shown)
    if row.to is not None:
        tip.state = row.to
        tip.closed_at = now if row.to in _OVER else None
    await session.flush()
    return Outcome(_tell(tip, command.move), (tip_event("TipChanged", tip),), tip.id)


def _words(command: MoveTip, row: Row) -> Mapping[str, str]:
    text = command.text.strip()[:LONGEST]
    if row.needs_text and not text:
        raise InvalidInput("no text", phrase="tips.needs_text")
    if command.move is not TipMove.HAND_OVER:
        return {"text": text}
    to, receipt = command.to.strip()[:LONGEST_NAME], command.receipt.strip()[:LONGEST_NAME]
    if not to or not receipt:
        raise InvalidInput("handed over to nobody", phrase="tips.needs_receipt")
    return {"text": text, "to": to, "receipt": receipt}


def _tell(tip: Tip, move: TipMove) -> tuple[Reply, ...]:
    if move not in _SAID:
        return ()
    shown = TABLE[move].shown
    buttons = (read_button(tip), more_button(tip)) if shown else ()
    return tell_reporter(tip, _SAID[move], *buttons, step=str(move))
