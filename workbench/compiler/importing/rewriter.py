"""Rewrites operations that correspond to fewer, or more, here; a rule sees an operation and those before it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from workbench.compiler.importing.operations import Operation, Shape, Traced, Value, alive


class Rewriter:
    """Goes through the operations once; ``new`` adds one in place of the current operation."""

    def __init__(self, traced: Traced) -> None:
        self.traced = traced
        self.operations: list[Operation] = []
        self._now: dict[Value, Value] = {}
        self._at_hand = Operation("")
        self._uses: Counter[Value] = Counter()
        for operation in traced.operations:
            self._uses.update(operation.values)
        self._uses.update(traced.outputs.values())

    def run(self) -> Traced:
        """Return an equivalent network with fewer operations."""
        for operation in self.traced.operations:
            self._at_hand = operation.computed_from(self._now)
            before = len(self.operations)
            found = None
            for rewriting in REWRITINGS.get(operation.function, ()):
                found = rewriting(self, self._at_hand)
                if found is not None:
                    break
                del self.operations[before:]
            if found is None:
                self.operations.append(self._at_hand)
                found = [Value(self._at_hand, output) for output in range(len(operation.shapes))]
            for output, value in enumerate(found):
                self._now[Value(operation, output)] = value
                self._uses[value] += self._uses[Value(operation, output)]
        outputs = {name: self._now.get(value, value) for name, value in self.traced.outputs.items()}
        return replace(self.traced, operations=alive(self.operations, outputs), outputs=outputs)

    def new(self, function: str, args: Sequence[Any], shape: Shape, **kwargs: Any) -> Value:
        """Return the output of a new operation, in the scope of the current one."""
        made = Operation(function, tuple(args), kwargs, self._at_hand.scope, (shape,), self._at_hand.visit)
        self.operations.append(made)
        return made.result

    def is_used(self, value: Value) -> bool:
        """Return whether anything uses this output of an earlier operation."""
        return self._uses[value] > 0

    def before(self, value: Any, *functions: str) -> Operation | None:
        """Return the operation that computes a value if it is one of these functions and nothing else uses it."""
        if not isinstance(value, Value) or value.operation.function not in functions or self._uses[value] > 1:
            return None
        return value.operation


Rewriting = Callable[[Rewriter, Operation], list[Value] | None]
REWRITINGS: defaultdict[str, list[Rewriting]] = defaultdict(list)
"""The rules for each function, in the order in which they are tried."""


def rewriting(*functions: str) -> Callable[[Rewriting], Rewriting]:
    """Declare the rule for operations of these functions."""

    def declare(function: Rewriting) -> Rewriting:
        for name in functions:
            REWRITINGS[name].append(function)
        return function

    return declare
