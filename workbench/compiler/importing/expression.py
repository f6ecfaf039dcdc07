"""An operation without a layer, written as a formula that includes whatever cannot be a node of its own."""

from __future__ import annotations

import keyword
import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from workbench.compiler.importing.operations import Constant, Operation, Size, Unreadable, Value, Weight, leaves
from workbench.layers.modules.formula import INPUT_NAME, TAKEN
from workbench.layers.modules.vocabulary import ONNX_OPERATOR, path_of

INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/", "floor_divide": "//", "pow": "**", "matmul": "@"} | {
    "remainder": "%",
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
}
OWN = {
    "split_heads": "transpose(unflatten({0}, -1, ({1}, -1)), -3, -2)",
    "merge_heads": "flatten(transpose({0}, -3, -2), -2)",
    "scaled_dot_product": "({0} / sqrt(tensor({2}))) @ transpose({1}, -2, -1)",
    "weighted_sum": "{0} @ {1}",
    "relative_position": "{0} + permute(unflatten({1}[{2}], 0, ({4}, {4})), (2, 0, 1))",
    "shift_mask": "{0} + {3}",
    "window_partition": "flatten(permute(unflatten(unflatten({0}, 2, (-1, {1[1]})), 1, (-1, {1[0]})), (0, 1, 3, 2, 4, 5)), 3, 4)",
    "window_reverse": "flatten(flatten(permute(unflatten({0}, 3, {1}), (0, 1, 3, 2, 4, 5)), 3, 4), 1, 2)",
    "merge_patches": "cat([{0}[:, ::2, ::2], {0}[:, 1::2, ::2], {0}[:, ::2, 1::2], {0}[:, 1::2, 1::2]], -1)",
}
"""Layers that are no torch functions, as formulas, for where one cannot be a node of its own."""

SPREAD = frozenset(("reshape", "permute", "expand", "repeat", "flip", "tile"))
"""Functions that accept their integers one by one as well as in a tuple."""

PLAIN = (torch.float32, torch.int64)
"""The dtypes of constants that a formula's own numbers have."""

FEW = 16
"""A constant of up to this many numbers is written in the formula itself."""

MOST_OPERATIONS = 300
"""The maximum in one formula: more would be unreadable, and formulas that share their steps would take minutes to
write.
"""

LONG = 100
"""A step of more than this many characters gets its own line, as one that is used twice does."""


class TooLong(Unreadable):
    """Raised when a formula would have more than ``MOST_OPERATIONS``."""


class Expression:
    """The formula of one value, with its inputs in the order of their names, and its weights by name.

    ``has_node`` says which values are outputs of other nodes; all others are written out, those used twice as steps.
    Raises Unreadable if a formula does not support a function.
    """

    def __init__(self, value: Value, has_node: Callable[[Value], bool]) -> None:
        self.weights: dict[str, Weight | Constant] = {}
        self._has_node = has_node
        self._value_at_hand = value
        within = self.operations = self._within(value.operation)
        if len(within) > MOST_OPERATIONS:
            raise TooLong(
                f"{len(within)} consecutive operations do not work per picture, so no layers can represent them"
            )
        self.inputs = list(
            dict.fromkeys(one for operation in within for one in operation.values if self._is_input(one))
        )
        self._uses = Counter(one.operation for operation in within for one in _all_values(operation))
        self._steps: dict[Operation, str] = {}
        lines: list[str] = []
        for operation in within[:-1]:
            text = self._operation(operation)
            if self._uses[operation] > 1 or len(text) > LONG:
                name = f"t{len(lines) + 1}"
                lines.append(f"{name} = {text}")
                self._steps[operation] = name
        self.text = "; ".join([*lines, self._call(value)])

    @property
    def declarations(self) -> tuple[str, ...]:
        """The weights as declared in the Formula layer: name, shape, and the dtype of one that is not learnt."""
        return tuple(
            f"{name}: {', '.join(map(str, weight.shape))}"
            + ("" if isinstance(weight, Weight) and weight.learned else f" {_dtype(weight.tensor)}")
            for name, weight in self.weights.items()
        )

    def _is_input(self, value: Value) -> bool:
        return value.operation is not self._value_at_hand.operation and self._has_node(value)

    def _within(self, operation: Operation) -> list[Operation]:
        """Return the operations to be written out, each after those it needs."""
        found: dict[Operation, None] = {}
        waiting: list[tuple[Operation, bool]] = [(operation, False)]
        while waiting:
            now, needs_done = waiting.pop()
            if needs_done:
                found[now] = None
            elif now not in found:
                waiting.append((now, True))
                waiting += [(one.operation, False) for one in reversed(now.values) if not self._is_input(one)]
        return list(found)

    def _call(self, value: Value) -> str:
        operation = value.operation
        text = self._steps.get(operation) or self._operation(operation)
        return f"{text}[{value.output}]" if len(operation.shapes) > 1 else text

    def _operation(self, operation: Operation) -> str:
        function, args, kwargs = operation.function, operation.args, operation.kwargs
        if function == "getitem":
            return f"{self._inner(args[0])}[{self._index(args[1])}]"
        if function in INFIX and len(args) == 2 and not kwargs:
            first, second = (_plain_number(side, other) for side, other in (args, args[::-1]))
            return f"{self._inner(first)} {INFIX[function]} {self._inner(second)}"
        if function == "neg":
            return f"-{self._inner(args[0])}"
        if function in OWN:
            given = (self._inner(each) if isinstance(each, Value | Weight | Constant) else each for each in args)
            return OWN[function].format(*given)
        if function == "T":
            function, args = "permute", (args[0], tuple(reversed(range(len(args[0].shape)))))
        if function == "mT":
            function, args = "transpose", (args[0], -2, -1)
        if path_of(function) is None:
            raise Unreadable(
                f"it uses torch's {function}, for which there is no layer and which a formula does not support"
            )
        if function in SPREAD and len(args) > 1 and isinstance(args[1], int | Size):
            args = (args[0], tuple(args[1:]))
        if function == ONNX_OPERATOR:
            args = tuple(map(_told, args))
        said = [self._text(argument) for argument in args]
        said += [f"{name}={self._text(item)}" for name, item in kwargs.items() if _matters(item)]
        return f"{function}({', '.join(said)})"

    def _inner(self, tree: Any) -> str:
        """Return ``_text``, in parentheses if it is an operand that needs them."""
        text = self._text(tree)
        whole = text.isidentifier() or (isinstance(tree, int | float) and tree >= 0)
        if isinstance(tree, Value) and not self._has_node(tree) and tree.operation.function not in (*INFIX, "neg"):
            whole = True
        return text if whole else f"({text})"

    def _text(self, tree: Any) -> str:
        if isinstance(tree, Value):
            return self._value(tree)
        if isinstance(tree, Weight | Constant):
            return self._weight(tree)
        if isinstance(tree, tuple | list):
            items = ", ".join(map(self._text, tree))
            return f"({items}{',' * (len(tree) == 1)})" if isinstance(tree, tuple) else f"[{items}]"
        if isinstance(tree, Size):
            grown = "batch" if tree.scale == 1 else f"batch * {tree.scale}"
            return grown if tree.offset == 0 else f"{grown} + {tree.offset}"
        if isinstance(tree, torch.dtype):
            return str(tree).removeprefix("torch.")
        if isinstance(tree, float):
            return _number(tree)
        if tree is None or isinstance(tree, bool | int | str):
            return repr(tree)
        raise Unreadable(f"it gives a function a {type(tree).__name__}, which is not allowed in a formula")

    def _index(self, tree: Any) -> str:
        if isinstance(tree, tuple):
            return ", ".join(map(self._index, tree))
        if isinstance(tree, slice):
            ends = ["" if end is None else self._text(end) for end in (tree.start, tree.stop)]
            return ":".join(ends) + (f":{self._text(tree.step)}" if tree.step is not None else "")
        return "..." if tree is Ellipsis else self._text(tree)

    def _value(self, value: Value) -> str:
        if not self._is_input(value):
            return self._call(value)
        return "x" if len(self.inputs) == 1 else f"x{self.inputs.index(value)}"

    def _weight(self, weight: Weight | Constant) -> str:
        tensor = weight.tensor
        if isinstance(weight, Constant) and tensor.numel() <= FEW and tensor.dtype in PLAIN:
            return _written(tensor)
        for name, known in self.weights.items():
            if known is weight:
                return name
        stem = weight.name.rpartition(".")[2] if isinstance(weight, Weight) else "constant"
        name = _free(stem, self.weights)
        self.weights[name] = weight
        return name


def _all_values(operation: Operation) -> list[Value]:
    return [leaf for leaf in leaves((operation.args, operation.kwargs)) if isinstance(leaf, Value)]


def _plain_number(side: Any, other: Any) -> Any:
    """Return a constant with one number as that number, if its counterpart has at least as many dimensions."""
    if not isinstance(side, Constant) or side.tensor.numel() != 1 or side.tensor.dtype not in PLAIN:
        return side
    rank = len(other.shape) if isinstance(other, Value | Weight | Constant) else -1
    return side.tensor.item() if side.tensor.ndim <= rank else side


def _matters(item: Any) -> bool:
    return item is not None and not isinstance(item, torch.device)


def _free(stem: str, taken: dict[str, Any]) -> str:
    stem = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in stem) or "weight"
    strange = stem[0].isdigit() or stem in TAKEN or hasattr(nn.Module, stem) or INPUT_NAME.match(stem)
    if strange or (stem[0] == "t" and stem[1:].isdigit()) or keyword.iskeyword(stem) or stem in ("formula", "names"):
        stem = f"w_{stem}"
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}_{number}"
    return name


def _told(argument: Any) -> Any:
    """Return a small known constant as a list: a shape may depend on it."""
    plain = isinstance(argument, Constant) and argument.tensor.dtype in PLAIN
    return argument.tensor.tolist() if plain and argument.tensor.numel() <= FEW else argument


def _written(tensor: Tensor) -> str:
    return f"tensor({_list(tensor.tolist())})"


def _list(numbers: Any) -> str:
    return f"[{', '.join(map(_list, numbers))}]" if isinstance(numbers, list) else _number(numbers)


def _number(number: Any) -> str:
    if isinstance(number, float) and math.isinf(number):
        return "1e999" if number > 0 else "-1e999"
    if isinstance(number, float) and math.isnan(number):
        raise Unreadable("it computes with NaN")
    return repr(number)


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
