"""How often the right class comes first, or among the first five."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.spec.column import Column
from workbench.training.measure import Measure, Meter

if TYPE_CHECKING:
    from torch import Tensor, device

    from workbench.training.ranks import Ranks


class Accuracy(Measure):
    """The share of examples whose class comes first; with more than five classes, also that of the first five."""

    takes = ("class",)
    titles = {"top1": "Accuracy", "top5": "Top-5 accuracy"}

    def meter(self, column: Column, where: device) -> Meter:
        return _Hits((1, 5) if len(column.names) > 5 else (1,))


class _Hits:
    """Right answers among the first so many, summed on the device as whole numbers, so that the shares are exact."""

    def __init__(self, among: tuple[int, ...]) -> None:
        self.among = among
        self.right: list[Tensor] = []
        self.num_seen = 0

    def add(self, outputs: Tensor, targets: Tensor) -> None:
        import torch

        best = outputs.topk(self.among[-1], dim=1).indices
        hit = best == targets.unsqueeze(1)
        self.right.append(torch.stack([hit[:, :first].any(dim=1).sum() for first in self.among]))
        self.num_seen += len(targets)

    def result(self, ranks: Ranks) -> dict[str, float]:
        import torch

        hits = torch.stack(self.right).sum(dim=0)
        *right, num_seen = ranks.sum(torch.cat([hits, hits.new_tensor([self.num_seen])])).tolist()
        return {f"top{first}": count / num_seen for first, count in zip(self.among, right, strict=True)}
