"""Files of rules and phrases are read once, and again when one of them was written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.phrases import Phrases
from bot.rule_files import read_rule_files
from tests.needs import ROOT


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return shutil.copytree(ROOT / "data", tmp_path / "data", ignore=shutil.ignore_patterns("nlu", "evaluation", "demo"))


def test_rules_are_kept_until_a_file_changes(data: Path) -> None:
    first = read_rule_files(data)
    assert read_rule_files(data) is first
    path = data / "pool.yml"
    assert first.pool.wait_hours != 77
    path.write_text(path.read_text("utf-8").replace(f"wait_hours: {first.pool.wait_hours}", "wait_hours: 77"), "utf-8")
    assert read_rule_files(data).pool.wait_hours == 77


def test_phrases_are_kept_but_what_one_says_instead_stays_its_own(data: Path) -> None:
    first, second = Phrases.load(data / "phrases"), Phrases.load(data / "phrases")
    first.override({"console.nav.today": "今天"})
    assert (first.render("console.nav.today"), second.render("console.nav.today")) == ("今天", "今日")
    path = data / "phrases" / "console.yml"
    path.write_text(path.read_text("utf-8").replace("console.nav.today: 今日", "console.nav.today: 此日"), "utf-8")
    assert Phrases.load(data / "phrases").render("console.nav.today") == "此日"
