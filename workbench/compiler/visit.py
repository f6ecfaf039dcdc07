"""The analysis of one layer, from the layer and its sources' results: a pure function."""

import math
from collections.abc import Sequence

from workbench.compiler.curve import curve_of
from workbench.compiler.facts import FLOAT_BYTES, NodeFacts
from workbench.compiler.flatten import FlatNode, arriving, connections
from workbench.compiler.inference import LayerFacts, infer
from workbench.compiler.kept_memory import Memory, memory_given, memory_kept, passing_bytes
from workbench.compiler.offers import deleting, reconnecting
from workbench.compiler.receptive import Field, field_after, field_of_input
from workbench.layers import LAYERS
from workbench.layers.base import Layer, Refusal, Shape
from workbench.spec.graph import INPUT, OUTPUT
from workbench.spec.problems import Problem, SpecError
from workbench.spec.record import Record, replace
from workbench.spec.remedy import Insert, Remedy


class Given(Record):
    """What a layer provides to the next ones: a shape and a memory for each port.

    ``field`` is how much of the picture each number has seen. ``learned`` says whether it depends on any weight.
    """

    shapes: tuple[Shape, ...]
    memory: tuple[Memory, ...]
    ports: tuple[str, ...]
    field: Field | str | None
    learned: bool

    def index(self, port: str) -> int:
        """Return the index of a named port; 0 if there is none of that name."""
        return self.ports.index(port) if port in self.ports else 0

    def shape(self, port: str) -> Shape:
        return self.shapes[self.index(port)]


class Resolved(Record):
    """A flat node with its layer and known input shapes, from which the module is built."""

    node: FlatNode
    layer: Layer
    input_shapes: tuple[Shape, ...]


class Visit(Record):
    """The results at ``node``, given its ``sources``' results; if there is a problem, nothing else."""

    node: FlatNode
    sources: tuple[Given | None, ...]
    problems: tuple[Problem, ...] = ()
    resolved: Resolved | None = None
    facts: NodeFacts | None = None
    kept: tuple[Memory, ...] = ()
    passing_bytes: int = 0
    given: Given | None = None


def visit(node: FlatNode, sources: tuple[Given | None, ...]) -> Visit:
    """Create the layer and compute its results from the sources' shapes, or the problem."""
    problem, layer = _layer(node)
    problem = problem or (_check_arity(node, layer) if layer else None) or _check_ports(node, sources)
    if problem is not None or layer is None:
        return Visit(node=node, sources=sources, problems=(problem,) if problem else ())
    arrived = [(given, source[1]) for source, given in zip(node.inputs, sources, strict=True) if source and given]
    if len(arrived) < len(sources):
        return Visit(node=node, sources=sources)
    shapes = tuple(given.shape(port) for given, port in arrived)
    found = infer(layer, shapes)
    if isinstance(found, Refusal):
        problem = Problem(node=node.path, what=found.what, mend=found.mend, remedy=remedy_at(node, found))
        return Visit(node=node, sources=sources, problems=(problem,))
    memory = [each.memory[each.index(port)] for each, port in arrived]
    given = _given(node, layer, found, [each for each, _ in arrived], memory)
    return Visit(
        node=node,
        sources=sources,
        resolved=Resolved(node=node, layer=layer, input_shapes=shapes),
        facts=_facts(node, layer, shapes, found, given.field),
        # Before the first weight there is no backward pass.
        kept=memory_kept(node.path, found, memory, given.memory) if given.learned else (),
        passing_bytes=passing_bytes(layer, found) if given.learned else 0,
        given=given,
    )


def remedy_at(node: FlatNode, refusal: Refusal) -> Remedy | None:
    """Return the layer's remedy for this node; None if it would insert a layer between the copies of a repeat."""
    remedy = refusal.remedy
    if remedy is None or (isinstance(remedy, Insert) and node.chained and remedy.port == 0):
        return None
    return replace(remedy, path=node.path)


def _given(
    node: FlatNode, layer: Layer, found: LayerFacts, arrived: Sequence[Given], memory: Sequence[Memory]
) -> Given:
    fields = [each.field for each in arrived]
    return Given(
        shapes=found.output_shapes,
        memory=memory_given(node.path, layer.output_ports, found, memory),
        ports=layer.output_ports,
        field=field_of_input(found.output_shapes[0]) if node.type == INPUT else field_after(layer, fields),
        learned=bool(found.weight_shapes) or any(each.learned for each in arrived),
    )


def _facts(
    node: FlatNode, layer: Layer, shapes: tuple[Shape, ...], found: LayerFacts, field: Field | str | None
) -> NodeFacts:
    return NodeFacts(
        path=node.path,
        type=node.type,
        input_shapes=shapes,
        output_shapes=found.output_shapes,
        parameters=sum(map(math.prod, found.weight_shapes)),
        macs=found.macs,
        receptive_field=field.size if isinstance(field, Field) else None,
        activation_bytes=0 if node.type == OUTPUT else FLOAT_BYTES * sum(map(math.prod, found.output_shapes)),
        layer=layer,
        weight_shapes=found.weight_shapes,
        mixes=found.mixes,
        curve=curve_of(layer, shapes) if layer.elementwise else None,
    )


def _layer(node: FlatNode) -> tuple[Problem | None, Layer | None]:
    try:
        return None, LAYERS.make(node.type, dict(node.parameters))
    except SpecError as error:
        return Problem(node=node.path, what=str(error), mend="correct it in the inspector"), None


def takes(layer: Layer, num_inputs: int) -> bool:
    """Return whether a layer can be computed with this many inputs."""
    return num_inputs >= layer.least_inputs if _is_join(layer) else num_inputs == len(layer.input_ports)


def _is_join(layer: Layer) -> bool:
    return bool(layer.input_ports) and layer.input_ports[-1].endswith("...")


def _check_arity(node: FlatNode, layer: Layer) -> Problem | None:
    """Check that the layer has the right number of connections."""
    if takes(layer, len(node.inputs)):
        return None
    ports, many = layer.input_ports, _is_join(layer)
    wanted = f"{_LEAST[layer.least_inputs]} or more connections" if many else connections(len(ports))
    return Problem(
        node=node.path,
        what=f"{node.type} {arriving(wanted, len(node.inputs))}",
        mend="connect what is missing" if len(node.inputs) < len(ports) or many else "remove the extra connections",
        remedy=_remedy_of_arity(node, len(ports), many=many),
    )


def _remedy_of_arity(node: FlatNode, num_ports: int, *, many: bool) -> Remedy | None:
    if not many:
        return reconnecting(node.path, len(node.inputs), num_ports, node.candidate, chained=node.chained)
    # A join with one input passes it on unchanged, so it can be deleted.
    return deleting(node.path) if len(node.inputs) == 1 and not node.chained else None


def _check_ports(node: FlatNode, sources: tuple[Given | None, ...]) -> Problem | None:
    """Check that every named output that feeds the node exists at its source."""
    for source, given in zip(node.inputs, sources, strict=True):
        if source is None or given is None or not source[1] or not given.ports or source[1] in given.ports:
            continue
        path, port = source
        known = ", ".join(filter(None, given.ports))
        mend = f"it has {known}" if known else f"it has one output: connect {path} itself"
        return Problem(node=node.path, what=f"{path} has no output called {port}", mend=mend)
    return None


_LEAST = {1: "one", 2: "two"}
