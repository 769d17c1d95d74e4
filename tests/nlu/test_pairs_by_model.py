"""Reports of the same fault as the road tells them apart: filed by the trained model, places found in the words."""

from __future__ import annotations

from bot.bootstrap import choose_parser
from bot.cli.pairs import read_pairs, score, sort_by_model, table
from bot.decide.decision import Thresholds
from bot.rule_files import load_rules
from bot.understand.understanding import Understander
from nlu.model.entities import extract
from tests.needs import ROOT
from tests.support.world import make_settings


async def test_filed_by_the_model_what_is_joined_is_the_same_and_most_of_the_same_is_joined() -> None:
    rules = load_rules(ROOT / "data")
    pairs = read_pairs(ROOT / "data" / "same" / "pairs.jsonl", rules)
    understander = Understander(choose_parser(make_settings(ROOT / "var"))[0], extract)
    filed = await sort_by_model(pairs, understander, Thresholds().category)
    found = score(filed, rules)
    assert (found.precision >= 0.98, found.recall >= 0.85) == (True, True), table(filed, rules)
