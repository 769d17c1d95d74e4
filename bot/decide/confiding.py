"""What is said in confidence: sealed as a tip, and what follows in the private chat goes into it."""

from __future__ import annotations

import re

from actions.tips.commands import AddToTip, ListOwnTips
from bot.conversations import FRAGMENTS_JOIN_FOR, Matter
from bot.decide.continuing import is_fragment
from bot.decide.decision import Case, Decision, Run, Say
from bot.decide.opening import leave_tip
from bot.decide.services import ACTIONABLE, service_of
from bot.messages import ChatKind

UNSURE_WHICH = "safety_tip/other"
TIP_REF = re.compile(r"[Xx]\d{8}")
SAYS_DONE = re.compile(
    r"(?:我)?(?:说完|說完|讲完|講完|没有|沒有|没别的|冇|就这些|就這些|就是这些|先这样|先這樣|完)(?:了|啦|咗|喇)?[。.!！~～]*"
)
REPORTS = re.compile(
    r"\s*(?:我)?(?:想|要|想要)?(?:匿名|实名|實名|保密)?(?:举报|舉報|检举|檢舉)[:：,，\s]*(?P<what>\S.{2,})", re.DOTALL
)
ASKS = re.compile(r"[?？吗嗎呢]\s*$|电话|電話|怎么|怎麼|怎样|怎樣|哪里|哪裡|哪儿|如何|流程|奖励|獎勵")
#: said inside a confidence they are still what they always are
STAY_WHAT_THEY_ARE = frozenset({"my_tickets", "my_tips", "ticket_ref", "urge", "help", "thanks", "big_text", "person"})
OTHER_MATTERS = ACTIONABLE - {"safety_tip", "dispute", "feedback", "suggestion"}


def decide_confiding(case: Case) -> Decision | None:
    """Somebody asks to confide, goes on confiding, or asks how far it is."""
    message, cue = case.message, case.understanding.cue
    quotes_other = message.quoted is not None and (not message.quoted.from_bot or message.quoted.ticket_id is not None)
    if message.mentions_others or quotes_other:
        return None
    if cue is not None and message.addressed:
        if cue.kind == "my_tips" or (cue.kind == "ticket_ref" and TIP_REF.fullmatch(cue.value)):
            return Run(ListOwnTips(message.community_id, message.resident_id))
        if cue.kind == "confide":
            return Say("tips.say_it" if message.chat_kind is ChatKind.PRIVATE else "tips.say_privately")
    if message.chat_kind is ChatKind.PRIVATE:
        return _goes_on(case) or _reports(case)
    return _adds_in_group(case)


def decide_tip_button(rest: str) -> Decision | None:
    """ "说完了", "我来回答": the private chat leaves a confidence, or is in one again."""
    what, _, tip = rest.partition(":")
    if what == "done":
        return Say("tips.done")
    if what == "more" and tip.isascii() and tip.isdecimal() and len(tip) < 16:
        return Say("tips.go_on", {"tip_id": int(tip)})
    return None


def _goes_on(case: Case) -> Decision | None:
    """In private, in the middle of a confidence: whatever is said belongs to it, unless it surely does not."""
    confiding, cue, message = case.conversation.confiding_now(case.now), case.understanding.cue, case.message
    if confiding is None:
        return None
    text = message.text.strip()
    if SAYS_DONE.fullmatch(text):
        return Say("tips.done")
    if cue is not None and cue.kind in STAY_WHAT_THEY_ARE:
        return None
    if not text and not message.pictures:
        return None
    if confiding.tip_id is None:
        withdrawn = cue is not None and cue.kind in {"withdraw", "deny"}
        return Say("tips.done") if withdrawn else Run(leave_tip(case, _tip_service(case)))
    if _is_other_matter(case):
        return None
    return Run(_addition(case, confiding.tip_id))


def _is_other_matter(case: Case) -> bool:
    surely = case.understanding.confidence >= case.surroundings.thresholds.pressing
    return surely and case.understanding.intent in OTHER_MATTERS


def _reports(case: Case) -> Decision | None:
    """ "我要举报……" in private, whatever the model makes of the rest."""
    found = REPORTS.match(case.understanding.text)
    if found is None or ASKS.search(found["what"]) or not case.surroundings.sealed:
        return None
    return Run(leave_tip(case, _tip_service(case)))


def _tip_service(case: Case) -> str:
    service = service_of(case.understanding, case.surroundings.thresholds.category) or ""
    return service if service in case.surroundings.sealed else UNSURE_WHICH


def _adds_in_group(case: Case) -> Decision | None:
    """A few more words in the group, right after: they are taken out of it as well."""
    confiding = case.conversation.confiding
    if confiding is None or confiding.tip_id is None or case.now - confiding.since > FRAGMENTS_JOIN_FOR:
        return None
    if not is_fragment(case, Matter(0, UNSURE_WHICH, confiding.since)):
        return None
    return Run(_addition(case, confiding.tip_id))


def _addition(case: Case, tip_id: int) -> AddToTip:
    message = case.message
    return AddToTip(tip_id, message.resident_id, message.text, message.pictures, (message.id,))
