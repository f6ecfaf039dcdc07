"""Layers that do nothing in evaluation."""

from __future__ import annotations

from workbench.compiler.importing.operations import Value
from workbench.compiler.importing.rules.declaring import Found, plain, rule


@rule
def _dropout(input: Value, p: float = 0.5, training: bool = False) -> Found | None:
    return plain("Dropout", input, p=p) if not training else None


@rule
def _dropout2d(input: Value, p: float = 0.5, training: bool = False) -> Found | None:
    return plain("Dropout2d", input, p=p) if not training else None


@rule
def _alpha_dropout(input: Value, p: float = 0.5, training: bool = False) -> Found | None:
    return plain("AlphaDropout", input, p=p) if not training else None


@rule
def _stochastic_depth(input: Value, p: float, mode: str) -> Found | None:
    return plain("StochasticDepth", input, p=p, mode=mode)
