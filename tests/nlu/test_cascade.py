"""Two stages: the second is asked where the first is unsure, and never changes what the first is sure of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nlu.model.cascade import Cascade, Sight
from nlu.model.encoder import WHEEL, Encoder, find_encoder, open_encoder
from nlu.model.encoder_taught import TaughtEncoder
from nlu.model.features import Vectorizer
from nlu.model.reader import Reader
from nlu.model.storage import BrokenModel, Stored
from nlu.model.text import normalise
from nlu.model.vectors import Memory, VectorFile

TEXTS = {
    "fault/lift": ["电梯坏了", "电梯停了", "电梯不动了", "电梯又坏", "轿厢门关不上", "电梯卡住了"],
    "fault/light": ["路灯坏了", "路灯不亮", "楼道灯不亮了", "灯又坏了", "灯一闪一闪", "路灯灭了"],
    "joining": ["我要报名", "报名两个人", "给我报个名", "算我一个报名", "报名太极", "帮我妈报名"],
}
PAIRS = [(texts[number], label) for number in range(6) for label, texts in TEXTS.items()]


@pytest.fixture(scope="module")
def wheel() -> Encoder:
    return find_encoder(WHEEL)


@pytest.fixture(scope="module")
def cascade(wheel: Encoder) -> tuple[Vectorizer, Cascade]:
    texts, labels = zip(*PAIRS, strict=True)
    vectorizer = Vectorizer.fit(texts, at_least=1)
    sight = Sight(wheel, WHEEL, texts, wheel.encode([normalise(text) for text in texts]))
    return vectorizer, Cascade.fit(vectorizer.transform(texts), labels, strength=32.0, sight=sight)


def doubting(cascade: Cascade) -> Cascade:
    """The same, that asks the second stage about everything."""
    assert cascade.second is not None
    return replace(cascade, second=replace(cascade.second, sure=1.1))


def test_the_second_stage_is_asked_only_where_the_first_is_unsure(cascade: tuple[Vectorizer, Cascade]) -> None:
    vectorizer, both = cascade
    texts = [*TEXTS["joining"], "升降机又罢工了", "灯泡憋了"]
    rows = vectorizer.transform(texts)
    alone, _ = both.alone().joint_probabilities(rows, texts)
    together, asked = both.joint_probabilities(rows, texts)
    assert both.second is not None

    sure = both.first.intent_probabilities(alone).max(axis=1) >= both.second.sure
    assert asked.tolist() == (~sure).tolist()
    assert together[~asked] == pytest.approx(alone[~asked])
    assert together.sum(axis=1) == pytest.approx(np.ones(len(texts)))


def test_words_never_seen_are_understood_by_what_they_mean(cascade: tuple[Vectorizer, Cascade]) -> None:
    vectorizer, both = cascade
    said = ["升降机又罢工了"]  # shares no word with the examples
    [parse] = Reader(vectorizer, doubting(both)).parse_batch(said)

    assert (parse.intent, parse.stage) == ("fault", 2)
    assert [n.label.partition("/")[0] for n in both.neighbours(said[0], 2)] == ["fault", "fault"]


def test_what_is_stored_says_the_same(cascade: tuple[Vectorizer, Cascade], tmp_path: Path) -> None:
    vectorizer, both = cascade
    both.store().write(tmp_path)
    restored = Cascade.restore(Stored.read(tmp_path))
    texts = ["升降机又罢工了", "电梯坏了", "报名", "今天天气不错"]
    rows = vectorizer.transform(texts)

    assert restored.joint_probabilities(rows, texts)[0] == pytest.approx(
        both.joint_probabilities(rows, texts)[0], abs=1e-5
    )
    assert restored.neighbours("电梯坏掉了") == both.neighbours("电梯坏掉了")


def test_a_model_of_another_encoder_is_refused(cascade: tuple[Vectorizer, Cascade], wheel: Encoder) -> None:
    stored = cascade[1].store()
    values = {**stored.values, "second": {**stored.values["second"], "encoder": "another"}}

    with pytest.raises(BrokenModel, match="train again"):
        Cascade.restore(Stored(stored.arrays, values))


@pytest.mark.parametrize("content", [b"", b"E5", b"not an encoder at all"])
def test_a_file_that_is_no_encoder_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "some.npz").write_bytes(content)
    with pytest.raises(BrokenModel):
        TaughtEncoder.open(tmp_path / "some.npz")
    with pytest.raises(BrokenModel, match="no such encoder"):
        open_encoder(str(tmp_path / "missing.npz"))
    with pytest.raises(BrokenModel, match=r"onnx|tokenizers"):
        open_encoder(str(tmp_path))


class Counting:
    """Counts what the encoder behind it is asked."""

    powers = None

    def __init__(self, encoder: Encoder) -> None:
        self.encoder, self.asked = encoder, 0
        self.name, self.dimension = encoder.name, encoder.dimension

    def encode(self, texts: list[str]) -> np.ndarray:
        self.asked += len(texts)
        return self.encoder.encode(texts)


def test_vectors_of_known_sentences_cost_nothing(wheel: Encoder, tmp_path: Path) -> None:
    counting, seen = Counting(wheel), []
    texts = ["电梯坏了", "灯不亮", "电梯坏了"]
    first = VectorFile.open(tmp_path, counting).encode(counting, texts, lambda done, of: seen.append((done, of)))
    again = VectorFile.open(tmp_path, counting).encode(counting, [*texts, "水管爆了"])

    assert (counting.asked, seen) == (3, [(2, 2)])
    assert np.array_equal(first, again[:3])
    assert np.array_equal(first[0], first[2])
    assert b"\xe7\x94\xb5" not in next(tmp_path.iterdir()).read_bytes()  # nothing of the sentences themselves


def test_a_broken_file_of_vectors_is_begun_anew(wheel: Encoder, tmp_path: Path) -> None:
    (tmp_path / f"{wheel.name}.npz").write_bytes(b"half a file")
    assert VectorFile.open(tmp_path, wheel).encode(wheel, ["电梯坏了"]).shape == (1, wheel.dimension)


def test_memory_keeps_what_was_said_lately(wheel: Encoder) -> None:
    counting = Counting(wheel)
    memory = Memory(counting)
    first = memory.encode(["早上好", "电梯坏了"])
    again = memory.encode(["电梯坏了", "早上好"])

    assert counting.asked == 2
    assert np.array_equal(first[::-1], again)
    assert memory.encode([]).shape == (0, wheel.dimension)
