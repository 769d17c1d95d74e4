"""What is said of proposals: what stands for support, what is an argument; summaries and differences invent nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actions.proposals import commands as p
from actions.proposals.drafting import split_title
from actions.proposals.model import Stance
from actions.proposals.summary import LONGEST, Said, common_ground, summarise
from bot.conversations import Conversation
from bot.decide.decision import Case, Run, Surroundings
from bot.decide.proposals import decide_feared, decide_proposal, decide_proposal_press, stance_of
from bot.messages import ChatKind, Message, Quoted
from bot.proposals.differences import compare
from bot.understanding import Understanding

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)
CARD = Quoted(7, "【1号提案】", from_bot=True, proposal_id=3)


def case(text: str, *, private: bool = False, quoted: Quoted | None = None, danger: str | None = None) -> Case:
    kind = ChatKind.PRIVATE if private else ChatKind.GROUP
    message = Message(9, 1, 2, kind, 4, "王阿姨", text, NOW, quoted=quoted)
    return Case(message, Understanding(text, "chitchat", 0.3, danger=danger), Conversation(), Surroundings(), NOW)


NAMES_SOMETHING = ("+1支持装充电桩", "我家也支持加装电梯", "附议：装声控灯", "坚决赞成东门装充电桩！", "支持裝充電樁")
OTHER_TALK = (
    *("支持", "支持微信支付吗", "支持一下我家孩子", "谁支持7栋", "我不支持装电梯"),
    *("这家店不支持退货", "今天支持下单吗", "+1"),
)


@pytest.mark.parametrize("text", NAMES_SOMETHING)
def test_support_that_names_something_is_looked_up(text: str) -> None:
    decision = decide_proposal(case(text))
    assert isinstance(decision, Run)
    assert isinstance(decision.command, p.SupportProposal)
    assert decision.tentative


@pytest.mark.parametrize("text", OTHER_TALK)
def test_other_talk_is_left_alone(text: str) -> None:
    assert decide_proposal(case(text)) is None


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("早就该装了", "for"), ("我同意", "for"), ("不同意，太吵", "against"), ("没必要花这个钱", "against"),
        ("电费谁出", "question"), ("要多少钱？", "question"), ("建议装在车棚", "idea"), ("楼下那块空地", "idea"),
        ("担心影响采光", "against"),
    ],
)  # fmt: skip
def test_an_argument_is_marked_for_what_it_is(text: str, stance: str) -> None:
    assert stance_of(text) == stance


def test_what_quotes_the_card_is_an_argument_said_quietly() -> None:
    decision = decide_proposal(case("离窗户太近了", quoted=CARD))
    assert isinstance(decision, Run)
    assert decision.quiet
    assert decision.command == p.AddArgument(1, 4, 3, "idea", "离窗户太近了", "line:9")


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("支持", p.SupportProposal), ("+1", p.SupportProposal), ("撤回附议", p.LeaveProposal),
        ("到哪一步了？", p.ShowProposals), ("不用再告诉我", p.MuteProposals),
    ],
)  # fmt: skip
def test_a_reply_to_the_card_may_be_more_than_an_argument(text: str, command: type) -> None:
    decision = decide_proposal(case(text, quoted=CARD))
    assert isinstance(decision, Run)
    assert isinstance(decision.command, command)


def test_a_fear_is_an_argument_and_a_fire_is_not() -> None:
    assert decide_feared(case("我反对，怕着火", quoted=CARD, danger="fire")) is not None
    for text in ("3栋着火了", "怕着火了，正在冒烟", "怕起火！！快来", "怕着火"):
        quoted = None if text == "怕着火" else CARD
        assert decide_feared(case(text, quoted=quoted, danger="fire")) is None


@pytest.mark.parametrize("rest", ["", "support", "support:x", "support:１", "support:1234567890123456", "eat:1"])
def test_a_button_nobody_made_does_nothing(rest: str) -> None:
    assert not isinstance(decide_proposal_press(case(""), rest), Run)


def test_putting_forward_keeps_all_the_words() -> None:
    said = "我想发起一个提案：3栋旁边装充电桩。飞线多！要快。"
    decision = decide_proposal(case(said, private=True))
    assert isinstance(decision, Run)
    assert decision.command == p.DraftProposal(1, 4, "3栋旁边装充电桩。飞线多！要快。")


def test_the_title_is_the_first_sentence_cut_where_it_may_be() -> None:
    assert split_title("装充电桩。现在拉飞线") == ("装充电桩", "装充电桩。现在拉飞线")
    long = "，".join(["小区东门装充电桩"] * 9)
    title, text = split_title(long)
    assert title == "，".join(["小区东门装充电桩"] * 4)
    assert text == long


WORDS = st.text(alphabet="早就该装充电桩了电费谁出离窗户太近，。？！", min_size=1, max_size=120)
ARGUMENTS = st.lists(st.tuples(st.sampled_from(list(Stance)), WORDS, st.integers(0, 5)), max_size=12)


@settings(max_examples=60)
@given(ARGUMENTS)
def test_a_summary_says_only_what_was_said(drawn: list[tuple[Stance, str, int]]) -> None:
    arguments = [Said(n, stance, text, n, yes) for n, (stance, text, yes) in enumerate(drawn)]
    for sentence in summarise(arguments):
        source = arguments[sentence.argument_id]
        assert sentence.text in source.text
        assert sentence.stance == source.stance
        assert len(sentence.text) <= LONGEST
        assert set(sentence.others).isdisjoint({sentence.argument_id})


def test_what_says_the_same_is_one_and_most_agreed_with_comes_first() -> None:
    arguments = [
        Said(1, "for", "早就该装充电桩了", 1),
        Said(2, "for", "早就该装充电桩了，拉飞线危险", 2, yes=3),
        Said(3, "for", "方便上班的人", 3, yes=1),
        Said(4, "against", "离窗户太近", 4),
    ]
    found = [(one.stance, one.argument_id, one.people) for one in summarise(arguments)]
    assert found == [("for", 2, 5), ("for", 3, 2), ("against", 4, 1)]


def test_common_ground_needs_both_sides() -> None:
    both = Said(1, "for", "装在车棚", 1, yes=3, no=1, yes_of=frozenset({"for", "against"}))
    one_sided = Said(2, "for", "马上装", 2, yes=4, yes_of=frozenset({"for"}))
    too_few = Said(3, "against", "别装在窗下", 3, yes=2, yes_of=frozenset({"for"}))
    assert common_ground([both, one_sided, too_few]) == [both]


PARAGRAPHS = st.lists(st.text(alphabet="出门遛狗要牵绳一米五不超过拾便袋，。ab 1", min_size=1, max_size=30), max_size=6)


@settings(max_examples=80)
@given(PARAGRAPHS, PARAGRAPHS)
def test_both_wordings_can_be_read_back_from_the_differences(old: list[str], new: list[str]) -> None:
    found = compare(old, new)
    now = [c for c in found if c.number is not None]
    assert [c.number for c in now] == list(range(len(new)))
    assert ["".join(piece.text for piece in c.pieces if piece.mark != "removed") for c in now] == new
    before = ["".join(piece.text for piece in c.pieces if piece.mark != "added") for c in found if c.mark != "added"]
    assert before == old


def test_a_changed_paragraph_shows_its_words() -> None:
    (changed, gone) = compare(["出门遛狗要牵绳。", "晚上不遛狗。"], ["出门遛狗要牵绳，不超过一米五。"])
    assert changed.mark == "changed"
    assert [piece.text for piece in changed.pieces if piece.mark == "removed"] == []
    assert "一米五" in "".join(piece.text for piece in changed.pieces if piece.mark == "added")
    assert (gone.mark, gone.number) == ("removed", None)
