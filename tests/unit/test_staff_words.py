"""Which words of staff are orders, and which only sound like one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from actions.people.link_commands import LinkStaff, VoidStaffCode
from actions.tickets.work_commands import ShowWork, ShowWorkHelp, WorkOn
from bot.conversations import Conversation, OpenQuestion
from bot.decide.decision import Case, Decision, Ignore, Run, Surroundings
from bot.decide.policy import decide
from bot.decide.staff import VERBS, decide_staff, decide_staff_group
from bot.messages import ChatKind, Message, Quoted
from bot.understanding import Understanding

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)
STAFF, TALKER = 7, 21
CARD = Quoted(5, "新工单 20261118-0012", from_bot=True, ticket_id=34)


def case_of(
    text: str,
    *,
    kind: ChatKind = ChatKind.PRIVATE,
    quoted: Quoted | None = None,
    staff: int | None = STAFF,
    button: str | None = None,
    question: OpenQuestion | None = None,
) -> Case:
    message = Message(9, 1, 3, kind, TALKER, "李工", text, NOW, quoted=quoted, button=button)
    return Case(
        message, Understanding(text, "chitchat", 0.5), Conversation(question=question), Surroundings(staff=staff), NOW
    )


def order(decision: Decision | None) -> WorkOn:
    assert isinstance(decision, Run)
    assert isinstance(decision.command, WorkOn)
    return decision.command


@pytest.mark.parametrize(
    ("said", "do", "ref", "text", "to"),
    [
        ("接单 0012", "take", "0012", "", ""),
        ("0012接单", "take", "0012", "", ""),
        ("接單 #12", "take", "12", "", ""),
        ("12号 我去", "take", "12", "", ""),
        ("换我来 0012", "take_over", "0012", "", ""),
        ("办结 0012 换了灯泡", "handle", "0012", "换了灯泡", ""),
        ("0012 修好了，3栋的灯", "handle", "0012", "3栋的灯", ""),
        ("办结，换了灯泡", "handle", "", "换了灯泡", ""),
        ("办结20261118-0012：换了门机皮带。", "handle", "20261118-0012", "换了门机皮带", ""),
        ("搞定了", "handle", "", "", ""),
        ("退回 0012 不归我们管", "return", "0012", "不归我们管", ""),
        ("问居民 0012 是几楼", "suspend", "0012", "是几楼", ""),
        ("派给 李师傅 0012 他熟", "dispatch", "0012", "他熟", "李师傅"),
        ("转给物业 0012", "dispatch", "0012", "", "物业"),
        ("0012 转给居委会", "dispatch", "0012", "", "居委会"),
        ("回复 0012 下午三点到", "answer", "0012", "下午三点到", ""),
        ("群里回复 0012 大家小心", "answer_group", "0012", "大家小心", ""),
        ("备注 0012 灯座旧了", "note", "0012", "灯座旧了", ""),
        ("看 0012", "show", "0012", "", ""),
    ],
)
def test_an_order_names_what_is_done_with_which_ticket(said: str, do: str, ref: str, text: str, to: str) -> None:
    found = order(decide_staff(case_of(said)))
    assert (found.do, found.ref, found.text, found.to) == (do, ref, text, to)
    assert (found.resident_id, found.ticket_id) == (TALKER, None)


@pytest.mark.parametrize(
    "said",
    [
        "看电影去", "收到快递了", "我来晚了", "接孩子去了", "上报一下情况吧", "完成度怎么样", "我去买菜",
        "接 5号楼的快递", "看3栋的灯", "收到2个包裹", "退回去", "结案了吗", "今天办结了几单呀",
    ],
)  # fmt: skip
def test_what_only_sounds_like_an_order_is_none(said: str) -> None:
    assert decide_staff(case_of(said)) is None


@pytest.mark.parametrize("word", sorted(VERBS))
def test_each_word_said_to_a_card_is_about_its_ticket(word: str) -> None:
    found = order(decide_staff(case_of(word, quoted=CARD)))
    assert (found.do, found.ticket_id) == (VERBS[word], 34)


def test_a_number_counts_for_more_than_the_card_it_is_said_to() -> None:
    found = order(decide_staff(case_of("办结 0007 好了", quoted=CARD)))
    assert (found.ref, found.ticket_id) == ("0007", None)


def test_who_is_no_staff_gives_no_orders() -> None:
    for said in ("接单 0012", "待办", "帮助"):
        assert decide_staff(case_of(said, staff=None)) is None
    assert decide(case_of("", staff=None, button="work:take:34")) == Ignore("unknown_button")


def test_in_the_staffs_group_only_orders_with_a_number_or_to_a_card_are_heard() -> None:
    group = ChatKind.STAFF
    assert order(decide_staff_group(case_of("接单", kind=group, quoted=CARD))).ticket_id == 34
    assert order(decide_staff_group(case_of("办结 0012 好了", kind=group))).ref == "0012"
    for said in ("搞定了", "接单", "3栋着火那家怎么样了", "待办", "收到"):
        assert decide(case_of(said, kind=group)) == Ignore("staff_group")
    assert decide(case_of("接单 0012", kind=group, staff=None)) == Ignore("staff_group")
    assert order(decide(case_of("接单", kind=group, button="work:take:34"))).do == "take"
    assert decide(case_of("", kind=group, button="mine")) == Ignore("staff_group")


def test_what_was_asked_for_is_what_is_said_next_but_an_order_goes_first() -> None:
    asked = OpenQuestion("work", NOW.replace(hour=3), ticket_id=34, options=("handle",))
    found = order(decide_staff(case_of("换了个灯泡", question=asked)))
    assert (found.do, found.ticket_id, found.text) == ("handle", 34, "换了个灯泡")
    assert order(decide_staff(case_of("退回 0012 不归我们", question=asked))).do == "return"
    late = OpenQuestion("work", NOW, ticket_id=34, options=("handle",))
    assert decide_staff(case_of("换了个灯泡", question=late)) is None


def test_lists_help_and_codes_are_short_words() -> None:
    assert decide_staff(case_of("我的待办")) == Run(ShowWork(TALKER))
    assert decide_staff(case_of("帮助！")) == Run(ShowWorkHelp(TALKER))
    assert decide(case_of("绑定 7KQ2-M9XD", staff=None)) == Run(LinkStaff(1, TALKER, "7KQ2M9XD"))
    in_group = decide(case_of("绑定：7kq2m9xd", staff=None, kind=ChatKind.GROUP))
    assert in_group == Run(VoidStaffCode(1, TALKER, "7KQ2M9XD"))


@pytest.mark.parametrize("value", ["", "drop:3", "take:", "take:x", "take:1e9", "take:" + "9" * 20])
def test_a_button_that_was_made_up_does_nothing(value: str) -> None:
    assert decide(case_of("", button=f"work:{value}")) == Ignore("unknown_button")


def test_the_words_that_were_asked_for_in_the_staff_group_are_heard_there() -> None:
    asked = OpenQuestion("work", NOW + timedelta(minutes=5), ticket_id=34, options=("handle",))
    said = order(decide(case_of("换了灯泡", kind=ChatKind.STAFF, question=asked)))
    assert (said.do, said.ticket_id, said.text) == ("handle", 34, "换了灯泡")
    other = Quoted(6, "晚上谁值班？", from_bot=False)
    for case in (
        case_of("换了灯泡", kind=ChatKind.STAFF),
        case_of("我值", kind=ChatKind.STAFF, question=asked, quoted=other),
        case_of("换了灯泡", kind=ChatKind.STAFF, question=asked, staff=None),
    ):
        assert isinstance(decide(case), Ignore)
