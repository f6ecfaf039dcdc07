"""Activations."""

from __future__ import annotations

from typing import Any

from workbench.compiler.importing.operations import Value
from workbench.compiler.importing.rules.declaring import RULES, Found, Rule, is_kept, plain, rule

WITHOUT_SETTINGS = ("ReLU", "ReLU6", "SELU", "SiLU", "Mish", "Hardswish", "Hardsigmoid", "Sigmoid", "Tanh")


def _without_settings(type: str) -> Rule:
    def found(input: Value) -> Found | None:
        return plain(type, input)

    return found


RULES.update({name.lower(): _without_settings(name) for name in WITHOUT_SETTINGS})


@rule
def _hardtanh(input: Value, min_val: float = -1.0, max_val: float = 1.0) -> Found | None:
    return plain("ReLU6", input) if (min_val, max_val) == (0, 6) else None


@rule
def _clamp(input: Value, min: Any = None, max: Any = None) -> Found | None:
    return plain("ReLU6", input) if (min, max) == (0, 6) else plain("ReLU", input) if (min, max) == (0, None) else None


@rule
def _leaky_relu(input: Value, negative_slope: float = 0.01) -> Found | None:
    return plain("LeakyReLU", input, negative_slope=negative_slope)


@rule
def _prelu(input: Value, weight: Any) -> Found | None:
    if not is_kept(weight):
        return None
    parameters = {"per_channel": weight.shape[0] > 1}
    return Found(type="PReLU", inputs=(input,), parameters=parameters, weights={"weight": weight})


@rule
def _elu(input: Value, alpha: float = 1.0) -> Found | None:
    return plain("ELU", input, alpha=alpha)


@rule
def _gelu(input: Value, approximate: str = "none") -> Found | None:
    return plain("GELU", input, approximate=approximate)


@rule
def _softplus(input: Value, beta: float = 1.0, threshold: float = 20.0) -> Found | None:
    return plain("Softplus", input, beta=beta, threshold=threshold)


@rule
def _softmax(input: Value, dim: int | None = None, dtype: Any = None) -> Found | None:
    return plain("Softmax", input, dim=dim) if dim is not None and dtype is None else None


@rule
def _log_softmax(input: Value, dim: int | None = None, dtype: Any = None) -> Found | None:
    return plain("LogSoftmax", input, dim=dim) if dim is not None and dtype is None else None
