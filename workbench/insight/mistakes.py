"""A network's predictions for the pictures of a split, as much of them as is kept for each kind of head."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

MOST_CLASSES = 200
"""With more, the probabilities of all classes for all pictures of a large split would fill the memory."""

Kept = Callable[[Tensor, Tensor], Mapping[str, Tensor]]
"""From a head's outputs for a batch, float32 [B, ...], and its targets, what is kept of them by name, each [B, ...]."""


def evaluated(
    module: nn.Module, batches: Iterable[tuple[Tensor, Mapping[str, Tensor]]], heads: Sequence[tuple[str, str, Kept]]
) -> tuple[dict[str, NDArray[Any]], ...]:
    """Evaluate ``module``, which is in eval mode, on every picture, once for all ``heads``; return for each head what
    is kept for all pictures, in order: arrays [N, ...] by name.

    batches: inputs, float32 [B, ...], and their targets by column. A head is the name of an Output, that of a column,
    and what is kept. Raises ValueError if there are no pictures.
    """
    parts: list[list[Mapping[str, Tensor]]] = [[] for _ in heads]
    with torch.no_grad():
        for inputs, targets in batches:
            outputs = module(inputs)
            for part, (output, target, kept) in zip(parts, heads, strict=True):
                part.append(kept(outputs[output].float(), targets[target]))
    return tuple(map(_joined, parts))


def _joined(parts: Sequence[Mapping[str, Tensor]]) -> dict[str, NDArray[Any]]:
    if not parts:
        raise ValueError("there are no pictures to evaluate")
    return {name: torch.cat([part[name] for part in parts]).cpu().numpy() for name in parts[0]}


def of_classes(logits: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """Return, from logits [B, classes] and true classes, int64 [B]: these ``labels`` and those ``predicted``,
    int64 [B]; the softmax probability of the predicted class (``confidence``) and the cross-entropy (``losses``),
    float32 [B]; and unless there are more than ``MOST_CLASSES``, all ``probabilities``, float32 [B, classes].
    """
    probabilities = logits.softmax(dim=1)
    confidence, predicted = probabilities.max(dim=1)
    losses = F.cross_entropy(logits, labels, reduction="none")
    kept = {"labels": labels, "predicted": predicted, "confidence": confidence, "losses": losses}
    return kept if logits.shape[1] > MOST_CLASSES else {**kept, "probabilities": probabilities}


def of_numbers(outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
    """Return, from outputs and targets of the same size, [B, ...]: what is ``actual`` and what is ``predicted``,
    float32 [B, numbers].
    """
    return {"actual": targets.float().reshape(len(targets), -1), "predicted": outputs.reshape(len(outputs), -1)}


def of_labels(logits: Tensor, targets: Tensor) -> dict[str, Tensor]:
    """Return, from logits and labels, both [B, labels]: which are ``actual``, bool, and the ``probabilities`` by
    sigmoid, float32.
    """
    return {"actual": targets > 0.5, "probabilities": logits.sigmoid()}
