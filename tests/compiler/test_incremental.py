"""Incremental analysis gives the same result as one from scratch, and computes no more than it must."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.compiler.networks import RESIDUAL, network, node, picture
from workbench.compiler.analysis import Resolver, resolve
from workbench.spec import edits
from workbench.spec.experiment import Architecture
from workbench.spec.graph import Graph, Node
from workbench.spec.problems import SpecError
from workbench.spec.record import replace


def residual_network() -> Architecture:
    return network(
        picture(3, 16),
        node("stem", "Conv2d", "input", out_channels=8, kernel_size=3, padding=1),
        node("1", "Residual", "stem", repeat=2, width="$width"),
        node("side", "Conv2d", "stem", out_channels=8, kernel_size=1),
        node("add", "Add", "1", "side"),
        node("flatten", "Flatten", "add"),
        node("fc", "Linear", "flatten", out_features="$classes"),
        node("output", "Output", "fc"),
        blocks={"Residual": RESIDUAL},
        classes=10,
        width=8,
    )


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
    kind = draw(st.sampled_from(["set", "set", "reset", "add", "remove", "connect", "disconnect", "rename", "repeat"]))
    value: object = None
    if kind == "set":
        parameter = draw(st.sampled_from(sorted(VALUES)))
        value = (parameter, draw(VALUES[parameter]))
    elif kind == "add":
        value = draw(st.sampled_from(["ReLU", "Conv2d", "Add", "Residual", "Output", "Input", "Nonsense"]))
    return kind, draw(PLACES), draw(PLACES), value


def perform(graph: Graph, change: tuple[str, int, int, object]) -> Graph:  # noqa: PLR0911  # one line an edit
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


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), changes(), st.sampled_from([None, 7])), max_size=12))
def test_after_any_edits_it_is_the_analysis_from_nothing(sequence) -> None:
    architecture, resolver = residual_network(), Resolver()
    for within, change, classes in sequence:
        try:
            if within:
                block = perform(architecture.blocks["Residual"], change)
                architecture = replace(architecture, blocks={"Residual": block})
            else:
                architecture = replace(architecture, graph=perform(architecture.graph, change))
        except SpecError:
            continue
        assert resolver.resolve(architecture, classes=classes) == resolve(architecture, classes=classes)


def test_a_value_that_python_takes_for_equal_is_judged_anew() -> None:
    resolver, architecture = Resolver(), residual_network()
    assert resolver.resolve(architecture).analysis.sound
    graph = edits.set_parameters(architecture.graph, "side", {"kernel_size": True})
    assert not resolver.resolve(replace(architecture, graph=graph)).analysis.sound


def test_an_input_shape_from_outside_is_taken_by_each_question_for_itself() -> None:
    resolver, architecture = Resolver(), residual_network()
    shapes = [
        resolver.resolve(architecture, input_shape=shape).analysis.nodes["stem"].output_shapes
        for shape in (None, (3, 20, 20), None)
    ]
    assert shapes == [((8, 16, 16),), ((8, 20, 20),), ((8, 16, 16),)]


def test_only_what_an_edit_changed_is_found_again() -> None:
    resolver, architecture = Resolver(), residual_network()
    before = resolver.resolve(architecture).analysis.nodes
    graph = edits.set_parameters(architecture.graph, "side", {"bias": False})
    after = resolver.resolve(replace(architecture, graph=graph)).analysis.nodes
    layers = [path for path in after if after[path].type != "Residual"]
    assert [path for path in layers if after[path] is not before[path]] == ["side"]
