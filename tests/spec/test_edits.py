"""Edits keep a graph valid, whatever their order; mistakes end in a sentence."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.spec import edits, ports
from workbench.spec.component import Component
from workbench.spec.experiment import Architecture, DataRecipe, Experiment, Head, TrainingRecipe
from workbench.spec.graph import Graph, Node
from workbench.spec.problems import SpecError
from workbench.spec.record import replace
from workbench.spec.structure import check_graph


def chain(*names: str) -> Graph:
    """A graph with an Input, a Conv2d for each name, and an Output."""
    nodes = [Node(name="input", type="Input")]
    for name in names:
        nodes.append(Node(name=name, type="Conv2d", inputs=(nodes[-1].name,), parameters={"out_channels": 6}))
    nodes.append(Node(name="output", type="Output", inputs=(nodes[-1].name,)))
    return Graph(nodes=tuple(nodes))


def inputs(graph: Graph) -> dict[str, tuple[str, ...]]:
    return {node.name: node.inputs for node in graph.nodes}


def test_names_count_on_from_those_taken() -> None:
    graph = chain("conv1", "conv2")
    assert edits.unique_name(graph, "Conv2d") == "conv3"
    assert edits.unique_name(graph, "MaxPool2d") == "maxpool1"
    assert edits.unique_name(graph, "conv1") == "conv3"
    assert edits.unique_name(graph, "Input") == "input2"
    assert edits.unique_name(Graph(), "Output") == "output"


def test_a_chain_closes_up_where_nodes_are_removed() -> None:
    graph = edits.remove_nodes(chain("a", "b", "c"), ["a", "b"])
    assert inputs(graph) == {"input": (), "c": ("input",), "output": ("c",)}


def test_a_chain_stays_open_on_request() -> None:
    graph = edits.remove_nodes(chain("a", "b"), ["a"], close=False)
    assert inputs(graph)["b"] == ()


def test_removing_one_branch_of_a_join_does_not_join_the_rest_with_itself() -> None:
    graph = chain("a", "b")
    graph = edits.add_node(graph, Node(name="add", type="Add", inputs=("a", "b")))
    assert inputs(edits.remove_nodes(graph, ["b"]))["add"] == ("a",)


def test_a_removed_join_does_not_choose_one_of_its_branches() -> None:
    graph = edits.add_node(chain("a", "b"), Node(name="add", type="Add", inputs=("a", "b")))
    graph = edits.connect(graph, "add", "output", 0)
    assert inputs(edits.remove_nodes(graph, ["add"]))["output"] == ()


def test_connecting_replaces_what_fed_the_port_and_appends_past_the_last() -> None:
    graph = edits.add_node(chain("a", "b"), Node(name="add", type="Add"))
    graph = edits.connect(graph, "a", "add")
    graph = edits.connect(graph, "b", "add", 1)
    assert inputs(graph)["add"] == ("a", "b")
    assert inputs(edits.connect(graph, "input", "add", 0))["add"] == ("input", "b")


def test_a_circle_is_refused_by_name() -> None:
    with pytest.raises(SpecError, match="connecting c to a would create a cycle"):
        edits.connect(chain("a", "b", "c"), "c", "a", 0)
    with pytest.raises(SpecError, match="cycle"):
        edits.connect(chain("a"), "a", "a", 0)


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("output", "a", "nothing can follow"),
        ("a", "input", "nothing can be connected"),
        ("ghost", "a", "no node called ghost"),
    ],
)
def test_impossible_connections_say_why(source: str, target: str, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        edits.connect(chain("a"), source, target, 0)


def test_a_node_goes_onto_an_edge() -> None:
    graph = edits.add_node(chain("a", "b"), Node(name="relu1", type="ReLU"))
    graph = edits.insert_on_edge(graph, "relu1", "b", 0)
    assert inputs(graph)["relu1"] == ("a",)
    assert inputs(graph)["b"] == ("relu1",)


def test_renaming_takes_connections_and_named_ports_along() -> None:
    graph = Graph(nodes=(Node(name="split", type="Twin"), Node(name="left", type="ReLU", inputs=("split:one",))))
    assert inputs(edits.rename(graph, "split", "fork"))["left"] == ("fork:one",)
    with pytest.raises(SpecError, match="already"):
        edits.rename(graph, "split", "left")
    with pytest.raises(SpecError, match="cannot be a name"):
        edits.rename(graph, "split", "two words")


def test_a_head_follows_its_renamed_output() -> None:
    experiment = Experiment(
        name="x",
        architecture=Architecture(name="x", graph=chain("a")),
        data=DataRecipe(source=Component(type="digits")),
        training=TrainingRecipe(heads=(Head(output="output"),)),
    )
    renamed = ports.rename_in(experiment, "", "output", "age")
    assert renamed.training.heads[0].output == "age"
    assert "age" in renamed.architecture.graph.by_name


def test_a_reset_parameter_is_no_longer_written() -> None:
    graph = edits.set_parameters(chain("a"), "a", {"stride": 2})
    assert edits.reset_parameter(graph, "a", "stride") == chain("a")


def test_copies_keep_the_connections_among_them_and_duplicates_also_those_from_outside() -> None:
    graph = edits.move(chain("a", "b"), {"b": (10.0, 20.0)})
    pasted = edits.paste(graph, edits.extract(graph, {"a", "b"}), (5.0, 5.0))
    assert inputs(pasted)["a1"] == ()
    assert inputs(pasted)["b1"] == ("a1",)
    assert pasted.by_name["b1"].position == (15.0, 25.0)
    assert inputs(edits.duplicate(graph, {"a", "b"}, (0, 0)))["a1"] == ("input",)


def test_copies_bring_the_parameters_they_are_bound_to() -> None:
    bound = edits.set_parameters(chain("a"), "a", {"out_channels": "$width", "stride": "$gone"})
    fragment = edits.extract(replace(bound, parameters={"width": 8, "other": 1}), {"a"})
    pasted = edits.paste(chain("b"), fragment)
    assert pasted.parameters == {"width": 8}
    assert pasted.by_name["a"].parameters["out_channels"] == "$width"
    assert "stride" not in pasted.by_name["a"].parameters, "a parameter that nobody has sets nothing"
    assert edits.paste(replace(chain("b"), parameters={"width": 3}), fragment).parameters == {"width": 3}


def test_a_repeat_has_bounds() -> None:
    assert edits.set_repeat(chain("a"), "a", 3).by_name["a"].repeat == 3
    with pytest.raises(SpecError, match="1 to 1000"):
        edits.set_repeat(chain("a"), "a", 0)


NAMES = st.integers(0, 9)
EDITS = st.one_of(
    st.tuples(st.just("add"), st.sampled_from(["Conv2d", "ReLU", "Add", "Input", "Output"]), NAMES),
    st.tuples(st.just("remove"), st.lists(NAMES, min_size=1, max_size=3), st.booleans()),
    st.tuples(st.just("connect"), NAMES, NAMES, st.integers(0, 2)),
    st.tuples(st.just("disconnect"), NAMES, st.integers(0, 2)),
    st.tuples(st.just("insert"), NAMES, NAMES, st.integers(0, 1)),
    st.tuples(st.just("set"), NAMES, st.integers(1, 9)),
    st.tuples(st.just("reset"), NAMES),
    st.tuples(st.just("rename"), NAMES, st.sampled_from(["alpha", "beta", "conv1", "7"])),
    st.tuples(st.just("move"), NAMES, st.integers(-99, 99)),
    st.tuples(st.just("duplicate"), st.lists(NAMES, min_size=1, max_size=3)),
    st.tuples(st.just("paste"), st.lists(NAMES, min_size=1, max_size=3)),
    st.tuples(st.just("repeat"), NAMES, st.integers(1, 5)),
)


def perform(graph: Graph, edit: tuple[Any, ...]) -> Graph:  # noqa: C901, PLR0911  # one line an edit
    """Apply one random edit; numbers choose nodes by position."""
    kind, *rest = edit
    names = [node.name for node in graph.nodes] or ["nobody"]
    pick = [names[item % len(names)] if isinstance(item, int) else item for item in rest]
    match kind:
        case "add":
            return edits.add_node(graph, Node(name=edits.unique_name(graph, rest[0]), type=rest[0]))
        case "remove":
            return edits.remove_nodes(graph, {names[i % len(names)] for i in rest[0]}, close=rest[1])
        case "connect":
            return edits.connect(graph, pick[0], pick[1], rest[2])
        case "disconnect":
            return edits.disconnect(graph, pick[0], rest[1])
        case "insert":
            return edits.insert_on_edge(graph, pick[0], pick[1], rest[2])
        case "set":
            return edits.set_parameters(graph, pick[0], {"out_channels": rest[1]})
        case "reset":
            return edits.reset_parameter(graph, pick[0], "out_channels")
        case "rename":
            return edits.rename(graph, pick[0], rest[1])
        case "move":
            return edits.move(graph, {pick[0]: (float(rest[1]), 0.0)})
        case "duplicate":
            return edits.duplicate(graph, {names[i % len(names)] for i in rest[0]}, (8.0, 8.0))
        case "paste":
            return edits.paste(graph, edits.extract(graph, {names[i % len(names)] for i in rest[0]}))
        case "repeat":
            return edits.set_repeat(graph, pick[0], rest[1])
    raise AssertionError(kind)


@settings(max_examples=300, deadline=None)
@given(st.lists(EDITS, max_size=30))
def test_any_sequence_of_edits_leaves_a_valid_graph_that_json_gives_back(sequence: list[tuple[Any, ...]]) -> None:
    graph = chain("a", "b")
    before = [(graph, msgspec.json.encode(graph))]
    for edit in sequence:
        try:
            graph = perform(graph, edit)
        except SpecError:
            continue
        before.append((graph, msgspec.json.encode(graph)))
        assert list(check_graph(graph)) == []
        assert msgspec.json.decode(msgspec.json.encode(graph), type=Graph) == graph
    for old, text in before:
        assert msgspec.json.encode(old) == text


def test_pasting_many_nodes_gives_each_its_own_name_and_builds_no_graph_in_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    graph, fragment = chain(*(f"c{index}" for index in range(2000))), chain(*(f"c{index}" for index in range(1000)))
    built: list[int] = []

    def counted(record: Any, **changes: Any) -> Any:
        built.append(isinstance(record, Graph))
        return replace(record, **changes)

    monkeypatch.setattr(edits, "replace", counted)
    pasted = edits.paste(graph, fragment)
    assert len(pasted.by_name) == len(pasted.nodes) == len(graph.nodes) + len(fragment.nodes)
    assert list(check_graph(pasted)) == []
    assert pasted.nodes[-2].name == "c2999" and sum(built) == 1


def test_a_name_is_of_letters_digits_and_underscores_and_no_longer_than_a_line() -> None:
    for name in ("", "a.b", "a\n", "a" * 101):
        with pytest.raises(SpecError, match="cannot be a name"):
            edits.rename(chain("a"), "a", name)
    assert "a" * 100 in edits.rename(chain("a"), "a", "a" * 100).by_name


def test_an_impossible_learning_rate_factor_is_refused_in_a_sentence() -> None:
    with pytest.raises(SpecError, match=r"^a: lr_factor: expected a number > 0"):
        edits.set_treatment(chain("a", "b"), ["a"], lr_factor=0)


def test_a_graph_stays_the_same_object_unless_a_node_becomes_another() -> None:
    graph = edits.set_parameters(chain("a", "b"), "a", {"bias": True})
    assert edits.replace_node(graph, graph.by_name["a"]) is graph
    one = edits.set_parameters(graph, "a", {"bias": 1})
    assert one.by_name["a"].parameters["bias"] is not True, "1 and True are equal in Python"
