"""`python -m tools.encoder.export FOLDER`: the taught encoder as an ONNX folder, in floats or, with --int8, in bytes.

Needs `pip install onnx onnxruntime tokenizers`. Name the folder as `encoder:` in nlu/config.yml and train anew.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from nlu.model.encoder_wheel import WEIGHTS
from nlu.model.packed import Floats, read
from nlu.model.pieces import PREFIX, replacements
from nlu.model.weights import Taught, Weights

ROOT = Path(__file__).resolve().parents[2]
TAUGHT = ROOT / "data" / "encoder" / "linan.npz"
OPSET = 20  # the first with Gelu
FURTHEST = np.float32(-1e9)


class Graph:
    """Nodes and weights, each step named by what it gives."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def keep(self, array: Floats, name: str) -> str:
        """A weight, by its name."""
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def do(self, kind: str, *inputs: str, **more: Any) -> str:
        """A step; the name of what comes out."""
        name = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **more))
        return name

    def affine(self, rows: str, weights: Weights, name: str) -> str:
        """Rows times a matrix, plus its bias."""
        bias = weights.tensors[f"{name}.b"]
        matrix = self.keep(weights.tensors[f"{name}.w"].reshape(len(bias), -1).T, f"{name}.w")
        return self.do("Add", self.do("MatMul", rows, matrix), self.keep(bias, f"{name}.b"))

    def normed(self, rows: str, weights: Weights, name: str) -> str:
        """Rows of mean zero and spread one, scaled."""
        scale = self.keep(weights.tensors[f"{name}.w"], f"{name}.w")
        shift = self.keep(weights.tensors[f"{name}.b"], f"{name}.b")
        return self.do("LayerNormalization", rows, scale, shift, axis=-1, epsilon=weights.epsilon)


def build(weights: Weights) -> onnx.ModelProto:
    """Numbers of pieces and which of them are there → the last layer."""
    graph, width = Graph(), weights.sizes["width"]
    words = graph.keep(weights.words, "words")
    positions = weights.tensors["emb.pos"].reshape(-1, width) + weights.tensors["emb.type"][:width]
    rows = graph.do("Gather", words, "input_ids")
    length = graph.do("Gather", graph.do("Shape", "input_ids"), _whole(graph, 1, "second"))
    first = _whole(graph, 0, "first")
    rows = graph.do("Add", rows, graph.do("Slice", graph.keep(positions, "positions"), first, length, first))
    rows = graph.normed(rows, weights, "emb.ln")
    hidden = _hidden(graph)
    for number in range(weights.sizes["layers"]):
        rows = _layer(graph, weights, number, rows, hidden)
    graph.do("Identity", rows)
    graph.nodes[-1].output[0] = "last_hidden_state"
    ports = [helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "length"]) for name in INPUTS]
    out = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["texts", "length", width])
    whole = helper.make_graph(graph.nodes, "linan", ports, [out], graph.weights)
    return helper.make_model(whole, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)


INPUTS = ("input_ids", "attention_mask")


def _whole(graph: Graph, value: int, name: str) -> str:
    return graph.keep(np.array([value], np.int64), name)


def _hidden(graph: Graph) -> str:
    """0 where there is a piece, far below where there is none; the same for every head and piece."""
    there = graph.do("Cast", "attention_mask", to=TensorProto.FLOAT)
    away = graph.do("Sub", graph.keep(np.array(1, np.float32), "whole"), there)
    away = graph.do("Mul", away, graph.keep(np.array(FURTHEST, np.float32), "furthest"))
    return graph.do("Unsqueeze", away, graph.keep(np.array([1, 2], np.int64), "middle"))


def _layer(graph: Graph, weights: Weights, number: int, rows: str, hidden: str) -> str:
    name, heads = f"l{number}", weights.sizes["heads"]
    shape = graph.keep(np.array([0, 0, heads, weights.sizes["width"] // heads], np.int64), f"{name}.heads")
    q, k, v = (
        graph.do("Transpose", graph.do("Reshape", graph.affine(rows, weights, f"{name}.{part}"), shape), perm=order)
        for part, order in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3]))
    )
    scale = graph.keep(np.array((weights.sizes["width"] / heads) ** -0.5, np.float32), f"{name}.scale")
    scores = graph.do("Add", graph.do("Mul", graph.do("MatMul", q, k), scale), hidden)
    seen = graph.do("Transpose", graph.do("MatMul", graph.do("Softmax", scores, axis=-1), v), perm=[0, 2, 1, 3])
    flat = graph.keep(np.array([0, 0, weights.sizes["width"]], np.int64), f"{name}.flat")
    merged = graph.affine(graph.do("Reshape", seen, flat), weights, f"{name}.ao")
    rows = graph.normed(graph.do("Add", rows, merged), weights, f"{name}.aln")
    wide = graph.do("Gelu", graph.affine(rows, weights, f"{name}.fi"), approximate="tanh")
    return graph.normed(graph.do("Add", rows, graph.affine(wide, weights, f"{name}.fo")), weights, f"{name}.oln")


def tokenizer_of(weights: Weights) -> Tokenizer:
    """Cuts as `Cutter` does."""
    begin, end, pad, unknown = weights.specials
    vocabulary = list(zip(weights.pieces, weights.scores.tolist(), strict=True))
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=unknown, byte_fallback=False))
    others = [normalizers.Replace(char, other) for char, other in replacements(weights.normalisation).items()]
    tokenizer.normalizer = normalizers.Sequence([*others, normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=False)
    names = {name: weights.pieces[number] for name, number in (("begin", begin), ("end", end), ("pad", pad))}
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in names.values()])
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{names['begin']} $A {names['end']}",
        special_tokens=[(names["begin"], begin), (names["end"], end)],
    )
    return tokenizer


def main() -> int:
    """Writes model.onnx, tokenizer.json and the card."""
    parser = argparse.ArgumentParser(prog="python -m tools.encoder.export", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--taught", type=Path, default=TAUGHT)
    parser.add_argument("--int8", action="store_true", help="weights in bytes, activations scaled as they come")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    taught = Taught.read(chosen.taught)
    weights, target = taught.added_to(read(WEIGHTS)), chosen.folder / "model.onnx"
    onnx.save(build(weights), target)
    if chosen.int8:
        from onnxruntime.quantization import QuantType, quantize_dynamic

        quantize_dynamic(target, target, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul"])
    tokenizer_of(weights).save(str(chosen.folder / "tokenizer.json"))
    card = {"prefix": PREFIX, "powers": taught.card.get("powers")}
    (chosen.folder / "linan.json").write_text(json.dumps(card) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
