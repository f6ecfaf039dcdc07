"""Top-1 and top-5 accuracy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.spec.column import Column
from workbench.training.measure import Measure, Meter, Written

if TYPE_CHECKING:
    from torch import Tensor, device

    from workbench.training.distributed.ranks import Ranks


class Accuracy(Measure):
    """Top-1 accuracy; with more than five classes, also top-5."""

    takes = ("class",)
    titles = {"top1": "Accuracy", "top5": "Top-5 accuracy"}

    def meter(self, column: Column, where: device) -> Meter:
        return _Hits((1, 5) if len(column.names) > 5 else (1,))


class _Hits:
    """Correct predictions among the top k, summed on the device as integers, so that the shares are exact."""

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

    def written(self, own: str, outputs: str, targets: str, num_examples: str) -> Written:
        names = [f"top{first}" for first in self.among]
        counts = [f"num_correct{first if first > 1 else ''}" for first in self.among]
        if len(names) == 1:
            update = [f"{own}{counts[0]} += ({outputs}.argmax(dim=1) == {targets}).sum().item()"]
        else:
            update = [f"hits = {outputs}.topk({self.among[-1]}, dim=1).indices == {targets}[:, None]"]
            update += [
                f"{own}{count} += hits[:, :{first}].sum().item()"
                for count, first in zip(counts, self.among, strict=True)
            ]
        return Written(
            begin=tuple(f"{own}{count} = 0" for count in counts),
            update=tuple(update),
            results={name: f"{own}{count} / {num_examples}" for name, count in zip(names, counts, strict=True)},
        )
