"""The bot asked about sentences: rules and model together, in order, several matters each for itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.decide.decision import Thresholds
from bot.examination import BATCH, examine
from bot.understand.local import LocalModel
from nlu.evaluation.figures import EMERGENCY
from nlu.examples import read_examples
from nlu.training import ROOT

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def model(small_archive: Path) -> LocalModel:
    return LocalModel.load(small_archive)


async def test_plain_danger_is_an_emergency_whatever_the_model_says(model: LocalModel) -> None:
    deaf = Thresholds(emergency=1.1)
    [answer] = await examine(model, ["着火了！5栋2单元冒黑烟，快来人"], deaf)

    assert (answer.alarm, answer.alarm_by_rules, answer.speaks) == (True, True, True)
    assert (answer.parse.intent, answer.parse.confidence, answer.parse.category) == (EMERGENCY, 1.0, None)
    assert answer.parse.probability("chitchat") == 0.0
    assert answer.parse.why[0] == "rule: fire"
    assert sum(probability for _, probability in answer.parse.ranking) == pytest.approx(1)


async def test_every_text_has_its_answer_in_order_across_batches_and_gaps(model: LocalModel) -> None:
    sentences = [e.text for e in read_examples([ROOT / "data" / "nlu" / "dispute.yml"])][: 2 * BATCH]
    texts = ["", *sentences[:5], "  ", *sentences[5:], "哈哈哈"]
    said: list[str] = []
    answers = await examine(model, texts, Thresholds(), progress=said.append)

    assert [answer.parse.text for answer in answers] == texts
    alone = [(await examine(model, [text], Thresholds()))[0] for text in texts[:8]]
    assert [a.parse.intent for a in answers[:8]] == [a.parse.intent for a in alone]
    assert said[-1] == f"{len(texts)} of {len(texts)} sentences read"
    assert len(said) == 3


async def test_what_the_bot_says_depends_on_the_thresholds(model: LocalModel) -> None:
    texts = ["3栋2单元电梯坏了，快来修", "楼上漏水到我家"]
    bold = await examine(model, texts, Thresholds(sure=0.0, unasked=0.0))
    shy = await examine(model, texts, Thresholds(sure=1.1, unasked=1.1, unsure=1.1, actionable=1.1))

    assert [answer.speaks for answer in bold] == [True, True]
    assert [answer.speaks for answer in shy] == [False, False]
    assert [answer.alarm for answer in bold + shy] == [False] * 4
