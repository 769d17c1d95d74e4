"""Files of labelled sentences: what can be read, and what is said of what cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from nlu.examples import BrokenExamples, Example, Part, read_examples, unmarked
from nlu.preparing import as_rasa, make_domain, prepare
from nlu.training import CONFIG, DOMAIN, ROOT


def read(folder: Path, name: str, content: str | bytes) -> list[Example]:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_examples([path])


def test_a_rasa_block_gives_sentences_entities_and_lines(tmp_path: Path) -> None:
    text = (
        'version: "3.1"\nnlu:\n- synonym: 三栋\n  examples: |\n    - 3号楼\n'
        "- intent: dispute/noise\n  examples: |\n    - [3栋](building)太吵\n\n"
        '    - [楼上]{"entity": "place"}拖凳子\n'
    )
    found = read(tmp_path, "some.yml", text)

    assert found == [
        Example("3栋太吵", "dispute", "noise", (("building", "3栋"),)),
        Example("楼上拖凳子", "dispute", "noise", (("place", "楼上"),)),
    ]
    assert [example.line for example in found] == [8, 10]
    assert all(example.source == str(tmp_path / "some.yml") for example in found)


def test_a_list_of_objects_is_the_same_in_rasa(tmp_path: Path) -> None:
    text = "nlu:\n- intent: faq/hours\n  examples:\n  - text: |\n      when do you open\n  - text: opening hours?\n"

    assert [(e.text, e.label, e.line) for e in read(tmp_path, "faq.yaml", text)] == [
        ("when do you open", "faq/hours", 5),
        ("opening hours?", "faq/hours", 6),
    ]


@pytest.mark.parametrize(
    ("line", "example"),
    [
        ('{"text": "a", "intent": "x"}', Example("a", "x")),
        ('{"text": "a", "label": "x"}', Example("a", "x")),
        ('{"text": "a", "label": 7}', Example("a", "7")),
        ('{"text": "a", "intent": "faq/hours", "category": null}', Example("a", "faq", "hours")),
        ('{"text": "a", "intent": "x", "note": "yue"}', Example("a", "x", note="yue")),
        (
            '{"text": "1栋2栋", "intent": "x", "entities": {"building": ["1栋", "2栋"]}}',
            Example("1栋2栋", "x", entities=(("building", "1栋"), ("building", "2栋"))),
        ),
        (
            '{"text": "ab", "parts": [{"text": "a", "intent": "x", "category": "c"}, {"text": "b", "intent": "y"}]}',
            Example("ab", "x", "c", parts=(Part("a", "x", "c"), Part("b", "y"))),
        ),
    ],
)
def test_json_lines(tmp_path: Path, line: str, example: Example) -> None:
    assert read(tmp_path, "some.jsonl", f"\ufeff\n{line}\r\n") == [example]


def test_tables_have_a_header_and_may_hold_commas_and_line_breaks(tmp_path: Path) -> None:
    head = "id,text,intent,category,note\r\n"
    table = f'{head}1,"灯坏了,很黑\n真的",service_request,electricity_lighting,\r\n2,b,consult,,yue\r\n'
    first, second = read(tmp_path, "some.csv", table)

    assert (first.text, first.label, first.line) == ("灯坏了,很黑\n真的", "service_request/electricity_lighting", 2)
    assert (second, second.line) == (Example("b", "consult", note="yue"), 4)
    assert read(tmp_path, "some.tsv", "label\ttext\nx\ta, b\n") == [Example("a, b", "x")]


@pytest.mark.parametrize(
    ("name", "content", "where", "reason"),
    [
        ("a.jsonl", '{"text": "a", "intent": "x"}\n{"text": "a"', ":2:", "is not JSON"),
        ("a.jsonl", '\n["a"]', ":2:", "is not an object"),
        ("a.jsonl", '{"text": "a"}', ":1:", "has no 'intent' or 'label'"),
        ("a.jsonl", '{"intent": "x"}', ":1:", "has no 'text'"),
        ("a.jsonl", '{"text": "a", "intent": "x", "entities": ["3栋"]}', ":1:", "entities"),
        ("a.jsonl", '{"text": "a", "intent": "x", "category": 4}', ":1:", "'category' is not a word"),
        ("a.jsonl", b'{"text": "a", "intent": "x"}\n{"text": "\xff"}', ":2:", "is not UTF-8"),
        ("a.csv", "sentence,intent\na,x\n", ":1:", "the header must name"),
        ("a.csv", "text,intent\na,x\nb\n", ":3:", "has no 'intent'"),
        ("a.csv", 'text,intent\n"a,x\n', ":2:", "unexpected end of data"),
        ("a.yml", "nlu:\n - intent: [", ":2:", "did not find"),
        ("a.yml", "nlu:\n- intent: x\n", ":2:", "x has no examples"),
        ("a.yml", "nlu:\n  intent: x\n", ":2:", "a list is expected"),
        ("a.yml", "nlu:\n- intent: x\n  examples: |\n    - 好\n    - [a]{\"b\": 1}\n", ":5:", "broken mark"),
        ("a.xlsx", "", ":", "unknown kind of file"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_line_and_reason(
    tmp_path: Path, name: str, content: str | bytes, where: str, reason: str
) -> None:
    with pytest.raises(BrokenExamples) as caught:
        read(tmp_path, name, content)

    assert str(caught.value).startswith(f"{tmp_path / name}{where}")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BrokenExamples, match=r"nowhere\.jsonl: No such file"):
        read_examples([tmp_path / "nowhere.jsonl"])


def test_every_shipped_sentence_stands_where_its_line_says() -> None:
    examples = read_examples([ROOT / "data" / "nlu"])
    lines = {source: Path(source).read_text(encoding="utf-8").split("\n") for source in {e.source for e in examples}}

    assert len(examples) > 5000
    for example in examples:
        written = lines[example.source][example.line - 1]
        assert unmarked(written.strip()[1:].strip()) == example.text


def test_our_own_yaml_is_given_to_rasa_as_it_lies_there(tmp_path: Path) -> None:
    given = prepare(ROOT / "data" / "nlu", tmp_path, DOMAIN, CONFIG)

    assert (given.nlu, given.domain, given.config) == (ROOT / "data" / "nlu", DOMAIN, CONFIG)
    assert list(tmp_path.iterdir()) == []


def test_what_is_written_for_rasa_reads_back_as_the_same_sentences(tmp_path: Path) -> None:
    lines = ["- a dash", "two\\nlines", "colon: # and hash", "'quotes\\\"", "a] [b", "😀 3栋", "{x}", "yes"]
    (tmp_path / "some.jsonl").write_text(
        "".join(f'{{"text": "{line}", "label": "{"odd" if n % 2 else "faq/even"}"}}\n' for n, line in enumerate(lines)),
        encoding="utf-8",
    )
    before = read_examples([tmp_path / "some.jsonl"])
    folder = tmp_path / "made"
    folder.mkdir()
    given = prepare(tmp_path / "some.jsonl", folder, DOMAIN, CONFIG)

    assert sorted(read_examples([given.nlu]), key=str) == sorted(before, key=str)
    assert given.domain == folder / "domain.yml"
    pipeline = {step["name"].rpartition(".")[2]: step for step in yaml.safe_load(given.config.read_text())["pipeline"]}
    assert pipeline["LinanClassifier"]["encoder"] == "wheel"  # these labels are not ours
    assert pipeline["LinanClassifier"]["quiet"] is None


def test_brackets_of_a_sentence_never_become_the_mark_of_an_entity() -> None:
    [item] = as_rasa([Example("look [here](now) or [there]{x}", "x")])["nlu"]

    assert item["examples"] == [{"text": "look [here] (now) or [there] {x}"}]


def test_a_domain_is_made_of_the_labels_and_keeps_known_names() -> None:
    known = {"responses": {"utter_dispute/noise": [{"text": "噪音"}]}}
    marked = Example("c", "x", entities=(("k", "c"),))
    examples = [Example("a", "dispute", "noise"), Example("b", "dispute", "new"), marked]
    domain = make_domain(examples, known)

    assert domain["intents"] == ["dispute", "x"]
    assert domain["entities"] == ["k"]
    assert domain["responses"] == {
        "utter_dispute/new": [{"text": "new"}],
        "utter_dispute/noise": [{"text": "噪音"}],
    }
