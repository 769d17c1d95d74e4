"""The encoder as a torch network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from nlu.model.packed import Floats
from nlu.model.weights import Weights

DROPPED = 0.1


class Dense(nn.Module):
    """A matrix and a bias."""

    def __init__(self, weights: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.w, self.b = nn.Parameter(weights), nn.Parameter(bias)

    def forward(self, rows: Tensor) -> Tensor:
        return functional.linear(rows, self.w, self.b)


class Norm(nn.Module):
    """Layer normalisation."""

    def __init__(self, weights: Tensor, bias: Tensor, epsilon: float) -> None:
        super().__init__()
        self.w, self.b, self.epsilon = nn.Parameter(weights), nn.Parameter(bias), epsilon

    def forward(self, rows: Tensor) -> Tensor:
        return functional.layer_norm(rows, self.w.shape, self.w, self.b, self.epsilon)


class Layer(nn.Module):
    """Attention, then two dense layers, each added and normalised."""

    def __init__(self, parts: Mapping[str, Tensor], width: int, heads: int, epsilon: float) -> None:
        super().__init__()
        self.heads = heads

        def dense(name: str) -> Dense:
            bias = parts[f"{name}.b"]
            return Dense(parts[f"{name}.w"].view(len(bias), -1), bias)

        self.q, self.k, self.v, self.ao = dense("q"), dense("k"), dense("v"), dense("ao")
        self.fi, self.fo = dense("fi"), dense("fo")
        self.aln = Norm(parts["aln.w"], parts["aln.b"], epsilon)
        self.oln = Norm(parts["oln.w"], parts["oln.b"], epsilon)

    def forward(self, rows: Tensor, mask: Tensor) -> Tensor:
        count, length, width = rows.shape
        q, k, v = (
            part(rows).view(count, length, self.heads, -1).transpose(1, 2) for part in (self.q, self.k, self.v)
        )
        dropped = DROPPED if self.training else 0.0
        seen = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=dropped)
        seen = self.ao(seen.transpose(1, 2).reshape(count, length, width))
        rows = self.aln(rows + functional.dropout(seen, DROPPED, self.training))
        thought = self.fo(functional.gelu(self.fi(rows)))
        return self.oln(rows + functional.dropout(thought, DROPPED, self.training))


class Network(nn.Module):
    """Numbers of pieces → vectors of unit length. The vectors of pieces stay as they are."""

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self.weights, self.frozen = weights, 0
        width = weights.sizes["width"]
        tensors = {name: torch.tensor(np.ascontiguousarray(array)) for name, array in weights.tensors.items()}
        self.register_buffer("word", torch.tensor(weights.words))
        self.register_buffer("position", tensors["emb.pos"].view(-1, width) + tensors["emb.type"][:width])
        self.ln = Norm(tensors["emb.ln.w"], tensors["emb.ln.b"], weights.epsilon)
        self.layers = nn.ModuleList(
            Layer(
                {name.partition(".")[2]: array for name, array in tensors.items() if name.startswith(f"l{number}.")},
                width,
                weights.sizes["heads"],
                weights.epsilon,
            )
            for number in range(weights.sizes["layers"])
        )

    def freeze(self, layers: int) -> None:
        """Let the lowest layers and what lies below them be as they are."""
        self.frozen = layers
        for part in (self.ln, *self.layers[:layers]):
            part.requires_grad_(False)

    def forward(self, cut: Sequence[Sequence[int]]) -> Tensor:
        length = max(map(len, cut))
        numbers = torch.zeros(len(cut), length, dtype=torch.long)
        there = torch.zeros(len(cut), length, dtype=torch.bool)
        for at, pieces in enumerate(cut):
            numbers[at, : len(pieces)] = torch.tensor(pieces)
            there[at, : len(pieces)] = True
        rows = self.ln(self.word[numbers] + self.position[:length])
        rows = functional.dropout(rows, DROPPED, self.training)
        for layer in self.layers:
            rows = layer(rows, there[:, None, None, :])
        means = (rows * there[..., None]).sum(1) / there.sum(1, keepdim=True)
        return functional.normalize(means, dim=1)

    def learned(self) -> dict[str, Floats]:
        """The tensors that were changed, flat."""
        found: dict[str, Tensor] = {}
        for number, layer in enumerate(self.layers):
            if number >= self.frozen:
                found |= {f"l{number}.{name}": value for name, value in layer.named_parameters()}
        return {name: value.detach().numpy().reshape(-1) for name, value in found.items()}
