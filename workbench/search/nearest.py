"""Exact nearest neighbours by Euclidean distance, at the speed of one matrix product.

The usual formula, |x|² - 2x·q + |q|² in float32, suffers from cancellation for similar pictures: their distances are
noise, even below zero. Here that product is only used to rule out: whatever its rounding error could still place among
the nearest is computed again, in float64, from the difference itself.
"""

import torch
from torch import Tensor

from workbench.spec.problems import SpecError


class NeighbourIndex:
    """Descriptors with their squared norms; immutable."""

    def __init__(self, descriptors: Tensor) -> None:
        """descriptors: float32 [N, D]. Raises SpecError if they are not finite (a run that diverged)."""
        assert descriptors.dim() == 2 and descriptors.dtype == torch.float32
        self._descriptors = descriptors
        self._squares = descriptors.square().sum(dim=1)
        if not torch.isfinite(self._squares).all():
            raise SpecError("the descriptors are not finite: the network has diverged; choose an earlier checkpoint")

    def __len__(self) -> int:
        return len(self._descriptors)

    def __getitem__(self, numbers: int | Tensor) -> Tensor:
        """Return one of the descriptors, float32 [D], or those of these numbers, int64 [Q]: float32 [Q, D]."""
        return self._descriptors[numbers]

    def nearest(self, query: Tensor, k: int = 20) -> tuple[Tensor, Tensor]:
        """Return the ``k`` nearest of the N, or all if N is smaller: indices int64 [k], distances float64 [k], on the
        CPU.

        query: float32 [D]. Nearest first, equal distances by index; a copy of the query has distance exactly 0.
        """
        (found,) = self._nearest(query[None], k)
        return found

    def others(self, numbers: Tensor, k: int = 20) -> list[tuple[Tensor, Tensor]]:
        """Return what ``nearest`` does for each of these of the N, int64 [Q], without itself.

        The descriptors are read once for all of them, which takes half the time of one after the other.
        """
        found = self._nearest(self._descriptors[numbers], k + 1)
        rests = [indices != number for (indices, _), number in zip(found, numbers, strict=True)]
        return [
            (indices[rest][:k], distances[rest][:k]) for (indices, distances), rest in zip(found, rests, strict=True)
        ]

    def _nearest(self, queries: Tensor, k: int) -> list[tuple[Tensor, Tensor]]:
        products = self._descriptors @ queries.T
        found = []
        for query, product in zip(queries, products.T, strict=True):
            candidates = self._candidates(query, product, min(k, len(self)))
            differences = self._descriptors[candidates].cpu().double() - query.cpu().double()
            distances = differences.square().sum(dim=1).sqrt()
            order = torch.argsort(distances, stable=True)[:k]
            found.append((candidates.cpu()[order], distances[order]))
        return found

    def _candidates(self, query: Tensor, product: Tensor, k: int) -> Tensor:
        """Return the indices, ascending, of all that could be among the ``k`` nearest, given float32's rounding and the
        ``product`` of the descriptors with the query, float32 [N].

        ``slack`` bounds that rounding: the error of a sum of D products is at most D·u·|x||q|, u being half of eps (N.
        J. Higham: Accuracy and Stability of Numerical Algorithms, 2002, section 3.1), and there are three such sums. So
        at least k points lie within ``reach``, and no nearer one is missed.
        """
        float32 = torch.finfo(torch.float32)
        num_terms = self._descriptors.shape[1] + 8
        lengths = self._squares + query.square().sum()
        approximate = lengths - 2 * product
        slack = num_terms * (float32.eps * lengths + float32.tiny)
        reach = torch.topk(approximate + slack, k, largest=False).values[-1]
        return torch.nonzero(approximate - slack <= reach).squeeze(dim=1)
