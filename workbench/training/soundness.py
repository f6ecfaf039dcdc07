"""Whether all numbers of a step are finite, at the cost of two calls a step; what began it is sought only when not.

A network that has gone wrong stays as it was: neither its weights nor the optimizer take the step.
"""

import torch
from torch import Tensor, nn, optim

from workbench.training.ranks import ALONE, Ranks
from workbench.training.spread import own_part


class Sentinel:
    """Looks at tensors of one training for nan and inf, and keeps a step that holds some from being made.

    Where each step is read anyway (the CPU, a scaled loss), or the optimizer's kernel cannot leave a step out by itself,
    ``waits`` is true and whoever makes the step asks ``found``. Elsewhere nobody waits: the kernel sees the flag on the device.
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
        self.waits = device.type == "cpu" or not fused or scaled or ranks.sharded
        self._ranks = ranks
        self._flag = torch.zeros((), device=device)
        self._one = torch.ones((), device=device)
        # Detached: the same memory, and nobody's gradients are asked for.
        self._kept = [
            *(parameter.detach() for parameter in module.parameters()),
            *(buffer for buffer in module.buffers() if buffer.is_floating_point()),
        ]
        if not self.waits:
            # What GradScaler sets: torch's fused kernels make no step while it is not 0.
            optimizer.found_inf = self._flag  # type: ignore[attr-defined]

    def look(self, tensors: list[Tensor]) -> None:
        """Remember if one of ``tensors`` (float, on the device) holds nan or inf; they stay as they are."""
        if self._ranks.sharded:
            tensors = [own_part(tensor) for tensor in tensors]
        # It also multiplies by a number, here 1, which changes no bit; it is the one call that looks at many tensors.
        torch._amp_foreach_non_finite_check_and_unscale_(tensors, self._flag, self._one)
        if self._ranks.sharded:  # elsewhere all ranks look at the same numbers
            self._flag.copy_(self._ranks.largest(self._flag))

    def look_at_weights(self) -> None:
        """The same for the weights and statistics, which only the optimizer's step has changed."""
        self.look(self._kept)

    def found(self) -> bool:
        """Whether anything was; waits for the device."""
        return bool(self._flag)

    def flag(self) -> Tensor:
        """Whether anything was until now, still on the device: 0 or 1, float."""
        return self._flag.clone()
