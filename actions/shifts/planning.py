"""When the clock has to look at a shift: asking for people, reminding, asking who is there, closing."""

from __future__ import annotations

from datetime import datetime, timedelta

from actions.shifts.model import ASK_OUT_AFTER, Shift, ShiftState

WEEKS_AHEAD = 21  # days for which shifts are made
ASK_GROUP_BEFORE = timedelta(hours=26)
TELL_STAFF_BEFORE = timedelta(hours=5)
REMIND_BEFORE = timedelta(hours=2)
LATE_AFTER = timedelta(minutes=10)


def plan_next(shift: Shift) -> None:
    """Set when the clock comes next."""
    if shift.state != ShiftState.OPEN:
        shift.next_at = None
        return
    steps: list[tuple[bool, datetime]] = [
        (shift.group_asked, shift.starts_at - ASK_GROUP_BEFORE),
        (shift.staff_told, shift.starts_at - TELL_STAFF_BEFORE),
        (shift.reminded, shift.starts_at - REMIND_BEFORE),
        (shift.late_asked, shift.starts_at + LATE_AFTER),
        (shift.out_asked, shift.ends_at + ASK_OUT_AFTER),
        (False, shift.over_at),
    ]
    shift.next_at = min(at for done, at in steps if not done)
