"""Arbitrary edits of a network."""

from hypothesis import strategies as st

from workbench.spec import edits
from workbench.spec.graph import Graph, Node

VALUES = {
    "out_channels": st.sampled_from([4, 8, "$width", True, "eight", None]),
    "kernel_size": st.sampled_from([1, True, 1.0, 3, [1, 3], 40]),
    "stride": st.sampled_from([1, True, 2, "$width"]),
    "bias": st.sampled_from([True, 1, False]),
    "width": st.sampled_from([4, 8]),
    "shape": st.sampled_from([[3, 16, 16], [1, 8, 8], [5], None]),
}
PLACES = st.integers(0, 30)


@st.composite
def changes(draw: st.DrawFn) -> tuple[str, int, int, object]:
    """A kind of edit, two numbers that choose its nodes, and a value."""
    kind = draw(st.sampled_from(["set", "set", "reset", "add", "remove", "connect", "disconnect", "rename", "repeat"]))
    value: object = None
    if kind == "set":
        parameter = draw(st.sampled_from(sorted(VALUES)))
        value = (parameter, draw(VALUES[parameter]))
    elif kind == "add":
        value = draw(st.sampled_from(["ReLU", "Conv2d", "Add", "Residual", "Output", "Input", "Nonsense"]))
    return kind, draw(PLACES), draw(PLACES), value


def perform(graph: Graph, change: tuple[str, int, int, object]) -> Graph:  # noqa: PLR0911  # one line an edit
    """Make the edit, if there is a node to make it to. Raises SpecError as ``edits`` does."""
    kind, first, second, value = change
    names = [each.name for each in graph.nodes]
    if not names:
        return graph
    one, other = names[first % len(names)], names[second % len(names)]
    match kind, value:
        case "set", (str(parameter), setting):
            return edits.set_parameters(graph, one, {parameter: setting})
        case "reset", _ if graph.by_name[one].parameters:
            return edits.reset_parameter(graph, one, next(iter(graph.by_name[one].parameters)))
        case "add", str(type_):
            return edits.add_node(graph, Node(name=edits.unique_name(graph, type_), type=type_, inputs=(one,)))
        case "remove", _:
            return edits.remove_nodes(graph, {one})
        case "connect", _:
            return edits.connect(graph, one, other, second % 2)
        case "disconnect", _:
            return edits.disconnect(graph, one, second % 2)
        case "rename", _:
            return edits.rename(graph, one, f"other{second}")
        case "repeat", _:
            return edits.set_repeat(graph, one, 1 + second % 3)
    return graph
