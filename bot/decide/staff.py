"""What staff write in a chat of their own: short words for the moves of the desk. Nothing else is theirs here."""

from __future__ import annotations

import re
from collections.abc import Mapping

from actions.people.codes import find_code
from actions.people.link_commands import EndStaffLink, LinkStaff, VoidStaffCode
from actions.tickets.commands import Move
from actions.tickets.moves import REASONS
from actions.tickets.work_commands import ShowWork, ShowWorkHelp, Work, WorkOn
from bot.decide.decision import Case, Decision, Ignore, Run, Say
from bot.messages import ChatKind

_EDGES = " \t\n，,。.！!：:、~～"
_BIND = re.compile(r"\s*(?:工作)?[绑綁]定[\s:：]*(?P<rest>[0-9A-Za-z\-－—– ]{4,20})\s*")
_LIST = re.compile(
    r"(?:我的)?(?:待办|待辦|活儿?|任务|任務)|班[组組]待[办辦]|还有(?:什么|哪些)活|還有什麼活|有(?:什么|啥)活"
)
_HELP = re.compile(r"(?:工作)?(?:帮助|幫助|怎么用|怎麼用)|能[干幹][什啥][么麼]?")
_LEAVE = re.compile(r"(?:解除|取消)[绑綁]定|解[绑綁]|退出工作")
#: words → what is done; the longest that fits is meant
_WORDS: Mapping[str, str] = {
    Move.TAKE: "接单 接單 接了 接 我接 我来接 我來接 我来 我來 我去 收到 领单 領單",
    Work.TAKE_OVER: "换我来 換我來 换手 換手 我替他",
    Move.ACCEPT: "受理",
    Move.VERIFY: "核实 核實 属实 屬實 核查",
    Move.HANDLE: "办结 辦結 办好 辦好 办好了 辦好了 办完 办完了 处理好了 處理好了 处理完了 處理完了"
    " 修好 修好了 弄好了 搞定 搞定了 完成 已完成",
    Move.CHECK: "复核 複核 复核通过 验收 驗收",
    Move.CLOSE: "结案 結案",
    Move.RETURN: "退回 退单 退單",
    Move.SUSPEND: "挂起 掛起 问居民 問居民 等居民",
    Move.RESUME: "恢复 恢復 继续办 繼續辦",
    Move.REOPEN: "重开 重開 重办 重辦",
    Move.ESCALATE: "升级 升級 上报 上報",
    Move.DISPATCH: "派给 派給 转给 轉給 转派 轉派 派单给 派單給",
    Work.NOTE: "备注 備註 备忘",
    Work.ANSWER: "回复 回覆 回居民 告诉居民 告訴居民",
    Work.ANSWER_GROUP: "群里回复 群裡回覆 群里回 回群里",
    Work.SHOW: "详情 詳情 看 看看 查看",
}
VERBS: Mapping[str, str] = {word: do for do, words in _WORDS.items() for word in words.split()}
_VERB = "|".join(sorted(map(re.escape, VERBS), key=len, reverse=True))
_UNITS = "点點时時号號栋棟楼樓单單室月日个個人年元块塊"  # with one of these it is no ticket's number
_NUMBER = r"(?P<ref>\d{8}-?\d{4}|\d{1,4})"
_REF = rf"(?:(?:工[单單]|[单單][号號]|[编編][号號])\s*)?[#＃]?{_NUMBER}(?:号|號)?(?![\d{_UNITS}])"
_BEFORE = re.compile(rf"\s*{_REF}\s*[,，:：]?\s*(?P<verb>{_VERB})(?P<rest>.*)", re.DOTALL)
_AFTER = re.compile(rf"\s*(?P<verb>{_VERB})(?:\s*[,，:：]?\s*{_REF})?(?P<rest>.*)", re.DOTALL)
_TO = re.compile(r"\s*(?P<to>[^\s，,。:：#＃\d]{1,16})(?P<rest>.*)", re.DOTALL)
#: verbs so short that more words right behind them make another sentence of them
_BARE = frozenset("接 看 看看 我来 我來 我去 收到 完成 受理 核查 升级 升級 上报 上報 复核 验收".split())


def decide_staff_group(case: Case) -> Decision | None:
    """In the staff's own group: orders with a number or said to a card, by those whom we know, and the words they were
    asked for; nothing else."""
    message = case.message
    if message.chat_kind is not ChatKind.STAFF:
        return None
    if case.surroundings.staff is None:
        return Ignore("staff_group")
    if message.button:
        kind, _, rest = message.button.partition(":")
        return decide_work_press(case, rest) if kind == "work" else Ignore("staff_group")
    to_us = not message.mentions_others and (message.quoted is None or message.quoted.from_bot)
    return _work(case) or (_asked(case) if to_us else None) or Ignore("staff_group")


def decide_staff(case: Case) -> Decision | None:
    """Their words in private. Before danger: "办结 0012 明火已灭" raises no alarm."""
    message = case.message
    if case.surroundings.staff is None or message.chat_kind is not ChatKind.PRIVATE or message.button:
        return None
    return _short(case) or _work(case) or _asked(case)


def decide_staff_code(case: Case) -> Decision | None:
    """ "绑定 7KQ2-M9XD": in private it is used, anywhere else it is void from now on."""
    message = case.message
    found = _BIND.fullmatch(message.text) if not message.button and len(message.text) <= 40 else None
    code = find_code(found["rest"]) if found is not None else ""
    if found is None or not (code or message.chat_kind is ChatKind.PRIVATE):
        return None
    if not code:
        return Say("work.code_wrong")
    if message.chat_kind is ChatKind.PRIVATE:
        return Run(LinkStaff(message.community_id, message.resident_id, code))
    return Run(VoidStaffCode(message.community_id, message.resident_id, code))


def _short(case: Case) -> Decision | None:
    text, resident_id = case.message.text.strip(_EDGES), case.message.resident_id
    if _LIST.fullmatch(text):
        return Run(ShowWork(resident_id))
    if _HELP.fullmatch(text):
        return Run(ShowWorkHelp(resident_id))
    if _LEAVE.fullmatch(text) and case.surroundings.staff is not None:
        return Run(EndStaffLink(case.surroundings.staff, resident_id=resident_id))
    return None


def _work(case: Case) -> Decision | None:
    """A verb with a number, or one said to a card; alone where it can be nothing else."""
    message = case.message
    found = _BEFORE.fullmatch(message.text) or _AFTER.fullmatch(message.text)
    if found is None:
        return None
    do, ref, to, rest = VERBS[found["verb"]], found["ref"] or "", "", found["rest"]
    if do == Move.DISPATCH:
        to, ref, rest = _addressee(ref, rest)
    quoted = message.quoted.ticket_id if message.quoted is not None and message.quoted.from_bot else None
    if not ref and quoted is None and (message.chat_kind is ChatKind.STAFF or not _stands_alone(found["verb"], rest)):
        return None
    return Run(
        WorkOn(
            message.resident_id,
            do,
            ticket_id=None if ref else quoted,
            ref=ref,
            text=rest.strip(_EDGES),
            pictures=message.pictures,
            to=to,
        )
    )


def _addressee(ref: str, rest: str) -> tuple[str, str, str]:
    """To whom, the number wherever it stands, and why: "派给 李师傅 0012 他熟"."""
    named = _TO.fullmatch(rest)
    to, rest = (named["to"].strip(_EDGES), named["rest"]) if named is not None else ("", rest)
    number = re.match(rf"\s*{_REF}", rest) if not ref else None
    return (to, number["ref"], rest[number.end() :]) if number is not None else (to, ref, rest)


def _stands_alone(verb: str, rest: str) -> bool:
    """Whether it is an order without a number: "接单", "办结，换了灯泡" — not "看电影去" or "收到快递了"."""
    if not rest.strip(_EDGES):
        return True
    return verb not in _BARE and len(verb) > 1 and rest[0] in " \t\n，,。：:"


def _asked(case: Case) -> Decision | None:
    """The words that were asked for: how it was handled, why it goes back."""
    question, message = case.conversation.open_question(case.now), case.message
    if question is None or question.kind != "work" or question.ticket_id is None or not question.options:
        return None
    if case.understanding.danger or not (message.text.strip() or message.pictures):
        return None
    return Run(
        WorkOn(
            message.resident_id,
            question.options[0],
            ticket_id=question.ticket_id,
            text=message.text.strip(),
            pictures=message.pictures,
        )
    )


def decide_work_press(case: Case, rest: str) -> Decision:
    """A button of a card: the handler asks whether it is theirs to press."""
    do, _, value = rest.partition(":")
    resident_id = case.message.resident_id
    if do == "list":
        return Run(ShowWork(resident_id))
    number, _, reason = value.partition(":")
    known = do in set(Move) or do in set(Work)
    if not known or not (number.isascii() and number.isdecimal() and len(number) < 16):
        return Ignore("unknown_button")
    reason = reason if reason in REASONS or reason.isalpha() else ""
    return Run(WorkOn(resident_id, do, ticket_id=int(number), reason=reason[:16]))
