"""The body of ``forward``: one line per layer, with few variable names, and shapes in comments."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from workbench.export.code.arguments import TAKEN
from workbench.layers.base import Unpacking
from workbench.spec.graph import INPUT, OUTPUT, Graph, Node, split_reference
from workbench.spec.paths import repeated_names
from workbench.spec.record import Record

WIDTH, INDENT = 88, 4
"""The line length and indentation that ruff uses."""

PLAIN = ("x", "out")
"""The names of values that need no name of their own."""

Value = tuple[str, str]
"""A node's name and the name of its output port."""


class Statement(Record):
    """One statement, and the node it belongs to."""

    text: str
    node: str


class Body(Record):
    """``forward``: its parameters' names, its statements, the last of which returns, and the number of outputs."""

    takes: tuple[str, ...]
    statements: tuple[Statement, ...]
    num_outputs: int


class Writing(Record):
    """How nodes are written: everything that a body needs to know from outside its graph."""

    ports: Mapping[str, tuple[str, ...]]
    """A node's outputs by its name; a single one is called ``""``."""

    expression: Callable[[Node, str, Sequence[str]], str | None]
    """Returns a node without a module, or its copy of this name, as an expression of its inputs; None for a module."""

    unpacking: Callable[[Node], Unpacking | None]
    """Returns how the output is taken from what the module returns, if that is more."""

    comment: Callable[[Node], str]
    """Returns the output shape; empty if it differs between uses, or equals the input's."""


def body_of(graph: Graph, writing: Writing) -> Body:
    """Write the graph's layers in order of execution."""
    return _Body(graph, writing).write()


def attribute(name: str) -> str:
    """Return how a module is accessed: ``self.conv1``, or by ``get_submodule`` if its name is no identifier."""
    return f"self.{name}" if name.isidentifier() else f'self.get_submodule("{name}")'


def copies_name(name: str, repeat: int) -> str:
    """Return the names of a node's copies as an f-string over ``index``, which counts from 0:
    ``f"layer{index + 1}"``.
    """
    first = repeated_names(name, repeat)[0]
    stem = first.rstrip("0123456789")
    start = int(first[len(stem) :] or 0)
    number = f"index + {start}" if start else "index"
    return f'f"{stem}{{{number}}}"'


class _Body:
    def __init__(self, graph: Graph, writing: Writing) -> None:
        self.graph = graph
        self.writing = writing
        self.order = graph.in_order
        self.nodes = [node for node in self.order if node.type not in (INPUT, OUTPUT)]
        self.readers: dict[Value, list[str]] = {}
        for node in self.order:
            for reference in node.inputs:
                self.readers.setdefault(self._value(reference), []).append(node.name)
        self.names: dict[Value, str] = {}
        self.waiting = {value: list(readers) for value, readers in self.readers.items()}
        self.kept: set[str] = set()
        self.statements: list[Statement] = []

    def write(self) -> Body:
        takes = self._name_inputs()
        for node in self.nodes:
            self._write(node)
        self._return()
        return Body(takes=takes, statements=tuple(self.statements), num_outputs=len(self.graph.outputs))

    def _return(self) -> None:
        """Write the return statement, merged with the previous line if that computes the only output."""
        outputs = self.graph.outputs
        given = [self.names[self._value(node.inputs[0])] for node in outputs]
        last = self.statements[-1] if self.statements else None
        made = f"{given[0]} = "
        *comment, text = last.text.rsplit("\n", 1) if last is not None else ("",)
        if last is not None and len(given) == 1 and text.startswith(made):
            text = "\n".join([*comment, f"return {text.removeprefix(made)}"])
            self.statements[-1] = Statement(text=text, node=last.node)
        else:
            self.statements.append(Statement(text=f"return {', '.join(given)}", node=outputs[0].name))

    def _name_inputs(self) -> tuple[str, ...]:
        inputs = self.graph.inputs
        plain = [node for node in inputs if len(inputs) == 1 or node.name == INPUT.lower()]
        for node in inputs:
            self.names[(node.name, "")] = "x" if node in plain else _identifier(node.name)
        return tuple(self.names[(node.name, "")] for node in inputs)

    def _value(self, reference: str) -> Value:
        name, port = split_reference(reference)
        ports = self.writing.ports.get(name, ("",))
        return (name, port if port in ports else ports[0])

    def _write(self, node: Node) -> None:
        values = [self._value(reference) for reference in node.inputs]
        inputs = [self.names[value] for value in values]
        for value in values:
            self.waiting[value].remove(node.name)
        targets = self._name_outputs(node, values)
        target = ", ".join(targets)
        if self.writing.expression(node, node.name, inputs) is not None:
            for name in repeated_names(node.name, node.repeat):
                expression = self.writing.expression(node, name, inputs)
                if expression != target:
                    self._state(node, f"{target} = {expression}")
                inputs = [targets[0], *inputs[1:]]
        elif node.repeat == 1:
            self._write_call(node, target, f"{attribute(node.name)}({', '.join(inputs)})")
        else:
            self._write_loop(node, inputs, targets)

    def _write_call(self, node: Node, target: str, call: str) -> None:
        unpacking = self.writing.unpacking(node)
        if unpacking is not None:
            state = self._free("hidden")
            targets = unpacking.targets.format(x=target, state=state)
            if not unpacking.answer:
                self._state(node, f"{targets} = {call}")
                return
            self.statements.append(Statement(text=f"{targets} = {call}", node=node.name))
            call = unpacking.answer.format(state=state)
        self._state(node, f"{target} = {call}")

    def _write_loop(self, node: Node, inputs: Sequence[str], targets: Sequence[str]) -> None:
        if targets[0] != inputs[0]:
            self.statements.append(Statement(text=f"{targets[0]} = {inputs[0]}", node=node.name))
        passed = ", ".join([targets[0], *inputs[1:]])
        module = f"self.get_submodule({copies_name(node.name, node.repeat)})"
        unpacking = self.writing.unpacking(node)  # of a sequence; a last output could not be passed on
        given = unpacking.targets.format(x=targets[0]) if unpacking is not None else ", ".join(targets)
        self._state(node, f"for index in range({node.repeat}):\n    {given} = {module}({passed})")

    def _state(self, node: Node, text: str) -> None:
        """Write one statement with its output shape as a comment: on its first line, or above it if
        that is too long.
        """
        comment = self.writing.comment(node)
        if comment:
            first, *rest = text.split("\n")
            fits = len(f"{first}  # {comment}") <= WIDTH - 2 * INDENT
            text = "\n".join([f"{first}  # {comment}", *rest] if fits else [f"# {comment}", first, *rest])
        self.statements.append(Statement(text=text, node=node.name))

    def _name_outputs(self, node: Node, values: Sequence[Value]) -> list[str]:
        ports = self.writing.ports.get(node.name, ("",))
        if len(ports) > 1:
            targets = [self._free(port if port not in self.names.values() else f"{node.name}_{port}") for port in ports]
            self.names |= {(node.name, port): target for port, target in zip(ports, targets, strict=True)}
            return targets
        target = self._name(node, ports[0], values)
        self.names[(node.name, ports[0])] = target
        return [target]

    def _name(self, node: Node, port: str, values: Sequence[Value]) -> str:
        """Return a name for an output: its own if several nodes read it or a branch begins, else an input's that is not
        needed any more.
        """
        readers = dict.fromkeys(self.readers.get((node.name, port), ()))
        begins_branch = any(len(set(self.readers[value])) > 1 for value in values)
        done = [self.names[value] for value in values if not self.waiting[value]]
        if len(readers) > 1:
            goes_on = len(values) > 1 and "x" in done and not self._is_needed("x")
            name = "x" if goes_on else self._free(self._shared_name(node, readers))
            self.kept.add(name)
            return name
        branch = self._branch_name(node) if begins_branch else ""
        if branch:
            return self._free(branch)
        if len(values) > 1:  # the result of two named values is neither of them
            done = [name for name in done if name in PLAIN]
        common = [name for name in (*done, *PLAIN) if name not in self.kept]
        return next((name for name in common if not self._is_needed(name)), None) or self._free(node.name)

    def _is_needed(self, name: str) -> bool:
        return any(self.waiting.get(value) for value, other in self.names.items() if other == name)

    def _shared_name(self, node: Node, readers: Iterable[str]) -> str:
        """Return the name of a value that several nodes read: its node's, or that of an Output among them."""
        outputs = [name for name in readers if self.graph.by_name[name].type == OUTPUT]
        return outputs[0] if outputs and len(self.graph.outputs) > 1 else node.name

    def _branch_name(self, node: Node) -> str:
        """Return the name of the branch that begins here: its end's at a wide join, or that of one
        of several Outputs.
        """
        while True:
            readers = self.readers.get((node.name, ""), [])
            after = self.graph.by_name[readers[0]] if len(readers) == 1 else None
            if after is None:
                return ""
            if after.type == OUTPUT:
                return after.name if len(self.graph.outputs) > 1 else ""
            if len(after.inputs) > 1:
                return node.name if len(after.inputs) > 2 else ""
            node = after

    def _free(self, wish: str) -> str:
        name = _identifier(wish)
        while name in self.names.values() and self._is_needed(name):
            name += "_"
        return name


def _identifier(name: str) -> str:
    name = name if name.isidentifier() else f"x{name}"
    return f"{name}_" if name in TAKEN else name
