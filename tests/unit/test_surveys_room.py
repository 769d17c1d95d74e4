"""The room of surveys on a database: one answer a household, frozen questions, its clock, the talk, the draw."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from actions.errors import ActionError, InvalidInput, MoveRefused, NotAllowed, NotFound
from actions.people.home_model import Contact
from actions.people.model import Role
from actions.surveys import commands as s
from actions.surveys.draw import check_record
from actions.surveys.model import Answered, QuizEntry, QuizPrize, Response, SurveyTalk
from actions.surveys.quiz import record_of
from bot.cli.drawing import BadRecord, check
from tests.support.surveys import (
    SCORE,
    WHY,
    YES_NO,
    Office,
    open_office,
)


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with open_office() as opened:
        yield opened


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
