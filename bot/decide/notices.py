"""收到 and 需要帮助 below a notice, how somebody alone is, and who wants no more notices."""

from __future__ import annotations

import re

from actions.notices.commands import AnswerCare, AnswerNotice, SetNoticesWanted
from bot.conversations import CORRECTIONS_FOR
from bot.decide.decision import Case, Decision, Ignore, Run
from bot.decide.opening import hand_off
from bot.messages import ChatKind
from nlu.model.folding import fold

_ACK = re.compile(r"(?:已|都)?(?:收到|知道|明白|了解|知悉|看到|晓得)(?:了|啦)?|好的?(?:收到)?|ok|1|👌|\[ok\]")
_HELP = re.compile(
    r"(?:我|我们|我家|家里)?(?:也|很)?(?:需要?|要|想要?)(?:人)?(?:帮助|帮忙|帮帮|帮一?下|救援|转移)|帮帮我|求助|来个?人帮"
)
_WELL = re.compile(r"(?:我|我们)?(?:都|还|很|挺|蛮)?(?:好|挺好|很好|好着|好的|蛮好|不错|没事|平安)(?:的|呢|着呢)?")
_WELL_AT_ALL = re.compile(
    r"(?:我|我们)?(?:(?:都|还|很|挺|蛮)(?:好|不错|平安)(?:的|呢|着呢)?|(?:都|还)?(?:没事|平安)(?:的|呢|儿)?)"
)
_END = re.compile(r"[\s。.!！,，~～、]|谢谢|谢了|辛苦了?|小邻")
_STOP = re.compile(
    r"(?:别|不要|不用|停止|不想)(?:再)?(?:给我|跟我|向我)?(?:再)?(?:私下)?(?:发|推送|推|收|接收|收到)(?:这些|社区|任何)?(?:的)?(?:通知|公告|消息通知|推送)"
    r"|(?:退订|取消|屏蔽|关掉|关闭)(?:社区)?(?:通知|公告|推送)"
)
_AGAIN = re.compile(
    r"(?:恢复|重新|继续|打开|开启)(?:给我|接收|收|发)?(?:社区)?(?:通知|公告|推送)|(?:还是|可以|请)(?:继续|重新|恢复)?(?:给我|跟我)发通知"
)
LONGEST = 40  # characters of an answer; more is a story, and read as one


def decide_notice(case: Case) -> Decision | None:
    """Only what quotes a notice is an answer to it: a 收到 said into the round belongs to whatever was said before."""
    message, quoted = case.message, case.message.quoted
    if quoted is None and not message.addressed:
        return None
    text = fold(message.text)
    if message.addressed and len(text) <= LONGEST and case.understanding.danger is None:
        wanted = False if _STOP.search(text) else True if _AGAIN.search(text) else None
        if wanted is not None:
            return Run(SetNoticesWanted(message.resident_id, wanted))
    if quoted is None:
        return _freely(case, _END.sub("", text))
    if not quoted.from_bot or quoted.said_to_id not in (None, message.resident_id):
        return None
    said = _END.sub("", text)
    if quoted.care_id is not None:
        word = "help" if _HELP.match(said) else "well" if _WELL.fullmatch(said) or _ACK.fullmatch(said) else ""
        return Run(AnswerCare(quoted.care_id, message.resident_id, word)) if word else None
    if quoted.broadcast_id is None:
        return None
    if _HELP.match(said) and len(text) <= LONGEST:
        return Run(AnswerNotice(quoted.broadcast_id, message.resident_id, "help", message.text))
    if _ACK.fullmatch(said):
        return Run(AnswerNotice(quoted.broadcast_id, message.resident_id, "ack"))
    return None


def _freely(case: Case, said: str) -> Decision | None:
    """ "我很好" in private, quoting nothing: to the round that asks, unless something else is being talked over."""
    message, talk = case.message, case.conversation
    if message.chat_kind is not ChatKind.PRIVATE or len(said) > LONGEST or case.understanding.danger is not None:
        return None
    if talk.open_question(case.now) is not None or talk.matter_within(case.now, CORRECTIONS_FOR) is not None:
        return None
    if _WELL_AT_ALL.fullmatch(said):
        return Run(AnswerCare(None, message.resident_id, "well"))
    if _HELP.fullmatch(said):
        return Run(AnswerCare(None, message.resident_id, "help"), otherwise=hand_off(case).command)
    return None


def decide_press(case: Case, kind: str, rest: str) -> Decision:
    """A button below a notice or a question how somebody is; the room asks whether it is theirs."""
    word, _, number = rest.partition(":")
    if not (number.isascii() and number.isdecimal() and len(number) < 16):
        return Ignore("unknown_button")
    resident_id, private = case.message.resident_id, case.message.chat_kind is ChatKind.PRIVATE
    if kind == "notice" and word in ("ack", "help"):
        return Run(AnswerNotice(int(number), resident_id, word))
    if kind == "care" and word in ("well", "help") and private:
        return Run(AnswerCare(int(number), resident_id, word))
    return Ignore("unknown_button")
