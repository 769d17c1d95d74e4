"""An encoder in an ONNX folder: the export of our own weights reads as they do, and a broken folder is told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from nlu.model.encoder import open_encoder
from nlu.model.encoder_onnx import OnnxEncoder
from nlu.model.encoder_wheel import WEIGHTS
from nlu.model.packed import read
from nlu.model.pieces import PREFIX, Cutter
from nlu.model.storage import BrokenModel
from nlu.model.transformer import Transformer
from nlu.model.weights import Taught, Weights
from tests.needs import ROOT
from tools.encoder.export import build, tokenizer_of

TEXTS = ("电梯又坏了", "3栋2单元  楼道灯不亮，晚上都不敢出门", "ok", "唔该搵人睇下個水喉")


@pytest.fixture(scope="module")
def weights() -> Weights:
    """Two layers of the twelve: enough to tell whether they are put together alike."""
    whole = Taught.read(ROOT / "data" / "encoder" / "linan.npz").added_to(read(WEIGHTS))
    return replace(whole, sizes={**whole.sizes, "layers": 2})


@pytest.fixture(scope="module")
def folder(weights: Weights, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("onnx")
    onnx.save(build(weights), made / "model.onnx")
    tokenizer_of(weights).save(str(made / "tokenizer.json"))
    (made / "linan.json").write_text(json.dumps({"prefix": PREFIX, "powers": [0.5, 0.25]}), encoding="utf-8")
    return made


def test_the_exported_folder_reads_as_the_weights_do(folder: Path, weights: Weights) -> None:
    encoder, cutter = open_encoder(str(folder)), Cutter(weights)
    ours = Transformer.of(weights).encode([cutter.cut(text) for text in TEXTS])

    assert encoder.encode(TEXTS) == pytest.approx(ours, abs=1e-4)
    assert (encoder.dimension, encoder.powers) == (384, (0.5, 0.25))
    assert encoder.encode([]).shape == (0, 384)


def test_a_text_has_the_same_vector_alone_and_among_others(folder: Path) -> None:
    encoder = OnnxEncoder.open(folder)
    assert np.array_equal(encoder.encode(TEXTS)[1], encoder.encode([TEXTS[1]])[0])


def test_a_broken_folder_is_told(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BrokenModel, match=r"no model\.onnx"):
        OnnxEncoder.open(tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(BrokenModel, match=str(tmp_path)):
        OnnxEncoder.open(tmp_path)
