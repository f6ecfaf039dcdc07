"""How often the right class comes first, or among the first five."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.spec.column import Column
from workbench.training.measure import Measure, Meter

if TYPE_CHECKING:
    from torch import Tensor, device


class Accuracy(Measure):
    """The share of examples whose class comes first; with more than five classes, also that of the first five."""

    takes = ("class",)
    titles = {"top1": "Accuracy", "top5": "Top-5 accuracy"}

    def meter(self, column: Column, where: device) -> Meter:
        return _Ranks((1, 5) if len(column.names) > 5 else (1,))


class _Ranks:
    """Right answers, summed on the device as whole numbers, so that the shares are exact."""

    def __init__(self, ranks: tuple[int, ...]) -> None:
        self.ranks = ranks
        self.right: list[Tensor] = []
        self.num_seen = 0

    def add(self, outputs: Tensor, targets: Tensor) -> None:
        import torch

        best = outputs.topk(self.ranks[-1], dim=1).indices
        hit = best == targets.unsqueeze(1)
        self.right.append(torch.stack([hit[:, :rank].any(dim=1).sum() for rank in self.ranks]))
        self.num_seen += len(targets)

    def result(self) -> dict[str, float]:
        import torch

        right = torch.stack(self.right).sum(dim=0).tolist()
        return {f"top{rank}": count / self.num_seen for rank, count in zip(self.ranks, right, strict=True)}
