"""The lint of training sentences: what it finds, what it leaves alone, and what it says of the shipped ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from nlu.evaluation import nearness
from nlu.evaluation.keywords import measure_keywords
from nlu.evaluation.lint import Finding, lint, read_deliberate, read_rules
from nlu.evaluation.nearness import NEAR, Neighbours, find_near, pieces, similarity
from nlu.examples import Example, read_examples
from nlu.training import DOMAIN, ROOT

RULES = read_rules(DOMAIN)
SHIPPED = ROOT / "data" / "nlu"


def codes(examples: Sequence[Example], **more: object) -> list[str]:
    return [found.code for found in findings(examples, **more) if found.code != "few_examples"]


def findings(examples: Sequence[Example], **more: object) -> tuple[Finding, ...]:
    return lint(examples, rules=RULES, **more).findings  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("example", "code"),
    [
        (Example("明天几点开门", "consult"), None),
        (Example("  ", "consult"), "empty"),
        (Example("水" * 700, "consult"), "too_long"),
        (Example("[3栋(building)电梯坏了", "consult"), "broken_mark"),
        (Example("3栋](building)电梯坏了", "consult"), "broken_mark"),
        (Example("[捂脸]谁来管管", "consult"), None),  # a sticker
        (Example("电梯坏了", "service_request", "elevator", (("building", "3栋"),)), "entity_not_in_text"),
        (Example("3栋电梯坏了", "service_request", "elevator", (("house", "3栋"),)), "unknown_entity"),
        (Example("电梯坏了", "service_reqest", "elevator"), "unknown_label"),
        (Example("电梯坏了", "service_request", "lift"), "unknown_label"),
        (Example("电梯坏了", "service_request"), "no_category"),
    ],
)
def test_one_sentence_at_a_time(example: Example, code: str | None) -> None:
    assert codes([example]) == ([code] if code else [])


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        (("楼上漏水了", "dispute/leakage"), ("楼上漏水了", "dispute/leakage"), "duplicate"),
        (("楼上漏水了！", "dispute/leakage"), ("樓上漏水了", "dispute/leakage"), "near_duplicate"),
        (("楼上漏水了", "dispute/leakage"), ("樓上漏水了。", "dispute/noise"), "contradiction"),
        (
            ("昨天报修的水管现在还在漏水", "ticket_status"),
            ("昨天报修的水管现在还在漏水啊", "feedback"),
            "near_contradiction",
        ),
        (("楼上漏水了", "dispute/leakage"), ("车库灯坏了", "service_request/other"), None),
    ],
)
def test_twins(first: tuple[str, str], second: tuple[str, str], code: str | None) -> None:
    examples = [
        Example(text, *(label.split("/")), source="a.yml", line=line)  # type: ignore[arg-type]
        for line, (text, label) in enumerate((first, second), 7)
    ]
    found = [f for f in findings(examples) if f.code != "few_examples"]

    assert [f.code for f in found] == ([code] if code else [])
    for finding in found:
        assert str(finding).startswith(f"a.yml:8: {second[1]}: ")
        assert "a.yml:7" in finding.reason
        assert finding.is_error is (code != "near_duplicate")


def test_twins_that_are_meant_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "deliberate.txt").write_text("门口的灯坏了没人管\t门口的灯坏了有人管\n", encoding="utf-8")
    pair = [Example("门口的灯坏了没人管", "feedback"), Example("门口的灯坏了有人管", "chitchat")]

    assert "near_contradiction" in codes(pair)
    assert codes(pair, deliberate=read_deliberate(tmp_path)) == []


def test_a_test_sentence_in_the_training_data_is_a_leak() -> None:
    trained = [Example("昨晚三栋的电梯把人关了一个钟头", "emergency", source="e.yml", line=3)]
    tested = [Example("昨晚3栋的电梯把人关了一个钟头！", "emergency", source="hard.jsonl", line=9)]
    [found] = [f for f in findings(trained, against=tested) if f.code == "leak"]

    assert found.is_error
    assert "hard.jsonl:9" in found.reason


def test_near_examples_come_most_alike_first_and_never_by_half_a_word() -> None:
    examples = [Example(text, "consult") for text in ("办居住证要什么材料", "居住证在哪里办", "办居住证要啥材料呀")]
    near = find_near("办居住证要什么材料呢", examples)

    assert [example.text for example, _ in near] == ["办居住证要什么材料", "办居住证要啥材料呀"][: len(near)]
    assert near[0][1] > 0.8
    assert find_near("今天天气真好", examples) == []


def test_the_quick_search_finds_what_comparing_all_with_all_finds() -> None:
    texts = [example.text for example in read_examples([SHIPPED])[::9]]
    texts += [text[:-1] for text in texts[::7] if len(text) > 4] + ["card is not working", "card was not working"]
    cut = [pieces(text) for text in texts]
    slowly = {
        (a, b) for a in range(len(cut)) for b in range(a + 1, len(cut)) if similarity(cut[a], cut[b]) >= NEAR
    }

    assert {(a, b) for a, b, _ in Neighbours(texts).pairs()} == slowly
    assert len(slowly) > 50


def test_ten_thousand_sentences_are_not_compared_each_with_each(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0

    def count(one: frozenset[str], other: frozenset[str]) -> float:
        nonlocal compared
        compared += 1
        return similarity(one, other)

    monkeypatch.setattr(nearness, "similarity", count)
    signs = [chr(0x4E00 + number) for number in range(5000)]
    texts = [f"{signs[n % 4999]}{signs[n * 7 % 5000]}坏了到底谁管{signs[n * 11 % 4997]}" for n in range(10_000)]

    list(Neighbours(texts).pairs())
    assert 0 < compared < 20 * len(texts)  # of fifty million pairs


def test_a_word_that_tells_its_label_is_told() -> None:
    given = [Example(f"电梯{end}", "fault", source="f.yml") for end in ("坏了", "停了", "在抖", "在响", "黑了")]
    given += [Example(text, "talk") for text in ("今天好热", "吃了吗", "球赛看了没", "周末去哪", "哈哈哈")]
    bias = measure_keywords(given)

    best = bias.words[0]
    assert (best.word, best.label, best.recall, best.precision) == ("电梯", "fault", 1.0, 1.0)
    assert bias.accuracy > bias.chance == 0.5
    assert "keyword" in [found.code for found in lint(given).findings]


def test_keywords_alone_do_not_understand_the_shipped_sentences() -> None:
    bias = measure_keywords(read_examples([SHIPPED]))

    assert bias.accuracy < 0.5
    assert not [word for word in bias.words if word.recall > 0.8 and word.precision > 0.8]


def test_the_shipped_sentences_have_no_twins_under_two_labels_and_none_twice() -> None:
    report = lint(read_examples([SHIPPED]), rules=RULES, deliberate=read_deliberate(SHIPPED))

    assert [str(found) for found in report.findings if found.is_error] == []
