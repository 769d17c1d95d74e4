"""The road's judgement: what one message leads to. The first rule with an opinion decides."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from actions.emergencies.commands import AnswerRollCall
from actions.knowledge.commands import AnswerFromGuide
from actions.outcome import Button
from actions.shifts.commands import TakeOver
from actions.tickets.commands import FollowReported, ListMyTickets, OpenTicket, ShowTicket, UrgeTicket, WithdrawOpen
from bot.decide.activities import decide_activity
from bot.decide.ballots import decide_ballot
from bot.decide.belonging import decide_belonging, decide_building
from bot.decide.buttons import decide_button
from bot.decide.confiding import decide_confiding
from bot.decide.continuing import decide_answer, decide_awaited, decide_continuation, decide_quoted
from bot.decide.decision import Ask, Case, Decision, HandOff, Ignore, Run, Say
from bot.decide.deeds import decide_deed, read_rumour
from bot.decide.emergency import decide_emergency
from bot.decide.handing import decide_handed_off, decide_person
from bot.decide.home import decide_code, decide_home
from bot.decide.ledger import decide_hours
from bot.decide.mediation import decide_mediation
from bot.decide.notices import decide_notice
from bot.decide.opening import PERSON_BUTTON, leave_tip, misunderstood, open_service, open_ticket
from bot.decide.polls import decide_poll
from bot.decide.pool import read_pool_order
from bot.decide.proposals import decide_feared, decide_proposal, read_settling
from bot.decide.quarrel import is_heated
from bot.decide.services import ACTIONABLE, PRESSING, WITH_CATEGORY, likely_services, service_of
from bot.decide.shifts import decide_point, decide_shift, is_from_patrol, read_order
from bot.decide.staff import decide_staff, decide_staff_code, decide_staff_group
from bot.decide.surveys import decide_survey
from bot.decide.watch import decide_watch
from bot.messages import ChatKind

REPAIR = ("修", "报", "報", "单", "單", "派人")
HOUSEHOLD = ("家", "楼", "樓", "单元", "單元", "栋", "棟", "层", "層", "屋", "这边", "這邊", "呢边", "呢邊")
ASKS_HOW = re.compile(r"怎么(?:用|防|救|逃|躲)|怎样(?:用|防|救|逃)|要(?:做|注意|准备)(?:什么|啥)|多久(?:换|检)")
ASKS_WHETHER_FRAUD = re.compile(
    r"怎么办|咋办|怎么(?:防|处理|分辨|核实)|骗局吗|真的吗|真的假的|靠谱吗|[能可敢](?:信|开|接|做|给|投)吗|能不能|要不要"
)
MOST_OPTIONS = 2  # beside "none of these": two or three buttons, not a menu
CONSULT = "consult"
HELP_BUTTONS = (Button("button.my_tickets", "mine"), PERSON_BUTTON)

Rule = Callable[[Case], Decision | None]


def decide(case: Case) -> Decision:
    """What should happen with this message. Pure; asks nobody, changes nothing."""
    return _first(RULES, case) or Ignore("chatter")


def _first(rules: Sequence[Rule], case: Case) -> Decision | None:
    return next((decision for rule in rules if (decision := rule(case)) is not None), None)


def speaks(decision: Decision) -> bool:
    """Whether residents would see the bot say something."""
    if isinstance(decision, Run):
        may_find_nothing = decision.tentative or isinstance(decision.command, FollowReported | WithdrawOpen)
        owed = getattr(decision.command, "addressed", False) or getattr(decision.command, "own", None) is not None
        return not decision.quiet and (not may_find_nothing or owed)
    return not isinstance(decision, Ignore)


def _button(case: Case) -> Decision | None:
    return decide_button(case, case.message.button) if case.message.button else None


def _roll_call(case: Case) -> Decision | None:
    """ "报平安", "要帮忙" while their building is asked; plain danger is heard as such."""
    understanding, roll_call = case.understanding, case.surroundings.roll_call
    if roll_call is None or not understanding.roll_call or understanding.danger or case.message.mentions_others:
        return None
    return Run(AnswerRollCall(roll_call, case.message.resident_id, understanding.roll_call))


def _standing_expression(case: Case) -> Decision | None:
    """ "我的工单", "0007怎么样了", "怎么还没来": short expressions that need no model."""
    cue, message = case.understanding.cue, case.message
    if cue is None:
        return None
    community = message.community_id
    match cue.kind:
        case "my_tickets":
            return Run(ListMyTickets(community, case.actor))
        case "ticket_ref":
            return Run(ShowTicket(community, case.actor, ref=cue.value))
        case "urge" if message.addressed or (case.sure and case.understanding.intent == "ticket_status"):
            return Run(UrgeTicket(community, case.actor, ref=cue.value, text=message.text))
        case "withdraw" if message.addressed or any(word in message.text for word in REPAIR):
            return Run(WithdrawOpen(community, case.actor, message.addressed))
        case "help" if message.addressed:
            return Say("help.what_i_do", buttons=HELP_BUTTONS)
        case "thanks" if message.addressed:
            return Say("chitchat.thanks")
        case _:
            return None


def _false_alarm(case: Case) -> Decision | None:
    """ "误报", "没事了，虚惊一场" some time after one's own alarm, said to nobody in particular."""
    cue, message = case.understanding.cue, case.message
    if cue is None or cue.value != "false_alarm" or message.mentions_others:
        return None
    return Run(WithdrawOpen(message.community_id, case.actor, message.addressed, emergency=True))


def _me_too(case: Case) -> Decision | None:
    """ "我家也是" to what a neighbour reported, whether or not their words are quoted."""
    cue, message = case.understanding.cue, case.message
    if cue is None or cue.kind != "me_too" or message.chat_kind is not ChatKind.GROUP or message.mentions_others:
        return None
    quoted, own = message.quoted, _own_matter(case)
    if cue.value == "more" and own is None and case.sure and case.understanding.intent in ACTIONABLE:
        return None
    if own is None and quoted is None and not any(word in message.text for word in HOUSEHOLD):  # "+1": a group buy
        return None
    if own is not None and own.service in case.surroundings.sealed:
        return Run(leave_tip(case, own.service))
    said_in = quoted.message_id if quoted is not None else None
    return Run(FollowReported(message.community_id, case.actor, message.chat_id, said_in, own))


def _own_matter(case: Case) -> OpenTicket | None:
    """What "我家也是，…" opens when no neighbour has reported the same."""
    cue, understanding = case.understanding.cue, case.understanding
    if cue is None or cue.value != "more" or not case.sure or understanding.intent not in WITH_CATEGORY:
        return None
    service = service_of(understanding, case.surroundings.thresholds.category)
    return open_ticket(case, service) if service else None


def _standing_alone(case: Case) -> Decision | None:
    """ "谢谢", "好的", "算了" said to nobody: whatever the model makes of two words, they open nothing."""
    cue = case.understanding.cue
    if cue is None or cue.value == "more":
        return None
    bare = cue.kind not in {"my_tickets", "ticket_ref"} and not case.understanding.where
    return Ignore("standing_alone") if bare and not case.message.addressed else None


def _to_others(case: Case) -> Decision | None:
    """Said to another resident by @ or by quoting them: not for the bot, however sure the model is."""
    message = case.message
    quotes_other = message.quoted is not None and not message.quoted.from_bot
    if (message.mentions_others or quotes_other) and not message.addressed:
        return Ignore("to_others")
    return None


def _only_a_place(case: Case) -> Decision | None:
    """A place on its own asks for nothing; it is kept for the words that follow."""
    if not case.understanding.place_only:
        return None
    return Say("ask.what_there") if case.message.addressed else Ignore("only_a_place")


def _quarrelling(case: Case) -> Decision | None:
    """Shouted at a neighbour: no ticket, which would take a side; a way out is offered elsewhere."""
    if case.understanding.intent not in {"dispute", "chitchat", "feedback"} or not is_heated(case):
        return None
    return Ignore("quarrel")


def _own_answer(case: Case) -> Decision | None:
    """Sure of an intent that an admin has added: its answer, if it was asked for."""
    answer = case.surroundings.answers.get(case.understanding.intent)
    if answer is None or not case.sure:
        return None
    surer = case.understanding.confidence >= case.surroundings.thresholds.unasked
    if case.message.addressed or (answer.unasked and surer):
        return Say("taught.answer", {"text": answer.text})
    return Ignore("unasked")


def _rumour(case: Case) -> Decision | None:
    """ "网传…是真的吗": a bulletin that says so comes before whatever else the words may mean."""
    command = read_rumour(case)
    if command is None:
        return None
    rest = _first(AFTER_RUMOURS, case)
    if isinstance(rest, Run | HandOff):
        return Run(command, otherwise=rest.command)
    if case.message.addressed:
        return Run(replace(command, answered=True))
    return Run(command, tentative=True)


def _guided(case: Case) -> Decision | None:
    """A question that a guide surely answers: asked of the bot, or surely a question asked into the round.

    What somebody has to come for is never answered with advice alone.
    """
    understanding, thresholds, message = case.understanding, case.surroundings.thresholds, case.message
    advice = case.surroundings.advice.get(understanding.text)
    if advice is None or advice.score < thresholds.advice:
        return None
    if understanding.intent in PRESSING and case.sure and not _asks_advice(case):
        return None
    asks = understanding.intent == CONSULT and case.sure
    unasked = asks and understanding.confidence >= thresholds.unasked
    if not unasked and not (message.addressed and (asks or _may_be_asking(case))):
        return None
    return Run(
        AnswerFromGuide(
            message.community_id, advice.guide_id, message.resident_id, message.chat_id, message.id, advice.score
        )
    )


def _may_be_asking(case: Case) -> bool:
    """Said to the bot, and nothing else that is done here was surely meant."""
    return not case.sure or case.understanding.intent not in ACTIONABLE or _asks_advice(case)


def _asks_advice(case: Case) -> bool:
    """ "灭火器怎么用", "刷单是骗局吗": a hazard is the subject, but nothing is reported and no place is named."""
    understanding = case.understanding
    if understanding.intent != "safety_tip" or understanding.where:
        return False
    asked = ASKS_WHETHER_FRAUD if understanding.category == "fraud" else ASKS_HOW
    return asked.search(understanding.text) is not None


def _sure(case: Case) -> Decision | None:
    """Sure of something that somebody here can settle."""
    intent = case.understanding.intent
    if not case.sure or intent not in ACTIONABLE or intent == "emergency":  # danger had its own rule
        return None
    thresholds = case.surroundings.thresholds
    surer = thresholds.pressing if intent in PRESSING else thresholds.unasked
    if not case.message.addressed and case.understanding.confidence < surer:
        return None
    return _act_on(case)


def _addressed(case: Case) -> Decision | None:
    """Said to the bot: an answer is owed, an honest one."""
    if not case.message.addressed:
        return None
    understanding, thresholds = case.understanding, case.surroundings.thresholds
    if understanding.intent == "greet_help" and case.sure:
        return Say("help.what_i_do", buttons=HELP_BUTTONS)
    if not understanding.text.strip() and not case.message.pictures:
        return Say("help.yes", buttons=HELP_BUTTONS)
    chatter = understanding.probability("chitchat") + understanding.probability("greet_help")
    if understanding.intent not in ACTIONABLE and chatter >= thresholds.sure:
        return Say("chitchat.short", buttons=HELP_BUTTONS)
    if not understanding.text.strip():
        return Say("ask.picture_of_what")
    options = likely_services(understanding, MOST_OPTIONS)
    likely = understanding.confidence >= thresholds.unsure and understanding.intent in ACTIONABLE
    if options and (likely or _offered(case) >= thresholds.offered):
        return _ask_which(case, options)
    return _not_understood(case)


def _offered(case: Case) -> float:
    ranking = case.understanding.ranking
    return sum([p for intent, p in ranking if intent in ACTIONABLE - {"ticket_status"}][:MOST_OPTIONS])


def _worth_a_question(case: Case) -> Decision | None:
    """In a group, unasked: surely no chatter, but which service is unclear."""
    understanding, thresholds = case.understanding, case.surroundings.thresholds
    chatter = understanding.probability("chitchat") + understanding.probability("greet_help")
    if understanding.intent not in WITH_CATEGORY or understanding.confidence < thresholds.unsure:
        return None
    if 1 - chatter < thresholds.actionable:
        return None
    options = likely_services(understanding, MOST_OPTIONS)
    return _ask_which(case, options) if len(options) > 1 else None


def _act_on(case: Case) -> Decision:
    understanding = case.understanding
    if understanding.intent == "ticket_status":
        ref = _ref_of(understanding.entities.get("ticket", ""))
        urging = understanding.cue is not None and understanding.cue.kind == "urge"
        community = case.message.community_id
        if urging:
            return Run(UrgeTicket(community, case.actor, ref=ref, text=case.message.text))
        return Run(ShowTicket(community, case.actor, ref=ref))
    service = service_of(understanding, case.surroundings.thresholds.category)
    return open_service(case, service) if service else Ignore("no_service")


def _ref_of(text: str) -> str:
    return "".join(c for c in text if c.isdigit() or c == "-")


def _ask_which(case: Case, options: tuple[str, ...]) -> Ask:
    names = case.surroundings.service_names
    buttons = tuple(Button("button.choose", f"choose:{code}", {"service": names.get(code, code)}) for code in options)
    return Ask("ask.which", options, (*buttons, Button("button.none", "choose:none")))


def _not_understood(case: Case) -> Decision:
    return misunderstood(case, Say("fallback.not_understood", buttons=HELP_BUTTONS, misunderstood=True))


def _misread(case: Case) -> Decision | None:
    """ "不是这个意思" to an answer that opened nothing."""
    cue = case.understanding.cue
    return _not_understood(case) if cue is not None and cue.kind == "not_this" and case.message.addressed else None


def _found_on_patrol(case: Case) -> Decision | None:
    """ "巡逻发现…": no chatter, whoever it was said to; of what service is the model's guess."""
    understanding = case.understanding
    if case.message.button or case.message.mentions_others or not is_from_patrol(case.message.text):
        return None
    chatter = understanding.probability("chitchat") + understanding.probability("greet_help")
    services = likely_services(understanding, 1)
    if not services or chatter > 1 - case.surroundings.thresholds.sure:
        return None
    return open_service(case, services[0])


def _shift(case: Case) -> Decision | None:
    """Words about a patrol; where there is no such shift, what they would mean without it."""
    order = read_order(case)
    if isinstance(order, TakeOver) and not case.message.addressed:  # too late, or of elsewhere: no ticket
        return Run(order, tentative=True)
    return _or_else(case, order, _shift)


def _pool(case: Case) -> Decision | None:
    """A neighbour asks for help or offers it; where there is no such kind of help, what it would mean without it."""
    return _or_else(case, read_pool_order(case), _pool)


def _settled(case: Case) -> Decision | None:
    return _or_else(case, read_settling(case), _settled)


def _or_else(case: Case, order: Any, rule: Rule) -> Decision | None:
    """The order, and if it finds nothing to be about, what the later rules make of the words."""
    if order is None:
        return None
    rest = next((d for later in RULES[RULES.index(rule) + 1 :] if (d := later(case)) is not None), None)
    return Run(order, tentative=True) if rest is None or isinstance(rest, Ignore) else Run(order, instead=rest)


AFTER_RUMOURS: tuple[Rule, ...] = (_guided, _sure, _addressed, _worth_a_question)
RULES: tuple[Rule, ...] = (
    decide_staff_group,
    _button,
    decide_mediation,
    _roll_call,
    decide_home,
    decide_feared,
    decide_staff,
    decide_point,
    decide_watch,
    decide_emergency,
    decide_staff_code,
    decide_code,
    decide_confiding,
    decide_handed_off,
    decide_person,
    decide_proposal,
    _settled,
    decide_shift,
    _found_on_patrol,
    _shift,
    decide_survey,
    decide_belonging,
    decide_poll,
    _pool,
    decide_hours,
    decide_activity,
    decide_ballot,
    decide_notice,
    decide_deed,
    decide_building,
    decide_answer,
    decide_quoted,
    decide_awaited,
    decide_continuation,
    _false_alarm,
    _standing_expression,
    _me_too,
    _to_others,
    _misread,
    _standing_alone,
    _only_a_place,
    _quarrelling,
    _own_answer,
    _rumour,
    *AFTER_RUMOURS,
)
