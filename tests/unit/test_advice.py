"""What to do in danger: one file a kind, short, with its source; nothing but that is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from actions.routing.rules_file import read_rules
from bot.advice import Advice, read_advice
from bot.errors import PhraseMissing
from bot.phrases import Phrases

DATA = Path(__file__).resolve().parents[2] / "data"
SHIPPED = {advice.kind: advice for advice in read_advice(DATA / "knowledge" / "emergency")}
GOOD = "kind: fire\nfirst: 先打119！\nsteps: [走楼梯]\nsource: 消防\nchecked: 2026-11-22\n"


def test_every_danger_that_has_a_service_has_advice_and_no_other() -> None:
    rules = read_rules((DATA / "services.yml").read_text("utf-8"), (DATA / "routing.yml").read_text("utf-8"))
    assert set(SHIPPED) == {service.emergency for service in rules.services.values() if service.emergency}


@pytest.mark.parametrize("kind", ["jumping", "missing", "fight", "collapsed", "trapped", "other"])
def test_neighbours_are_told_nothing_that_only_makes_them_gather_or_talk(kind: str) -> None:
    assert SHIPPED[kind].group == ""


@pytest.mark.parametrize("kind", ["fire", "gas", "electric", "flood", "burst", "crush"])
def test_neighbours_are_warned_where_it_protects_them(kind: str) -> None:
    assert "{place}" in SHIPPED[kind].group


def test_the_lines_become_phrases_that_are_numbered() -> None:
    phrases = Phrases.load(DATA / "phrases")
    assert phrases.render("emergency.fire").splitlines()[:2] == ["先打119！", "1. 从楼梯往下走，别坐电梯"]
    assert "3栋有火情" in phrases.render("emergency.group.fire", {"place": "3栋"})


def test_a_good_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "fire.yml").write_text(GOOD, "utf-8")
    (advice,) = read_advice(tmp_path)
    assert isinstance(advice, Advice)
    assert advice.texts() == {"emergency.fire": "先打119！\n1. 走楼梯"}


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "- fire",
        GOOD + "cause: x\n",
        GOOD.replace("source: 消防\n", ""),
        GOOD.replace("source: 消防", "source: ''"),
        GOOD.replace("kind: fire", "kind: gas"),
        GOOD.replace("2026-11-22", "去年"),
        GOOD.replace("[走楼梯]", "[]"),
        GOOD.replace("[走楼梯]", "[一, 二, 三, 四]"),
        GOOD.replace("走楼梯", "走" * 25),
        GOOD + f"group: {'走' * 101}\n",
    ],
)
def test_a_file_that_holds_anything_else_is_named(tmp_path: Path, bad: str) -> None:
    (tmp_path / "fire.yml").write_text(bad, "utf-8")
    with pytest.raises(PhraseMissing, match=r"fire\.yml"):
        read_advice(tmp_path)
