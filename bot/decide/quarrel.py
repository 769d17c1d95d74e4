"""Whether neighbours are shouting at each other in a group. One search in the text of group messages, no model."""

from __future__ import annotations

import re

from actions.mediation.commands import NoticeHeat
from bot.decide.decision import Case
from bot.messages import ChatKind

#: whom it is said to: "you", or nobody else than who reads it
_AT_YOU = re.compile(r"[你妳]|^(?:滚|滾|闭嘴|閉嘴|去死|放屁|胡说|胡說)")
_INSULT = re.compile(
    r"傻[逼比叉缺子帽BbXx×]|煞笔|脑残|腦殘|有病|神经病|神經病|王八|混蛋|混账|混帳|不要脸|不要臉|臭嘴|狗东西|狗東西|贱人|賤人|泼妇|潑婦"
    r"|无赖|無賴|流氓|垃圾|没教养|沒教養|没素质|沒素質|缺德|没良心|滚蛋|滚开|滾蛋|滾開|^滚|^滾|闭嘴|閉嘴|去死|放屁|放你|他妈|他媽|妈的|媽的|尼玛"
    r"|什么东西|什麼東西|算老几|算老幾|讲不讲理|講不講理|不讲理|不講理|凭什么|憑什麼|胡说八道|胡說八道|血口喷人|倒打一耙|走着瞧|走著瞧|等着瞧"
    r"|有完没完|有完沒完|揍[你妳]|打死[你妳]|弄死[你妳]|丢人|丟人|恶心|噁心|欺负人|欺負人|讹人|訛人|骗子|騙子"
)
_JEST = re.compile(r"哈哈|嘻嘻|呵呵呵|嘿嘿|开玩笑|開玩笑|逗[你妳]|😂|🤣|😄|😆|\[捂脸\]|\[偷笑\]|\[呲牙\]")
LOUDEST = 200  # characters; a story is no shout


def is_heated(case: Case) -> bool:
    """Said in a group to another, and an insult, a threat or a quarrel; never in jest, never to the bot."""
    message, understanding = case.message, case.understanding
    if message.chat_kind is not ChatKind.GROUP or message.button or len(message.text) > LOUDEST:
        return False
    insult = _INSULT.search(message.text) is not None
    quarrel = understanding.intent == "dispute" and understanding.confidence >= case.surroundings.thresholds.pressing
    if not (insult or quarrel) or message.addressed:
        return False
    quotes_other = message.quoted is not None and not message.quoted.from_bot
    at_other = message.mentions_others or quotes_other
    aimed = _AT_YOU.search(message.text.strip()) is not None if insult else at_other
    return (aimed or at_other) and _JEST.search(message.text) is None


def heat_of(case: Case) -> NoticeHeat | None:
    """What is to be noted of a heated message: who said it and where, nothing of what was said."""
    message = case.message
    if not is_heated(case):
        return None
    return NoticeHeat(message.community_id, message.chat_id, message.resident_id, message.id)
