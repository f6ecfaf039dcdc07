"""What is found at one layer of the network, from the layer and from what its sources give: a pure function."""

from workbench.compiler.facts import NodeFacts
from workbench.compiler.flatten import FlatNode
from workbench.compiler.inference import LayerFacts, infer
from workbench.compiler.receptive import Field, field_after, field_of_input
from workbench.layers import LAYERS
from workbench.layers.base import Layer, Refusal, Shape
from workbench.spec.graph import INPUT, OUTPUT
from workbench.spec.problems import Problem, SpecError
from workbench.spec.record import Record

FLOAT_BYTES = 4


class Given(Record):
    """What a layer gives to those behind it: a shape a port, and how much of the picture each number has seen."""

    shapes: tuple[Shape, ...]
    ports: tuple[str, ...]
    field: Field | str | None

    def shape(self, port: str) -> Shape:
        """The shape at a named port; the first where there is none of that name."""
        return self.shapes[self.ports.index(port)] if port in self.ports else self.shapes[0]


class Resolved(Record):
    """A flat node whose layer is made and whose input shapes are known: what the module is built from."""

    node: FlatNode
    layer: Layer
    input_shapes: tuple[Shape, ...]


class Visit(Record):
    """What was found at ``node``, to which its ``sources`` gave these; with a problem, no more than that."""

    node: FlatNode
    sources: tuple[Given | None, ...]
    problems: tuple[Problem, ...] = ()
    resolved: Resolved | None = None
    facts: NodeFacts | None = None
    given: Given | None = None


def visit(node: FlatNode, sources: tuple[Given | None, ...]) -> Visit:
    """Make the layer, let the sources' shapes into it, and see what comes out or what stops it."""
    problem, layer = _layer(node)
    problem = problem or (_check_arity(node, layer) if layer else None) or _check_ports(node, sources)
    if problem is not None or layer is None:
        return Visit(node=node, sources=sources, problems=(problem,) if problem else ())
    arrived = [given.shape(source[1]) for source, given in zip(node.inputs, sources, strict=True) if source and given]
    if len(arrived) < len(sources):
        return Visit(node=node, sources=sources)
    shapes = tuple(arrived)
    found = infer(layer, shapes)
    if isinstance(found, Refusal):
        problem = Problem(node=node.path, what=found.what, mend=found.mend)
        return Visit(node=node, sources=sources, problems=(problem,))
    fields = [given.field for given in sources if given is not None]
    field = field_of_input(found.output_shapes[0]) if node.type == INPUT else field_after(layer, fields)
    return Visit(
        node=node,
        sources=sources,
        resolved=Resolved(node=node, layer=layer, input_shapes=shapes),
        facts=_facts(node, shapes, found, field),
        given=Given(shapes=found.output_shapes, ports=layer.output_ports, field=field),
    )


def _facts(node: FlatNode, shapes: tuple[Shape, ...], found: LayerFacts, field: Field | str | None) -> NodeFacts:
    return NodeFacts(
        path=node.path,
        type=node.type,
        input_shapes=shapes,
        output_shapes=found.output_shapes,
        parameters=found.parameters,
        macs=found.macs,
        receptive_field=field.size if isinstance(field, Field) else None,
        activation_bytes=0 if node.type == OUTPUT else _bytes(found.output_shapes),
    )


def _layer(node: FlatNode) -> tuple[Problem | None, Layer | None]:
    try:
        return None, LAYERS.make(node.type, dict(node.parameters))
    except SpecError as error:
        return Problem(node=node.path, what=str(error), mend="correct it in the inspector"), None


def _check_arity(node: FlatNode, layer: Layer) -> Problem | None:
    """Whether as many connections come in as the layer takes."""
    ports = layer.input_ports
    many = bool(ports) and ports[-1].endswith("...")
    enough = len(node.inputs) >= max(2, len(ports)) if many else len(node.inputs) == len(ports)
    if enough:
        return None
    wanted = "two or more connections" if many else _connections(len(ports))
    return Problem(
        node=node.path,
        what=f"{node.type} takes {wanted}, and {len(node.inputs) or 'none'} come{'s' * (len(node.inputs) == 1)} in",
        mend="connect what is missing" if len(node.inputs) < len(ports) or many else "remove what is too much",
    )


def _check_ports(node: FlatNode, sources: tuple[Given | None, ...]) -> Problem | None:
    """Whether every named output that feeds the node is one that its source has."""
    for source, given in zip(node.inputs, sources, strict=True):
        if source is None or given is None or not source[1] or not given.ports or source[1] in given.ports:
            continue
        path, port = source
        known = ", ".join(filter(None, given.ports))
        mend = f"it has {known}" if known else f"it has one output: connect {path} itself"
        return Problem(node=node.path, what=f"{path} has no output called {port}", mend=mend)
    return None


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
