"""Grouping and ungrouping restore the original; renaming blocks and parameters updates all their uses."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.compiler.flatten import flatten
from workbench.spec import blocks, grouping, scopes
from workbench.spec.experiment import Architecture
from workbench.spec.files import read_architecture
from workbench.spec.graph import Graph, Node, Note
from workbench.spec.problems import SpecError
from workbench.spec.record import replace
from workbench.spec.structure import check_structure


def network(*nodes: Node, parameters: dict | None = None, held: dict[str, Graph] | None = None) -> Architecture:
    return Architecture(name="drawn", graph=Graph(nodes=nodes, parameters=parameters or {}), blocks=held or {})


def node(name: str, kind: str, *inputs: str, **more: object) -> Node:
    return Node(name=name, type=kind, inputs=inputs, **more)  # type: ignore[arg-type]


RESIDUAL = network(
    node("input", "Input"),
    node("conv", "Conv2d", "input", parameters={"out_channels": "$width"}, position=(10.0, 20.0)),
    node("bn", "BatchNorm", "conv", position=(10.0, 92.0)),
    node("add", "Add", "bn", "input", position=(90.5, 164.0)),
    node("relu", "ReLU", "add"),
    node("output", "Output", "relu"),
    parameters={"width": 8},
)


def test_a_group_takes_and_gives_what_its_nodes_did() -> None:
    architecture, name = grouping.group(RESIDUAL, "", ["conv", "bn", "add"], "Residual")
    use = architecture.graph.by_name[name]
    assert (name, use.inputs, use.parameters) == ("residual1", ("input",), {"width": "$width"})
    assert use.position == (48.0, 20.0)
    assert architecture.graph.by_name["relu"].inputs == ("residual1",)
    block = architecture.blocks["Residual"]
    assert block.parameters == {"width": 8}
    assert {each.name: each.inputs for each in block.nodes} == {
        "input": (),
        "conv": ("input",),
        "bn": ("conv",),
        "add": ("bn", "input"),
        "output": ("add",),
    }
    assert grouping.ungroup(architecture, "", name) == (RESIDUAL, ("conv", "bn", "add"))


def test_several_values_leave_by_outputs_of_their_own() -> None:
    start = network(
        node("input", "Input"),
        node("a", "ReLU", "input"),
        node("b", "Tanh", "a"),
        node("sum", "Add", "a", "b"),
        node("output", "Output", "sum"),
    )
    architecture, name = grouping.group(start, "", ["a", "b"], "Pair")
    assert architecture.graph.by_name["sum"].inputs == (f"{name}:output", f"{name}:output2")
    assert grouping.ungroup(architecture, "", name)[0] == start


def test_a_node_between_two_of_a_group_is_named() -> None:
    start = network(node("a", "ReLU"), node("b", "ReLU", "a"), node("c", "Add", "a", "b"))
    with pytest.raises(SpecError, match="b lies between"):
        grouping.group(start, "", ["a", "c"], "Ends")


def test_ports_alone_are_no_group_and_stay_outside_of_one() -> None:
    with pytest.raises(SpecError, match="select the layers"):
        grouping.group(RESIDUAL, "", ["input", "output"], "Ports")
    architecture, _ = grouping.group(RESIDUAL, "", RESIDUAL.graph.by_name, "All")
    assert [each.name for each in architecture.graph.nodes] == ["input", "all1", "output"]


@pytest.mark.parametrize("name", ["", "two words", "Taken"])
def test_a_block_has_a_name_that_can_be_one(name: str) -> None:
    with pytest.raises(SpecError, match="name|called"):
        grouping.group(replace(RESIDUAL, blocks={"Taken": Graph()}), "", ["conv"], name)


def test_a_repeated_use_is_written_out_copy_by_copy() -> None:
    resnet = read_architecture("resnet20")
    before = flatten(resnet)
    plain, names = grouping.ungroup(resnet, "FirstStage", "0")
    assert len(names) == 3 * 7
    assert "BasicBlock" in plain.blocks
    after = flatten(plain)
    assert [(flat.type, flat.parameters) for flat in after.nodes] == [
        (flat.type, flat.parameters) for flat in before.nodes
    ]
    assert check_structure(plain) == ()


@pytest.mark.parametrize("preset", ["resnet20"])
def test_a_network_without_its_blocks_computes_the_same(preset: str) -> None:
    architecture = read_architecture(preset)
    before = flatten(architecture)
    while uses := [each.name for each in architecture.graph.nodes if each.type in architecture.blocks]:
        architecture, _ = grouping.ungroup(architecture, "", uses[0])
    assert architecture.blocks == {}
    after = flatten(architecture)
    places = {flat.path: index for index, flat in enumerate(after.nodes)}
    old = {flat.path: index for index, flat in enumerate(before.nodes)}
    assert [flat.type for flat in after.nodes] == [flat.type for flat in before.nodes]
    assert [[places[source[0]] for source in flat.inputs if source] for flat in after.nodes] == [
        [old[source[0]] for source in flat.inputs if source] for flat in before.nodes
    ]


@st.composite
def drawings(draw: st.DrawFn) -> Architecture:
    """A network without blocks: each node takes inputs from any earlier ones, some have positions."""
    nodes = [node("input", "Input")]
    for index in range(draw(st.integers(1, 9))):
        feeds = draw(st.lists(st.sampled_from([each.name for each in nodes]), max_size=3))
        place = draw(st.none() | st.tuples(st.integers(-999, 999), st.floats(-1e6, 1e6)))
        bound = draw(st.sampled_from([{}, {"out_channels": "$width"}, {"p": 0.5}, {"a": "$depth", "b": "$width"}]))
        nodes.append(
            Node(
                name=f"n{index}",
                type=draw(st.sampled_from(["ReLU", "Add", "Conv2d"])),
                inputs=tuple(feeds),
                parameters=bound,
                position=None if place is None else (float(place[0]), place[1]),
                repeat=draw(st.sampled_from([1, 1, 3])),
            )
        )
    nodes.append(node("output", "Output", nodes[-1].name))
    places = st.tuples(st.integers(-999, 999).map(float), st.floats(-1e6, 1e6))
    notes = draw(
        st.lists(st.builds(Note, position=places, text=st.text(max_size=5), size=st.none() | places), max_size=4)
    )
    start = network(*nodes, parameters={"width": 8, "depth": 2})
    return replace(start, graph=replace(start.graph, notes=tuple(notes)))


@settings(max_examples=150, deadline=None)
@given(drawings(), st.data())
def test_ungrouping_what_was_grouped_gives_the_start(start: Architecture, data: st.DataObject) -> None:
    names = [each.name for each in start.graph.nodes]
    chosen = data.draw(st.lists(st.sampled_from(names), unique=True, min_size=1))
    last = data.draw(st.integers(0, len(start.graph.notes)))
    try:
        grouped, name = grouping.group(start, "", chosen, "Block", range(last, len(start.graph.notes)))
    except SpecError:
        return
    assert check_structure(grouped) == ()
    assert grouped.graph.notes == start.graph.notes[:last]
    assert grouped.blocks["Block"].notes == start.graph.notes[last:]
    back, members = grouping.ungroup(grouped, "", name)
    assert set(members) == set(chosen) - {"input", "output"}
    assert back.blocks == {}
    assert back.graph.by_name == start.graph.by_name and back.graph.notes == start.graph.notes
    # Nodes that were adjacent in the file are so again; others are now adjacent.
    first = names.index(members[0])
    if tuple(names[first : first + len(members)]) == members:
        assert back == start


@settings(max_examples=60, deadline=None)
@given(drawings(), st.data())
def test_a_group_within_a_group_comes_back_too(start: Architecture, data: st.DataObject) -> None:
    inner = [each.name for each in start.graph.nodes if each.name.startswith("n")]
    outer, use = grouping.group(start, "", inner, "Outer")
    chosen = data.draw(st.lists(st.sampled_from(inner), unique=True, min_size=1))
    try:
        nested, name = grouping.group(outer, "Outer", chosen, "Inner")
    except SpecError:
        return
    assert check_structure(nested) == ()
    back, _ = grouping.ungroup(nested, "Outer", name)
    assert scopes.graph_at(back, "Outer").by_name == scopes.graph_at(outer, "Outer").by_name
    flat, _ = grouping.ungroup(back, "", use)
    assert flat.graph.by_name == start.graph.by_name and flat.blocks == {}
    outermost_first, _ = grouping.ungroup(nested, "", use)
    outermost_first, _ = grouping.ungroup(outermost_first, "", name)
    assert unplaced(outermost_first.graph) == unplaced(start.graph)


def unplaced(graph: Graph) -> dict[str, Node]:
    return {name: replace(each, position=None) for name, each in graph.by_name.items()}


def test_a_taken_name_gives_way() -> None:
    architecture, name = grouping.group(RESIDUAL, "", ["conv"], "Block")
    graph = architecture.graph
    graph = replace(graph, nodes=(*graph.nodes, node("conv", "ReLU", "relu")))
    back, names = grouping.ungroup(replace(architecture, graph=graph), "", name)
    assert names == ("conv1",)
    assert back.graph.by_name["bn"].inputs == ("conv1",)


TWICE, _ = grouping.group(RESIDUAL, "", ["conv", "bn", "add"], "Residual")
TWICE = replace(
    TWICE,
    graph=replace(
        TWICE.graph,
        nodes=(*TWICE.graph.nodes, node("second", "Residual", "relu", parameters={"width": 16}, repeat=2)),
    ),
)


def test_a_renamed_block_takes_its_uses_along() -> None:
    architecture = blocks.rename_block(TWICE, "Residual", "Skip")
    assert list(architecture.blocks) == ["Skip"]
    assert scopes.num_uses(architecture, "Skip") == 2 and check_structure(architecture) == ()
    assert blocks.rename_block(architecture, "Skip", "Residual") == TWICE


def test_one_use_gets_a_copy_of_its_own() -> None:
    architecture, own = blocks.make_own(TWICE, "", "second")
    assert own == "Residual2" and architecture.graph.by_name["second"].type == own
    assert architecture.blocks[own] == architecture.blocks["Residual"]
    assert architecture.graph.by_name["residual1"].type == "Residual"


def test_a_renamed_parameter_is_followed_inside_and_by_the_uses() -> None:
    architecture = blocks.rename_parameter(TWICE, "Residual", "width", "channels")
    assert architecture.blocks["Residual"].parameters == {"channels": 8}
    assert architecture.blocks["Residual"].by_name["conv"].parameters == {"out_channels": "$channels"}
    assert architecture.graph.by_name["second"].parameters == {"channels": 16}
    assert architecture.graph.by_name["residual1"].parameters == {"channels": "$width"}
    assert check_structure(architecture) == ()
    assert blocks.rename_parameter(architecture, "Residual", "channels", "width") == TWICE
    with pytest.raises(SpecError, match="already"):
        blocks.rename_parameter(blocks.set_parameter(TWICE, "Residual", "other", 1), "Residual", "other", "width")


def test_a_removed_parameter_leaves_its_default() -> None:
    architecture = blocks.remove_parameter(TWICE, "Residual", "width")
    assert architecture.blocks["Residual"].by_name["conv"].parameters == {"out_channels": 8}
    assert architecture.graph.by_name["second"].parameters == {}
    assert check_structure(architecture) == ()


def test_a_default_is_a_value() -> None:
    """Bound to itself, it would leave layers bound to nothing once it is removed."""
    with pytest.raises(SpecError, match=r"the default of width must be a value, and \$width is bound to a parameter"):
        blocks.set_parameter(TWICE, "Residual", "width", "$width")
    inner = replace(TWICE.blocks["Residual"], parameters={"width": "$width"})
    (problem,) = check_structure(replace(TWICE, blocks={"Residual": inner}))
    assert "the default of the parameter width is $width" in problem.what


def test_binding_adds_the_parameter_that_is_missing() -> None:
    architecture = blocks.bind_parameter(TWICE, "Residual", "bn", "eps", "eps", 1e-5)
    assert architecture.blocks["Residual"].parameters == {"width": 8, "eps": 1e-5}
    assert architecture.blocks["Residual"].by_name["bn"].parameters == {"eps": "$eps"}


def test_a_block_is_never_put_into_itself() -> None:
    inner = scopes.graph_at(TWICE, "Residual")
    with pytest.raises(SpecError, match="cannot contain itself"):
        scopes.with_graph_at(TWICE, "Residual", replace(inner, nodes=(*inner.nodes, node("again", "Residual"))))
    outer = replace(TWICE, blocks={**TWICE.blocks, "Outer": Graph(nodes=(node("held", "Residual"),))})
    with pytest.raises(SpecError, match="Residual is in Outer"):
        scopes.with_graph_at(outer, "Residual", replace(inner, nodes=(*inner.nodes, node("again", "Outer"))))


def test_blocks_that_come_along_keep_their_meaning() -> None:
    other = {
        "Residual": Graph(nodes=(node("x", "Input"), node("y", "Output", "x"))),
        "Outer": Graph(nodes=(node("x", "Input"), node("held", "Residual", "x"), node("y", "Output", "held"))),
    }
    architecture, names = blocks.with_blocks(TWICE, other)
    assert names == {"Residual": "Residual2", "Outer": "Outer"}
    assert architecture.blocks["Outer"].by_name["held"].type == "Residual2"
    assert blocks.with_blocks(architecture, {"Residual": TWICE.blocks["Residual"]})[0] == architecture
    assert list(blocks.without_unused(architecture).blocks) == ["Residual"]


def test_unfolding_is_part_of_the_use() -> None:
    architecture = blocks.set_unfolded(TWICE, "", "second", unfolded=True)
    assert architecture.graph.by_name["second"].unfolded
    with pytest.raises(SpecError, match="not a block"):
        blocks.set_unfolded(TWICE, "", "relu", unfolded=True)
