"""What the README says can be typed, can be typed; what it says about settings is so."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from bot.__main__ import build_parser
from bot.settings import Settings
from tests.needs import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
LINES = sorted({line.split(" #")[0].strip() for line in "".join(BLOCKS).splitlines() if line.strip()})
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


def words(line: str) -> list[list[str]]:
    """A line's commands (its pipe cut up)."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|")
    lexer.whitespace_split = True
    commands: list[list[str]] = [[]]
    for token in lexer:
        if token == "|":
            commands.append([])
        else:
            commands[-1].append(token)
    return commands


def is_subcommand(arguments: list[str]) -> bool:
    """True when `linan` knows these words, options included: `--help` after them is answered."""
    with pytest.raises(SystemExit) as caught, contextlib.redirect_stderr(io.StringIO()):
        build_parser().parse_args([*arguments, "--help"])
    return caught.value.code == 0


def check_make(arguments: list[str]) -> None:
    """Every word is a target that the Makefile has and calls phony, or a variable that it reads."""
    phony = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[0].split()
    for word in arguments:
        if "=" in word:
            assert word.split("=")[0] in {"PORT", "ARGS", "PYTHON"}, word
        else:
            assert re.search(rf"^{word}:", MAKEFILE, re.MULTILINE), word
            assert word in phony, word


@pytest.mark.parametrize("line", LINES)
def test_every_command_of_the_readme_exists(line: str) -> None:
    for command in words(line):
        program, *arguments = command
        if program == "make":
            check_make(arguments)
        elif program == "./linan":
            assert (ROOT / "linan").stat().st_mode & 0o111
            assert is_subcommand(arguments), line
        else:
            assert program == "echo", f"unknown program in the README: {line}"


def test_the_command_line_starts_and_reads_well() -> None:
    done = subprocess.run([str(ROOT / "linan"), "--help"], cwd="/", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "usage: linan" in done.stdout


def test_an_unknown_subcommand_is_not_taken_for_one() -> None:
    assert not is_subcommand(["no-such-command"])


def expected_row(name: str) -> str:
    """A setting's row in the table, made from the setting itself."""
    field = Settings.model_fields[name]
    value = field.default
    if isinstance(value, Path):
        value = value.relative_to(ROOT).as_posix() + "/"
    shown = "" if value in ("", None) else f"`{str(value).lower() if isinstance(value, bool) else value}`"
    return f"| `LINAN_{name.upper()}` | {shown} | {field.description} |"


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_stands_in_the_readme_as_it_is(name: str) -> None:
    assert expected_row(name) in README


def test_the_readme_names_no_setting_that_is_none() -> None:
    named = set(re.findall(r"^\| `LINAN_(\w+)`", README, re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_between_our_pages_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)|src=\"([^\"]+)\"", page.read_text(encoding="utf-8")):
        link = target[0] or target[1]
        if not re.match(r"https?:", link):
            assert (page.parent / link).exists(), link


def test_every_page_of_the_docs_is_in_their_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").rglob("*.md"):
        name = page.relative_to(ROOT / "docs").as_posix()
        assert name == "README.md" or f"({name})" in index, name
