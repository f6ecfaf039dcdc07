"""Weights that a torch module computes from others at every step, as with ``torch.nn.utils.weight_norm``."""

from __future__ import annotations

from torch import nn
from torch.nn.utils import parametrize, prune, remove_spectral_norm, remove_weight_norm
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm


def with_plain_weights(model: nn.Module) -> tuple[str, ...]:
    """Replace these weights by plain ones with the values they have in evaluation; return their names.

    Of ``torch.nn.utils.weight_norm``, ``spectral_norm`` and ``prune``, and of anything registered as a parametrization.
    torch removes each itself, which changes the model, but none of its outputs.
    """
    model.eval()
    return tuple(
        f"{path}.{name}" if path else name for path, module in model.named_modules() for name in _plain(module)
    )


def _plain(module: nn.Module) -> list[str]:
    found: list[str] = []
    for hook in list(module._forward_pre_hooks.values()):
        if isinstance(hook, WeightNorm | SpectralNorm):
            (remove_weight_norm if isinstance(hook, WeightNorm) else remove_spectral_norm)(module, hook.name)
            found.append(hook.name)
        elif isinstance(hook, prune.BasePruningMethod):
            prune.remove(module, hook._tensor_name)
            found.append(hook._tensor_name)
    if parametrize.is_parametrized(module):
        for name in list(module.parametrizations):  # type: ignore[arg-type]  # a ModuleDict
            parametrize.remove_parametrizations(module, name)
            found.append(name)
    return found
