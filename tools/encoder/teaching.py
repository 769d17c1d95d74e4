"""Teaches the network the labels of the examples: the vectors of what means the same come close."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from tools.encoder.network import Network

Pieces = Sequence[Sequence[int]]
SHARPNESS = 12.0  # how long a vector is to the head


@dataclass(frozen=True)
class Course:
    """How long and how fast is learned."""

    epochs: int = 4
    batch: int = 32
    rate: float = 1e-4
    head_rate: float = 2e-3
    warm_up: float = 0.08  # of all steps
    smoothing: float = 0.05
    balance: float = 0.5  # as in nlu.model.linear
    forgotten: float = 0.1  # pieces left out of a sentence, another time others
    longest: int = 72  # pieces of a sentence; letters are learned from their beginning
    frozen: int = 4  # layers from below that stay as they are: they know the language, not the matter


def teach(
    network: Network, pieces: Pieces, targets: Sequence[int], course: Course, say: Callable[[str], None]
) -> None:
    """Changes the network's weights."""
    wanted = torch.tensor(targets)
    counts = torch.bincount(wanted).float().clamp(min=1)
    importance = (len(wanted) / (len(counts) * counts)) ** course.balance
    head = nn.Linear(network.weights.sizes["width"], len(counts))
    network.freeze(course.frozen)
    optimiser = _optimiser(network, head, course)
    rates = [group["lr"] for group in optimiser.param_groups]
    steps, step, begun = course.epochs * math.ceil(len(pieces) / course.batch), 0, time.monotonic()
    network.train()
    for epoch in range(course.epochs):
        dice, missed = random.Random(epoch), 0.0
        for batch in _batches(pieces, course.batch, dice):
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * min(1.0, step / (course.warm_up * steps)) * max(0.02, 1 - step / steps)
            vectors = network([_forget(pieces[at][: course.longest], course.forgotten, dice) for at in batch])
            loss = functional.cross_entropy(
                head(vectors * SHARPNESS), wanted[batch], weight=importance, label_smoothing=course.smoothing
            )
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            missed, step = missed + loss.item(), step + 1
            if step % 50 == 0:
                say(f"step {step} of {steps}, {time.monotonic() - begun:.0f} s, loss {loss.item():.3f}")
        say(f"epoch {epoch + 1} of {course.epochs}: mean loss {missed * course.batch / len(pieces):.3f}")
    network.eval()


def _optimiser(network: Network, head: nn.Linear, course: Course) -> torch.optim.AdamW:
    learned = [p for p in network.parameters() if p.requires_grad]
    return torch.optim.AdamW(
        [
            {"params": [p for p in learned if p.dim() > 1], "lr": course.rate, "weight_decay": 0.01},
            {"params": [p for p in learned if p.dim() < 2], "lr": course.rate, "weight_decay": 0.0},
            {"params": head.parameters(), "lr": course.head_rate, "weight_decay": 0.0},
        ]
    )


def _batches(pieces: Pieces, size: int, dice: random.Random) -> Iterator[list[int]]:
    """All sentences once, those of like length together."""
    order = list(range(len(pieces)))
    dice.shuffle(order)
    batches = []
    for first in range(0, len(order), size * 20):
        near = sorted(order[first : first + size * 20], key=lambda at: len(pieces[at]))
        batches += [near[at : at + size] for at in range(0, len(near), size)]
    dice.shuffle(batches)
    return iter(batches)


def _forget(cut: Sequence[int], share: float, dice: random.Random) -> list[int]:
    kept = [piece for piece in cut[1:-1] if dice.random() >= share]
    return [cut[0], *kept, cut[-1]]
