"""How rules are declared, and their result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from workbench.compiler.importing.operations import Constant, Operation, Value, Weight

Tensors = dict[str, Weight | Constant | Tensor]


@dataclass(frozen=True, kw_only=True)
class Found:
    """A layer: its type, parameters, inputs, and its module's tensors by their names."""

    type: str
    inputs: tuple[Value, ...]
    parameters: dict[str, Any] = field(default_factory=dict)
    weights: Tensors = field(default_factory=dict)


Rule = Callable[..., Found | None]
RULES: dict[str, Rule] = {}


def rule(function: Rule) -> Rule:
    """Declare the rule for the torch function of the same name without the leading underscore."""
    RULES[function.__name__.removeprefix("_")] = function
    return function


def find(operation: Operation) -> Found | None:
    """Return the layer that this operation is, if any."""
    known = RULES.get(operation.function)
    try:
        return known(*operation.args, **operation.kwargs) if known is not None else None
    except TypeError:  # called in a way that the rule does not support
        return None


def is_kept(*tensors: Any) -> bool:
    """Return whether these are stored weights, or absent, rather than computed from weights."""
    return all(tensor is None or isinstance(tensor, Weight | Constant | Tensor) for tensor in tensors)


def tensors(**named: Any) -> Tensors:
    """Return the tensors that are present."""
    return {name: tensor for name, tensor in named.items() if tensor is not None}


def short(size: Any) -> Any:
    """Return (3, 3) as 3."""
    if isinstance(size, list | tuple):
        sides = list(size) * 2 if len(size) == 1 else list(size)
        return sides[0] if len(set(sides)) == 1 else sides
    return size


def plain(type: str, x: Any, **parameters: Any) -> Found | None:
    """Return a layer with one input and no weights."""
    return Found(type=type, inputs=(x,), parameters=parameters) if isinstance(x, Value) else None
