"""Several optimizers combined into one."""

from collections.abc import Callable, Iterable
from typing import Any

from torch import nn, optim


class Together(optim.Optimizer):
    """Steps each of ``optimizers``, which have disjoint weights; their parameter groups and state are its own."""

    def __init__(self, optimizers: list[optim.Optimizer]) -> None:
        self.optimizers = optimizers
        super().__init__([group for each in optimizers for group in each.param_groups], {})
        self._share()

    def _share(self) -> None:
        """Let the optimizers work on this one's groups and state."""
        place = 0
        for each in self.optimizers:
            groups = self.param_groups[place : place + len(each.param_groups)]
            each.param_groups, each.state, place = groups, self.state, place + len(groups)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore a saved state."""
        super().load_state_dict(state_dict)
        self._share()

    def step(self, closure: None = None) -> None:  # type: ignore[override]  # no closure is ever passed
        """Step all optimizers."""
        for each in self.optimizers:
            each.step()


def parted(
    parameters: Iterable[Any], wanted: Callable[[nn.Parameter], bool]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Split the parameter groups into those of the ``wanted`` weights and those of all others, without empty groups."""
    rows = list(parameters)
    groups = rows if isinstance(rows[0], dict) else [{"params": rows}]
    ours = [group | {"params": [each for each in group["params"] if wanted(each)]} for group in groups]
    theirs = [group | {"params": [each for each in group["params"] if not wanted(each)]} for group in groups]
    return [group for group in ours if group["params"]], [group for group in theirs if group["params"]]
