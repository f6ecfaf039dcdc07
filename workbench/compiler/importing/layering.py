"""From operations to layers with paths: each operation becomes the layer it is, or a Formula."""

from __future__ import annotations

import keyword
import math
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import torch
from torch import Tensor

from workbench.compiler.importing.expression import Expression, TooLong
from workbench.compiler.importing.operations import (
    Constant,
    ModulePath,
    Operation,
    Traced,
    Unreadable,
    Value,
    Weight,
    leaves,
)
from workbench.compiler.importing.parts import by_picture
from workbench.compiler.importing.rules.declaring import Found, find
from workbench.compiler.importing.rules.recurrent import RECURRENT
from workbench.compiler.inference import infer, reserved_names
from workbench.layers import LAYERS
from workbench.layers.base import Layer, Refusal
from workbench.layers.modules.vocabulary import ONNX_OPERATOR
from workbench.spec.graph import INPUT
from workbench.spec.problems import SpecError

FORMULA = "Formula"
NAMES = {"getitem": "select", "cat": "concat", "mul": "multiply"}
NAMES |= dict.fromkeys(("adaptive_avg_pool2d", "avg_pool2d", "max_pool2d"), "pool")
NAMES |= dict.fromkeys(("batch_norm", "layer_norm", "layer_norm_of_channels", "local_response_norm"), "norm")
NAMES |= {"conv2d": "conv", "conv_transpose2d": "conv"}
"""Names of nodes for functions whose own names are less clear."""

SHORT = frozenset(
    [
        "add",
        "sub",
        "mul",
        "div",
        "neg",
        "clamp",
        "pow",
        "sqrt",
        "exp",
        "squeeze",
        "unsqueeze",
        "permute",
        "transpose",
        "reshape",
        "getitem",
        "expand",
    ]
)
"""Functions too small for a node of their own if a formula follows."""


@dataclass(eq=False)
class Leaf:
    """A layer at its path; ``parameters`` are those that differ from the default, ``weights`` are by their names in the
    layer.

    ``sides`` is the shape of its output, without the batch.
    """

    type: str
    inputs: list[Leaf]
    parameters: dict[str, Any] = field(default_factory=dict)
    weights: dict[str, Weight | Constant | Tensor] = field(default_factory=dict)
    path: ModulePath = ()
    sides: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Layered:
    """A network as layers in order of execution, Inputs first."""

    leaves: tuple[Leaf, ...]
    outputs: dict[str, Leaf]
    kinds: dict[ModulePath, str]


def users_of(layers: Iterable[Leaf]) -> defaultdict[Leaf, list[Leaf]]:
    """Return the layers that each layer's output feeds."""
    users: defaultdict[Leaf, list[Leaf]] = defaultdict(list)
    for leaf in layers:
        for source in leaf.inputs:
            users[source].append(leaf)
    return users


def layer(traced: Traced) -> Layered:
    """Turn every value that a node can output into a layer. Raises Unreadable if something cannot even be a formula."""
    try:
        return _Layering(traced).run()
    except TooLong:
        return _Layering(by_picture(traced)).run()


class _Layering:
    """Creates the layers that the outputs depend on, starting from the end."""

    def __init__(self, traced: Traced) -> None:
        self.traced = traced
        self.order = {id(operation): index for index, operation in enumerate(traced.operations)}
        self.fed = {id(operation) for operation in traced.inputs}
        for operation in traced.operations:
            if any(id(value.operation) in self.fed for value in operation.values):
                self.fed.add(id(operation))
        self.answers = set(traced.outputs.values())
        self.leaves: dict[Value, Leaf] = {}
        self.written: dict[Value, list[Operation]] = {}
        """The operations in each formula."""
        self.without_node: set[Value] = set()

    def run(self) -> Layered:
        shapes = [operation.result.sides for operation in self.traced.inputs]
        inputs = [Leaf(INPUT, [], {"shape": list(sides)}, sides=sides) for sides in shapes]
        self.leaves.update({op.result: leaf for op, leaf in zip(self.traced.inputs, inputs, strict=True)})
        found = self._found()
        while self._spread_weights() or self._join_formulas(found):
            found = self._found()
        ordered = sorted(found, key=lambda value: (self.order[id(value.operation)], value.output))
        for value in ordered:
            made = found[value]
            sources = [self.leaves[source] for source in made.inputs]
            self.leaves[value] = Leaf(made.type, sources, made.parameters, made.weights, sides=value.sides)
        for leaf, number in zip(inputs, range(1, len(inputs) + 1), strict=True):
            leaf.path = (f"input{number if number > 1 else ''}",)
        _Naming({leaf.path for leaf in inputs}).name([(value, self.leaves[value]) for value in ordered])
        outputs = {name: self.leaves[value] for name, value in self.traced.outputs.items()}
        leaves = (*inputs, *(self.leaves[value] for value in ordered))
        return Layered(leaves=leaves, outputs=outputs, kinds=self.traced.kinds)

    def _found(self) -> dict[Value, Found]:
        """Return what each value becomes that an output depends on."""
        self.written.clear()
        found: dict[Value, Found] = {}
        waiting = [value for value in self.traced.outputs.values() if value not in self.leaves]
        while waiting:
            value = waiting.pop()
            if value not in found:
                found[value] = self._find(value)
                waiting += [source for source in found[value].inputs if source not in self.leaves]
        return found

    def _join_formulas(self, found: dict[Value, Found]) -> bool:
        """Inline short formulas that feed only another formula of the same module; return whether there were any."""
        users: dict[Value, list[Value]] = defaultdict(list)
        for value, made in found.items():
            for source in made.inputs:
                users[source].append(value)
        joined = {
            value
            for value, made in found.items()
            if made.type == FORMULA
            and value.operation.function in SHORT
            and len(users[value]) == 1
            and value not in self.answers
            if found[users[value][0]].type == FORMULA and users[value][0].operation.scope == value.operation.scope
        }
        self.without_node |= joined
        return bool(joined)

    def _spread_weights(self) -> bool:
        """Return whether a weight was in several formulas because they share a step: all but the
        last then get no node.
        """
        holders: dict[int, list[Value]] = defaultdict(list)
        for value in sorted(self.written, key=lambda value: self.order[id(value.operation)]):
            for operation in self.written[value]:
                if any(isinstance(leaf, Weight) for leaf in leaves((operation.args, operation.kwargs))):
                    holders[id(operation)].append(value)
        spread = {value for values in holders.values() for value in values[:-1]} - self.answers
        self.without_node |= spread
        return bool(spread)

    def _has_node(self, value: Any) -> bool:
        """Return whether a node can output it; a rule may have taken something else for a value."""
        return (
            isinstance(value, Value)
            and value.of_pictures
            and (value.is_float or value in self.answers)
            and id(value.operation) in self.fed
            and value not in self.without_node
        )

    def _find(self, value: Value) -> Found:
        if not self._has_node(value):
            raise Unreadable("one of its outputs is not per picture")
        single = len(value.operation.shapes) == 1 or (value.operation.function in RECURRENT and value.output == 0)
        found = find(value.operation) if single else None
        if found is not None and all(map(self._has_node, found.inputs)):
            found = _short(found)
            if found is not None and _outcome(found) == value.sides:
                fitted = _fitted(found)
                if fitted is not None:
                    return fitted
        return self._formula(value)

    def _formula(self, value: Value) -> Found:
        expression = Expression(value, self._has_node)
        self.written[value] = expression.operations
        parameters: dict[str, Any] = {"formula": expression.text}
        if expression.weights:
            parameters["weights"] = list(expression.declarations)
        found = Found(
            type=FORMULA, inputs=tuple(expression.inputs), parameters=parameters, weights=dict(expression.weights)
        )
        outcome = _outcome(found)
        if outcome != value.sides:
            raise Unreadable(
                outcome
                if isinstance(outcome, str)
                else f"{expression.text[:80]} gives {outcome} for {[v.sides for v in found.inputs]}, but {value.sides} is expected"
            )
        return found


def _short(found: Found) -> Found | None:
    """Return the layer without parameters at their default; None if there is no such layer or parameter."""
    if found.type not in LAYERS:
        return None
    fields = {one.encode_name: one for one in msgspec.structs.fields(LAYERS[found.type])}
    if not found.parameters.keys() <= fields.keys():
        return None
    if any(isinstance(value, float) and not math.isfinite(value) for value in found.parameters.values()):
        return None  # JSON cannot express it; a formula can
    kept = {name: value for name, value in found.parameters.items() if value != fields[name].default}
    return replace(found, parameters=kept)


def _outcome(found: Found) -> tuple[int, ...] | str:
    """Return the shape of the layer's output, or why it has none."""
    try:
        made: Layer = LAYERS.of(found)
    except SpecError as error:
        return str(error)
    facts = infer(made, tuple(value.sides for value in found.inputs))
    return facts.what if isinstance(facts, Refusal) else facts.output_shapes[0]


def _fitted(found: Found) -> Found | None:
    """Return the layer with its weights in the shapes of its module; None if they do not fit."""
    if not found.weights:
        return found
    with torch.device("meta"):
        module = LAYERS.of(found).build(*(value.sides for value in found.inputs))
    wanted = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    wanted.pop("num_batches_tracked", None)
    if wanted.keys() != found.weights.keys():
        return None
    weights = {name: _reshaped(weight, wanted[name]) for name, weight in found.weights.items()}
    if any(weight is None for weight in weights.values()):
        return None
    kept = {name: weight for name, weight in weights.items() if weight is not None}
    return replace(found, weights=kept)


def _reshaped(weight: Weight | Constant | Tensor, shape: tuple[int, ...]) -> Weight | Constant | Tensor | None:
    """Return the weight in another shape if the shapes differ only in sides of 1, else None."""
    if tuple(weight.shape) == shape:
        return weight
    if [side for side in weight.shape if side != 1] != [side for side in shape if side != 1]:
        return None
    if isinstance(weight, Weight):
        return replace(weight, tensor=weight.tensor.reshape(shape))
    return (weight.tensor if isinstance(weight, Constant) else weight).reshape(shape)


class _Naming:
    """Gives each layer the path of its original module, or one within the module that computed it."""

    def __init__(self, taken: set[ModulePath]) -> None:
        self.taken = set(taken)
        self.reserved = reserved_names()
        self.numbers: defaultdict[ModulePath, int] = defaultdict(lambda: 1)
        """The last number given to each name."""

    def name(self, made: list[tuple[Value, Leaf]]) -> None:
        groups: dict[tuple[ModulePath, int], list[tuple[Value, Leaf]]] = defaultdict(list)
        for value, leaf in made:
            groups[value.operation.scope, value.operation.visit].append((value, leaf))
        above = {scope[:length] for scope, _ in groups for length in range(len(scope))}
        wished: list[tuple[Leaf, ModulePath]] = []
        for value, leaf in made:
            scope, visit = value.operation.scope, value.operation.visit
            alone = len(groups[scope, visit]) == 1 and bool(scope) and scope not in above
            wished.append((leaf, scope if alone else (*scope, _word(value.operation, leaf, scope))))
        holders = {path[:length] for _, path in wished for length in range(1, len(path))}
        for leaf, path in wished:
            leaf.path = self._free(tuple(self._sound(part) for part in path), holders)

    def _free(self, path: ModulePath, holders: set[ModulePath]) -> ModulePath:
        stem, free = path[-1].rstrip("0123456789") or path[-1] + "_", path
        while free in self.taken or free in holders:
            self.numbers[*path[:-1], stem] += 1
            free = (*path[:-1], f"{stem}{self.numbers[*path[:-1], stem]}")
        self.taken.add(free)
        return free

    def _sound(self, part: str) -> str:
        """Return a valid name for a node and a submodule."""
        plain = re.sub(r"[^A-Za-z0-9_]", "_", part)[:90] or "_"
        return f"{plain}_" if plain in self.reserved or keyword.iskeyword(plain) else plain


def _word(operation: Operation, leaf: Leaf, scope: ModulePath) -> str:
    """Return a layer's name within its module: that of the weight it adds or multiplies by, or its function's."""
    places = {tuple(weight.name.split(".")) for weight in leaf.weights.values() if isinstance(weight, Weight)}
    if len(places) == 1 and next(iter(places))[:-1] == scope:
        return next(iter(places))[-1]
    modules = {place[:-1] for place in places}
    if len(modules) == 1 and next(iter(modules))[:-1] == scope and modules != {()}:
        return next(iter(modules))[-1]
    if operation.function == ONNX_OPERATOR:
        return str(operation.args[0]).lower()
    return NAMES.get(operation.function, operation.function)
