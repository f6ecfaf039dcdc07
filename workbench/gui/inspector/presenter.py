"""What the inspector shows of the selection, as plain records. No Qt."""

from collections.abc import Sequence

from workbench.compiler.facts import Analysis, Curve, NodeFacts
from workbench.gui.canvas.cards import block_help
from workbench.gui.inspector.block_page import BlockPage, block_page
from workbench.gui.inspector.rows import arithmetic, memory_facts, network_facts, node_facts, published_facts
from workbench.layers import LAYERS
from workbench.layers.base import Family
from workbench.spec import edits
from workbench.spec.experiment import Architecture, Experiment
from workbench.spec.forms import Parameter, parameters_of
from workbench.spec.graph import Graph, Node
from workbench.spec.paths import repeated_names
from workbench.spec.problems import Problem
from workbench.spec.record import Record, Value, replace, same
from workbench.spec.scopes import graph_at, with_graph_at
from workbench.spec.words import upper_first


class NodePage(Record):
    """One node, in the graph of a ``scope``.

    ``family`` is None for the use of a block; ``parameters`` make its form, and can be bound to ``bindings``.
    """

    scope: str
    node: Node
    help: str
    family: Family | None
    parameters: tuple[Parameter, ...]
    bindings: dict[str, Value]
    facts: tuple[tuple[str, str], ...]
    arithmetic: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...]
    block: BlockPage | None = None
    learns: bool = False
    """Whether it has weights, whose training can be adjusted."""
    mixes: bool = False
    """Whether one of these weights would be set by an initialiser of its own."""
    curve: Curve | None = None
    """That of an elementwise layer, once it is analysed."""


EMPTY = "Once it has layers, its size and cost are shown here, and the settings of what is selected."
"""What the page of a network without layers says."""


class NetworkPage(Record):
    """The whole network: what the experiment shows, description, reference, totals, memory for training, published
    results.
    """

    name: str
    purpose: str
    about: str
    reference: str
    facts: tuple[tuple[str, str], ...]
    memory: tuple[tuple[str, str], ...]
    published: tuple[tuple[str, str], ...]
    source: str
    problems: tuple[Problem, ...]


def node_page(
    architecture: Architecture, name: str, analysis: Analysis | None, scope: str = "", prefix: str = ""
) -> NodePage:
    """Return the page of a node in a scope; ``prefix`` is the compiler's prefix of its name (``layer1.0.``)."""
    graph = graph_at(architecture, scope)
    node = graph.by_name[name]
    layer = LAYERS.table.get(node.type)
    block = architecture.blocks.get(node.type)
    uses = [prefix + use for use in repeated_names(node.name, node.repeat)]
    facts, problems = known_of(node, analysis, prefix)
    return NodePage(
        scope=scope,
        node=node,
        help=layer.help() if layer else block_help(block) if block else f"No layer or block is called {node.type}.",
        family=layer.family if layer else None,
        parameters=form_of(architecture, node),
        bindings=graph.parameters,
        block=block_page(architecture, node.type) if block else None,
        learns=has_weights(node, architecture, facts),
        mixes=has_mixing_weights(node, architecture, facts),
        curve=facts[-1].curve if facts else None,
        facts=node_facts(facts),
        arithmetic=arithmetic(facts[-1]) if facts else (),
        # On its own page the node need not be named; nodes inside a block are.
        problems=tuple(replace(problem, node="") if problem.node in uses else problem for problem in problems),
    )


def has_weights(node: Node, architecture: Architecture, facts: Sequence[NodeFacts]) -> bool:
    """Whether a node has weights to train; before the analysis, judged by its settings."""
    treated = node.frozen or node.lr_factor != 1 or node.initialiser is not None
    return treated or node.type in architecture.blocks or any(fact.parameters for fact in facts)


def has_mixing_weights(node: Node, architecture: Architecture, facts: Sequence[NodeFacts]) -> bool:
    """Whether a node has, or a block not yet analysed may have, a weight matrix that an initialiser would set."""
    unknown = node.type in architecture.blocks and not facts
    return node.initialiser is not None or unknown or any(fact.mixes for fact in facts)


def form_of(architecture: Architecture, node: Node) -> tuple[Parameter, ...]:
    """Return the settings of a node: its layer's parameters, or its block's; none for an unknown type."""
    layer, block = LAYERS.table.get(node.type), architecture.blocks.get(node.type)
    return parameters_of(layer) if layer else block_parameters(block) if block else ()


def known_of(node: Node, analysis: Analysis | None, prefix: str) -> tuple[list[NodeFacts], list[Problem]]:
    """Return the facts of a node's uses, and the problems of or inside them."""
    if analysis is None:
        return [], []
    uses = [prefix + use for use in repeated_names(node.name, node.repeat)]
    problems = [problem for problem in analysis.problems if _is_within(problem.node, uses)]
    return [analysis.nodes[use] for use in uses if use in analysis.nodes], problems


def _is_within(path: str, uses: Sequence[str]) -> bool:
    return any(path == use or path.startswith(f"{use}.") for use in uses)


def block_parameters(block: Graph) -> tuple[Parameter, ...]:
    """Return the form of a block: a field for each of its parameters, of the kind of its default."""
    return tuple(_block_parameter(name, value) for name, value in block.parameters.items())


def _block_parameter(name: str, value: Value) -> Parameter:
    kind = {bool: "bool", int: "int", float: "float"}.get(type(value), "text")
    if isinstance(value, list):
        kind = "ints" if all(isinstance(item, int) for item in value) else "texts"
    return Parameter(name=name, kind=kind, required=False, default=value, start=value, optional=value is None)  # type: ignore[arg-type]


def network_page(experiment: Experiment, analysis: Analysis | None) -> NetworkPage:
    """Return the page of the whole network."""
    architecture = experiment.architecture
    reference = architecture.reference
    novelty = reference.novelty.rstrip(".") if reference else ""
    said = f" {upper_first(novelty)}." if novelty else ""
    words = f"{reference.paper} ({reference.year}).{said}" if reference else ""
    problems = analysis.problems if analysis else ()
    known = analysis if analysis and analysis.leaves else None
    return NetworkPage(
        name=architecture.name,
        purpose=experiment.about,
        about=architecture.about or ("" if architecture.graph.nodes else EMPTY),
        reference=words,
        facts=network_facts(known) if known else (),
        published=published_facts(reference.published) if reference and reference.published else (),
        source=f"Source: {reference.published.source}" if reference and reference.published else "",
        memory=memory_facts(experiment, known) if known else (),
        problems=problems,
    )


def with_parameter(
    architecture: Architecture, name: str, parameter: Parameter, value: Value, scope: str = ""
) -> Architecture:
    """Return the network with a parameter of a node set; one set to its default is not stored."""
    graph = graph_at(architecture, scope)
    if not parameter.required and same(value, parameter.default):
        return with_graph_at(architecture, scope, edits.reset_parameter(graph, name, parameter.name))
    return with_graph_at(architecture, scope, edits.set_parameters(graph, name, {parameter.name: value}))
