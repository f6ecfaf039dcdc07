"""A formula in torch functions, parsed once and evaluated on tensors. No Python code is executed.

The grammar is a subset of Python's expressions: calls of the functions in ``vocabulary``, ``+ - * / // ** @``,
comparisons, subscripts, numbers, strings, tuples, lists and names. The input is ``x`` (or ``x0``, ``x1``, ...),
``batch`` is the number of pictures, and any other name is a weight or a dtype. Earlier statements name intermediate
results: ``a = x * 2; relu(a) + a``.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from workbench.layers.modules.vocabulary import MAKERS, function_of

MAX_LETTERS = 20_000
MAX_DEPTH = 60
MAX_PARTS = 10_000
MAX_INTEGER = 2**63
MAX_POWER = 62
_TOO_LARGE = "a number in the formula is too large"
INPUT_NAME = re.compile(r"x(\d*)\Z")


def _num_split(x: Tensor, split_size_or_sections: Any, dim: int = 0) -> int:
    sizes = split_size_or_sections
    return x.shape[dim] // max(1, sizes) if isinstance(sizes, int) else len(sizes)


NUM_PARTS: Mapping[str, Callable[..., int]] = {
    "unbind": lambda x, dim=0: x.shape[dim],
    "split": _num_split,
    "chunk": lambda x, chunks, dim=0: min(chunks, x.shape[dim]),
}
"""The number of tensors that such a function returns for one: their list alone could exhaust the memory."""

DTYPES: Mapping[str, torch.dtype] = {
    name: getattr(torch, name)
    for name in ("float16", "bfloat16", "float32", "float64", "int8", "uint8", "int16", "int32", "int64", "bool")
}
TAKEN = frozenset(("batch", "training", "x")) | DTYPES.keys()
"""Names reserved for other things than weights and intermediate results."""

OPERATORS: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}

Values = dict[str, Any]
Compute = Callable[[Values], Any]


class FormulaError(ValueError):
    """Why a formula cannot be parsed, in a sentence."""


def read(text: str, weights: Sequence[str] = ()) -> tuple[Compute, int]:
    """Return the formula as a function of its names' values, and its number of inputs. Raises
    FormulaError if invalid.
    """
    if len(text) > MAX_LETTERS:
        raise FormulaError(f"the formula has {len(text):,} characters; at most {MAX_LETTERS:,} are allowed")
    try:
        statements = ast.parse(text.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise FormulaError(f"not a valid formula: {getattr(error, 'msg', error)}") from None
    reader = _Reader(frozenset(weights))
    steps = [reader.step(statement) for statement in statements[:-1]]
    last = statements[-1] if statements else None
    if not isinstance(last, ast.Expr):
        raise FormulaError("a formula must end in its result: relu(x), or a = x * 2; relu(a) + a")
    compute = reader.compute(last.value)
    numbers = sorted(reader.inputs)
    if numbers != list(range(len(numbers))) or not numbers:
        raise FormulaError("a formula's inputs are called x, or x0, x1 and so on, and each must be used")

    def whole(values: Values) -> Any:
        for name, step in steps:
            values[name] = step(values)
        return compute(values)

    return whole, len(numbers)


class _Reader:
    """Turns syntax into functions of the names' values."""

    def __init__(self, weights: frozenset[str]) -> None:
        self.named = set(weights)
        self.inputs: set[int] = set()
        self.depth = 0

    def step(self, statement: ast.stmt) -> tuple[str, Compute]:
        """Return the name of an intermediate result, and the function that computes it."""
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if not isinstance(statement, ast.Assign) or len(targets) != 1 or not isinstance(targets[0], ast.Name):
            raise FormulaError(f"a formula cannot contain “{ast.unparse(statement)[:60]}”")
        name = targets[0].id
        if name in self.named or name in TAKEN or INPUT_NAME.match(name):
            raise FormulaError(f"the name {name} is taken in this formula")
        found = self.compute(statement.value)
        self.named.add(name)
        return name, found

    def compute(self, node: ast.expr) -> Compute:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FormulaError("the formula is nested too deeply")
        kinds: dict[type, Callable[[Any], Compute]] = {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.Tuple: lambda node: self._items(node, tuple),
            ast.List: lambda node: self._items(node, list),
            ast.UnaryOp: self._unary,
            ast.BinOp: lambda node: self._binary(node.left, node.op, node.right),
            ast.Compare: self._comparison,
            ast.Subscript: self._subscript,
            ast.Slice: self._slice,
            ast.Call: self._call,
        }
        if type(node) not in kinds:
            raise FormulaError(f"a formula cannot contain “{ast.unparse(node)[:60]}”")
        found = kinds[type(node)](node)
        self.depth -= 1
        return found

    def _constant(self, node: ast.Constant) -> Compute:
        value = node.value
        if (isinstance(value, int) and abs(value) >= MAX_INTEGER) or isinstance(value, bytes | complex):
            raise FormulaError(f"{value!r:.30} is not allowed in a formula")
        return lambda values: value

    def _name(self, node: ast.Name) -> Compute:
        name = node.id
        if name in self.named or name in ("batch", "training"):
            return lambda values: values[name]
        if name in DTYPES:
            return lambda values: DTYPES[name]
        match = INPUT_NAME.match(name)
        if match is None:
            raise FormulaError(f"unknown name {name} in the formula")
        number = int(match[1] or 0)
        self.inputs.add(number)
        return lambda values: values["x"][number]

    def _items(self, node: ast.Tuple | ast.List, kind: Callable[[Any], Any]) -> Compute:
        items = [self.compute(item) for item in node.elts]
        return lambda values: kind(item(values) for item in items)

    def _unary(self, node: ast.UnaryOp) -> Compute:
        operand = self.compute(node.operand)
        acts: dict[type, Callable[[Any], Any]] = {
            ast.USub: operator.neg,
            ast.UAdd: operator.pos,
            ast.Invert: operator.invert,
        }
        if type(node.op) not in acts:
            raise FormulaError(f"a formula cannot contain “{ast.unparse(node)[:60]}”")
        act = acts[type(node.op)]
        return lambda values: act(operand(values))

    def _binary(self, left: ast.expr, op: ast.operator | ast.cmpop, right: ast.expr) -> Compute:
        if type(op) not in OPERATORS:
            raise FormulaError(f"a formula does not support {type(op).__name__}")
        act = OPERATORS[type(op)]
        first, second = self.compute(left), self.compute(right)
        return lambda values: _bounded(act, first(values), second(values))

    def _comparison(self, node: ast.Compare) -> Compute:
        if len(node.ops) != 1:
            raise FormulaError("compare only two values at a time in a formula")
        return self._binary(node.left, node.ops[0], node.comparators[0])

    def _subscript(self, node: ast.Subscript) -> Compute:
        whole, index = self.compute(node.value), self.compute(node.slice)
        return lambda values: whole(values)[index(values)]

    def _slice(self, node: ast.Slice) -> Compute:
        ends = [None if end is None else self.compute(end) for end in (node.lower, node.upper, node.step)]
        return lambda values: slice(*(None if end is None else end(values) for end in ends))

    def _call(self, node: ast.Call) -> Compute:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        function = function_of(name)
        if function is None:
            raise FormulaError(f"a formula cannot call {ast.unparse(node.func)[:60]}")
        arguments = [self.compute(argument) for argument in node.args]
        if any(keyword.arg in (None, "out") for keyword in node.keywords):
            raise FormulaError(f"{name} does not take such an argument in a formula")
        keywords = {str(keyword.arg): self.compute(keyword.value) for keyword in node.keywords}

        def call(values: Values) -> Any:
            given = {key: compute(values) for key, compute in keywords.items()}
            if name in MAKERS:
                given["device"] = values["x"][0].device
            plain = [compute(values) for compute in arguments]
            if name in NUM_PARTS and (num_parts := NUM_PARTS[name](*plain, **given)) > MAX_PARTS:
                raise FormulaError(f"{num_parts:,} parts from one tensor; at most {MAX_PARTS:,} are allowed")
            return function(*plain, **given)

        return call


def _bounded(act: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """Return ``act`` on tensors or numbers; rejects huge integers, and strings."""
    whole = isinstance(left, int) and isinstance(right, int)
    if whole and act is operator.pow and abs(right) > MAX_POWER:
        raise FormulaError(_TOO_LARGE)
    if any(isinstance(side, str | tuple | list) for side in (left, right)):
        raise FormulaError("a formula can use only numbers and tensors")
    result = act(left, right)
    if whole and isinstance(result, int) and abs(result) >= MAX_INTEGER:  # repeated squaring would exhaust the memory
        raise FormulaError(_TOO_LARGE)
    return result


class Formula(nn.Module):
    """The formula over one or more inputs [N, ...], with its own weights.

    ``shapes`` are the weights' by name; those named in ``fixed`` are buffers of that dtype and are not learnt.
    """

    def __init__(
        self, formula: str, shapes: Mapping[str, tuple[int, ...]], fixed: Mapping[str, torch.dtype] | None = None
    ) -> None:
        super().__init__()
        self.formula = formula
        self.names = tuple(shapes)
        self._compute, _ = read(formula, self.names)
        for name, shape in shapes.items():
            if fixed and name in fixed:
                self.register_buffer(name, torch.zeros(shape, dtype=fixed[name]))
            else:
                self.register_parameter(name, nn.Parameter(torch.empty(shape)))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Normally distributed, with standard deviation 0.02."""
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=0.02)

    def forward(self, *x: Tensor) -> Tensor:
        """x: [N, ...] each -> [N, ...]."""
        values: Values = {name: getattr(self, name) for name in self.names}
        values |= {"x": x, "batch": x[0].shape[0], "training": self.training}
        result: Tensor = self._compute(values)
        return result
