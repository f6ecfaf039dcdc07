"""What the inspector shows of several nodes, and what an edit there changes. No Qt."""

from collections import Counter
from collections.abc import Sequence

from workbench.compiler.facts import Analysis, NodeFacts
from workbench.gui.experiment.selected import Selected
from workbench.gui.forms.form_text import Mixed, common
from workbench.gui.inspector.presenter import form_of, has_mixing_weights, has_weights, known_of, with_parameter
from workbench.gui.inspector.rows import Rows, facts_of_several
from workbench.spec.experiment import Architecture
from workbench.spec.forms import Parameter
from workbench.spec.graph import Node
from workbench.spec.problems import Problem
from workbench.spec.record import Record, Value
from workbench.spec.scopes import graph_at


class SeveralPage(Record):
    """Nodes of one graph, with the parameters common to all; a value that differs among them is ``Mixed``."""

    selected: Selected
    kinds: str
    parameters: tuple[Parameter, ...]
    values: dict[str, Value | Mixed]
    bindings: dict[str, Value]
    facts: Rows
    problems: tuple[Problem, ...]
    learning: tuple[Node, ...] = ()
    """The nodes with weights to train: the others cannot be frozen."""
    mixing: tuple[Node, ...] = ()
    """The nodes with a weight matrix to initialise."""

    @property
    def num_nodes(self) -> int:
        return len(self.selected.names)


def several_page(architecture: Architecture, selected: Selected, analysis: Analysis | None) -> SeveralPage:
    """Return the page of the selected nodes."""
    graph = graph_at(architecture, selected.scope)
    nodes = [node for node in graph.nodes if node.name in selected.names]
    forms = [form_of(architecture, node) for node in nodes]
    parameters = _common(forms)
    facts: list[NodeFacts] = []
    problems: list[Problem] = []
    learning: list[Node] = []
    mixing: list[Node] = []
    for node in nodes:
        known, wrong = known_of(node, analysis, selected.prefix)
        learning += [node] * has_weights(node, architecture, known)
        mixing += [node] * has_mixing_weights(node, architecture, known)
        facts += known
        problems += wrong
    return SeveralPage(
        selected=selected,
        kinds=_kinds(nodes),
        parameters=parameters,
        values={parameter.name: _value(parameter.name, nodes, forms) for parameter in parameters},
        bindings=graph.parameters,
        facts=facts_of_several(facts),
        problems=tuple(problems),
        learning=tuple(learning),
        mixing=tuple(mixing),
    )


def with_parameter_of_all(
    architecture: Architecture, selected: Selected, parameter: str, value: Value, *, reset: bool = False
) -> Architecture:
    """Return the network with a parameter of all the nodes set, or reset to each node's default."""
    for node in graph_at(architecture, selected.scope).nodes:
        if node.name in selected.names:
            own = _named(form_of(architecture, node), parameter)
            wanted = own.default if reset else value
            architecture = with_parameter(architecture, node.name, own, wanted, selected.scope)
    return architecture


def _common(forms: Sequence[tuple[Parameter, ...]]) -> tuple[Parameter, ...]:
    """Return the first form's parameters that all forms have with the same name, kind and choices."""
    alike = [{(each.name, each.kind, each.choices) for each in form} for form in forms]
    return tuple(each for each in forms[0] if all((each.name, each.kind, each.choices) in others for others in alike))


def _value(name: str, nodes: Sequence[Node], forms: Sequence[tuple[Parameter, ...]]) -> Value | Mixed:
    pairs = zip(nodes, forms, strict=True)
    return common([node.parameters.get(name, _named(form, name).fallback) for node, form in pairs])


def _named(form: tuple[Parameter, ...], name: str) -> Parameter:
    return next(each for each in form if each.name == name)


def _kinds(nodes: Sequence[Node]) -> str:
    """Return ``2 Conv2d, 1 ReLU``, the most common first."""
    return ", ".join(f"{number} {kind}" for kind, number in Counter(node.type for node in nodes).most_common())
