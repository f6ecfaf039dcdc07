"""Applies remedies: each is one edit of the experiment."""

from collections.abc import Mapping, Sequence
from functools import reduce

from workbench.spec import edits, ports
from workbench.spec.component import Component
from workbench.spec.experiment import Architecture, DataRecipe, Experiment, Head, listed_heads
from workbench.spec.graph import Graph, Node, bound_to
from workbench.spec.paths import drawn_along, values_along
from workbench.spec.record import Value, replace
from workbench.spec.remedy import (
    ChooseFile,
    ChooseFolder,
    Connect,
    Delete,
    Disconnect,
    Feed,
    Follow,
    GuessColumns,
    Insert,
    NewLayer,
    Remedy,
    Rename,
    Retype,
    SetAugmentation,
    SetBatchSize,
    SetColumnTypes,
    SetHead,
    SetLabels,
    SetNetwork,
    SetParameters,
    SetPrecision,
    SetRepeat,
    SetSchedule,
    Together,
)
from workbench.spec.scopes import graph_at, with_graph_at

COLUMN_SETTINGS = ("types", "picture", "split", "group")
"""A source's settings that declare its columns."""


def apply_remedy(experiment: Experiment, remedy: Remedy) -> Experiment:
    """Return the experiment with a remedy applied, also within a block, for all its uses. Raises SpecError if the node
    is gone.
    """
    if isinstance(remedy, Together):
        return reduce(apply_remedy, remedy.remedies, experiment)
    if isinstance(remedy, SetNetwork):
        return _with_network(experiment, remedy)
    with_recipe = _with_recipe(experiment, remedy)
    if with_recipe is not None:
        return with_recipe
    architecture = experiment.architecture
    steps = drawn_along(architecture, remedy.path)
    scope, node = steps[-1]
    if isinstance(remedy, Rename):
        return ports.rename_in(experiment, scope, node.name, remedy.name)
    if isinstance(remedy, SetParameters):
        for parameter, value in remedy.values.items():
            architecture = _with_parameter(architecture, steps, parameter, value)
    elif isinstance(remedy, Delete):
        architecture = ports.remove_nodes(architecture, scope, {node.name})
    else:
        graph = graph_at(architecture, scope)
        if isinstance(remedy, Insert):
            layers = tuple(_as_neighbours(layer, graph, values_along(architecture, steps)) for layer in remedy.layers)
            remedy = replace(remedy, layers=layers)
        architecture = with_graph_at(architecture, scope, _mended(graph, node, remedy))
    return replace(experiment, architecture=architecture)


def _with_recipe(experiment: Experiment, remedy: Remedy) -> Experiment | None:
    """Return the experiment with its data or its training mended; None for a remedy of the network."""
    training = experiment.training
    match remedy:
        case SetBatchSize(batch_size=batch_size):
            return replace(experiment, training=replace(training, batch_size=batch_size))
        case SetSchedule(schedule=schedule):
            return replace(experiment, training=replace(training, schedule=schedule))
        case SetPrecision(precision=precision):
            return replace(experiment, training=replace(training, speed=replace(training.speed, precision=precision)))
        case SetHead(head=head):
            return _with_head(experiment, head)
    data = _mended_data(experiment.data, remedy)
    return None if data is None else replace(experiment, data=data)


def _mended_data(data: DataRecipe, remedy: Remedy) -> DataRecipe | None:
    """Return the data mended; None for a remedy of something else."""
    parameters = data.source.parameters
    match remedy:
        case SetAugmentation(augmentation=augmentation):
            return replace(data, augmentation=augmentation)
        case SetLabels(labels=labels):
            return replace(data, relabel=labels)
        case ChooseFolder(folder=folder):
            return data.with_others(replace(data.source, parameters=parameters | {"folder": folder}))
        case ChooseFile(source=source, file=file):
            return data.with_others(Component(type=source, parameters={"file": file}))
        case GuessColumns():
            rest = {name: value for name, value in parameters.items() if name not in COLUMN_SETTINGS}
            return replace(data, source=replace(data.source, parameters=rest))
        case SetColumnTypes(types=types):
            said = parameters.get("types", ())
            assert isinstance(said, list | tuple)
            others = [text for text in said if text.rpartition("=")[0].strip() not in types]
            both = [*others, *(f"{name}={kind}" for name, kind in types.items())]
            return replace(data, source=replace(data.source, parameters=parameters | {"types": both}))
    return None


def _with_network(experiment: Experiment, remedy: SetNetwork) -> Experiment:
    architecture, data = remedy.architecture, experiment.data
    if len(architecture.input_shape or ()) < 3:
        data = replace(data, augmentation=(), mixing=None, corruption=None)
    training = replace(experiment.training, heads=remedy.heads, weights=None)
    return replace(experiment, architecture=architecture, data=data, training=training)


def _with_head(experiment: Experiment, new: Head) -> Experiment:
    """Return the experiment with the head of the same output replaced; from then on the recipe lists its heads."""
    heads = tuple(new if head.output == new.output else head for head in listed_heads(experiment))
    return replace(experiment, training=replace(experiment.training, heads=heads))


def _mended(graph: Graph, node: Node, remedy: Remedy) -> Graph:
    match remedy:
        case Insert(port=port, layers=layers):
            return _inserted(graph, node, port, layers)
        case Follow(layer=layer):
            return edits.add_node(graph, _new(graph, layer, (node.name,)))
        case Feed(layer=layer):
            new = _new(graph, layer)
            return edits.connect(edits.add_node(graph, new), new.name, node.name)
        case Connect(source=source):
            return edits.connect(graph, source, node.name)
        case Disconnect(keep=keep):
            for port in reversed(range(keep, len(node.inputs))):
                graph = edits.disconnect(graph, node.name, port)
            return graph
        case Retype(type=kind):
            graph = edits.retype(graph, node.name, kind, node.parameters)
            return edits.rename(graph, node.name, edits.name_as(graph, node.name, kind))
        case SetRepeat(repeat=repeat):
            return edits.set_repeat(graph, node.name, repeat)
    raise AssertionError(remedy)


def _as_neighbours(layer: NewLayer, graph: Graph, values: Mapping[str, Value]) -> NewLayer:
    """Return the layer with its numbers bound like those of its neighbours, so that the block's
    other uses stay valid.
    """
    bound = dict(layer.parameters)
    for neighbour in graph.nodes:
        for name, value in neighbour.parameters.items():
            source = bound_to(value)
            if source is not None and name in bound and values.get(source) == layer.parameters[name]:
                bound[name] = value
    return replace(layer, parameters=bound)


def _new(graph: Graph, layer: NewLayer, inputs: tuple[str, ...] = ()) -> Node:
    name = edits.unique_name(graph, layer.type)
    return Node(name=name, type=layer.type, parameters=layer.parameters, inputs=inputs)


def _inserted(graph: Graph, node: Node, port: int, layers: Sequence[NewLayer]) -> Graph:
    for layer in layers:
        new = _new(graph, layer)
        graph = edits.insert_on_edge(edits.add_node(graph, new), new.name, node.name, port)
    return graph


def _with_parameter(
    architecture: Architecture, steps: Sequence[tuple[str, Node]], parameter: str, value: Value
) -> Architecture:
    """Set a parameter or, if it is bound, the parameter it is bound to, at the use of the block, and so on outwards."""
    scope, node = steps[-1]
    source = bound_to(node.parameters.get(parameter))
    if source is not None and len(steps) > 1:
        return _with_parameter(architecture, steps[:-1], source, value)
    graph = edits.set_parameters(graph_at(architecture, scope), node.name, {parameter: value})
    return with_graph_at(architecture, scope, graph)
