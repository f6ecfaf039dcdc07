"""Everything that is known of a network while it is drawn: shapes, costs, receptive fields, problems."""

from collections.abc import Mapping
from typing import Any

from workbench.compiler.facts import Analysis, NodeFacts
from workbench.compiler.flatten import BlockUse, FlatGraph, FlatNode, Source, flatten
from workbench.compiler.inference import infer, reserved_names
from workbench.compiler.receptive import Field, field_after, field_of_input
from workbench.layers import LAYERS
from workbench.layers.base import Layer, Refusal, Shape
from workbench.spec.experiment import Architecture
from workbench.spec.graph import INPUT, OUTPUT
from workbench.spec.problems import Problem, SpecError
from workbench.spec.record import Record, Value

FLOAT_BYTES = 4


class Resolved(Record):
    """A flat node whose layer is made and whose input shapes are known: what the module is built from."""

    node: FlatNode
    layer: Layer
    input_shapes: tuple[Shape, ...]


class Resolution(Record):
    """The network with every shape that could be found, and what stopped the others."""

    nodes: tuple[Resolved, ...]
    analysis: Analysis


def analyse(architecture: Architecture, *, classes: int | None = None, input_shape: Shape | None = None) -> Analysis:
    """Facts and problems of a network; facts go up to the first error on each path and are never blanked."""
    return resolve(architecture, classes=classes, input_shape=input_shape).analysis


def resolve(architecture: Architecture, *, classes: int | None = None, input_shape: Shape | None = None) -> Resolution:
    """As ``analyse``, with the layers themselves.

    ``classes`` takes the place of the graph's parameter of that name where it has one; ``input_shape``
    that of the first Input's shape.
    """
    given: dict[str, Value] = (
        {"classes": classes} if classes is not None and "classes" in architecture.graph.parameters else {}
    )
    return _Resolver(flatten(architecture, given, reserved_names()), input_shape).run()


class _Resolver:
    """Goes through the flat nodes in order and remembers what each one gives."""

    def __init__(self, flat: FlatGraph, input_shape: Shape | None) -> None:
        self.flat = flat
        self.input_shape = input_shape
        self.shapes: dict[str, tuple[Shape, ...]] = {}
        self.ports: dict[str, tuple[str, ...]] = {}
        self.fields: dict[str, Field | str | None] = {}
        self.facts: dict[str, NodeFacts] = {}
        self.resolved: list[Resolved] = []
        self.problems: list[Problem] = list(flat.problems)

    def run(self) -> Resolution:
        for node in self.flat.nodes:
            self._visit(node)
        self._check_ends()
        self._check_weight_names()
        leaves = tuple(self.facts)
        facts = self._with_uses()
        analysis = Analysis(
            nodes=facts,
            leaves=leaves,
            problems=tuple(self.problems),
            parameters=sum(self.facts[path].parameters for path in leaves),
            macs=sum(self.facts[path].macs for path in leaves),
            activation_bytes=sum(self.facts[path].activation_bytes for path in leaves),
        )
        return Resolution(nodes=tuple(self.resolved), analysis=analysis)

    def _visit(self, node: FlatNode) -> None:
        layer = self._layer(node)
        if layer is None or not self._check_arity(node, layer) or not self._check_ports(node):
            return
        shapes = tuple(self._shape(source) for source in node.inputs)
        known = tuple(shape for shape in shapes if shape is not None)
        if len(known) < len(shapes):
            return
        facts = infer(layer, known)
        if isinstance(facts, Refusal):
            self.problems.append(Problem(node=node.path, what=facts.what, mend=facts.mend))
            return
        self.ports[node.path] = layer.output_ports
        self.shapes[node.path] = facts.output_shapes
        fields = [self.fields[source[0]] for source in node.inputs if source is not None]
        own = field_of_input(facts.output_shapes[0]) if node.type == INPUT else field_after(layer, fields)
        self.fields[node.path] = own
        self.resolved.append(Resolved(node=node, layer=layer, input_shapes=known))
        self.facts[node.path] = NodeFacts(
            path=node.path,
            type=node.type,
            input_shapes=known,
            output_shapes=facts.output_shapes,
            parameters=facts.parameters,
            macs=facts.macs,
            receptive_field=own.size if isinstance(own, Field) else None,
            activation_bytes=0 if node.type == OUTPUT else _bytes(facts.output_shapes),
        )

    def _layer(self, node: FlatNode) -> Layer | None:
        parameters: Mapping[str, Any] = node.parameters
        if node.type == INPUT and self.input_shape is not None and not any(r.node.type == INPUT for r in self.resolved):
            parameters = {**parameters, "shape": list(self.input_shape)}
        try:
            return LAYERS.make(node.type, dict(parameters))
        except SpecError as error:
            self.problems.append(Problem(node=node.path, what=str(error), mend="correct it in the inspector"))
            return None

    def _check_arity(self, node: FlatNode, layer: Layer) -> bool:
        ports = layer.input_ports
        many = bool(ports) and ports[-1].endswith("...")
        enough = len(node.inputs) >= max(2, len(ports)) if many else len(node.inputs) == len(ports)
        if not enough:
            wanted = "two or more connections" if many else _connections(len(ports))
            self.problems.append(
                Problem(
                    node=node.path,
                    what=f"{node.type} takes {wanted}, and {len(node.inputs) or 'none'} come{'s' * (len(node.inputs) == 1)} in",
                    mend="connect what is missing"
                    if len(node.inputs) < len(ports) or many
                    else "remove what is too much",
                )
            )
        return enough and None not in node.inputs

    def _check_ports(self, node: FlatNode) -> bool:
        """Whether every named output that feeds the node is one that its source has."""
        for path, port in (source for source in node.inputs if source is not None):
            ports = self.ports.get(path, ())
            if port and ports and port not in ports:
                known = ", ".join(filter(None, ports))
                mend = f"it has {known}" if known else f"it has one output: connect {path} itself"
                what = f"{path} has no output called {port}"
                self.problems.append(Problem(node=node.path, what=what, mend=mend))
                return False
        return True

    def _shape(self, source: Source | None) -> Shape | None:
        if source is None or source[0] not in self.shapes:
            return None
        path, port = source
        ports = self.ports[path]
        return self.shapes[path][ports.index(port)] if port in ports else self.shapes[path][0]

    def _check_ends(self) -> None:
        types = {node.type for node in self.flat.nodes}
        if self.flat.problems and not self.flat.nodes:
            return
        if INPUT not in types:
            self.problems.append(Problem(node="", what="the network has no Input", mend="drag one in from the palette"))
        if OUTPUT not in types:
            self.problems.append(
                Problem(node="", what="the network has no Output", mend="add one after the last layer")
            )
        used = {source[0] for node in self.flat.nodes for source in node.inputs if source is not None}
        for node in self.flat.nodes:
            if node.path not in used and node.type != OUTPUT:
                self.problems.append(
                    Problem(
                        node=node.path,
                        what="nothing uses what it gives",
                        mend="connect it or delete it",
                        severity="warning",
                    )
                )

    def _check_weight_names(self) -> None:
        """A weight that lies beside its layer needs a name that no layer and no block has."""
        paths = {*self.facts, *(use.path for use in self.flat.uses)}
        for resolved in self.resolved:
            for added in filter(None, resolved.layer.weights_beside().values()):
                taken = resolved.node.path + added
                if taken in paths:
                    what = f"a weight of {resolved.node.path} is called {taken}, as this is"
                    self.problems.append(Problem(node=taken, what=what, mend="rename one of them"))

    def _with_uses(self) -> dict[str, NodeFacts]:
        """The layers' facts and, after the last layer inside each, those of the block uses whose layers are all known."""
        facts = dict(self.facts)
        for use in self.flat.uses:
            if all(path in self.facts for path in use.members):
                facts[use.path] = self._use_facts(use)
        return facts

    def _use_facts(self, use: BlockUse) -> NodeFacts:
        inside = [self.facts[path] for path in use.members]
        inputs = tuple(shape for source in use.inputs if (shape := self._shape(source)) is not None)
        outputs = tuple(shape for source in use.outputs if (shape := self._shape(source)) is not None)
        last = use.outputs[0] if use.outputs else None
        field = self.fields.get(last[0]) if last is not None else None
        return NodeFacts(
            path=use.path,
            type=use.type,
            input_shapes=inputs,
            output_shapes=outputs,
            parameters=sum(facts.parameters for facts in inside),
            macs=sum(facts.macs for facts in inside),
            receptive_field=field.size if isinstance(field, Field) else None,
            activation_bytes=sum(facts.activation_bytes for facts in inside),
        )


def _connections(number: int) -> str:
    return {0: "no connection", 1: "one connection", 2: "two connections"}.get(number, f"{number} connections")


def _bytes(shapes: tuple[Shape, ...]) -> int:
    total = 0
    for shape in shapes:
        size = FLOAT_BYTES
        for side in shape:
            size *= side
        total += size
    return total
