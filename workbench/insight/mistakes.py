"""A network's predictions for the pictures of a split."""

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from workbench.spec.record import Record


class Answered(Record):
    """For N pictures, in order: their classes (``labels``) and predictions (``predicted``), int64 [N]; the softmax
    probability of the predicted class (``confidence``) and the cross-entropy (``losses``), float32 [N]. On the CPU.
    """

    labels: Tensor
    predicted: Tensor
    confidence: Tensor
    losses: Tensor


def answers(
    module: nn.Module, batches: Iterable[tuple[Tensor, Mapping[str, Tensor]]], heads: Sequence[tuple[str, str]]
) -> tuple[Answered, ...]:
    """Evaluate ``module``, which is in eval mode, on every picture, once for all ``heads``; return an answer for each
    head.

    batches: inputs, float32 [B, ...], and their targets by column. A head is the name of the Output with the logits,
    [B, classes], and the column of the true classes, int64 [B]. Raises ValueError if there are no pictures.
    """
    parts: list[list[tuple[Tensor, ...]]] = [[] for _ in heads]
    with torch.no_grad():
        for inputs, targets in batches:
            outputs = module(inputs)
            for part, (output, target) in zip(parts, heads, strict=True):
                part.append(_answered(outputs[output].float(), targets[target]))
    return tuple(map(_joined, parts))


def _joined(parts: Sequence[tuple[Tensor, ...]]) -> Answered:
    if not parts:
        raise ValueError("there are no pictures to evaluate")
    labels, predicted, confidence, losses = (torch.cat(column).cpu() for column in zip(*parts, strict=True))
    return Answered(labels=labels, predicted=predicted, confidence=confidence, losses=losses)


def _answered(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    confidence, predicted = logits.softmax(dim=1).max(dim=1)
    return labels, predicted, confidence, F.cross_entropy(logits, labels, reduction="none")
