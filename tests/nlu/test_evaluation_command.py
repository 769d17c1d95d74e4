"""`linan train`, `eval` and `lint` as a user runs them, on small real models: ours, and one of English labels."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot.__main__ import main
from nlu.evaluation.figures import Answer
from nlu.evaluation.measuring import measure
from nlu.evaluation.report import About, report_page
from nlu.examples import Example
from nlu.model.archive import read_archive
from nlu.model.parse import Parse
from nlu.training import train

OURS = [
    ("着火了！5栋2单元冒黑烟，快来人", "emergency", None),
    ("煤气味很大，有人晕倒在厨房", "emergency", None),
    ("3栋电梯坏了", "service_request", "elevator"),
    ("楼上漏水到我家", "dispute", "leakage"),
    ("哈哈哈笑死", "chitchat", None),
    ("今晚吃火锅吗", "chitchat", None),
    ("<script>alert('电梯')</script>", "chitchat", None),
]
THINGS = ("balance", "card", "flight", "hotel")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def linan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("LINAN_VAR", str(tmp_path / "var"))

    def run(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    rows = [
        {"text": text, "intent": intent, "category": category, "note": "plain"} for text, intent, category in OURS
    ]
    path = tmp_path / "ours.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def english(count: int, seed: int) -> list[dict[str, str]]:
    """Made-up sentences about four things and their labels."""
    dice = random.Random(seed)
    openers = ("show me my", "what about the", "i need a", "please check the", "tell me of that", "is there a")
    tails = ("", " today", " now please", " for two", " again", " thanks")
    return [
        {"text": f"{dice.choice(openers)} {thing}{dice.choice(tails)}", "label": f"about_{thing}"}
        for thing in (THINGS[number % len(THINGS)] for number in range(count))
    ]


@pytest.fixture(scope="session")
def english_archive(rasa: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("english")
    data = folder / "train.jsonl"
    data.write_text("\n".join(map(json.dumps, english(80, seed=1))), encoding="utf-8")
    return train(data, folder / "english.tar.gz", rasa=rasa)


class _Links(HTMLParser):
    """Everything that a page would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"script", "link", "img", "iframe", "object"}:
            self.found.append(tag)
        self.found += [name for name in given if name.startswith("on") or name == "src"]
        if not (given.get("href") or "#").startswith("#"):
            self.found.append(str(given["href"]))


@pytest.mark.timeout(300)
def test_our_own_sentences_are_measured_through_the_bot(
    linan: Run, ours: Path, small_archive: Path, tmp_path: Path
) -> None:
    code, shown, said = linan("eval", ours, "--model", small_archive)

    assert (code, said) == (0, "")
    [report] = (tmp_path / "var" / "reports").glob("*/report.json")
    values = json.loads(report.read_text(encoding="utf-8"))
    assert values["sentences"] == len(OURS)
    assert values["alarms"]["true"] == 2
    assert values["alarms"]["heard_by_rules"] >= 1
    assert values["speaking"]["chitchat"] == 3
    assert values["slices"]["plain"]["sentences"] == len(OURS)
    assert f"accuracy                            {values['accuracy']:.3f}" in shown
    assert str(report.with_suffix(".html")) in shown


@pytest.mark.timeout(300)
def test_the_page_loads_nothing_and_no_sentence_becomes_markup(
    linan: Run, ours: Path, small_archive: Path, tmp_path: Path
) -> None:
    linan("eval", ours, "--model", small_archive, "--compare", small_archive, "--out", tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    links = _Links()
    links.feed(page)

    assert links.found == []
    assert "<script" not in page
    assert "url(" not in page
    for anchor in re.findall(r'href="#(\w+)"', page):
        assert f'id="{anchor}"' in page
    assert {"comparison", "emergencies", "confusion", "calibration"} <= set(re.findall(r'id="(\w+)"', page))


def test_a_sentence_in_the_report_is_written_as_text() -> None:
    evil = "<img src=x onerror=alert(1)> & \"quoted\" \ud800"
    parse = Parse(evil, "<b>said</b>", 0.9, (("<b>said</b>", 0.9),), why=("<i>why</i>",))
    page = report_page(About("<u>m</u>", ("<f>",)), measure([(Example(evil, "<s>true</s>"), Answer(parse))]))

    for raw in ("<img", "<b>said", "<i>why", "<u>m", "<f>", "<s>true"):
        assert raw not in page
    assert "&lt;img src=x onerror=alert(1)&gt; &amp;" in page


@pytest.mark.timeout(300)
def test_json_is_what_the_report_file_holds(linan: Run, ours: Path, small_archive: Path, tmp_path: Path) -> None:
    code, shown, _ = linan("eval", ours, "--model", small_archive, "--json", "--out", tmp_path / "out")

    assert code == 0
    assert json.loads(shown) == json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))


@pytest.mark.timeout(300)
def test_a_model_of_other_labels_is_trained_from_json_lines_and_measured_from_csv(
    linan: Run, english_archive: Path, tmp_path: Path
) -> None:
    table = tmp_path / "test.csv"
    rows = english(60, seed=2)
    table.write_text("text,intent\n" + "".join(f"{row['text']},{row['label']}\n" for row in rows), encoding="utf-8")
    code, shown, _ = linan("eval", table, "--model", english_archive, "--json", "--out", tmp_path / "out")
    values = json.loads(shown)

    assert code == 0
    assert values["accuracy"] > 0.9
    assert set(values["by_intent"]) == {f"about_{thing}" for thing in THINGS}
    assert not {"alarms", "speaking", "scope", "lenient_accuracy", "entities", "emergencies"} & set(values)
    assert "NaN" not in shown


@pytest.mark.timeout(300)
def test_a_label_can_be_named_as_out_of_scope(linan: Run, english_archive: Path, tmp_path: Path) -> None:
    rows = english(20, seed=3) + [{"text": text, "label": "oos"} for text in ("why is the sky blue", "sing a song")]
    file = tmp_path / "oos.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    plain = json.loads(linan("eval", file, "--model", english_archive, "--json")[1])
    named = json.loads(linan("eval", file, "--model", english_archive, "--json", "--out-of-scope", "oos")[1])

    assert "auroc" not in plain
    assert named["auroc"] > 0.8
    assert (named["scope"]["label"], named["scope"]["outside"]) == ("oos", 2)


@pytest.mark.timeout(300)
def test_training_on_the_same_sentences_again_does_nothing(english_archive: Path, linan: Run) -> None:
    data = english_archive.parent / "train.jsonl"
    before = english_archive.read_bytes()
    code, _, said = linan("train", "--data", data, "--out", english_archive)

    assert code == 0
    assert "model is up to date" in said
    assert english_archive.read_bytes() == before
    [parse] = read_archive(english_archive).parse_batch(["is my card there"])
    assert sorted(name for name, _ in parse.ranking) == sorted(f"about_{thing}" for thing in THINGS)


@pytest.mark.parametrize("command", [("eval",), ("train", "--data"), ("lint",)])
def test_a_bad_file_is_one_line_with_its_place_and_changes_nothing(
    linan: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"text": "a", "intent": "x"}\n{"text": 5}\n', encoding="utf-8")
    code, shown, said = linan(*command, bad)

    assert (code, shown) == (2, "")
    assert said.count("\n") == 1
    assert f"{bad}:2: has no 'intent' or 'label'" in said
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("name", "why"), [("nowhere.jsonl", "No such file"), ("nowhere", "No such file"), ("empty", "no examples in")]
)
def test_nothing_to_measure_is_said_so(linan: Run, tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "empty").mkdir()
    code, _, said = linan("eval", tmp_path / name)

    assert code == 2
    assert name in said
    assert why in said
    assert said.endswith("[bad_examples]\n")


def test_a_model_that_is_none_is_named_and_no_report_is_begun(linan: Run, ours: Path, tmp_path: Path) -> None:
    (tmp_path / "m.tar.gz").write_bytes(b"no archive")
    code, _, said = linan("eval", ours, "--model", tmp_path / "m.tar.gz", "--out", tmp_path / "out")

    assert code == 2
    assert "m.tar.gz" in said
    assert not (tmp_path / "out").exists()


def test_lint_ends_with_1_where_there_are_errors_and_0_where_not(linan: Run, ours: Path) -> None:
    assert linan("lint", ours)[0] == 0

    twin = {"text": "3栋电梯坏了！", "intent": "dispute", "category": "noise"}
    ours.write_text(ours.read_text(encoding="utf-8") + "\n" + json.dumps(twin), encoding="utf-8")
    code, shown, _ = linan("lint", ours)
    assert code == 1
    assert f"{ours}:8: dispute/noise: error: the same as {ours}:3 (service_request/elevator)" in shown

    code, shown, _ = linan("lint", ours, "--json")
    assert code == 1
    assert "contradiction" in [found["code"] for found in json.loads(shown)["findings"]]


def test_lint_finds_test_sentences_in_the_training_data(linan: Run, ours: Path, tmp_path: Path) -> None:
    tested = tmp_path / "tested.jsonl"
    tested.write_text('{"text": "楼上漏水到我家了", "intent": "dispute", "category": "leakage"}', encoding="utf-8")
    code, shown, _ = linan("lint", ours, "--against", tested)

    assert code == 1
    assert f"{ours}:4: dispute/leakage: error: 86% like the test sentence {tested}:1 [leak]" in shown


def test_lint_tells_a_line_that_nobody_learns(linan: Run, tmp_path: Path) -> None:
    data = tmp_path / "nlu.yml"
    data.write_text("nlu:\n- intent: hours\n  examples: |\n    - when do you open\n    until when\n", encoding="utf-8")
    code, shown, _ = linan("lint", data)

    assert code == 1
    assert f"{data}:5: hours: error: not learned, it has no dash: until when [left_out]" in shown


def test_other_labels_are_not_held_to_be_mistakes(linan: Run, tmp_path: Path) -> None:
    data = tmp_path / "faq.csv"
    data.write_text("text,label\nwhen do you open,hours\nhow much is it,price\n", encoding="utf-8")

    assert linan("lint", data)[0] == 0
