"""Examples as files: Rasa YAML (also several in a zip), CSV, Excel; read with line numbers, written back the same."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import yaml

from actions.teaching.commands import ImportedExample
from actions.teaching.importing import Fault
from actions.teaching.model import Example, Use

COLUMNS = ("intent", "category", "text", "use")
HEADINGS: Mapping[str, str] = {  # what people write above a column
    "意思": "intent", "意图": "intent", "intent": "intent", "label": "intent",
    "小类": "category", "类别": "category", "category": "category",
    "例句": "text", "句子": "text", "text": "text", "example": "text",
    "用途": "use", "use": "use",
}  # fmt: skip
LARGEST = 20 * 1024 * 1024  # bytes unpacked: a zip may be small and huge inside
MOST_LINES = 20_000
_DANGEROUS = re.compile(r"^[=+\-@\t\r]")  # a spreadsheet would take such a cell for a formula


class BadFile(Exception):
    """The file cannot be taken in; ``faults`` say where and why. Codes: not_readable, no_text_column, too_large,
    too_many, kind, nothing, and those of importing."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(", ".join(f"line {f.line}: {f.code}" for f in faults))
        self.faults = faults


def read_file(name: str, content: bytes) -> tuple[ImportedExample, ...]:
    """The sentences of a file by its name's ending. Raises BadFile."""
    if len(content) > LARGEST:
        raise BadFile(Fault(0, "too_large"))
    ending = name.lower().rpartition(".")[2]
    readers = {"yml": _from_yaml, "yaml": _from_yaml, "zip": _from_zip, "csv": _from_csv, "xlsx": _from_xlsx}
    if ending not in readers:
        raise BadFile(Fault(0, "kind", ending))
    rows = tuple(readers[ending](content))
    if not rows:
        raise BadFile(Fault(0, "nothing"))
    if len(rows) > MOST_LINES:
        raise BadFile(Fault(0, "too_many"))
    return rows


def _text(content: bytes) -> str:
    """UTF-8, or what Excel in China writes."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadFile(Fault(0, "not_readable"))


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Safe YAML, in C where it can be, whose mappings remember where the block of examples begins."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in node.value:
        name = str(loader.construct_object(key, deep=True))
        made[name] = loader.construct_object(value, deep=True)
        made[f"{name} at"] = value.start_mark.line + 1
        made[f"{name} is block"] = isinstance(value, yaml.ScalarNode) and value.style == "|"
    return made


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def _from_yaml(content: bytes, use: str = Use.TRAIN) -> Iterator[ImportedExample]:
    loader = None
    try:
        loader = _Loader(_text(content))
        made = loader.get_single_data()
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise BadFile(Fault(mark.line + 1 if mark else 0, "not_readable")) from error
    finally:
        if loader is not None:
            loader.dispose()
    if not isinstance(made, dict) or not isinstance(made.get("nlu"), list):
        raise BadFile(Fault(1, "nothing"))
    for item in made["nlu"]:
        if not isinstance(item, dict) or not isinstance(item.get("intent", ""), str):
            raise BadFile(Fault(made.get("nlu at", 0), "not_readable"))
        if "intent" in item:  # synonyms and tables of words are for Rasa, not for us
            yield from _block(item, use)


def _block(item: dict[str, Any], use: str) -> Iterator[ImportedExample]:
    intent, _, category = item["intent"].partition("/")
    examples = item.get("examples")
    if not isinstance(examples, str | list):
        raise BadFile(Fault(int(item.get("intent at", 0)), "not_readable"))
    given = _of_list(item) if isinstance(examples, list) else _of_lines(examples, _first_line(item, "examples"))
    for marked, line in given:
        yield ImportedExample(intent, category, marked, line, use)


def _of_lines(examples: str, first: int) -> Iterator[tuple[str, int]]:
    """(sentence, line) of a block whose lines begin with a dash."""
    for at, line in enumerate(examples.split("\n"), first):
        if not line.strip():
            continue
        if not line.lstrip().startswith("-"):
            raise BadFile(Fault(at, "no_dash", line.strip()))
        yield line.lstrip()[1:].strip(), at


def _of_list(item: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """The same of a list of objects, which may say more of a sentence than its text."""
    for one in item["examples"]:
        if not isinstance(one, dict) or not isinstance(one.get("text"), str):
            raise BadFile(Fault(int(item["examples at"]), "not_readable"))
        yield one["text"].strip(), _first_line(one, "text")


def _first_line(item: dict[str, Any], name: str) -> int:
    """Of the content: a block begins on the line after its bar."""
    return int(item[f"{name} at"]) + bool(item[f"{name} is block"])


def _from_zip(content: bytes) -> Iterator[ImportedExample]:
    """The YAML files of a zip; those in a folder "test" are for testing."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            infos = [i for i in opened.infolist() if i.filename.lower().endswith((".yml", ".yaml")) and not i.is_dir()]
            if sum(info.file_size for info in infos) > LARGEST:
                raise BadFile(Fault(0, "too_large"))
            files = [(info.filename, opened.read(info)) for info in sorted(infos, key=lambda info: info.filename)]
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as error:
        raise BadFile(Fault(0, "not_readable")) from error
    for name, part in files:
        try:
            for row in _from_yaml(part, Use.TEST if "test" in name.split("/")[:-1] else Use.TRAIN):
                yield replace(row, file=name)
        except BadFile as bad:
            if any(fault.code == "nothing" for fault in bad.faults):
                continue  # a domain or stories: a project of Rasa has more than examples
            raise BadFile(*(replace(fault, file=name) for fault in bad.faults)) from bad


def _from_csv(content: bytes) -> Iterator[ImportedExample]:
    text = _text(content)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        numbered = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise BadFile(Fault(0, "not_readable")) from error
    yield from _from_rows(numbered)


def _from_xlsx(content: bytes) -> Iterator[ImportedExample]:
    from openpyxl import load_workbook  # large, and seldom needed

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            if sum(info.file_size for info in opened.infolist()) > 5 * LARGEST:
                raise BadFile(Fault(0, "too_large"))
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        numbered = [
            (at, ["" if cell is None else str(cell) for cell in row])
            for at, row in enumerate(sheet.iter_rows(values_only=True), 1)
        ]
        book.close()
    except BadFile:
        raise
    except Exception as error:  # openpyxl lets through whatever its XML and zip readers raise
        raise BadFile(Fault(0, "not_readable")) from error
    yield from _from_rows(numbered)


def _from_rows(rows: Sequence[tuple[int, Sequence[str]]]) -> Iterator[ImportedExample]:
    if not rows:
        raise BadFile(Fault(0, "nothing"))
    names = [HEADINGS.get(cell.strip().lower(), "") for cell in rows[0][1]]
    if "text" not in names or "intent" not in names:
        raise BadFile(Fault(rows[0][0], "no_text_column"))
    for line, row in rows[1:]:
        cells = {name: cell.strip() for name, cell in zip(names, row, strict=False) if name}
        if not any(cells.values()):
            continue
        intent, _, category = cells.get("intent", "").partition("/")
        category = cells.get("category", "") or category
        yield ImportedExample(intent, category, _unguard(cells.get("text", "")), line, cells.get("use") or Use.TRAIN)


def _guard(text: str) -> str:
    """Keep a spreadsheet from running what a resident wrote."""
    return f"'{text}" if _DANGEROUS.match(text) or text.startswith("'") else text


def _unguard(text: str) -> str:
    return text[1:] if text.startswith("'") and (_DANGEROUS.match(text[1:]) or text[1:].startswith("'")) else text


def write_csv(examples: Sequence[Example]) -> bytes:
    """One line an example, with a byte-order mark so that Excel reads it as UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows((e.intent, e.category, _guard(e.marked), e.use) for e in examples)
    return out.getvalue().encode("utf-8-sig")


def write_xlsx(examples: Sequence[Example], headings: Sequence[str] = COLUMNS) -> bytes:
    """One row an example, all cells as text."""
    from openpyxl import Workbook
    from openpyxl.utils.exceptions import IllegalCharacterError

    book = Workbook(write_only=True)
    sheet = book.create_sheet("examples")
    sheet.append(headings)
    for example in examples:
        try:
            sheet.append((example.intent, example.category, _guard(example.marked), example.use))
        except IllegalCharacterError as error:
            raise BadFile(Fault(example.id, "not_readable")) from error
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def write_yaml(examples: Sequence[Example]) -> str:
    """A Rasa NLU file. Written by hand: a YAML library would quote the block of examples into one line."""
    groups: dict[str, list[str]] = {}
    for example in examples:
        groups.setdefault(example.label, []).append(example.marked)
    parts = ['version: "3.1"\nnlu:\n']
    for label, sentences in sorted(groups.items()):
        lines = "".join(f"    - {sentence}\n" for sentence in sentences)
        parts.append(f"- intent: {label}\n  examples: |\n{lines}")
    return "".join(parts)


def write_zip(examples: Sequence[Example]) -> bytes:
    """One Rasa file an intent under nlu/, those for testing under test/."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for use, folder in ((Use.TRAIN, "nlu"), (Use.TEST, "test")):
            for intent in sorted({e.intent for e in examples if e.use == use}):
                kept = [e for e in examples if e.intent == intent and e.use == use]
                packed.writestr(f"{folder}/{intent}.yml", write_yaml(kept))
    return out.getvalue()
