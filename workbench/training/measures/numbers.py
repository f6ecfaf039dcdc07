"""Regression measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.spec.column import Column
from workbench.training.measure import Measure, Meter, Metered, Written

if TYPE_CHECKING:
    from torch import Tensor, device

    from workbench.training.distributed.ranks import Ranks


class MAE(Measure):
    """The mean absolute error, in the column's own unit; of key points, a fraction of the picture's width or height."""

    takes = ("number", "keypoints")
    titles = {"mae": "MAE"}
    is_share = False
    is_error = True

    def meter(self, column: Column, where: device) -> Meter:
        from workbench.metrics import MeanAbsoluteError

        return Metered("mae", MeanAbsoluteError, where, "outputs")


class MaxError(Measure):
    """The largest absolute error of all, in the unit of the mean one."""

    shown_as = "Max error"
    takes = ("number", "keypoints")
    titles = {"maxerror": "Max error"}
    is_share = False
    is_error = True

    def meter(self, column: Column, where: device) -> Meter:
        return _Errors()


class CumulativeScore(Measure):
    """The share of predictions within a given error: CS5 in age estimation (Geng et al. 2007)."""

    shown_as = "Share within"
    takes = ("number",)
    titles = {"cs": "Within {}"}

    within: Annotated[
        int,
        Meta(
            ge=0, le=1_000_000, title="tolerance", description="largest error that still counts as correct; usually 5"
        ),
    ] = 5

    @property
    def first(self) -> str:
        return f"cs{self.within}"

    def meter(self, column: Column, where: device) -> Meter:
        return _Errors(within=self.within)


class _Errors:
    """Absolute errors, kept on the device until the end: their largest, or the share of the small ones."""

    def __init__(self, within: int | None = None) -> None:
        self.within = within
        self.errors: list[Tensor] = []

    def add(self, outputs: Tensor, targets: Tensor) -> None:
        self.errors.append((outputs - targets).abs())

    def result(self, ranks: Ranks) -> dict[str, float]:
        import torch

        errors = ranks.joined(torch.cat(self.errors))
        if self.within is None:
            return {"maxerror": errors.max().item()}
        return {f"cs{self.within}": (errors <= self.within).sum().item() / errors.numel()}

    def written(self, own: str, outputs: str, targets: str, num_examples: str) -> Written:
        errors = f"torch.cat({own}errors)"
        largest = {"maxerror": f"{errors}.max().item()"}
        share = {f"cs{self.within}": f"({errors} <= {self.within}).sum().item() / {errors}.numel()"}
        return Written(
            begin=(f"{own}errors: list[Tensor] = []",),
            update=(f"{own}errors.append(({outputs} - {targets}).abs())",),
            results=largest if self.within is None else share,
        )
