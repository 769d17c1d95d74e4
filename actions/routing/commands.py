"""What may be asked of the responsibility list."""

from __future__ import annotations

from dataclasses import dataclass

from actions.routing.rules import DutyList


@dataclass(frozen=True, slots=True)
class ChangeDutyList:
    """Put this list in force. Lines keep their ``key``; one with key 0 is new. Outcome.value: the change's number.

    ``seen``: the number of the list the admin looked at; another one means somebody was faster.
    """

    community_id: int
    staff_id: int
    duties: DutyList
    what: str
    seen: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class RestoreDutyList:
    """Put the list as it was after change ``number`` in force again. Outcome.value: the new number."""

    community_id: int
    staff_id: int
    number: int
    seen: int
