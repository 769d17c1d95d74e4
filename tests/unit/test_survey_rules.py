"""Surveys by their rules: what may be asked, what counts, what is hidden, and what the report comes to."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from actions.errors import ActionError, InvalidInput, MoveRefused, NotAllowed, NotFound
from actions.people.home_model import Contact
from actions.people.model import Role
from actions.surveys import commands as s
from actions.surveys.draw import check_record, draw
from actions.surveys.model import Answered, QuizEntry, QuizPrize, Response, SurveyTalk
from actions.surveys.questions import Condition, Kind, Question, check_questions, shown
from actions.surveys.quiz import record_of
from actions.surveys.reading import BadAnswer, check_answer, check_answers, read_posted, read_spoken
from actions.surveys.results import SMALL, break_down, cross, hide, one_decimal, report
from bot.cli.drawing import BadRecord, check
from tests.support.surveys import (
    OVERALL,
    PRINTED,
    PUBLISHED,
    SCORE,
    TOOLS,
    WHY,
    YES_NO,
    Office,
    open_office,
    published_answers,
)

A = Question("a", Kind.SINGLE, "甲？", ("一", "二", "三"))
B = Question("b", Kind.SCALE, "乙？", low=1, high=5)


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with open_office() as opened:
        yield opened


def test_the_published_means_come_to_the_published_dimensions() -> None:
    questions, answers = TOOLS.templates["community"].questions, published_answers()
    found = report(questions, answers)
    assert [one_decimal(one.mean) for one in found.questions if one.question.is_indicator] == PUBLISHED
    assert [one_decimal(mean) for _, mean in found.dimensions] == PRINTED
    assert one_decimal(found.overall) == OVERALL


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (Fraction(8134, 100), "81.3"), (Fraction(8125, 100), "81.3"), (Fraction(8135, 100), "81.4"),
        (Fraction(0), "0.0"), (Fraction(-5, 100), "-0.1"), (Fraction(-1, 100), "0.0"), (None, "—"),
    ],
)  # fmt: skip
def test_numbers_are_rounded_once_and_half_goes_up(value: Fraction | None, printed: str) -> None:
    assert one_decimal(value) == printed


@pytest.mark.parametrize(
    ("questions", "wrong"),
    [
        ([replace(A, text="")], "text"),
        ([replace(A, kind="essay")], "kind"),
        ([replace(A, options=("一",))], "options"),
        ([replace(A, options=("一", "一"))], "twice"),
        ([replace(A, kind=Kind.MULTIPLE, least=3, most=2)], "how_many"),
        ([replace(B, low=5, high=5)], "scale"),
        ([replace(B, options=("好", "坏"))], "scale_words"),
        ([Question("m", Kind.MATRIX, "表", ("好", "坏"))], "matrix"),
        ([Question("n", Kind.NUMBER, "几", low=9, high=1)], "span"),
        ([A, replace(B, show_if=Condition("z", (0,)))], "no_such"),
        ([replace(B, show_if=Condition("a", (0,))), A], "loop"),
        ([replace(A, show_if=Condition("a", (0,)))], "loop"),
        ([A, replace(B, show_if=Condition("a", ()))], "dead_end"),
        ([A, replace(B, show_if=Condition("a", (3,)))], "dead_end"),
        ([B, replace(A, show_if=Condition("b", low=6, high=9))], "dead_end"),
        ([Question("t", Kind.TEXT, "说说"), replace(A, show_if=Condition("t", (0,)))], "no_branch"),
    ],
)
def test_what_cannot_be_asked_is_said(questions: Sequence[Question], wrong: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_questions(questions)
    assert refused.value.phrase == f"survey.bad.{wrong}"


def test_what_hangs_on_a_question_that_is_not_asked_is_not_asked() -> None:
    chain = [A, replace(B, show_if=Condition("a", (0,))), replace(A, key="c", show_if=Condition("b", low=1, high=2))]
    check_questions(chain)
    assert [q.key for q in shown(chain, {"a": 1, "b": 1})] == ["a"]
    assert [q.key for q in shown(chain, {"a": 0, "b": 2})] == ["a", "b", "c"]
    assert check_answers(chain, {"a": 1, "b": 5, "c": 2}) == {"a": 1}
    with pytest.raises(BadAnswer) as missing:
        check_answers(chain, {"a": 0})
    assert missing.value.key == "b"
    assert check_answers(chain, {"a": 0, "b": None}) == {"a": 0, "b": None}


MATRIX = Question("m", Kind.MATRIX, "表", ("好", "中", "差"), ("卫生", "治安"))
RANK = Question("r", Kind.RANKING, "排", ("一", "二", "三"))
MANY = Question("x", Kind.MULTIPLE, "选", ("一", "二", "三"), least=1, most=2)
NUMBER = Question("n", Kind.NUMBER, "几", low=0, high=10)
DAY = Question("d", Kind.DATE, "哪天")


@pytest.mark.parametrize(
    ("question", "said", "kept"),
    [
        (A, "2", 1), (A, "第二个", 1), (A, "二", 1), (A, "9", BadAnswer), (A, "不愿回答", None),
        (A, "跳过", None),
        (A, "楼道灯坏了", BadAnswer), (B, "4", 4), (B, "6", BadAnswer), (MANY, "1 3", [0, 2]),
        (MANY, "1、2、3", BadAnswer),
        (RANK, "3 1 2", [2, 0, 1]), (RANK, "312", [2, 0, 1]), (RANK, "1 1 2", BadAnswer), (MATRIX, "1 3", [0, 2]),
        (MATRIX, "1", BadAnswer), (NUMBER, "7", 7), (NUMBER, "11", BadAnswer), (DAY, "2026年11月3日", "2026-11-03"),
        (DAY, "2026-2-30", BadAnswer), (DAY, "昨天", BadAnswer),
        (Question("t", Kind.TEXT, "说"), " 灯不亮 ", "灯不亮"),
    ],
)  # fmt: skip
def test_what_is_said_is_read_as_an_answer_or_asked_again(question: Question, said: str, kept: Any) -> None:
    if kept is BadAnswer:
        with pytest.raises(BadAnswer):
            check_answer(question, read_spoken(question, said))
    else:
        assert check_answer(question, read_spoken(question, said)) == kept


def test_what_a_form_holds_is_read() -> None:
    form = {
        "q.a": ["1"], "q.x": ["0", "2"], "q.m.0": ["0"], "q.m.1": ["2"], "q.r.0": ["2"], "q.r.1": ["1"], "q.r.2": ["3"],
        "q.n": [" 7 "], "q.d": ["2026-11-03"], "q.b.no": ["1"],
    }  # fmt: skip
    read = read_posted([A, B, MANY, MATRIX, RANK, NUMBER, DAY], lambda name: form.get(name, []))
    assert read == {"a": 1, "b": None, "x": [0, 2], "m": [0, 2], "r": [1, 0, 2], "n": 7, "d": "2026-11-03"}
    with pytest.raises(BadAnswer):
        read_posted([NUMBER], lambda name: ["七"] if name == "q.n" else [])
    with pytest.raises(BadAnswer):
        read_posted([RANK], lambda name: ["1"] if name.endswith((".0", ".1")) else [])


junk = st.one_of(
    st.none(), st.integers(-3, 12), st.text(max_size=4), st.lists(st.integers(-2, 5), max_size=4), st.booleans()
)


@settings(max_examples=60, deadline=None)
@given(st.fixed_dictionaries({}, optional={q.key: junk for q in (A, B, MANY, MATRIX, RANK, NUMBER, DAY)}))
def test_nothing_is_kept_that_cannot_be_counted(answers: dict[str, Any]) -> None:
    questions = [A, B, MANY, MATRIX, RANK, NUMBER, DAY]
    try:
        kept = check_answers([replace(one, required=False) for one in questions], answers)
    except BadAnswer:
        return
    found = report(questions, [kept])
    for one in found.questions:
        assert one.asked == 1
        assert one.said + one.silent == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=6))
def test_a_small_group_is_hidden_and_cannot_be_reckoned_back(counts: list[int]) -> None:
    told = hide(counts)
    assert all(one is None or one == 0 or one >= SMALL for one in told)
    small = any(0 < one < SMALL for one in counts)
    assert told.count(None) != 1 or sum(1 for one in counts if one) == 1 or not small


def test_groups_and_cells_of_few_are_not_shown() -> None:
    by = replace(A, key="g")
    answers = [{"g": 0, "a": 0}] * 20 + [{"g": 1, "a": 1}] * 7 + [{"g": 2, "a": 2}] * 2
    groups = break_down([by, A], answers, by)
    assert [one.size for one in groups] == [20, None, None]
    assert groups[2].report is None
    table = cross(A, by, answers)
    assert table[2][2] is None
    assert [row[2] for row in table if row[2]] == []


async def test_a_household_answers_once_whichever_device_it_uses(office: Office) -> None:
    survey = await office.draft(YES_NO, WHY)
    await office.open(survey)
    await office.answer(survey, "amei", q1=0)
    with pytest.raises(MoveRefused) as twice:
        await office.answer(survey, "husband", q1=1, q2="忙")
    assert twice.value.phrase == "survey.answered_already.household"
    await office.answer(survey, "laoli", q1=1, q2="电话13812345678")
    with pytest.raises(NotAllowed) as homeless:
        await office.answer(survey, "xiaochen", q1=0)
    assert homeless.value.phrase == "survey.needs_home"
    rows = (await office.session.scalars(select(Response))).all()
    assert sorted(str(one.answers) for one in rows) == sorted(
        [str({"q1": 0}), str({"q1": 1, "q2": "电话138********"})]
    )  # what was not asked is not kept, what is private is masked
    assert {one.resident_id for one in rows} == {None}
    voices = (await office.session.scalars(select(Answered.voice))).all()
    assert len(voices) == 2
    assert all(voice.startswith("h") for voice in voices)


async def test_who_answers_by_name_phone_or_link(office: Office) -> None:
    survey = await office.draft(YES_NO)
    await office.set(survey, who="resident", anonymous=False)
    await office.open(survey)
    await office.answer(survey, "amei", q1=0)
    await office.answer(survey, "husband", q1=0)
    assert {r.resident_id for r in await office.session.scalars(select(Response))} == {
        office.people["amei"],
        office.people["husband"],
    }
    phones = await office.draft(YES_NO)
    await office.set(phones, who="phone")
    await office.open(phones)
    with pytest.raises(NotAllowed):
        await office.answer(phones, "amei", q1=0)
    for who in ("amei", "husband"):
        office.session.add(
            Contact(
                community_id=office.community, resident_id=office.people[who], phone_mark="same", updated_at=office.now
            )
        )
    await office.answer(phones, "amei", q1=0)
    with pytest.raises(MoveRefused):
        await office.answer(phones, "husband", q1=0)
    linked = await office.draft(YES_NO)
    await office.set(linked, who="link")
    await office.open(linked)
    await office.do(s.AnswerSurvey(linked, None, {"q1": 0}, "device-1"))
    with pytest.raises(MoveRefused):
        await office.do(s.AnswerSurvey(linked, None, {"q1": 1}, "device-1"))
    with pytest.raises(NotAllowed):
        await office.do(s.AnswerSurvey(survey, None, {"q1": 1}, "device-1"))


async def test_the_first_answer_freezes_it_and_a_slip_can_still_be_put_right(office: Office) -> None:
    survey = await office.draft(YES_NO, SCORE)
    await office.open(survey)
    await office.do(s.MoveQuestion(survey, office.desk, "q2", True))  # open, but nobody has answered
    await office.do(s.MoveQuestion(survey, office.desk, "q2", False))
    await office.answer(survey, "amei", q1=0, q2=4)
    question = (await office.survey(survey)).asked[0]
    for command in (
        s.SaveQuestion(survey, office.desk, replace(question, text="别的问题")),
        s.SaveQuestion(survey, office.desk, YES_NO),
        s.DropQuestion(survey, office.desk, "q1"),
        s.MoveQuestion(survey, office.desk, "q2", True),
    ):
        with pytest.raises(MoveRefused) as frozen:
            await office.do(command)
        assert frozen.value.phrase == "survey.frozen"
    with pytest.raises(MoveRefused):
        await office.set(survey, anonymous=False)
    with pytest.raises(MoveRefused) as other:
        await office.do(s.CorrectQuestion(survey, office.desk, "q1", "您反对社区活动吗？那为什么", "改"))
    assert other.value.phrase == "survey.not_a_slip"
    with pytest.raises(InvalidInput):
        await office.do(s.CorrectQuestion(survey, office.desk, "q1", "您参加过社区的活动吗？", ""))
    await office.do(s.CorrectQuestion(survey, office.desk, "q1", "您参加过社区的活动吗？", "漏字"))
    await office.do(s.CorrectQuestion(survey, office.desk, "q1", "没有过", "漏字", 1))
    assert (await office.survey(survey)).asked[0].options == ("参加过", "没有过")
    copy = int((await office.do(s.CreateSurvey(office.community, office.desk, copy_of=survey))).value)
    made = await office.survey(copy)
    assert (made.round, made.series_id, made.state) == (2, survey, "draft")
    await office.do(s.DropQuestion(copy, office.desk, "q2"))


async def test_it_opens_and_closes_at_its_minute_and_reminds_twice_at_most(office: Office) -> None:
    survey = await office.draft(YES_NO)
    start = office.now + timedelta(hours=2)
    await office.set(survey, opens_at=start, closes_at=start + timedelta(days=10))
    await office.open(survey)
    assert await office.ring(hours=1, minutes=59) == []
    with pytest.raises(NotFound):
        await office.answer(survey, "amei", q1=0)
    assert [event.name for event in await office.ring(minutes=1)] == ["SurveyChanged"]
    assert office.said[-1].phrase == "survey.card.survey"
    everybody = tuple(office.people.values())
    for turn, later in ((1, {"days": 5}), (2, {"days": 4})):
        assert await office.ring(**later)
        due = [event for event in await office.ring() if event.name == "SurveyRemindersDue"]
        assert [event.data["turn"] for event in due] == [turn]
        await office.do(s.RemindResidents(survey, turn, everybody, last=True))
        await office.do(s.RemindResidents(survey, turn, everybody, last=True))  # the same tick again
    reminded = [reply for reply in office.said if reply.phrase == "survey.remind"]
    assert len(reminded) == 2 * len(everybody)
    assert not any(reply.immediate for reply in reminded)
    with pytest.raises(MoveRefused):
        await office.do(s.RemindNow(survey, office.desk))
    assert await office.ring(hours=23, minutes=59) == []
    await office.answer(survey, "amei", q1=0)
    await office.ring(minutes=1)
    with pytest.raises(MoveRefused) as late:
        await office.answer(survey, "laoli", q1=0)
    assert late.value.phrase == "survey.over"
    with pytest.raises(InvalidInput):
        await office.do(s.PublishSurvey(survey, office.desk, "都参加过", ""))
    await office.do(s.PublishSurvey(survey, office.desk, "都参加过", "下月再办"))
    assert office.said[-1].phrase == "survey.published"


async def test_who_may_make_surveys(office: Office) -> None:
    for role in (Role.GRID_WORKER, Role.STREET, Role.SUPERVISOR, Role.POLICE):
        with pytest.raises(NotAllowed):
            await office.do(s.CreateSurvey(office.community, office.staff[role], "问卷"))
    with pytest.raises(NotFound):
        await office.do(s.CreateSurvey(office.community + 7, office.desk, "问卷"))
    with pytest.raises(InvalidInput):
        await office.open(await office.draft())
    survey = await office.draft(YES_NO)
    bad: list[dict[str, Any]] = [
        {"title": ""}, {"who": "cat"}, {"unit_ids": ()}, {"unit_ids": (99,)}, {"closes_at": office.now},
        {"who": "link", "anonymous": False}, {"prizes": (s.Prize("米", 1),)}, {"intro": "长" * 1001},
    ]  # fmt: skip
    for setting in bad:
        with pytest.raises(InvalidInput):
            await office.set(survey, **setting)


async def test_the_chat_asks_one_by_one_and_what_was_said_is_kept(office: Office) -> None:
    survey = await office.draft(YES_NO, WHY, SCORE)
    await office.open(survey)
    amei = office.people["amei"]
    started = await office.do(s.StartTalk(office.community, amei, in_group=True))
    assert [reply.phrase for reply in started.replies] == [
        "survey.told_in_private", "survey.talk.begin", "survey.ask.single",
    ]  # fmt: skip
    again = await office.do(s.AnswerTalk(survey, amei, "随便"))
    assert [reply.phrase for reply in again.replies] == ["survey.answer.say_again", "survey.ask.single"]
    assert (await office.do(s.AnswerTalk(survey, amei, key="q1", value="1"))).replies[0].phrase == "survey.ask.text"
    assert not (await office.do(s.StopTalk(survey, amei))).value.going
    assert (await office.do(s.StartTalk(office.community, amei))).replies[-1].phrase == "survey.ask.text"
    await office.do(s.AnswerTalk(survey, amei, "没空"))
    await office.do(s.AnswerTalk(survey, amei, key="q1", value="0"))  # an old button: the way to q2 is shut
    done = await office.do(s.AnswerTalk(survey, amei, "4"))
    assert not done.value.going
    assert done.replies[0].phrase == "survey.thanks"
    assert (await office.session.scalars(select(Response))).one().answers == {"q1": 0, "q3": 4}
    assert (await office.session.scalars(select(SurveyTalk))).all() == []
    with pytest.raises(MoveRefused):
        await office.do(s.StartTalk(office.community, office.people["husband"], survey))


async def played(office: Office) -> int:
    """A quiz with one prize of each kind, which three have answered."""
    quiz = await office.draft(template="fire_quiz", quiz=True)
    prizes = (s.Prize("大米5公斤", 1), s.Prize("洗衣液", 1))
    await office.set(quiz, closes_at=office.now + timedelta(days=3), pass_score=3, prizes=prizes)
    await office.open(quiz)
    for who in ("amei", "husband", "laoli"):
        await office.answer(quiz, who, f1=1, f2=2, f3=[0, 2, 3], f4=0)
    await office.answer(quiz, "xiaochen", f1=0, f2=0, f3=[0], f4=0)
    return quiz


async def test_the_draw_was_promised_before_and_anybody_can_do_it_again(office: Office, tmp_path: Path) -> None:
    quiz = await played(office)
    promised = (await office.survey(quiz)).seed_hash
    assert promised in str([reply.params for reply in office.said if reply.phrase == "survey.card.quiz"])
    with pytest.raises(MoveRefused):
        await office.answer(quiz, "amei", f1=1, f2=2, f3=[0], f4=2)
    await office.ring(days=3)
    survey = await office.survey(quiz)
    entries = (await office.session.scalars(select(QuizEntry))).all()
    assert sorted(one.score for one in entries) == [0, 3, 3, 3]
    prizes = (await office.session.scalars(select(QuizPrize).order_by(QuizPrize.place))).all()
    record = record_of(survey, [one.entry_hash for one in entries if one.qualified], prizes)
    # as somebody without our code would do it
    assert sha256(record["seed"].encode()).hexdigest() == promised
    key = sha256((record["seed"] + "\n" + "\n".join(sorted(record["entries"]))).encode()).hexdigest()
    order = sorted(record["entries"], key=lambda one: sha256((key + one).encode()).hexdigest())
    assert [(one["prize"], one["entry"]) for one in record["winners"]] == [
        ("大米5公斤", order[0]),
        ("洗衣液", order[1]),
    ]
    assert {sha256(one.code.encode()).hexdigest() for one in entries if one.qualified} == set(order)
    assert check_record(record) == []
    twice = [*order, order[0]]
    for wrong in ({"seed": "0" * 64}, {"winners": record["winners"][::-1]}, {"entries": twice}, {"prizes": "?"}):
        assert check_record(record | wrong) != []
    file = tmp_path / "draw.json"
    file.write_text(json.dumps(record), "utf-8")
    said = io.StringIO()
    assert (check(file, said), "2 of 3" in said.getvalue()) == (0, True)
    file.write_text(json.dumps(record | {"seed": "0" * 64}), "utf-8")
    assert check(file, said) == 1
    file.write_text("[]", "utf-8")
    with pytest.raises(BadRecord):
        check(file, said)
    winner = prizes[0]
    code = next(one.code for one in entries if one.entry_hash == winner.entry_hash)
    with pytest.raises(InvalidInput):
        await office.do(s.HandPrize(quiz, office.desk, 1, "zzzz"))
    await office.do(s.HandPrize(quiz, office.desk, 1, code[-4:].upper()))
    with pytest.raises(ActionError):
        await office.do(s.HandPrize(quiz, office.desk, 1, code))


@settings(max_examples=40, deadline=None)
@given(st.sets(st.text("0123456789abcdef", min_size=64, max_size=64), max_size=12), st.integers(0, 14))
def test_nobody_wins_twice_and_the_order_of_the_list_is_nothing(entries: set[str], prizes: int) -> None:
    won = draw("seed", list(entries), prizes)
    assert won == draw("seed", sorted(entries, reverse=True), prizes)
    assert len(set(won)) == len(won) == min(prizes, len(entries))
