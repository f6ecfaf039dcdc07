"""Norms."""

from __future__ import annotations

from typing import Any

import torch

from workbench.compiler.importing.operations import Value
from workbench.compiler.importing.rules.declaring import Found, is_kept, plain, rule, tensors


@rule
def _batch_norm(
    input: Value,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Found | None:
    kept = is_kept(running_mean, running_var, weight, bias)
    if not kept or training or running_mean is None or (weight is None) != (bias is None):
        return None
    return Found(
        type="BatchNorm",
        inputs=(input,),
        # With a momentum of None, a mean over all batches, torch's module passes 0, at which nothing would be learnt.
        parameters={"eps": eps, "affine": weight is not None, "series": len(input.shape) == 3}
        | ({"momentum": momentum} if momentum else {}),
        weights=tensors(running_mean=running_mean, running_var=running_var, weight=weight, bias=bias),
    )


@rule
def _layer_norm(
    input: Value, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Found | None:
    if (
        not is_kept(weight, bias)
        or tuple(normalized_shape) != input.shape[-1:]
        or (weight is None and bias is not None)
    ):
        return None
    parameters = {"eps": eps, "elementwise_affine": weight is not None, "channels_last": len(input.shape) == 4}
    parameters |= {"bias": bias is not None} if weight is not None else {}
    return Found(type="LayerNorm", inputs=(input,), parameters=parameters, weights=tensors(weight=weight, bias=bias))


@rule
def _layer_norm_of_channels(input: Value, weight: Any, bias: Any, eps: float) -> Found | None:
    """A norm over the channels of pictures, channels first; created by a rewriting rule."""
    parameters = {"eps": eps, "elementwise_affine": weight is not None}
    parameters |= {"bias": bias is not None} if weight is not None else {}
    return Found(type="LayerNorm", inputs=(input,), parameters=parameters, weights=tensors(weight=weight, bias=bias))


@rule
def _group_norm(input: Value, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Found | None:
    if not is_kept(weight, bias) or (weight is None) != (bias is None):
        return None
    parameters = {"num_groups": num_groups, "eps": eps, "affine": weight is not None}
    return Found(type="GroupNorm", inputs=(input,), parameters=parameters, weights=tensors(weight=weight, bias=bias))


@rule
def _instance_norm(
    input: Value,
    running_mean: Any = None,  # noqa: ARG001  # used only where the statistics are not the input's
    running_var: Any = None,  # noqa: ARG001
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,  # noqa: ARG001
    eps: float = 1e-5,
) -> Found | None:
    if not is_kept(weight, bias) or not use_input_stats or (weight is None) != (bias is None):
        return None
    parameters = {"eps": eps, "affine": weight is not None}
    return Found(type="InstanceNorm", inputs=(input,), parameters=parameters, weights=tensors(weight=weight, bias=bias))


@rule
def _rms_norm(input: Value, normalized_shape: Any, weight: Any = None, eps: float | None = None) -> Found | None:
    if not is_kept(weight) or tuple(normalized_shape) != input.shape[-1:]:
        return None
    parameters = {"eps": torch.finfo(torch.float32).eps if eps is None else eps}
    parameters |= {"elementwise_affine": weight is not None, "channels_last": len(input.shape) == 4}
    return Found(type="RMSNorm", inputs=(input,), parameters=parameters, weights=tensors(weight=weight))


@rule
def _local_response_norm(
    input: Value, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Found | None:
    return plain("LocalResponseNorm", input, size=size, alpha=alpha, beta=beta, k=k)


@rule
def _normalize(input: Value, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Found | None:
    """Along the channels of pictures, or the width of tokens and vectors."""
    place, rank = dim % len(input.shape), len(input.shape)
    if (p, eps) != (2.0, 1e-12) or place not in ((1, 3) if rank == 4 else (rank - 1,)) or input.shape[place] == 1:
        return None
    return plain("L2Norm", input, channels_last=rank == 4 and place == 3)
