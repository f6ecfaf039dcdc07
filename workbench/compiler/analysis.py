"""The analysis of a network while it is edited: shapes, costs, receptive fields, problems."""

from collections.abc import Iterable, Iterator, Mapping
from operator import is_

import msgspec

from workbench.compiler.facts import Analysis, NodeFacts
from workbench.compiler.flatten import BlockUse, FlatGraph, FlatNode, Source, Sources, Written, flatten
from workbench.compiler.inference import reserved_names
from workbench.compiler.kept_memory import kept_bytes
from workbench.compiler.offers import deleting, feeding, following
from workbench.compiler.padding import with_padding
from workbench.compiler.receptive import Field
from workbench.compiler.visit import Given, Resolved, Visit, visit
from workbench.layers.base import Shape
from workbench.spec.experiment import Architecture
from workbench.spec.graph import INPUT, OUTPUT
from workbench.spec.problems import Problem
from workbench.spec.record import Record, Value, replace
from workbench.spec.remedy import Remedy

encode = msgspec.msgpack.Encoder().encode


class Resolution(Record):
    """The network with every shape that could be computed, and what prevented the others."""

    nodes: tuple[Resolved, ...]
    analysis: Analysis


def analyse(architecture: Architecture, *, classes: int | None = None, input_shape: Shape | None = None) -> Analysis:
    """Return facts and problems of a network; facts are present up to the first error on each path."""
    return resolve(architecture, classes=classes, input_shape=input_shape).analysis


def resolve(architecture: Architecture, *, classes: int | None = None, input_shape: Shape | None = None) -> Resolution:
    """Return the analysis with the resolved layers.

    ``classes`` replaces the graph's parameter of that name, if it has one; ``input_shape`` the first Input's shape.
    """
    return Resolver().resolve(architecture, classes=classes, input_shape=input_shape)


class Resolver:
    """Resolves one network after another, and visits only the nodes that an edit affects.

    The result at a node depends only on the node and the results of its sources; if these are unchanged, so is the
    result. The answer is that of a new resolver.
    """

    def __init__(self) -> None:
        self._visits: dict[str, Visit] = {}
        self._written = Written()

    def resolve(
        self, architecture: Architecture, *, classes: int | None = None, input_shape: Shape | None = None
    ) -> Resolution:
        """Return the analysis with the resolved layers; see the function ``resolve``."""
        given: dict[str, Value] = (
            {"classes": classes} if classes is not None and "classes" in architecture.graph.parameters else {}
        )
        flat = flatten(architecture, given, reserved_names(), self._written)
        if input_shape is not None:
            flat = _with_input_shape(flat, input_shape)
        self._visits = self._visit_all(flat)
        return _resolution(flat, self._visits)

    def _visit_all(self, flat: FlatGraph) -> dict[str, Visit]:
        visits: dict[str, Visit] = {}
        for node in flat.nodes:
            if node.path in visits:
                continue  # a duplicate name, which flatten has reported
            sources = tuple(_given(source, visits) for source in node.inputs)
            before = self._visits.get(node.path)
            if before is not None and _same(before.node, node) and all(map(is_, before.sources, sources)):
                visits[node.path] = before
                continue
            after = visit(node, sources)
            if before is not None and before.given == after.given:
                # The same object as before, so that what follows need not be visited.
                after = replace(after, given=before.given)
            visits[node.path] = after
        return visits


def _same(before: FlatNode, after: FlatNode) -> bool:
    """Return whether they are equal including the types of values: in Python, 1 equals True."""
    return before is after or (before == after and encode(before.parameters) == encode(after.parameters))


def _with_input_shape(flat: FlatGraph, shape: Shape) -> FlatGraph:
    first = next((node for node in flat.nodes if node.type == INPUT), None)
    if first is None:
        return flat
    changed = replace(first, parameters={**first.parameters, "shape": list(shape)})
    return replace(flat, nodes=tuple(changed if node is first else node for node in flat.nodes))


def _resolution(flat: FlatGraph, visits: Mapping[str, Visit]) -> Resolution:
    """Combine the results at the nodes."""
    layers = [each.facts for each in visits.values() if each.facts is not None]
    facts = {each.path: each for each in layers}
    for use in flat.uses:
        if all(path in facts for path in use.members):
            facts[use.path] = _use_facts(use, facts, visits)
    resolved = tuple(each.resolved for each in visits.values() if each.resolved is not None)
    found = (with_padding(problem, each, visits) for each in visits.values() for problem in each.problems)
    problems = (*flat.problems, *found, *_check_ends(flat), *_check_weight_names(flat, resolved))
    analysis = Analysis(
        nodes=facts,
        leaves=tuple(each.path for each in layers),
        problems=tuple(_each_remedy_once(problems)),
        parameters=sum(each.parameters for each in layers),
        macs=sum(each.macs for each in layers),
        activation_bytes=sum(each.activation_bytes for each in layers),
        kept_bytes=kept_bytes(each.kept for each in visits.values()),
        passing_bytes=sum(each.passing_bytes for each in visits.values()),
        weight_shapes=tuple(shape for each in layers for shape in each.weight_shapes),
    )
    return Resolution(nodes=resolved, analysis=analysis)


def _each_remedy_once(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yield the problems; a remedy that fixes two of them is offered with the first only."""
    offered: set[tuple[str, str]] = set()
    for problem in problems:
        button = (problem.remedy.path, problem.remedy.words) if problem.remedy else None
        yield replace(problem, remedy=None) if button in offered else problem
        if button:
            offered.add(button)


def _check_ends(flat: FlatGraph) -> Iterator[Problem]:
    """Check that there is an Input and an Output, and that every output is used."""
    types = {node.type for node in flat.nodes}
    if not flat.nodes:
        if not flat.problems:
            yield Problem(
                node="", what="the network is empty", mend="drag layers in from the palette, starting with an Input"
            )
        return
    if INPUT not in types:
        mend = "drag one in from the palette"
        yield Problem(node="", what="the network has no Input", mend=mend, remedy=_feeding(flat))
    if OUTPUT not in types:
        mend = "add one after the last layer"
        yield Problem(node="", what="the network has no Output", mend=mend, remedy=following("", flat.end))
    used = {source[0] for node in flat.nodes for source in node.inputs if source is not None}
    for node in flat.nodes:
        if node.path not in used and node.type != OUTPUT:
            yield Problem(
                node=node.path,
                what="its output is not used",
                mend="connect it or delete it",
                severity="warning",
                remedy=None if "." in node.path or node.type == INPUT else deleting(node.path),
            )


def _feeding(flat: FlatGraph) -> Remedy | None:
    """Return a remedy that adds an Input before the only layer without one."""
    first = [node.path for node in flat.nodes if not node.inputs and node.type != OUTPUT]
    return feeding(first[0]) if len(first) == 1 and "." not in first[0] else None


def _check_weight_names(flat: FlatGraph, resolved: tuple[Resolved, ...]) -> Iterator[Problem]:
    """Check that a weight stored beside its layer has a name that no layer or block has."""
    paths = {*(each.node.path for each in resolved), *(use.path for use in flat.uses)}
    for each in resolved:
        for added in filter(None, each.layer.weights_beside().values()):
            taken = each.node.path + added
            if taken in paths:
                what = f"a weight of {each.node.path} has the same name, {taken}"
                yield Problem(node=taken, what=what, mend="rename one of them")


def _use_facts(use: BlockUse, facts: Mapping[str, NodeFacts], visits: Mapping[str, Visit]) -> NodeFacts:
    """Return the facts of a block use whose layers are all known: their sums, and the shapes and field at its ends."""
    inside = [facts[path] for path in use.members]
    last = _given(use.outputs[0], visits) if use.outputs else None
    field = last.field if last is not None else None
    return NodeFacts(
        path=use.path,
        type=use.type,
        input_shapes=_shapes(use.inputs, visits),
        output_shapes=_shapes(use.outputs, visits),
        parameters=sum(each.parameters for each in inside),
        macs=sum(each.macs for each in inside),
        receptive_field=field.size if isinstance(field, Field) else None,
        activation_bytes=sum(each.activation_bytes for each in inside),
        mixes=any(each.mixes for each in inside),
    )


def _given(source: Source | None, visits: Mapping[str, Visit]) -> Given | None:
    return visits[source[0]].given if source is not None and source[0] in visits else None


def _shapes(sources: Sources, visits: Mapping[str, Visit]) -> tuple[Shape, ...]:
    pairs = ((given, source[1]) for source in sources if source and (given := _given(source, visits)))
    return tuple(given.shape(port) for given, port in pairs)
