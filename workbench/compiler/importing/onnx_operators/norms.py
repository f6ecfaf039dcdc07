"""Normalisation."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from workbench.compiler.importing.onnx_operators.declaring import Step, operator
from workbench.compiler.importing.operations import Unreadable


@operator
def _BatchNormalization(step: Step, x: Tensor, scale: Tensor, bias: Tensor, mean: Tensor, var: Tensor) -> Tensor:
    if step.get("training_mode", 0):
        raise Unreadable("it was exported in training mode: its batch normalisation uses batch statistics")
    return F.batch_norm(x, mean, var, scale, bias, False, 1 - step.get("momentum", 0.9), step.get("epsilon", 1e-5))


@operator
def _InstanceNormalization(step: Step, x: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    return F.instance_norm(x, weight=scale, bias=bias, eps=step.get("epsilon", 1e-5))


@operator
def _LayerNormalization(step: Step, x: Tensor, scale: Tensor, bias: Tensor | None = None) -> Tensor:
    axis = step.get("axis", -1) % x.ndim
    shape = tuple(x.shape[axis:])
    scale = scale if tuple(scale.shape) == shape else scale.expand(shape)
    return F.layer_norm(x, shape, scale, bias, step.get("epsilon", 1e-5))


@operator
def _RMSNormalization(step: Step, x: Tensor, scale: Tensor) -> Tensor:
    shape = tuple(x.shape[step.get("axis", -1) % x.ndim :])
    return F.rms_norm(
        x, shape, scale if tuple(scale.shape) == shape else scale.expand(shape), step.get("epsilon", 1e-5)
    )


@operator
def _GroupNormalization(step: Step, x: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    groups = step.get("num_groups")
    if step.opset < 21:  # up to then, one number per group rather than per channel
        each = x.shape[1] // groups
        scale, bias = scale.repeat_interleave(each), bias.repeat_interleave(each)
    return F.group_norm(x, groups, scale, bias, step.get("epsilon", 1e-5))


@operator
def _LRN(step: Step, x: Tensor) -> Tensor:
    return F.local_response_norm(
        x, step.get("size"), step.get("alpha", 1e-4), step.get("beta", 0.75), step.get("bias", 1.0)
    )


@operator
def _LpNormalization(step: Step, x: Tensor) -> Tensor:
    return F.normalize(x, float(step.get("p", 2)), step.get("axis", -1))
