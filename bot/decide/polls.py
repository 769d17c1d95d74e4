"""Polls in the chat: starting one in words, raising a hand by button or number, asking how it stands, ending it."""

from __future__ import annotations

import re

from actions.polls.commands import EndPoll, RaiseHand, ShowPoll, StartPoll
from bot.decide.decision import Case, Decision, Ignore, Run, Say
from bot.messages import ChatKind
from nlu.model.folding import fold

LONGEST = 400  # characters of an order
_START = re.compile(
    r"\s*(?:@?小[邻鄰隣])?[\s,，]*(?:我想|帮我|帮忙)?(?:发起|發起|来个|搞个|开个|接龙)(?:一?个)?(?:接龙)?(?:投票|表态)\s*[:：,，\n]\s*(?P<rest>\S.*)",
    re.DOTALL,
)
_BARE_START = re.compile(r"\s*(?:@?小[邻鄰隣])?[\s,，]*(?:我想|帮我)?(?:发起|發起)(?:一?个)?(?:接龙)?投票[\s。.!！]*")
_LIST = re.compile(r"(?:选项|選項|可选|备选)\s*[:：]?\s*")
_MARK = re.compile(r"^\s*(?:\d{1,2}|[A-Ha-h])\s*[.、)）．:：]\s*")
_SPLIT = re.compile(r"\s*(?:[/、,，;；|]|\s{1,})\s*")
_EDGES = " \t\n，,。.！!？?、：:；;"
_NUMBER = re.compile(r"\s*(?:我?(?:选|選|投|支持|要)?第?)?([1-8])(?:号|個|个|项)?\s*[。.!！]?\s*")
_STANDS = re.compile(r"(?:看看?|查看?)?(?:投票|接龙)(?:的)?(?:结果|情况|进展)?(?:怎么样|如何|多少票?|呢|了)*")
_END = re.compile(r"(?:结束|停止|关闭|截止)(?:这个|本次)?(?:投票|接龙)(?:吧|了)?")
_CALLED = re.compile(r"@?小[邻鄰隣]")
_ALONE = 1  # characters a bare number has


def decide_poll(case: Case) -> Decision | None:
    """What needs no model: an order in so many words, or a number to a poll."""
    message = case.message
    if message.chat_kind is ChatKind.PRIVATE and "投票" in message.text and _START.fullmatch(fold(message.text)):
        return Say("poll.in_the_group")
    if message.chat_kind is not ChatKind.GROUP or message.mentions_others or len(message.text) > LONGEST:
        return None
    quoted = message.quoted.poll_id if message.quoted is not None else None
    if quoted is None and not _may_be_one(message.text):
        return None
    text = fold(message.text)
    if quoted is not None or len(message.text.strip()) == _ALONE:
        return _hand(case, text, quoted) or (_standing(case, text, quoted) if quoted is not None else None)
    if _BARE_START.fullmatch(text):
        return Say("poll.how") if message.addressed else None
    if (found := _START.fullmatch(text)) is not None:
        return _start(case, message.text[found.start("rest") :] if len(text) == len(message.text) else found["rest"])
    return _standing(case, text, None) if message.addressed else None


def _may_be_one(text: str) -> bool:
    """A look at the letters; nearly everything that is said stops here."""
    stripped = text.strip()
    return (len(stripped) == _ALONE and stripped in "12345678") or "投票" in text or "表态" in text or "接龙" in text


def _hand(case: Case, text: str, poll_id: int | None) -> Decision | None:
    """ "2" right after a poll, or to its card; nothing that fits: nobody is answered."""
    found = _NUMBER.fullmatch(text)
    message = case.message
    loose = poll_id is None
    if found is None or (loose and (message.addressed or message.quoted is not None or _was_asked(case))):
        return None
    order = RaiseHand(
        message.community_id, message.resident_id, int(found[1]) - 1, poll_id, message.chat_id, from_group=True
    )
    return Run(order, tentative=poll_id is None)


def _was_asked(case: Case) -> bool:
    """A number answers the question that was put to them alone before it is a hand in the round."""
    return case.conversation.open_question(case.now) is not None


def _standing(case: Case, text: str, poll_id: int | None) -> Decision | None:
    said = _CALLED.sub("", text).strip(_EDGES)
    message = case.message
    if _END.fullmatch(said):
        return Run(EndPoll(message.community_id, message.resident_id, poll_id=poll_id, chat_id=message.chat_id))
    if _STANDS.fullmatch(said):
        return Run(ShowPoll(message.community_id, poll_id, message.chat_id))
    return None


def _start(case: Case, rest: str) -> Decision:
    title, options = read_poll(rest)
    if len(options) < 2:
        return Say("poll.how")
    message = case.message
    return Run(
        StartPoll(message.community_id, title, tuple(options), resident_id=message.resident_id, chat_id=message.chat_id)
    )


def read_poll(text: str) -> tuple[str, list[str]]:
    """Question and options: of lines, of a list behind 选项 or a question mark, or of "上午还是下午"."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > 2:
        return lines[0].strip(_EDGES), [_MARK.sub("", line).strip(_EDGES) for line in lines[1:]]
    whole = " ".join(lines)
    for border in (_LIST, re.compile(r"[?？]\s*"), re.compile(r"[:：]\s*")):
        found = border.search(whole)
        if found is not None and (options := _listed(whole[found.end() :])):
            return whole[: found.start()].strip(_EDGES), options
    return _either(whole)


def _listed(text: str) -> list[str]:
    parts = [_MARK.sub("", part).strip(_EDGES) for part in _SPLIT.split(text.strip(_EDGES))]
    if len(parts) == 1 and "还是" in parts[0]:
        parts = [part.strip(_EDGES) for part in parts[0].split("还是")]
    parts = [part for part in parts if part]
    return parts if len(parts) > 1 else []


def _either(text: str) -> tuple[str, list[str]]:
    """ "周末义诊放在上午还是下午": what stands before 还是 and is as long as what stands behind is the first option."""
    whole = text.strip(_EDGES)
    head, joint, tail = whole.partition("还是")
    rest = [part.strip(_EDGES + "呢啊呀好") for part in tail.split("还是")]
    if not joint or not all(rest):
        return whole, []
    size = len(rest[0])
    first = head[-size:].strip(_EDGES) if len(head) > size else head.strip(_EDGES)
    return whole, [first, *rest] if first else []


def decide_press(case: Case, rest: str) -> Decision:
    """An option's button."""
    poll, _, option = rest.partition(":")
    if not (_is_number(poll, 15) and _is_number(option, 2)):
        return Ignore("unknown_button")
    message = case.message
    in_group = message.chat_kind is not ChatKind.PRIVATE
    return Run(RaiseHand(message.community_id, message.resident_id, int(option), int(poll), message.chat_id, in_group))


def _is_number(text: str, most: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= most
