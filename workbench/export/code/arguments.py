"""The parameters of a block's class, chosen so that one class serves every use of the block.

A layer declares its output channels, but not its input channels; a torch module needs both. So each argument of each
module is compared over all uses: one that is the same everywhere is written as it is, one that depends on a parameter
is written so (``4 * channels``), and any other becomes a parameter of the class.
"""

import builtins
import keyword
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from workbench.export.code.calls import SIDES, Argument, Call
from workbench.export.code.uses import NETWORK, Network, Use
from workbench.spec.graph import Node, bound_to
from workbench.spec.paths import repeated_names
from workbench.spec.record import Record, Value

MULTIPLES = range(2, 9)
TAKEN = frozenset({"self", "nn", "torch", "F", "Tensor", "x", "_", "index", *dir(builtins), *keyword.kwlist})

COUNTED = " + index * "
"""Separates the first copy's value from the increment per copy."""

Values = tuple[Argument, ...]
"""An argument's value in each use of the class."""


class ClassName(str):
    """An argument that is a class: written without quotes."""


class Made(Record):
    """How a node's module is created: a class and its arguments, as Python expressions.

    For a repeated node an expression may contain ``index``, which counts the copies from 0; if no expression serves all
    copies, ``arguments`` has one set for each of them.
    """

    call: str
    arguments: tuple[dict[str, str], ...]
    of: Call | None = None
    """For a layer: its call in the first use."""


class Parameter(Record):
    """One parameter of a class, and its value in each use."""

    name: str
    values: Values


class Signature(Record):
    """The parameters of a class, and how it creates its modules, by node."""

    parameters: tuple[Parameter, ...]
    made: dict[str, Made]


def signature_of(
    name: str,
    nodes: Sequence[Node],
    network: Network,
    inner: Mapping[str, Signature],
    class_names: Mapping[str, str],
) -> Signature:
    """Return the signature of the class for one graph whose modules are ``nodes``; ``inner`` has
    those of its blocks.
    """
    graph, uses = network.graph(name), network.uses[name]
    scope = _Scope(uses)
    made: dict[str, Made] = {}
    for node in nodes:
        copies = repeated_names(node.name, node.repeat)
        if node.type in inner:
            arguments = _block_arguments(node, copies, scope, network, inner[node.type])
            made[node.name] = Made(call=class_names[node.type], arguments=arguments)
        else:
            calls = [[network.call(use.prefix + copy) for copy in copies] for use in uses]
            made[node.name] = _layer_made(node, calls, scope)
    kept = scope.used | (set(graph.parameters) if name == NETWORK else set())
    parameters = [each for each in scope.parameters if each.name in kept]
    parameters.sort(key=lambda each: not each.name.startswith("in_"))
    return Signature(parameters=tuple(parameters), made=made)


def literal(value: Argument) -> str:
    """Return a value as a Python expression."""
    return str(value) if isinstance(value, ClassName) else repr(value)


def _layer_made(node: Node, calls: Sequence[Sequence[Call]], scope: "_Scope") -> Made:
    names = {call.name for row in calls for call in row}
    if len(names) == 1:
        (call,) = names
    else:
        kinds: list[list[Argument]] = [[ClassName(each.name) for each in row] for row in calls]
        call = scope.follow(f"{node.name}_type", kinds)[0]
    keys = list(dict.fromkeys(key for row in calls for each in row for key in each.wanted))
    columns = {}
    for key in keys:
        rows = [[each.argument(key) for each in row] for row in calls]
        columns[key] = scope.declared(node, key, rows) or scope.follow(key, rows, node.name)
    # An argument that is at its default in the first use comes late in that call, but keeps its position here.
    order = [key for key in keys if key not in calls[0][0].defaults] + list(calls[0][0].defaults)
    columns = {key: columns[key] for key in dict.fromkeys((*order, *keys)) if key in columns}
    return Made(call=call, arguments=_by_copy(columns, len(calls[0])), of=calls[0][0])


def _block_arguments(
    node: Node, copies: Sequence[str], scope: "_Scope", network: Network, inner: Signature
) -> tuple[dict[str, str], ...]:
    where = {use.prefix: index for index, use in enumerate(network.uses[node.type])}
    places = [[where[f"{use.prefix}{copy}."] for copy in copies] for use in scope.uses]
    columns = {}
    for parameter in inner.parameters:
        rows = [[parameter.values[place] for place in row] for row in places]
        columns[parameter.name] = scope.declared(node, parameter.name, rows) or scope.follow(
            parameter.name, rows, node.name
        )
    return _by_copy(columns, len(copies))


def _by_copy(columns: Mapping[str, Sequence[str]], num_copies: int) -> tuple[dict[str, str], ...]:
    """Return one set of arguments if it serves every copy, else one for each."""
    if all(len(expressions) == 1 for expressions in columns.values()):
        return ({key: expressions[0] for key, expressions in columns.items()},)
    return tuple(
        {
            key: _at(expressions[0], index) if len(expressions) == 1 else expressions[index]
            for key, expressions in columns.items()
        }
        for index in range(num_copies)
    )


def _at(expression: str, index: int) -> str:
    """Return an expression that counts the copies, evaluated for one of them."""
    start, counts, step = expression.partition(COUNTED)
    if not counts:
        return expression
    if start.isdigit() and step.isdigit():
        return str(int(start) + index * int(step))
    return f"{start} + {index} * {step}" if index else start


class _Scope:
    """The parameters of one class while it is derived: the block's own, then others as needed."""

    def __init__(self, uses: Sequence[Use]) -> None:
        self.uses = uses
        self.used: set[str] = set()
        self.own = {
            name: Parameter(name=_free(name, ()), values=tuple(_plain(use.parameters[name]) for use in uses))
            for name in uses[0].parameters
        }
        self.parameters = list(self.own.values())
        self.sides: set[str] = set()

    def declared(self, node: Node, key: str, rows: Sequence[Sequence[Argument]]) -> list[str] | None:
        """Return the expression from the graph: bound to a parameter of the block, or a value that is the same
        everywhere.
        """
        name = bound_to(node.parameters.get(key))
        if name is not None:
            parameter = self.own[name]
            if key in SIDES:
                self.sides.add(parameter.name)
            if all(_same_sides(value, each) for value, row in zip(parameter.values, rows, strict=True) for each in row):
                self.used.add(parameter.name)
                return [parameter.name]
            return None
        if key in node.parameters and len({value for row in rows for value in row}) == 1:
            return [literal(rows[0][0])]
        return None

    def follow(self, key: str, rows: Sequence[Sequence[Argument]], node: str = "") -> list[str]:
        """Return an expression for undeclared values [use][copy], or one for each copy if no single one serves all."""
        columns = list(zip(*rows, strict=True))
        if len(set(columns)) == 1:
            return [self._expression(columns[0]) or self._new(key, columns[0], node)]
        steps = [self._differences(first, second) for first, second in pairwise(columns)]
        if steps[0] is not None and len(set(steps)) == 1:
            start = self._expression(columns[0]) or self._new(key, columns[0], node)
            step = self._expression(steps[0]) or self._new(f"{key}_step", steps[0], node)
            return [f"{start}{COUNTED}{step}"]
        return [self._expression(column) or self._new(key, column, node) for column in columns]

    @staticmethod
    def _differences(first: Values, second: Values) -> Values | None:
        pairs = list(zip(first, second, strict=True))
        if all(type(one) is int and type(other) is int for one, other in pairs):
            return tuple(other - one for one, other in pairs)  # type: ignore[operator]  # all are int
        return None

    def _expression(self, values: Values) -> str | None:
        """Return an expression in terms of existing parameters, or a literal if the value is the same in every use."""
        for parameter in self.parameters:
            if parameter.values == values and parameter.name not in self.sides and type(values[0]) is not bool:
                self.used.add(parameter.name)
                return parameter.name
        if len(set(values)) == 1:
            return literal(values[0])
        if all(isinstance(value, tuple) for value in values):
            return self._tuple(values)  # type: ignore[arg-type]  # all are tuples
        for parameter in self.parameters:
            if parameter.name in self.sides or not _whole(parameter.values) or not _whole(values):
                continue
            for number in MULTIPLES:
                pairs = list(zip(values, parameter.values, strict=True))
                if all(value == number * other for value, other in pairs):  # type: ignore[operator]  # all are int
                    self.used.add(parameter.name)
                    return f"{number} * {parameter.name}"
                if all(value * number == other for value, other in pairs):  # type: ignore[operator]  # all are int
                    self.used.add(parameter.name)
                    return f"{parameter.name} // {number}"
        return None

    def _tuple(self, values: Sequence[tuple[int | float, ...]]) -> str | None:
        """Return a tuple of expressions, if all tuples have the same length."""
        if len({len(value) for value in values}) > 1:
            return None
        entries = [self._expression(entry) for entry in zip(*values, strict=True)]
        end = "," if len(entries) == 1 else ""  # an unnecessary comma would make ruff split the lines
        return f"({', '.join(map(str, entries))}{end})" if None not in entries else None

    def _new(self, key: str, values: Values, node: str) -> str:
        taken = [parameter.name for parameter in self.parameters]
        key = "in_channels" if key == "num_features" else key
        clear = f"{node}_{key}" if node.isidentifier() else f"{key}_{node}"
        name = key if _free(key, taken) == key else clear
        parameter = Parameter(name=_free(name, taken), values=values)
        self.parameters.append(parameter)
        self.used.add(parameter.name)
        return parameter.name


def _whole(values: Values) -> bool:
    return all(type(value) is int for value in values)


def _plain(value: Value) -> Argument:
    return tuple(value) if isinstance(value, list) else value  # type: ignore[return-value]  # parameters hold no mappings


def _same_sides(written: Argument, value: Argument) -> bool:
    """Return whether the written value, ``(3, 3)`` or ``3``, equals the module's."""
    if isinstance(written, tuple) and len(set(written)) == 1 and not isinstance(value, tuple):
        return written[0] == value
    return written == value


def _free(name: str, taken: Sequence[str]) -> str:
    """Return an unused identifier."""
    name = re.sub(r"\W", "_", name)
    name = name if name.isidentifier() else f"_{name}"
    while name in TAKEN or name in taken:
        name += "_"
    return name
