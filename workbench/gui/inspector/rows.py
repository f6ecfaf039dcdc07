"""Facts about a node or a network, as rows of a label and a value. No Qt."""

from collections.abc import Iterator, Sequence

from workbench.compiler.facts import Analysis, NodeFacts
from workbench.layers.base import Layer, Shape, describe
from workbench.spec.experiment import Experiment, Published
from workbench.spec.graph import INPUT, OUTPUT
from workbench.spec.quantities import count, memory
from workbench.training.checking.memory import training_memory

Rows = tuple[tuple[str, str], ...]


def node_facts(facts: Sequence[NodeFacts]) -> Rows:
    """Return rows of a node; for a repeated node, the sums over its repetitions and the last one's shapes."""
    if not facts:
        return ()
    last = facts[-1]
    rows = []
    if facts[0].input_shapes:
        rows.append(("Input", " and ".join(map(describe, facts[0].input_shapes))))
    if last.output_shapes:
        rows.append(("Output", " and ".join(map(describe, last.output_shapes))))
    rows.append(("Parameters", f"{sum(fact.parameters for fact in facts):,}"))
    rows.append(("MACs", count(sum(fact.macs for fact in facts))))
    if last.receptive_field:
        rows.append(("Receptive field", f"{describe(last.receptive_field)} px"))
    rows.append(("Activations", memory(sum(fact.activation_bytes for fact in facts))))
    return tuple(rows)


def facts_of_several(facts: Sequence[NodeFacts]) -> Rows:
    """Return the sums over several nodes."""
    if not facts:
        return ()
    return (
        ("Parameters", f"{sum(fact.parameters for fact in facts):,}"),
        ("MACs", count(sum(fact.macs for fact in facts))),
        ("Activations", memory(sum(fact.activation_bytes for fact in facts))),
    )


def arithmetic(facts: NodeFacts) -> Rows:
    """Return how the output's size and the number of parameters are computed: ``(28 + 2·2 − 5) / 1 + 1 = 28``."""
    if facts.layer is None:
        return ()
    rows = list(_sides(facts.layer, facts.input_shapes, facts.output_shapes))
    if facts.weight_shapes:
        words = " + ".join("·".join(map(str, reversed(shape))) for shape in facts.weight_shapes)
        rows.append(("Parameters", f"{words} =\N{NO-BREAK SPACE}{facts.parameters:,}"))
    return tuple(rows)


def _sides(layer: Layer, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Iterator[tuple[str, str]]:
    """Yield a row for each computed side; sides with the same calculation share a row."""
    names: dict[tuple[str, int], list[str]] = {}
    for each in layer.arithmetic(*inputs):
        names.setdefault((each.words, outputs[0][each.side]), []).append(each.name)
    for (words, size), alike in names.items():
        yield ", ".join(alike).capitalize(), f"{words} =\N{NO-BREAK SPACE}{size:,}"


def network_facts(analysis: Analysis) -> Rows:
    """Return the totals."""
    return (
        ("Layers", f"{sum(analysis.nodes[leaf].type not in (INPUT, OUTPUT) for leaf in analysis.leaves):,}"),
        ("Parameters", f"{analysis.parameters:,}"),
        ("MACs", count(analysis.macs)),
        ("Activations", memory(analysis.activation_bytes)),
    )


def memory_facts(experiment: Experiment, analysis: Analysis) -> Rows:
    """Return the memory that a training step needs, by purpose and in total."""
    needed = training_memory(experiment.training, analysis)
    if needed is None:
        return ()
    rows = (
        ("Weights", needed.weights),
        ("Gradients", needed.gradients),
        (f"State of {experiment.training.optimizer.type}", needed.optimizer),
        ("Activations", needed.kept),
        ("Total", needed.total),
    )
    return tuple((name, memory(num_bytes)) for name, num_bytes in rows)


def published_facts(published: Published) -> Rows:
    """Return the published results."""
    rows = (
        ("Top-1", published.top1 is not None and f"{published.top1:g} %"),
        ("Top-5", published.top5 is not None and f"{published.top5:g} %"),
        ("Parameters", published.parameters is not None and f"{published.parameters:,}"),
        ("MACs", published.macs is not None and count(published.macs)),
    )
    return tuple((name, value) for name, value in rows if value)
