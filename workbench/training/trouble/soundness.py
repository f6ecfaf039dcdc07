"""Checks that all numbers of a step are finite, at the cost of two calls per step; only otherwise is the cause searched
for.

A step with non-finite numbers changes neither the weights nor the optimizer.
"""

import torch
from torch import Tensor, nn, optim

from workbench.training.distributed.ranks import ALONE, Ranks
from workbench.training.distributed.spread import own_part


class Sentinel:
    """Checks a training's tensors for nan and inf, and prevents a step that contains any.

    If each step is read anyway (on the CPU), or the optimizer's kernel cannot skip a step, ``waits`` is true and the
    caller checks ``found`` before the step. Otherwise nothing waits: the kernel reads the flag on the device.

    With a ``scaled`` loss, the kernel also skips steps in which a gradient overflowed, which are not unsound.
    """

    def __init__(
        self,
        module: nn.Module,
        optimizer: optim.Optimizer,
        device: torch.device,
        *,
        scaled: bool = False,
        ranks: Ranks = ALONE,
    ) -> None:
        fused = getattr(optimizer, "_step_supports_amp_scaling", False)
        self.waits = device.type == "cpu" or not fused or ranks.sharded
        self._ranks = ranks
        self._optimizer = optimizer
        self._flag = torch.zeros((), device=device)
        self._skip = torch.zeros((), device=device) if scaled else self._flag
        self._one = torch.ones((), device=device)
        # Detached: shares the memory, without gradients.
        self._kept = [
            *(parameter.detach() for parameter in module.parameters()),
            # Of one type, as CUDA's check demands; those of others are constants.
            *(buffer for buffer in module.buffers() if buffer.dtype == torch.float32),
        ]
        if not self.waits:
            # The attribute that GradScaler sets: torch's fused kernels skip the step while it is 1.
            optimizer.found_inf = self._skip  # type: ignore[attr-defined]
            if scaled:
                _fill_momenta(optimizer)

    def look(self, tensors: list[Tensor]) -> None:
        """Set the flag if one of ``tensors`` (float, on the device) contains nan or inf; they are not changed."""
        if self._ranks.sharded:
            tensors = [own_part(tensor) for tensor in tensors]
        # It also multiplies by a number, here 1, which changes no bit; it checks many tensors in one call.
        torch._amp_foreach_non_finite_check_and_unscale_(tensors, self._flag, self._one)
        if self._ranks.sharded:  # unsharded, all ranks check the same numbers
            self._flag.copy_(self._ranks.largest(self._flag))

    def skip(self, overflow: Tensor, unsound: Tensor) -> None:
        """Skip this step where ``overflow`` is 1; set the flag where ``unsound`` is. Both are a float 0 or 1 on the
        device.
        """
        torch.maximum(self._flag, unsound, out=self._flag)
        torch.maximum(self._flag, overflow, out=self._skip)

    def look_at_weights(self) -> None:
        """Check the weights and statistics, which a step changes."""
        self.look(self._kept)

    def look_at_memory(self) -> None:
        """Check what the optimizer keeps: a square that overflowed holds its weight still, and shows nowhere else."""
        kept = [value for slots in self._optimizer.state.values() for value in slots.values()]
        self.look([value for value in kept if torch.is_tensor(value) and value.dim() and value.is_floating_point()])

    def found(self) -> bool:
        """Return whether any nan or inf was found; waits for the device."""
        return bool(self._flag)

    def flag(self) -> Tensor:
        """Return whether any was found so far, as a float 0 or 1 on the device."""
        return self._flag.clone()


def _fill_momenta(optimizer: optim.Optimizer) -> None:
    """Begin SGD's momenta with zeros, which makes the same first step as none.

    A fused kernel that skips its first step would keep uninitialised memory as its momentum.
    """
    for group in optimizer.param_groups:
        for weight in group["params"] if group.get("momentum") else ():
            optimizer.state[weight].setdefault("momentum_buffer", torch.zeros_like(weight))
