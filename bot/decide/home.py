"""Where residents live, said in private: a claim, a code, a question; and a code that slipped into a group."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from actions.people.codes import find_code
from actions.people.home_commands import (
    AnswerVouch,
    AskNeighbours,
    ClaimHome,
    Door,
    LeaveHome,
    ObjectToMember,
    ShowHome,
    UseCode,
    VoidCode,
)
from actions.tickets.behalf import KIN, kin_of
from bot.conversations import CORRECTIONS_FOR
from bot.decide.decision import Case, Decision, Ignore, Run, Say
from bot.messages import ChatKind

LONGEST = 60  # characters; a story is no claim
_CALLED_CODE = re.compile(r"(?:邀[请請]|住[户戶]|入[户戶])[码碼]")
_EDGES = " \t\n，,。.！!：:、~～“”\"'（）()"
_SHOW = re.compile(
    r"(?:查(?:看|询|詢)?|看看?)?我的?(?:住址|地址|住[处處]|家|房子|[门門]牌号?|住[户戶]身份|身份)(?:是(?:什么|哪里|哪儿))?"
    r"|我住(?:在)?(?:哪|哪儿|哪里|哪裡|邊度|边度)|我(?:核[实實]|认证|認證)(?:了|好)?(?:吗|嗎|没|沒|没有|沒有)"
)
_LEAVE = re.compile(
    r"我(?:们|們|家)?(?:已经|已經|要|都|刚|剛)?搬(?:走|家|出去?|離|离)(?:了|啦|喇|咗)?|我(?:们|們)?不住(?:这里|这儿|這裡|这|這)了"
    r"|退出(?:这一?|這一?|本)[户戶]"
)
_CLAIM = re.compile(
    rf"(?:我(?:们|們|家)?|俺|咱(?:们|家)?|本人)(?P<kin>{KIN})?(?:家)?(?:现在|現在|是|就|都)?"
    r"(?:住在?|搬到了?|[系係]住)(?:在)?(?P<rest>[\w\-#－ ]{2,24})",
)
_DOOR_END = re.compile(r"(?:\d|室|房|号|號|[户戶]|栋|棟|幢|座|楼|樓|单元|單元)(?:的|的住[户戶]|住[户戶])?$")


def decide_code(case: Case) -> Decision | None:
    """A code of a household, in private to be used, in a group to be made void. Costs a search in the text."""
    message = case.message
    if message.button or len(message.text) > LONGEST:
        return None
    called = _CALLED_CODE.search(message.text)
    if called is None and len(message.text) > 16:
        return None
    code = find_code(message.text[called.end() :] if called else message.text)
    if message.chat_kind is ChatKind.PRIVATE:
        return _use(case, code, called)
    bare = find_code(message.text.strip(_EDGES)) if called is None else ""
    if message.chat_kind is ChatKind.GROUP and code and (called or _is_bare(message.text, bare)):
        return Run(VoidCode(message.community_id, message.resident_id, code))
    return None


def _is_bare(text: str, code: str) -> bool:
    """Nothing but a code was said."""
    return bool(code) and len(text.strip(_EDGES)) <= len(code) + 1


def _use(case: Case, code: str, called: re.Match[str] | None) -> Decision | None:
    message = case.message
    if called is None:
        if not code or not _is_bare(message.text, code):
            return None
        return Run(UseCode(message.community_id, message.resident_id, code))
    rest = re.sub(r"[^0-9A-Za-z]", "", message.text[called.end() :])
    if not rest:
        asks = re.search(r"[?？吗嗎呢哪怎丢丟]", message.text)
        return None if asks else Say("home.code_write")
    before = message.text[: called.start()].strip(_EDGES)
    claim = _CLAIM.fullmatch(before)
    kin = kin_of(claim["kin"]) if claim is not None and claim["kin"] else ""
    door = _door(case) if claim is not None else Door()
    return Run(UseCode(message.community_id, message.resident_id, code or rest[:16], door, kin))


def decide_home(case: Case) -> Decision | None:
    """ "我住3栋2单元501", "我的住址", "我搬走了" in private, and nothing else besides. Never where danger is plain."""
    message = case.message
    text = message.text.strip(_EDGES)
    talks = case.surroundings.handoff is not None  # with a person, who is told everything
    if message.button or talks or case.understanding.danger or not 2 < len(text) <= LONGEST:
        return None
    who = (message.community_id, message.resident_id)
    if message.addressed and _SHOW.fullmatch(text):
        return Run(ShowHome(*who))
    if message.chat_kind is not ChatKind.PRIVATE or case.conversation.confiding_now(case.now) is not None:
        return None
    if _LEAVE.fullmatch(text):
        return Run(LeaveHome(*who))
    claim = _CLAIM.fullmatch(text)
    if claim is None or _DOOR_END.search(claim["rest"].strip()) is None:
        return None
    kin, door = kin_of(claim["kin"] or ""), _door(case)
    if not (door.building or door.room) or (not kin and _answers_something(case)):
        return None
    return Run(ClaimHome(*who, door, kin))


def _answers_something(case: Case) -> bool:
    """A place is being asked for, or belongs to what was just reported."""
    conversation, now = case.conversation, case.now
    awaited = case.surroundings.awaited is not None or conversation.open_question(now) is not None
    return awaited or conversation.matter_within(now, CORRECTIONS_FOR) is not None


def _door(case: Case) -> Door:
    where = case.understanding.where
    return Door(where.building[:16], where.unit[:16], where.room[:16])


def decide_home_press(case: Case, rest: str) -> Decision:
    """A button about homes; the handlers ask whether it is theirs to press."""
    what, _, value = rest.partition(":")
    build = _PRESSES.get(what)
    command = build(case, value) if build is not None else None
    return Run(command) if command is not None else Ignore("unknown_button")


def _ask(case: Case, value: str) -> Any:
    number = _number(value)
    return None if number is None else AskNeighbours(case.message.community_id, case.message.resident_id, number)


def _vouch(case: Case, value: str) -> Any:
    answer, _, number = value.partition(":")
    vouch = _number(number)
    return AnswerVouch(vouch, case.message.resident_id, answer) if vouch and answer in ("yes", "no") else None


def _object(case: Case, value: str) -> Any:
    number = _number(value)
    return None if number is None else ObjectToMember(number, case.message.resident_id)


def _move(case: Case, value: str) -> Any:
    parts = value.split(":")
    if len(parts) != 3:
        return None
    door = Door(*(part[:16] for part in parts))
    return ClaimHome(case.message.community_id, case.message.resident_id, door, moving=True)


def _keep(case: Case, value: str) -> Any:
    *parts, kin = value.split(":")
    if len(parts) != 3 or kin_of(kin) != kin:
        return None
    door = Door(*(part[:16] for part in parts))
    return ClaimHome(case.message.community_id, case.message.resident_id, door, kin)


def _leave(case: Case, value: str) -> Any:
    return LeaveHome(case.message.community_id, case.message.resident_id, sure=True)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


_PRESSES: Mapping[str, Callable[[Case, str], Any]] = {
    "ask": _ask,
    "vouch": _vouch,
    "object": _object,
    "move": _move,
    "keep": _keep,
    "leave": _leave,
}
