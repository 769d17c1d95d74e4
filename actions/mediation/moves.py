"""The one table of a case's moves: from which states, to which state, and whose they are."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from enum import StrEnum

from actions.errors import MoveRefused, NotAllowed
from actions.mediation.model import RUNNING, CaseState, MediationCase
from actions.people.model import Role, StaffMember

#: who somebody is in a case; a member of staff may be several
MEDIATOR, COLLEAGUE, HEAD, APPLICANT, PARTY, CLOCK = "mediator", "colleague", "head", "applicant", "party", "clock"
HEADS = frozenset({Role.COMMITTEE, Role.ADMIN})  # assign mediators; rooms and notes are not theirs to read
ROLES = HEADS | {Role.MEDIATOR}  # who knows that a case exists
REFERRALS = ("police", "court", "lawyer")


class Move(StrEnum):
    """What changes the state of a case, or belongs to some states only."""

    ACCEPT = "accept"  # 受理
    ASSIGN = "assign"  # 指派调解员
    RECUSE = "recuse"  # 回避
    OBJECT = "object"  # 当事人申请更换调解员
    INVITE = "invite"  # 邀请当事人
    BEGIN = "begin"  # all have consented
    DECLINE = "decline"  # 不同意调解
    WITHDRAW = "withdraw"  # 撤回
    SPEAK = "speak"
    SESSION = "session"  # 安排调解会
    NOTE = "note"
    DRAFT = "draft"  # 拟协议
    AGREE = "agree"  # all have signed
    PERFORM = "perform"  # 履行
    VISIT = "visit"  # 回访
    RESUME = "resume"  # 协议没履行，再调解
    CLOSE = "close"  # 结案
    FAIL = "fail"  # 调解不成
    REFER = "refer"  # 移送


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table. ``to`` None: the state stays."""

    move: Move
    froms: frozenset[CaseState]
    to: CaseState | None
    roles: frozenset[str]
    needs_text: bool = False


def _row(move: Move, froms: Set[CaseState], to: CaseState | None, roles: Set[str], needs_text: bool = False) -> Row:
    return Row(move, frozenset(froms), to, frozenset(roles), needs_text)


_S = CaseState
_TALKING = {_S.ACCEPTED, _S.IN_MEDIATION}
_OPEN = {_S.SUBMITTED, *_TALKING}

TABLE: tuple[Row, ...] = (
    _row(Move.ACCEPT, {_S.SUBMITTED}, _S.ACCEPTED, {COLLEAGUE}),
    _row(Move.ASSIGN, {_S.SUBMITTED}, _S.ACCEPTED, {HEAD}),
    _row(Move.ASSIGN, {*_TALKING, _S.AGREED}, None, {HEAD}),
    _row(Move.RECUSE, _TALKING, _S.SUBMITTED, {MEDIATOR}, True),
    _row(Move.OBJECT, _TALKING, _S.SUBMITTED, {APPLICANT, PARTY}),
    _row(Move.INVITE, _TALKING, None, {MEDIATOR}),
    _row(Move.BEGIN, {_S.ACCEPTED}, _S.IN_MEDIATION, {MEDIATOR, APPLICANT, PARTY}),
    _row(Move.DECLINE, _TALKING, _S.DECLINED, {PARTY, MEDIATOR}),
    _row(Move.WITHDRAW, _OPEN, _S.WITHDRAWN, {APPLICANT}),
    _row(Move.WITHDRAW, _OPEN, _S.WITHDRAWN, {MEDIATOR, HEAD}, True),
    _row(Move.SPEAK, {*_TALKING, _S.AGREED}, None, {MEDIATOR}),
    _row(Move.SESSION, {*_TALKING, _S.AGREED}, None, {MEDIATOR}),
    _row(Move.NOTE, frozenset(_S) - {_S.SUBMITTED}, None, {MEDIATOR}),
    _row(Move.DRAFT, {_S.IN_MEDIATION}, None, {MEDIATOR}),
    _row(Move.AGREE, {_S.IN_MEDIATION}, _S.AGREED, {MEDIATOR, APPLICANT, PARTY}),
    _row(Move.PERFORM, {_S.AGREED}, None, {MEDIATOR, APPLICANT, PARTY, CLOCK}),
    _row(Move.VISIT, {_S.AGREED}, None, {MEDIATOR, APPLICANT, PARTY, CLOCK}),
    _row(Move.RESUME, {_S.AGREED}, _S.IN_MEDIATION, {MEDIATOR}, True),
    _row(Move.CLOSE, {_S.AGREED}, _S.CLOSED, {MEDIATOR}),
    _row(Move.FAIL, _TALKING, _S.FAILED, {MEDIATOR}, True),
    _row(Move.REFER, RUNNING, _S.REFERRED, {MEDIATOR, HEAD}, True),
)


def check_move(move: Move, state: str, roles: Set[str]) -> Row:
    """The row that allows it. Raises NotAllowed for foreign roles, MoveRefused for a wrong state."""
    rows = [row for row in TABLE if row.move is move]
    for row in rows:
        if state in row.froms and row.roles & roles:
            return row
    if any(state in row.froms for row in rows) or not any(row.roles & roles for row in rows):
        raise NotAllowed(f"{move} from {state} is not for {sorted(roles)}", phrase="mediation.not_yours")
    raise MoveRefused(f"{move} from {state}", phrase="mediation.not_now")


def allowed_moves(state: str, roles: Set[str]) -> frozenset[Move]:
    """What those roles may do with a case in that state."""
    return frozenset(row.move for row in TABLE if state in row.froms and row.roles & roles)


def roles_of(case: MediationCase, staff: StaffMember) -> frozenset[str]:
    """Who a member of staff who works there is in a case, by their role."""
    if not staff.active or staff.role not in ROLES:
        return frozenset()
    roles = {MEDIATOR} if staff.id == case.mediator_id else set()
    if staff.role in HEADS:
        roles.add(HEAD)
    elif staff.id != case.mediator_id:
        roles.add(COLLEAGUE)
    return frozenset(roles)
