"""How a module is made, read off the module: ``nn.Conv2d(in_channels=3, out_channels=16, ...)`` as a name and
arguments.

A torch module stores its constructor's arguments under their names, and so do ours. So no layer has to write its own
code, and the code shows what was built.
"""

import inspect
from functools import lru_cache
from string import Formatter
from typing import Any

import torch
from torch import nn

from workbench.export.code.formulas import class_of
from workbench.layers.base import Layer, Shape, Unpacking
from workbench.layers.modules.formula import Formula
from workbench.spec.record import Record

Argument = bool | int | float | str | None | tuple[int | float, ...]

SIDES = frozenset({"kernel_size", "stride", "padding", "output_padding", "dilation", "output_size", "scale_factor"})
"""Arguments for which one number means both height and width."""


class Call(Record):
    """A constructor's name (``nn.ReLU``) and the arguments that are not at their defaults."""

    name: str
    arguments: dict[str, Argument]
    source: type[nn.Module] | None = None
    """The class, if it is not torch's and its source has to be included."""
    text: str = ""
    """The class's source, if it is generated for this layer alone."""
    defaults: dict[str, Argument] = {}
    """The defaults of the arguments that have one."""
    beside: dict[str, str] = {}
    """The suffixes that turn the node's name into those of its weights, if the network stores them directly."""
    buffers: frozenset[str] = frozenset()
    """Which of them are not learnt."""
    weights: dict[str, str] = {}
    """How they are created: expressions with the arguments' names in braces."""

    @property
    def wanted(self) -> tuple[str, ...]:
        """Names of the arguments that have to be written."""
        named = (field for text in self.weights.values() for _, field, _, _ in Formatter().parse(text) if field)
        return tuple(dict.fromkeys((*self.arguments, *named)))

    def argument(self, name: str) -> Argument:
        """Return an argument's value, given or default."""
        return self.arguments.get(name, self.defaults.get(name))


@lru_cache(maxsize=50_000)
def call_of(layer: Layer, shapes: tuple[Shape, ...], unpacking: Unpacking | None = None) -> Call:
    """Return the call that creates this layer's module for inputs of these shapes, or torch's if the layer's output is
    taken from that by ``unpacking``.
    """
    with torch.device("meta"):
        module = layer.build(*shapes)
    if isinstance(module, Formula):
        name, text = class_of(module)
        return Call(name=name, arguments={}, text=text)
    kind = type(module)
    known = _signature(kind)
    if unpacking is not None:
        del known[unpacking.argument]
    arguments = {
        name: value
        for name, default in known.items()
        if (value := _value(module, name)) != default and not (name == "stride" and _pools_by_kernel(module))
    }
    own = not kind.__module__.startswith("torch.") and unpacking is None
    return Call(
        name=kind.__name__ if own else f"nn.{kind.__name__}",
        arguments=arguments,
        source=kind if own else None,
        defaults={name: default for name, default in known.items() if default is not inspect.Parameter.empty},
        beside=layer.weights_beside(),
        buffers=frozenset(name for name, _ in module.named_buffers()),
        weights=layer.weights_code() if layer.weights_beside() else {},
    )


def _signature(kind: type[nn.Module]) -> dict[str, Any]:
    """Return argument -> default; ``inspect.Parameter.empty`` if it has none."""
    known = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = [each for each in inspect.signature(kind).parameters.values() if each.kind in known]
    return {each.name: each.default for each in parameters if each.name not in ("device", "dtype", "inplace")}


def _value(module: nn.Module, name: str) -> Argument:
    value = getattr(module, name)
    if name == "bias" and not isinstance(value, bool):
        return value is not None
    if isinstance(value, tuple | list | torch.Size):
        sides = tuple(value)
        same = name in SIDES and len(set(sides)) == 1
        return sides[0] if same or (name == "normalized_shape" and len(sides) == 1) else sides
    assert value is None or isinstance(value, bool | int | float | str), (type(module), name, value)
    return value


def _pools_by_kernel(module: nn.Module) -> bool:
    """Return whether a pooling's stride is its default, the kernel."""
    pools = nn.MaxPool2d | nn.AvgPool2d | nn.MaxPool1d | nn.AvgPool1d
    return isinstance(module, pools) and module.stride == module.kernel_size
