"""Nodes are matched in a changed graph."""

from hypothesis import given
from hypothesis import strategies as st

from workbench.spec import edits
from workbench.spec.files import preset_names, read_architecture
from workbench.spec.graph import Graph, Node
from workbench.spec.matching import match

SMALL = [name for name in preset_names("architectures") if len(read_architecture(name).graph.nodes) < 30]


def graphs() -> st.SearchStrategy[Graph]:
    return st.sampled_from(SMALL).map(lambda name: read_architecture(name).graph)


@given(graphs())
def test_a_graph_is_itself(graph):
    assert match(graph, graph) == {name: name for name in graph.by_name}


@given(graphs(), st.data())
def test_every_node_is_found_however_many_are_renamed(graph, data):
    chosen = data.draw(st.lists(st.sampled_from(sorted(graph.by_name)), unique=True))
    changed, names = graph, {name: name for name in graph.by_name}
    for number, name in enumerate(chosen):
        names[name] = f"another_{number}"
        changed = edits.rename(changed, name, names[name])
    assert match(graph, changed) == names


@given(graphs(), st.data())
def test_what_is_taken_out_is_missing_and_the_others_are_found(graph, data):
    chosen = data.draw(st.lists(st.sampled_from(sorted(graph.by_name)), unique=True, max_size=3))
    rest = edits.remove_nodes(graph, chosen)
    assert match(graph, rest) == {name: name for name in rest.by_name}
    assert match(rest, graph) == {name: name for name in rest.by_name}


def chain(*nodes: Node) -> Graph:
    """Connect the nodes one after the other."""
    before = [(), *((node.name,) for node in nodes)]
    return Graph(nodes=tuple(edits.replace(node, inputs=inputs) for node, inputs in zip(nodes, before, strict=False)))


def conv(name: str, channels: int) -> Node:
    return Node(name=name, type="Conv2d", parameters={"out_channels": channels, "kernel_size": 3})


def relu(name: str) -> Node:
    return Node(name=name, type="ReLU")


def test_numbers_are_places_and_no_names():
    before = chain(conv("0", 8), relu("1"), conv("2", 16), relu("3"))
    after = chain(conv("0", 8), Node(name="1", type="BatchNorm"), relu("2"), conv("3", 16), relu("4"))
    assert match(before, after) == {"0": "0", "1": "2", "2": "3", "3": "4"}


def test_a_name_is_kept_where_the_settings_are_others():
    before, after = chain(conv("one", 8), conv("two", 16)), chain(conv("one", 9), conv("two", 16))
    assert match(before, after) == {"one": "one", "two": "two"}


def test_renamed_and_changed_at_once_it_is_known_by_its_place():
    before, after = chain(relu("a"), conv("b", 8), relu("c")), chain(relu("a"), conv("other", 9), relu("c"))
    assert match(before, after) == {"a": "a", "b": "other", "c": "c"}
