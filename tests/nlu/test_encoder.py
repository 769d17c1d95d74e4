"""The encoder on numpy gives what the wheel's own engine gives, and what was taught to it survives the disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nlu.model.encoder import ROOT, WHEEL, find_encoder
from nlu.model.encoder_taught import TaughtEncoder
from nlu.model.encoder_wheel import WEIGHTS
from nlu.model.packed import Floats, Packed, pack, read, unpack
from nlu.model.pieces import Cutter
from nlu.model.storage import BrokenModel
from nlu.model.transformer import Transformer
from nlu.model.weights import Taught, Weights

TEXTS = [
    "3栋2单元电梯又停在半道上了",
    "水表房个闸掣锈死了,闩不到水",
    "楼道灯坏了!!一闪一闪的 麻烦师傅来看看",
    "好",
    "",
    "那条不栓绳的罗威纳又在电梯厅溜达,见小孩就龇牙,主人在旁边刷短视频。" * 3,
]


@pytest.fixture(scope="module")
def base() -> Packed:
    return read(WEIGHTS)


@pytest.fixture(scope="module")
def weights(base: Packed) -> Weights:
    return Weights.of(base, pieces())


def pieces() -> list[int]:
    """Those of the encoder that ships: everything the texts are made of."""
    return [int(number) for number in Taught.read(ROOT / "data" / "encoder" / "linan.npz").pieces]


def test_numpy_and_the_engine_see_the_same(weights: Weights) -> None:
    ours = Transformer.of(weights).encode([Cutter(weights).cut(text) for text in TEXTS])
    theirs = find_encoder(WHEEL).encode(TEXTS)

    assert np.linalg.norm(ours, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)
    assert (ours * theirs).sum(axis=1).min() > 0.999


def test_a_text_alone_and_among_others_has_one_vector(weights: Weights) -> None:
    transformer, cutter = Transformer.of(weights), Cutter(weights)
    cut = [cutter.cut(text) for text in TEXTS]
    together = transformer.encode(cut)

    for number, pieces in enumerate(cut):
        assert transformer.encode([pieces])[0] == pytest.approx(together[number], abs=1e-5)
    assert transformer.encode([]).shape == (0, 384)


def test_blocks_of_four_bits_come_back_within_half_a_step() -> None:
    weights = np.random.default_rng(7).normal(size=32 * 50).astype(np.float32)
    back = unpack(pack(weights))

    steps = np.abs(weights.reshape(-1, 32)).max(axis=1) / 8
    assert (np.abs(back - weights).reshape(-1, 32) <= steps[:, None] * 1.01).all()
    assert pack(back).tobytes() == pack(unpack(pack(back))).tobytes()
    assert not unpack(pack(np.zeros(64, np.float32))).any()


def test_what_was_taught_is_added_to_the_wheel(base: Packed, weights: Weights, tmp_path: Path) -> None:
    dice = np.random.default_rng(11)
    changed: dict[str, Floats] = {
        name: weights.tensors[name] + dice.normal(scale=0.01, size=weights.tensors[name].size).astype(np.float32)
        for name in ("l11.fo.w", "l11.fo.b", "l11.oln.w")
    }
    Taught.between(pieces(), weights, changed, {"powers": [0.4, 0.6]}).write(tmp_path / "some.npz")
    opened = TaughtEncoder.open(tmp_path / "some.npz")

    assert opened.powers == (0.4, 0.6)
    added = Taught.read(tmp_path / "some.npz").added_to(base)
    for name, tensor in added.tensors.items():
        assert np.allclose(tensor, changed.get(name, weights.tensors[name]), atol=0.01), name
    before = Transformer.of(weights).encode([Cutter(weights).cut("电梯坏了")])
    assert not np.allclose(opened.encode(["电梯坏了"]), before, atol=1e-3)
    assert opened.name != TaughtEncoder.open(_other(tmp_path, weights)).name


def _other(folder: Path, weights: Weights) -> Path:
    Taught.between(pieces(), weights, {"l11.fo.b": weights.tensors["l11.fo.b"] + 1}, {}).write(folder / "other.npz")
    return folder / "other.npz"


def test_what_was_taught_to_other_weights_is_refused(base: Packed, weights: Weights, tmp_path: Path) -> None:
    Taught(np.array([0, 1, 2, 3], np.uint32), {"l11.fo.b": np.zeros(7, np.float16)}, {}).write(tmp_path / "some.npz")
    with pytest.raises(BrokenModel, match="other weights"):
        TaughtEncoder.open(tmp_path / "some.npz")


def test_a_file_that_is_not_packed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "some.bin").write_bytes(b"something else")
    with pytest.raises(BrokenModel, match="not packed"):
        read(tmp_path / "some.bin")
    with pytest.raises(BrokenModel):
        read(tmp_path / "missing.bin")
