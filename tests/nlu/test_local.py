"""The archive in-process: what it says, how it fails, how fast it is there."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest

from bot.errors import UnderstandError
from bot.understand.local import LocalModel
from nlu.model.lexicon import Lexicon
from nlu.model.reader import Reader
from nlu.model.storage import BrokenModel, Stored


def test_a_fault_is_a_repair_request_with_category_entities_and_reasons(reader: Reader) -> None:
    [parse] = reader.parse_batch(["3栋2单元电梯又坏了，快来修"])

    assert (parse.intent, parse.category) == ("service_request", "elevator")
    assert parse.entity_values()["building"] == "3栋"
    assert any("电梯" in reason for reason in parse.why)


def test_rankings_are_complete_and_sum_to_one(reader: Reader) -> None:
    [parse] = reader.parse_batch(["楼上漏水把我家天花板泡了，他不认账"])

    assert len(parse.ranking) == 15
    assert sum(probability for _, probability in parse.ranking) == pytest.approx(1)
    assert [p for _, p in parse.ranking] == sorted((p for _, p in parse.ranking), reverse=True)
    assert parse.ranking[0] == (parse.intent, parse.confidence)
    assert parse.probability(parse.intent) == parse.confidence
    assert parse.probability("unheard of") == 0


@pytest.mark.parametrize("text", ["", " ", "\u200d", "\x00\x01"])
def test_a_text_that_says_nothing_is_unsure(reader: Reader, text: str) -> None:
    [parse] = reader.parse_batch([text])

    assert parse.confidence < 0.6
    assert parse.entities == ()


def test_a_batch_gives_what_single_sentences_give(reader: Reader) -> None:
    texts = ["电梯坏了", "", "😂😂", "明天的课还有名额吗", "水" * 100_000, "电梯坏了"]

    together = reader.parse_batch(texts)

    assert [reader.parse_batch([text])[0].intent for text in texts] == [p.intent for p in together]
    assert together[0] == together[-1]
    assert reader.parse_batch([]) == []


def test_traditional_and_simplified_mean_the_same(reader: Reader) -> None:
    simplified, traditional = reader.parse_batch(["楼道灯坏了", "樓道燈壞了"])

    assert traditional.intent == simplified.intent
    assert traditional.confidence == pytest.approx(simplified.confidence)


def test_names_of_an_installation_take_effect_without_training(small_archive: Path) -> None:
    lexicon = Lexicon.from_mapping({"landmarks": [{"name": "醉翁亭", "aliases": ["老亭子"]}]})

    [parse] = LocalModel.load(small_archive, lexicon=lexicon).parse_now(["醉翁亭的灯不亮"])

    assert "醉翁亭" in {entity.value for entity in parse.entities if entity.entity == "place"}


def test_the_archive_holds_arrays_and_json_only(small_archive: Path) -> None:
    with tarfile.open(small_archive) as opened:
        ours = [Path(member.name) for member in opened if "Linan" in member.name and member.isfile()]

    assert {path.name for path in ours} == {"arrays.npz", "values.json", "lexicon.json"}


def test_a_stored_object_is_refused_because_reading_it_could_run_code() -> None:
    stream = io.BytesIO()
    np.savez(stream, weights=np.array([{"an": "object"}], dtype=object))

    with pytest.raises(BrokenModel):
        Stored.from_bytes(stream.getvalue(), b"{}")


@pytest.mark.parametrize("content", [b"", b"no archive at all", b"\x1f\x8b\x08\x00broken"])
def test_a_broken_archive_is_named_in_the_error(tmp_path: Path, content: bytes) -> None:
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(content)

    with pytest.raises(UnderstandError, match=r"broken\.tar\.gz"):
        LocalModel.load(broken)


def test_an_archive_of_another_pipeline_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "diet.tar.gz"
    with tarfile.open(other, "w:gz") as opened:
        entry = tarfile.TarInfo("components/train_DIETClassifier3/weights.npz")
        opened.addfile(entry, io.BytesIO(b""))

    with pytest.raises(UnderstandError, match="LinanFeaturizer"):
        LocalModel.load(other)


def test_a_missing_archive_is_an_understanding_error(tmp_path: Path) -> None:
    with pytest.raises(UnderstandError, match="nowhere"):
        LocalModel.load(tmp_path / "nowhere.tar.gz")


def test_the_model_serves_without_rasa_scikit_learn_or_an_optimiser(small_archive: Path) -> None:
    code = (
        "import sys, pathlib; from bot.understand.local import LocalModel;"
        f"LocalModel.load(pathlib.Path({str(small_archive)!r})).parse_now(['电梯坏了']);"
        "sys.exit(str([m for m in ('rasa', 'sklearn', 'tensorflow', 'scipy.optimize') if m in sys.modules]))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert ended.stderr.strip() == "[]"
    assert ended.stdout == ""
