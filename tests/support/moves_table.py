"""Every move, every state, every role, written down independently of the table in the code."""

from __future__ import annotations

from actions.errors import ActionError, MoveRefused, NotAllowed
from actions.people.model import Role

ALL_STAFF = "grid_worker steward committee mediator police workstation street district admin"
OFFICES = "committee police workstation street district admin"
UNWORKED = "reported verified accepted dispatched"
# move | from | to | whose
EXPECTED = f"""
verify        | reported returned             | verified   | {ALL_STAFF}
accept        | reported verified returned    | accepted   | {ALL_STAFF}
dispatch      | {UNWORKED} returned           | dispatched | {ALL_STAFF}
take          | {UNWORKED} returned           | dispatched | {ALL_STAFF}
handle        | accepted dispatched           | handled    | {ALL_STAFF}
check         | handled                       | checked    | {ALL_STAFF}
close         | checked                       | closed     | {ALL_STAFF}
close         | suspended                     | closed     | clock
rate          | closed rated                  | rated      | resident
return        | {UNWORKED} returned           | returned   | {ALL_STAFF}
settle        | returned                      | dispatched | committee street district admin
suspend       | {UNWORKED}                    | suspended  | {ALL_STAFF}
resume        | suspended                     | same       | {ALL_STAFF} resident clock
withdraw      | {UNWORKED} returned suspended | withdrawn  | {OFFICES} resident bot
merge         | {UNWORKED} returned suspended | merged     | {ALL_STAFF}
unmerge       | merged                        | same       | {ALL_STAFF}
reopen        | handled checked               | accepted   | {ALL_STAFF}
reopen        | closed rated                  | accepted   | {OFFICES}
reopen        | rated                         | accepted   | bot
escalate      | {UNWORKED} returned           | same       | {ALL_STAFF} clock bot
expire_rating | closed                        | rated      | clock
"""
ROLES = [*Role, "resident", "clock", "bot"]


def expected() -> dict[tuple[str, str, str], str]:
    """(move, state, role) → the state after it."""
    found = {}
    for line in EXPECTED.strip().splitlines():
        move, froms, to, roles = (part.strip() for part in line.split("|"))
        found.update({(move, status, role): to for status in froms.split() for role in roles.split()})
    return found


WANTED = expected()


def refusal(move: str, status: str, role: str) -> type[ActionError]:
    """Not theirs at all, or somebody else's from there: not allowed. Nobody's from there: refused."""
    theirs = any((m, r) == (move, role) for m, _, r in WANTED)
    others = any((m, s) == (move, status) for m, s, _ in WANTED)
    return NotAllowed if others or not theirs else MoveRefused
