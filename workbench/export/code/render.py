"""From an architecture to Python: a class for each block, the network's last. The output still has to be formatted by
ruff.
"""

from collections.abc import Sequence

from workbench.compiler.analysis import resolve
from workbench.export.code.arguments import Made, Parameter, Signature, literal, signature_of
from workbench.export.code.calls import Call
from workbench.export.code.forward import Body, Statement, Writing, body_of, copies_name
from workbench.export.code.sources import Sources
from workbench.export.code.uses import NETWORK, Network, inner_nodes, network_of
from workbench.export.code.words import about, bracketed, class_names, docstring, summary
from workbench.layers.base import Unpacking
from workbench.layers.modules import reference
from workbench.spec.experiment import Architecture
from workbench.spec.graph import Graph, Node, split_reference
from workbench.spec.paths import repeated_names
from workbench.spec.problems import ProblemsFound
from workbench.spec.record import Record


class ClassNodes(Record):
    """The node that each statement of a class belongs to, in order, so that lines can be found after formatting."""

    name: str
    block: str
    """The block's name; ``NETWORK`` for the whole network."""
    way: tuple[str, ...]
    """The names of the nodes on the path to its first use."""
    made: tuple[str, ...]
    """The nodes after the first statement of ``__init__``, or in the arguments of an ``nn.Sequential``."""
    computed: tuple[str, ...]
    """The nodes in ``forward``, which an ``nn.Sequential`` does not have."""


class Code(Record):
    """A module's unformatted source; its last class is the network."""

    text: str
    classes: tuple[ClassNodes, ...]

    @property
    def class_name(self) -> str:
        """The name of the network's class."""
        return self.classes[-1].name


def write_module(architecture: Architecture, *, classes: int | None = None) -> Code:
    """Return PyTorch code for this network. Raises ProblemsFound if it has errors.

    Weights have the names of those in the module that the workbench trains, and are drawn in the same order.
    """
    resolution = resolve(architecture, classes=classes)
    if not resolution.analysis.sound:
        raise ProblemsFound(resolution.analysis.errors)
    parameters = dict(architecture.graph.parameters)
    if classes is not None and "classes" in parameters:
        parameters["classes"] = classes
    return _Module(network_of(architecture, resolution, parameters)).write()


class _Module:
    """Writes the classes, innermost first, and collects their imports."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.sources = Sources()
        self.signatures: dict[str, Signature] = {}
        self.class_names = class_names(network)
        self.classes: list[ClassNodes] = []

    def write(self) -> Code:
        texts = [self._class(name) for name in self.network.uses]
        head = docstring(about(self.network.architecture), "")
        text = "\n".join([head, self.sources.imports("\n".join(texts)), "", *self.sources.classes(), *texts])
        return Code(text=text, classes=tuple(self.classes))

    def _class(self, name: str) -> str:
        graph = self.network.graph(name)
        chain = _chain(graph) if name != NETWORK else None
        if chain is not None and any(self._beside(name, node) or self._unpacking(name, node) for node in chain):
            chain = None
        listed = chain is not None and _counts_from_zero(chain)
        nodes = chain or [node for node in inner_nodes(graph) if self._is_made(name, node)]
        for node in nodes:
            self._note(name, node)
        signature = signature_of(name, nodes, self.network, self.signatures, self.class_names)
        self.signatures[name] = signature
        base = "nn.Module" if chain is None else "nn.Sequential"
        head = [
            f"class {self.class_names[name]}({base}):",
            docstring(summary(name, self.network), "    "),
            f"    def __init__({self._takes(name, signature)}) -> None:",
        ]
        made = [each for node in nodes for each in self._creation(node, signature.made[node.name], is_listed=listed)]
        body = body_of(graph, self._writing(name)) if chain is None else None
        if listed:
            comments = {node.name: self._comment(name, node) for node in nodes}
            lines = ["        super().__init__(", *_arguments(made, comments), "        )"]
        else:
            lines = ["        super().__init__()", *_indented(made)]
        if body is not None:
            lines += ["", *_forward(body)]
        self._remember(name, made, body)
        return "\n".join([*head, *lines, "", ""])

    def _remember(self, name: str, made: Sequence[Statement], body: Body | None) -> None:
        computed = tuple(each.node for each in body.statements) if body is not None else ()
        nodes = tuple(each.node for each in made)
        way = self.network.uses[name][0].way
        kind = self.class_names[name]
        self.classes.append(ClassNodes(name=kind, block=name, way=way, made=nodes, computed=computed))

    def _creation(self, node: Node, made: Made, *, is_listed: bool) -> list[Statement]:
        """Return the creation of a node's modules: one line, a loop over all copies, or one line per copy.

        They are arguments if ``is_listed``, attributes otherwise.
        """
        calls = [_call(made.call, arguments) for arguments in made.arguments]
        names = repeated_names(node.name, node.repeat)
        if made.of is not None and made.of.beside:
            arguments = made.arguments * (len(names) if len(calls) == 1 else 1)
            texts = [text for name, each in zip(names, arguments, strict=True) for text in _beside(name, made.of, each)]
        elif node.repeat > 1 and len(calls) == 1:
            index = "index" if not is_listed or "index" in calls[0] else "_"
            texts = [f"*({calls[0]} for {index} in range({node.repeat}))"]
            if not is_listed:
                added = f"self.add_module({copies_name(node.name, node.repeat)}, {calls[0]})"
                texts = [f"for index in range({node.repeat}):\n    {added}"]
        elif is_listed:
            texts = calls
        else:
            texts = [_assignment(name, call) for name, call in zip(names, calls, strict=True)]
        return [Statement(text=text, node=node.name) for text in texts]

    def _note(self, block: str, node: Node) -> None:
        """Include the source of a module that torch lacks."""
        if node.type not in self.network.architecture.blocks:
            for call in map(self.network.call, self.network.paths(block, node)):
                if call.text:
                    self.sources.add_names(call.text, reference)
                    self.sources.add_text(call.name, call.text)
                if call.source is not None and not call.weights:
                    self.sources.add(call.source)

    def _takes(self, name: str, signature: Signature) -> str:
        if name != NETWORK:
            return ", ".join(["self", *(f"{each.name}: {_annotation(each)}" for each in signature.parameters)])
        given = (f"{each.name}: {_annotation(each)} = {literal(each.values[0])}" for each in signature.parameters)
        return ", ".join(["self", *given])

    def _writing(self, name: str) -> Writing:
        graph = self.network.graph(name)
        return Writing(
            ports={node.name: self._ports(name, node) for node in graph.nodes},
            expression=lambda node, copy, inputs: self._expression(name, node, copy, inputs),
            unpacking=lambda node: self._unpacking(name, node),
            comment=lambda node: self._comment(name, node),
        )

    def _ports(self, name: str, node: Node) -> tuple[str, ...]:
        block = self.network.architecture.blocks.get(node.type)
        if block is not None:
            outputs = block.outputs
            return tuple(output.name for output in outputs) if len(outputs) > 1 else ("",)
        path = self.network.paths(name, node)[0]
        return self.network.layers[path].output_ports if path in self.network.layers else ("",)

    def _is_made(self, name: str, node: Node) -> bool:
        """Return whether it needs a line in ``__init__``."""
        inputs = ["x"] * len(node.inputs)
        return bool(self._beside(name, node)) or self._expression(name, node, node.name, inputs) is None

    def _beside(self, name: str, node: Node) -> dict[str, str]:
        if node.type in self.network.architecture.blocks:
            return {}
        return self.network.layers[self.network.paths(name, node)[0]].weights_beside()

    def _unpacking(self, name: str, node: Node) -> Unpacking | None:
        return self.network.unpacked.get(self.network.paths(name, node)[0])

    def _expression(self, name: str, node: Node, copy: str, inputs: Sequence[str]) -> str | None:
        beside = self._beside(name, node)
        if node.type in self.network.architecture.blocks or (node.repeat > 1 and not beside):
            return None
        paths = self.network.paths(name, node)
        first = self.network.call(paths[0])
        taken = (*inputs, *(_weight(copy + added, is_buffer=own in first.buffers) for own, added in beside.items()))
        written = {self._written(path, taken) for path in paths}
        if len(written) == 1 and None not in written:
            return written.pop()
        return f"{first.name}.function({', '.join(taken)})" if beside else None

    def _written(self, path: str, inputs: Sequence[str]) -> str | None:
        """Return a layer as an expression of its inputs, if it is written as one."""
        code, call = self.network.layers[path].code(*inputs), self.network.call(path)
        return code and code.format_map(call.defaults | call.arguments)

    def _comment(self, name: str, node: Node) -> str:
        """Return the output shapes, if they are the same in every use and differ from the input's."""
        copies = repeated_names(node.name, node.repeat)
        uses, facts = self.network.uses[name], self.network.facts
        came_in = {facts[use.prefix + copies[0]].input_shapes[:1] for use in uses}
        go_out = {facts[use.prefix + copies[-1]].output_shapes for use in uses}
        return ", ".join(map(bracketed, dict.fromkeys(*go_out))) if len(go_out) == 1 and go_out != came_in else ""


def _indented(statements: Sequence[Statement]) -> list[str]:
    return [f"        {line}" for each in statements for line in each.text.splitlines()]


def _arguments(made: Sequence[Statement], comments: dict[str, str]) -> list[str]:
    """Return the lines of modules with their shapes; no trailing comma, so that ruff may join them."""
    ends = [*[","] * (len(made) - 1), ""]
    shapes = [f"  # {comments[each.node]}" if comments[each.node] else "" for each in made]
    return [f"            {each.text}{end}{shape}" for each, end, shape in zip(made, ends, shapes, strict=True)]


def _forward(body: Body) -> list[str]:
    takes = "".join(f", {name}: Tensor" for name in body.takes)
    kind = "Tensor" if body.num_outputs == 1 else f"tuple[{', '.join(['Tensor'] * body.num_outputs)}]"
    return [f"    def forward(self{takes}) -> {kind}:", *_indented(body.statements)]


def _chain(graph: Graph) -> list[Node] | None:
    """Return a block's nodes if it is an ``nn.Sequential``: a chain of nodes called 0, 1, 2 and so on, or one repeated
    node; None otherwise.
    """
    nodes = inner_nodes(graph)
    repeats = len(nodes) == 1 and nodes[0].repeat > 1
    if len(graph.inputs) != 1 or len(graph.outputs) != 1 or not (repeats or _counts_from_zero(nodes)):
        return None
    before = graph.inputs[0].name
    for node in (*nodes, graph.outputs[0]):
        if tuple(split_reference(reference)[0] for reference in node.inputs) != (before,):
            return None
        before = node.name
    return nodes


def _counts_from_zero(nodes: Sequence[Node]) -> bool:
    names = [name for node in nodes for name in repeated_names(node.name, node.repeat)]
    return names == [str(number) for number in range(len(names))]


def _assignment(name: str, call: str) -> str:
    return f"self.{name} = {call}" if name.isidentifier() else f'self.add_module("{name}", {call})'


def _beside(name: str, call: Call, arguments: dict[str, str]) -> list[str]:
    """Return the lines that create weights stored by the network: directly, or taken from a temporary module."""
    holder = name if name.isidentifier() else "layer"
    lines = [] if call.weights else [f"{holder} = {_call(call.name, arguments)}"]
    for own, added in call.beside.items():
        value = call.weights[own].format(**arguments) if call.weights else f"{holder}.{own}"
        if own in call.buffers:
            lines.append(f'self.register_buffer("{name}{added}", {value})')
        elif (name + added).isidentifier():
            lines.append(f"self.{name}{added} = {value}")
        else:
            lines.append(f'self.register_parameter("{name}{added}", {value})')
    return lines


def _weight(name: str, *, is_buffer: bool) -> str:
    """Return how a weight stored by the network is accessed."""
    if name.isidentifier():
        return f"self.{name}"
    return f'self.get_{"buffer" if is_buffer else "parameter"}("{name}")'


def _call(name: str, arguments: dict[str, str]) -> str:
    return f"{name}({', '.join(f'{key}={value}' for key, value in arguments.items())})"


def _annotation(parameter: Parameter) -> str:
    kinds = {type(value) for value in parameter.values}
    if kinds <= {int, float} and float in kinds:
        return "float"
    words = sorted("tuple[int, ...]" if kind is tuple else kind.__name__ for kind in kinds)
    return " | ".join("type[nn.Module]" if word == "ClassName" else word.replace("NoneType", "None") for word in words)
