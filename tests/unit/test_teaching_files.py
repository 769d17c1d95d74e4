"""Files of examples: a round trip changes nothing, a bad file says where it is bad."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from actions.teaching.commands import ImportedExample
from actions.teaching.marks import BrokenSentence, read_marked
from actions.teaching.model import Example, Use
from bot.teaching.files import BadFile, read_file, write_csv, write_xlsx, write_yaml, write_zip

LABELS = [("chitchat", ""), ("service_request", "elevator"), ("service_request", "pest"), ("emergency", "")]
WRITERS: dict[str, Callable[[Sequence[Example]], bytes]] = {
    "examples.csv": write_csv,
    "examples.xlsx": write_xlsx,
    "examples.zip": write_zip,
    "examples.yml": lambda examples: write_yaml(examples).encode(),
}


def _sound(text: str) -> str | None:
    try:
        return read_marked(text)
    except BrokenSentence:
        return None


SENTENCES = st.text(max_size=30).map(_sound).filter(lambda marked: marked is not None)
NASTY = [
    "=1+1", "'电梯坏了", "+86", "-电梯", "@小邻 电梯坏了", "- 电梯", "# 电梯坏了", "电梯: 坏了", "'", '"电梯"坏了',
    "[3栋](building)电梯坏了", "{电梯}", "| 电梯", "_x0041_电梯", "👨‍👩‍👧‍👦好", "電梯壞了", "%电梯", "&电梯 *坏了",
]  # fmt: skip


def example(text: str, label: tuple[str, str], use: str = Use.TRAIN) -> Example:
    return Example(intent=label[0], category=label[1], marked=text, use=use)


def plain(rows: Sequence[Example] | Sequence[ImportedExample]) -> list[tuple[str, str, str, str]]:
    return sorted((r.intent, r.category, r.marked, r.use) for r in rows)


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(SENTENCES | st.sampled_from(NASTY), st.sampled_from(LABELS), st.sampled_from(list(Use))),
        min_size=1, max_size=8,
    )
)  # fmt: skip
def test_a_round_trip_changes_nothing(name: str, rows: list[tuple[str, tuple[str, str], str]]) -> None:
    uses = name != "examples.yml"  # a single Rasa file does not say what an example is for
    examples = [example(text, label, use if uses else Use.TRAIN) for text, label, use in rows]

    assert plain(read_file(name, WRITERS[name](examples))) == plain(examples)


@pytest.mark.parametrize("name", WRITERS)
def test_lines_are_told(name: str) -> None:
    rows = read_file(name, WRITERS[name]([example(text, LABELS[0]) for text in ("第一句话", "第二句话")]))

    first, second = (row.line for row in rows)
    assert (first, second) == ((5, 6) if name in ("examples.yml", "examples.zip") else (2, 3))


def test_chinese_headings_and_what_excel_in_china_writes_are_read() -> None:
    content = "意思,小类,例句\nservice_request,elevator,电梯坏了\n".encode("gb18030")

    assert plain(read_file("a.CSV", content)) == [("service_request", "elevator", "电梯坏了", "train")]


PROJECT = {
    "bot/domain.yml": "intents: [chitchat]\n",
    "bot/data/empty.yml": "",
    "bot/data/nlu.yml": """\ufeffversion: "3.1"
nlu:
- intent: chitchat
  examples:
  - text: |
      晚上吃火锅
    metadata: {by: somebody}
  - text: 下雨了
- synonym: 电梯
  examples: |
    - 梯子
- intent: service_request/elevator
  examples: |
    -[3栋]{"entity": "building", "role": "here"}梯子坏了
""",
}


def test_a_project_of_rasa_is_read_whatever_else_it_holds() -> None:
    content = _zip({name: text.replace("\n", "\r\n").encode() for name, text in PROJECT.items()})

    assert [(row.file, row.line, row.intent, row.marked) for row in read_file("a.zip", content)] == [
        ("bot/data/nlu.yml", 6, "chitchat", "晚上吃火锅"),
        ("bot/data/nlu.yml", 8, "chitchat", "下雨了"),
        ("bot/data/nlu.yml", 14, "service_request", '[3栋]{"entity": "building", "role": "here"}梯子坏了'),
    ]


def test_of_several_files_the_broken_one_is_named() -> None:
    good, bad = (f"nlu:\n- intent: chitchat\n  examples: |\n    {line}\n".encode() for line in ("- 好", "好"))

    with pytest.raises(BadFile) as broken:
        read_file("a.zip", _zip({"a.yml": good, "b.yml": bad}))

    assert [(fault.file, fault.line, fault.code) for fault in broken.value.faults] == [("b.yml", 4, "no_dash")]


def test_a_formula_never_reaches_a_spreadsheet() -> None:
    assert b",'=HYPERLINK" in write_csv([example("=HYPERLINK(1)", LABELS[0])])


def _zip(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return out.getvalue()


def _sheet(*rows: tuple[str, ...]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "line", "code"),
    [
        ("a.txt", b"", 0, "kind"),
        ("a", b"", 0, "kind"),
        ("a.csv", b"", 0, "nothing"),
        ("a.csv", b"\xff\xff\xff", 0, "not_readable"),
        ("a.csv", b'intent,text\nchitchat,"open', 0, "not_readable"),
        ("a.csv", "意思\n闲聊\n".encode(), 1, "no_text_column"),
        ("a.yml", b"nlu: ]", 1, "not_readable"),
        ("a.yml", b"just words", 1, "nothing"),
        ("a.yml", b"nlu:\n- intent: chitchat\n  examples: |\n    - a\n    b\n", 5, "no_dash"),
        ("a.yml", b"nlu:\n- intent: chitchat\n  examples: [a]\n", 3, "not_readable"),
        ("a.yml", b"nlu: [1]", 1, "not_readable"),
        ("a.yml", b"a: &a [*a]\nnlu: 1", 1, "not_readable"),
        ("a.yml", b"!!python/object/apply:os.system ['true']", 1, "not_readable"),
        ("a.zip", b"PK", 0, "not_readable"),
        ("a.zip", _zip({"readme.txt": b""}), 0, "nothing"),
        ("a.zip", _zip({"a.yml": b" " * 30_000_000}), 0, "too_large"),
        ("a.xlsx", b"PK", 0, "not_readable"),
        ("a.xlsx", _zip({"a.yml": b"x"}), 0, "not_readable"),
        ("a.xlsx", _sheet(), 0, "nothing"),
        ("a.xlsx", _sheet(("意思", "备注")), 1, "no_text_column"),
        ("a.csv", b"x" * (21 * 1024 * 1024), 0, "too_large"),
    ],
)  # fmt: skip
def test_a_bad_file_says_where_and_why(name: str, content: bytes, line: int, code: str) -> None:
    with pytest.raises(BadFile) as refused:
        read_file(name, content)
    assert [(fault.line, fault.code) for fault in refused.value.faults] == [(line, code)]
